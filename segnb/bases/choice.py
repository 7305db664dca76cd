"""Which bases the tables allow, why the others not, and which is taken where nobody names one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from segnb.bases.definition import BASES
from segnb.bases.features import features
from segnb.clustering.methods import METHODS
from segnb.document.blocks import Block, Cell, Column, Shown, Table
from segnb.errors import InputError, ParameterError
from segnb.segmentation import Window
from segnb.tables.needs import unmet, unmet_together
from segnb.tables.opened import Tables
from segnb.tables.orders import by_customer, orders_in
from segnb.words import Voice

ENOUGH = 0.5
"""Share of those who ordered that must have as many orders as a basis asks for, to be taken by itself."""

FEW_MEASURES = 3
"""Measures below which a clustering is not taken by itself: of two that go together one is left, and one
alone has no structure to find."""

State = Literal["chosen", "possible", "few", "thin", "lacking", "refused"]


@dataclass(frozen=True)
class Candidate:
    """A basis and what stands against it: needs that the tables lack (``lacks``), or an error met."""

    basis: str
    state: State
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice(Shown):
    """The basis that is taken, and what is said of every other one, in the order of preference."""

    chosen: str
    candidates: tuple[Candidate, ...]
    voice: Voice = field(default_factory=Voice)

    def told_of(self, others: Iterable[Candidate]) -> Choice:
        """Return the same choice, with what was found of other bases since."""
        found = {each.basis: each for each in others}
        told = (found.get(each.basis, each) for each in self.candidates)
        return replace(self, candidates=tuple(told))

    def blocks(self) -> tuple[Block, ...]:
        """Show which bases the tables allow, and what the others lack."""
        say = self.voice.say
        able = sum(not each.lacks for each in self.candidates)
        rows = tuple(
            (Cell(text=BASES[each.basis].called(self.voice)), Cell(text=self._told(each)))
            for each in self.candidates
        )
        columns = (
            Column(label=say("bases.choice.basis"), header=True),
            Column(label=say("bases.choice.why")),
        )
        title = say("bases.choice.title", able, of=self.voice.count(len(rows)))
        return (Table(columns=columns, rows=rows, title=title),)

    def _told(self, candidate: Candidate) -> str:
        key = f"bases.choice.state.{candidate.state}"
        return self.voice.say(key, lacks=self.voice.ordered(candidate.lacks))


def preferred() -> tuple[str, ...]:
    """Return the names of all bases in the order of preference; equals, as those of one's own, by name."""
    return tuple(sorted(BASES, key=lambda name: (BASES[name].preference, name)))


def none_possible(tables: Tables, names: Iterable[str] | None = None) -> str:
    """Return the error message for tables that allow none of these bases; None takes all."""
    needs = {name: BASES[name].needs for name in (preferred() if names is None else names)}
    wanted = unmet_together(needs, tables.holds)
    if not wanted:
        return "No basis can be measured on these tables. Name one under basis, and the run says why"
    return f"The tables allow no basis. Declare {wanted}"


def choose(
    tables: Tables,
    window: Window | None,
    *,
    named: str | None = None,
    min_orders: int | None = None,
    voice: Voice | None = None,
) -> Choice:
    """Say which bases the tables allow, and take the first by preference.

    A basis that asks for several orders comes after the others as long as fewer than half of those who
    ordered have that many, one that finds fewer than three measures to cluster after all others. One that
    cannot be measured on these tables is passed over.

    Parameters
    ----------
    window
        The days that form the segments; None takes all.
    named
        The basis that somebody has named: it is taken whatever the preference.
    min_orders
        Fewest orders to take part; None asks each basis.

    Raises
    ------
    InputError
        The tables allow none; the message says what each needs.
    """
    voice = voice or Voice()
    found = {name: candidate(name, tables, window, voice, min_orders) for name in preferred()}
    able = [name for state in ("possible", "few") for name in found if found[name].state == state]
    for name in [named] if named else able:
        state = "chosen" if name == named else _measured(name, tables, window, min_orders)
        if state == "chosen":
            return Choice(name, _marked(found, name), voice)
        found[name] = replace(found[name], state=state)
    for name in able:
        if found[name].state == "thin":
            return Choice(name, _marked(found, name), voice)
    raise InputError(none_possible(tables))


def candidate(
    name: str, tables: Tables, window: Window | None, voice: Voice, min_orders: int | None = None
) -> Candidate:
    """Return what the tables say to a basis, before anything is measured."""

    def said(table: str, column: str) -> str:
        place = "column" if column else "table"
        return voice.say(f"bases.choice.{place}", table=voice.table(table), column=column)

    def either(first: str, second: str) -> str:
        return voice.say("bases.choice.either", first=first, second=second)

    basis = BASES[name]
    if lacks := unmet(basis.needs, tables.holds, said=said, either=either):
        return Candidate(name, "lacking", tuple(lacks))
    asked = basis.min_orders if min_orders is None else min_orders
    return Candidate(name, "possible" if _enough(tables, window, asked) else "few")


def _marked(found: Mapping[str, Candidate], chosen: str) -> tuple[Candidate, ...]:
    return tuple(replace(each, state="chosen") if name == chosen else each for name, each in found.items())


def _enough(tables: Tables, window: Window | None, min_orders: int) -> bool:
    """Say whether half of those who ordered in the window have so many orders."""
    if min_orders <= 1 or "orders" not in tables:
        return True
    orders = by_customer(orders_in(tables, window))["frequency"]
    several, ordered = (orders >= min_orders).sum().fill_null(0), orders.count()
    return bool(several.to_pyarrow().as_py() >= ENOUGH * ordered.to_pyarrow().as_py())


def _measured(name: str, tables: Tables, window: Window | None, min_orders: int | None) -> State:
    """Say whether a basis can be taken by itself once its measures are known."""
    try:
        made = features(tables, name, window, min_orders=min_orders)
    except (InputError, ParameterError):
        return "refused"
    rule = made.method is not None and METHODS[made.method].rule
    return "thin" if len(made.features) < FEW_MEASURES and not rule else "chosen"
