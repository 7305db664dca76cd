"""The registry of methods: a file in this folder with ``@method("name")`` adds one.

A method is a factory: given points (one row for each customer), ``n_segments``, ``seed`` and
``restarts`` it returns a fitted `Rule`, which places customers. All else is made from that: the
choice of the number, stability, grades, and the labels published, which are always those of the rule.

Numbers arrive scaled, and an unordered category as one indicator column for each of its levels, which
most methods can take as numbers (``categories="none"`` marks one that cannot). A factory that treats
categories as such says so (``"apart"``, or ``"only"`` where it takes nothing else) and is given
``levels``: for each variable the number of its columns, 0 for a number.

A method by rule (``rule=True``) takes a feature table instead and returns what it has `Ruled`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from segnb.clustering.rules import Rule
from segnb.errors import InputError
from segnb.registry import Entry, Registry
from segnb.segmentation import Feature, FeatureTable, Segmentation
from segnb.transform import Points, Transform


@dataclass(frozen=True)
class Started:
    """The rule of the best start, those of all starts, and the places of the rows that compared them."""

    rule: Rule
    starts: tuple[Rule, ...]
    compared: NDArray[np.intp]


@dataclass(frozen=True)
class Ruled:
    """Segments that a rule fixes itself.

    ``model`` is what `assign` reads, ``segments`` are the keys of those that hold enough customers, in their
    order, and ``words`` what they are called; ``variables`` are the features that the rule reads.
    """

    model: dict[str, JsonValue]
    segments: tuple[str, ...]
    words: dict[str, str]
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Method(Entry):
    """A way to form segments.

    ``rule`` marks one that fixes its segments itself; ``needs`` names the features it reads, and
    ``each_level`` marks one whose segments are the levels of a category.
    ``deterministic`` marks one that knows no random start. It learns on at most ``most`` customers, drawn
    by seed. ``started`` is for one that ends all its starts at once, on as many customers as there are, and
    counts ``weights``. ``levels`` are those of the variables at hand, once it is `on` them; empty if all
    are numbers.
    """

    rule: bool = False
    needs: tuple[str, ...] = ()
    each_level: bool = False
    categories: Literal["indicators", "apart", "only", "none"] = "indicators"
    deterministic: bool = False
    most: int = 20_000
    started: Callable[..., Started] | None = None
    levels: tuple[int, ...] = ()

    def on(self, transform: Transform) -> Method:
        """Return the method for these variables.

        Raises
        ------
        InputError
            It takes numbers only, and some variables are unordered categories; or the reverse.
        """
        refused = [
            name
            for name, width in zip(transform.names, transform.levels, strict=True)
            if self.categories == ("none" if width else "only")
        ]
        if refused:
            takes, are = ("numbers", "unordered categories")[:: 1 if self.categories == "none" else -1]
            raise InputError(
                f"Method {self.name!r} takes {takes} only, and {', '.join(refused)} are {are}: "
                "leave them out, or choose k_prototypes"
            )
        return replace(self, levels=transform.levels)

    def reads(self, features: FeatureTable) -> tuple[str, ...]:
        """Return the features that cannot be left out.

        Of a rule those it names, or the first category; all where a method explains how categories go
        together: one that follows another is what it looks for.
        """
        if self.categories == "only":
            return tuple(each.name for each in features.features)
        if self.needs or not self.rule:
            return self.needs
        return tuple([each.name for each in features.features if each.levels][:1])

    def learn(self, points: Points, n_segments: int, *, seed: int, restarts: int) -> Rule:
        """Return the rule that the method learns from the points, the best of ``restarts`` starts."""
        options = {}
        if self.categories in ("apart", "only"):
            options["levels"] = self.levels or (0,) * points.shape[1]
        rule: Rule = self(points, n_segments, seed=seed, restarts=restarts, **options)
        return rule


METHODS = Registry("method", Method, "segnb.clustering")
method = METHODS.register


def category_of(features: FeatureTable, segmentation: Segmentation) -> Feature | None:
    """Return the category whose levels the segments are; None where they were formed in another way."""
    if not METHODS[segmentation.method].each_level:
        return None
    read = (each for each in features.features if each.name in segmentation.variables and each.levels)
    return next(read, None)
