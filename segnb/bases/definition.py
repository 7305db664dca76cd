"""What a basis is: a function of the tables that returns its measures; a file in this folder adds one.

::

    @basis("rfm", needs=("transactions",), method="rfm_map")
    def rfm(tables: Tables, window: Window | None) -> Measures:
        \"\"\"Recency, frequency and monetary value of each customer.\"\"\"

A basis that speaks in sentences, hides small groups or learns something asks for a third argument, its
`Context`. Keyword-only arguments are the basis's options. The words of a measure stand beside it, those of
the basis in the decorator; other languages translate both.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir
import pandas as pd
from pydantic import JsonValue

from segnb.clustering.methods import METHODS
from segnb.document.blocks import AnyBlock
from segnb.registry import Entry, Registry
from segnb.segmentation import Feature, FeatureTable, Foretold, Window
from segnb.tables.accounts import by_account
from segnb.tables.opened import Tables
from segnb.words import Voice

Evidence = Callable[[Voice, int], Sequence[AnyBlock]]
"""Says in the reader's language what a basis has to show, of no group of fewer customers than the number."""
_PLAIN = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Context:
    """What a basis may ask to know beside its tables: how to speak, and what it has learned before.

    Groups of fewer than ``min_cell`` customers are not shown. ``model`` is None while segments are
    formed; when customers are scored it is the `Measures.model` of that time, so that their measures are
    made by what was learned then.
    """

    voice: Voice = field(default_factory=Voice)
    min_cell: int = 10
    model: Mapping[str, JsonValue] | None = None


@dataclass(frozen=True)
class Measures:
    """What a basis returns: one row for each customer, and what each column means.

    ``table`` holds ``customer_id`` and one column for each of ``features``; where two features
    say nearly the same, the one that is listed first is kept. A category's column holds words; a feature
    that names no ``levels`` gets those that are there. ``columns`` are further columns of which nothing is
    known: what they hold is read from their values, with ``levels`` as the order of a category's words.
    ``evidence`` is shown in the chapter on what the segments rest on: blocks, or a function that makes them
    for a voice and a smallest group. ``left_out`` counts customers whom the basis cannot measure, by reason:
    a word of ``bases.excluded`` in the catalogue, or the reason itself. ``model`` is what the basis has
    learned, in plain JSON: it is saved with the run, and handed back when customers are scored. ``method`` is
    for a basis whose options decide how segments are formed. ``foretold`` is what a basis predicts, with the
    rates of the levels that form its segments.
    """

    table: ir.Table | pd.DataFrame
    features: tuple[Feature, ...] = ()
    columns: tuple[str, ...] = ()
    levels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    evidence: tuple[AnyBlock, ...] | Evidence = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    model: Mapping[str, JsonValue] = field(default_factory=dict)
    method: str | None = None
    foretold: Foretold | None = None

    def shown(self, voice: Voice, min_cell: int) -> tuple[AnyBlock, ...]:
        """Return the evidence in the reader's language."""
        return tuple(self.evidence(voice, min_cell)) if callable(self.evidence) else self.evidence


@dataclass(frozen=True)
class Basis(Entry):
    """A registered basis: what it needs, the method it is made for, and what readers are told of it.

    ``needs`` names tables and columns: ``("feedback.nps | feedback.csat",)`` asks for either. ``method`` is
    None where the kinds of the measures decide. ``min_orders`` is the number of orders in the window
    below which its measures would be chance. ``preference`` is its place where nobody names a basis, the
    lowest first: what customers do (from 10) comes before what they say (20), that before who they are (30),
    then what needs a decision of the analyst's (40); one that says nothing comes last. ``unit`` is the
    option that names an attribute whose values are the customers, where it is given: contacts of one company
    are one. ``label`` is the basis's name, ``about`` says in two or three sentences what it is to someone who
    has never heard of it, ``traps`` what to beware of.
    """

    needs: tuple[str, ...] = ()
    method: str | None = "kmeans"
    min_orders: int = 1
    preference: int = 50
    unit: str = ""
    label: str = ""
    about: str = ""
    traps: tuple[str, ...] = ()

    def counted(self, tables: Tables, options: Mapping[str, Any]) -> Tables:
        """Return the tables by what the basis counts as a customer."""
        column = options.get(self.unit) if self.unit else None
        return by_account(tables, column) if isinstance(column, str) else tables

    def required(self, features: FeatureTable) -> tuple[str, ...]:
        """Return the measures that its own method cannot do without."""
        method = self.method or features.method
        return METHODS[method].reads(features) if method else ()

    def measured(
        self,
        tables: Tables,
        window: Window | None,
        context: Context,
        options: Mapping[str, Any],
    ) -> Measures:
        """Return what the basis measures; its context is given to one that asks for it."""
        asked = [each for each in inspect.signature(self.function).parameters.values() if each.kind in _PLAIN]
        told = (tables, window, context)[: len(asked)]
        measures: Measures = self(*told, **options)
        return measures

    def read(self, features: FeatureTable) -> tuple[str, ...]:
        """Return the measures that form the segments, where its own method is a rule."""
        method = self.method or features.method
        return self.required(features) if method and METHODS[method].rule else ()

    def called(self, voice: Voice) -> str:
        """Return the basis's name in the reader's language."""
        return voice.word(f"bases.about.{self.name}.label", self.label or self.name)

    def told(self, voice: Voice) -> str:
        """Return what the basis is, in the reader's language."""
        return voice.word(f"bases.about.{self.name}.about", self.about or self.summary)

    def warned(self, voice: Voice) -> tuple[str, ...]:
        """Return what to beware of, in the reader's language."""
        return tuple(
            voice.word(f"bases.about.{self.name}.trap_{place}", trap)
            for place, trap in enumerate(self.traps, start=1)
        )


BASES = Registry("basis", Basis, "segnb.bases")
basis = BASES.register
