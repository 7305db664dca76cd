"""The frozen results that pass from notebook to notebook: windows, features, segments.

``store`` writes and reads them; the rooms above make them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import pandas as pd
from pydantic import JsonValue

from segnb.document.blocks import AnyBlock, Block, Cell, Column, Grade, Shown, Swatch, Table
from segnb.words import Voice

Unit = Literal["money", "share", "change", "points", "count", "days", "number"]
GRADES = {"A": 0.85, "B": 0.75, "C": 0.6, "D": 0.0}
"""Lowest median overlap of each grade: Hennig's bands for cluster-wise Jaccard, a rule of thumb."""


@dataclass(frozen=True)
class Window:
    """A span of days, both ends included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days + 1

    @property
    def months(self) -> float:
        """Length in months of 365.25 / 12 days."""
        return self.days / (365.25 / 12)


@dataclass(frozen=True)
class Windows:
    """Segments are formed on one window and judged on a later one that formed nothing.

    ``measure`` is None where the data hold no times: results are then by construction.
    """

    form: Window | None
    measure: Window | None


@dataclass(frozen=True)
class Feature:
    """A variable of the customers: how it is named, counted and compared.

    ``scale`` is ``log`` for amounts and counts with long tails (divided by the median before
    log1p, so that units cancel), ``linear`` for shares and ratings, ``ordinal`` for ordered and
    ``nominal`` for unordered categories. A category's value is the place of its word in ``levels``,
    as a float; a missing value is NaN. ``high`` and ``low`` are the words that a segment's name may
    take from it, as ``Frequent`` and ``Rare``; ``and_high`` and ``and_low`` those that it takes as its
    second, where they are others. ``level_of`` names the category of which this is one level, as a share;
    ``level`` is that level's word, and ``answer`` says that it is the yes to a question; levels that are told
    together and have nothing in common give no word to a name.
    ``column`` is the customers' attribute that it was read from, where there is one; ``made_of`` are those
    that it sums up, each of which tells something of its own.
    Variables of one ``block`` share one weight: where there are several, all blocks count alike.
    """

    name: str
    label: str
    unit: Unit
    scale: Literal["log", "linear", "ordinal", "nominal"] = "linear"
    high: str = ""
    low: str = ""
    and_high: str = ""
    and_low: str = ""
    levels: tuple[str, ...] = ()
    level_of: str = ""
    level: str = ""
    answer: bool = False
    block: str = ""
    column: str = ""
    made_of: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The name of the variable that it is, or of the category that it is a level of."""
        return self.level_of or self.name

    def said(self, voice: Voice) -> Feature:
        """Return the variable with its words in the reader's language, where the catalogue has them.

        A label that the report gives its column comes first.
        """

        def word(part: str) -> str:
            return voice.word(f"bases.feature.{self.name}.{part}", getattr(self, part))

        return replace(
            self,
            label=voice.word(f"labels.columns.{self.name}", word("label")),
            high=word("high"),
            low=word("low"),
            and_high=word("and_high"),
            and_low=word("and_low"),
        )


@dataclass(frozen=True)
class Rate:
    """The share of ``n`` customers who did something, from 0 to 1, with its 95% interval.

    Where ``bound`` is 1 the share is at least ``value``, where it is -1 under it: fewer than may be told
    of did not, or did.
    """

    value: float
    low: float
    high: float
    n: int
    bound: Literal[-1, 0, 1] = 0

    def said(self, voice: Voice, digits: int = 0) -> str:
        """Return the share, or the limit to it, as readers meet it."""
        return voice.limit(self.bound, self.value) if self.bound else voice.percent(self.value, digits)

    def interval(self, voice: Voice) -> str:
        """Return both ends of its interval; nothing where only a limit is told."""
        return "" if self.bound else voice.interval(self.low, self.high, "share")


@dataclass(frozen=True)
class Foretold:
    """What a basis predicts, in the reader's words, and how many did so of whom it was not learned from.

    ``rates`` are by level of the category that forms the segments, or by segment; one of which it may not
    be told is not among them. ``of`` is what the levels leave open, as it stands in the segments' names.
    """

    what: str
    rates: dict[str, Rate]
    of: str = ""


@dataclass(frozen=True)
class FeatureTable(Shown):
    """One row for each customer who takes part, one number for each feature.

    ``frame`` has the customer's id (text) as index, sorted, and one float column for each of
    ``features``. ``excluded`` counts the customers left out, by reason. ``evidence`` is what the basis has
    to show of its own, ``model`` what it has learned, in plain JSON, ``method`` how it asks for segments
    to be formed, and ``foretold`` what it predicts, with the rates of its levels.
    """

    frame: pd.DataFrame
    features: tuple[Feature, ...]
    basis: str
    window: Window | None
    excluded: dict[str, int] = field(default_factory=dict)
    voice: Voice = field(default_factory=Voice)
    evidence: tuple[AnyBlock, ...] = ()
    model: dict[str, JsonValue] = field(default_factory=dict)
    method: str | None = None
    foretold: Foretold | None = None

    def __getitem__(self, name: str) -> Feature:
        return next(each for each in self.features if each.name == name)

    def blocks(self) -> tuple[Block, ...]:
        """Show how many customers take part, and the range in which the middle half of them lies."""
        say, voice = self.voice.say, self.voice
        labels = ("measure", "low", "middle", "high")
        columns = (Column(label=say(f"bases.shown.{each}"), align="right") for each in labels[1:])
        return (
            Table(
                columns=(Column(label=say("bases.shown.measure"), header=True), *columns),
                rows=tuple(
                    (
                        Cell(text=each.label),
                        *self._middle_half(each),
                    )
                    for each in self.features
                ),
                title=say("bases.shown.title", len(self.frame), number=voice.count(len(self.features))),
                subtitle=voice.period(self.window.start, self.window.end) if self.window else "",
            ),
        )

    def _middle_half(self, feature: Feature) -> tuple[Cell, ...]:
        """Return quartiles; those of levels where they have an order, else the most frequent one."""
        values, voice = self.frame[feature.name], self.voice
        if feature.scale == "nominal" and feature.levels:
            shares = values.value_counts(normalize=True).sort_index()
            most = feature.levels[int(values.mode().iloc[0])] if len(shares) else "–"
            small = voice.percent(shares.max()) if len(shares) else ""
            return Cell(text="–"), Cell(text=voice.category(feature.name, most), small=small), Cell(text="–")
        quartiles = values.quantile([0.25, 0.5, 0.75], interpolation="lower" if feature.levels else "linear")
        if feature.levels and not quartiles.isna().any():
            return tuple(Cell(text=voice.category(feature.name, feature.levels[int(x)])) for x in quartiles)
        return tuple(Cell(text=voice.value(x, feature.unit)) for x in quartiles)

    def only(self, names: list[str]) -> FeatureTable:
        """Return the same customers with these features alone, in this order."""
        return replace(self, frame=self.frame[names], features=tuple(self[name] for name in names))


@dataclass(frozen=True)
class Passport:
    """What is known of one segment's trustworthiness.

    ``stability`` is the median over bootstrap refits of the best Jaccard overlap with the
    original segment (SLSW; Dolnicar & Leisch 2017), ``spread`` its 10th and 90th percentile;
    both are None for segments by rule, whose grade is ``by rule``.
    """

    size: int
    grade: str
    stability: float | None = None
    spread: tuple[float, float] | None = None


@dataclass(frozen=True)
class Note:
    """What a verdict has to say of single columns.

    ``constant`` and ``derived`` columns took no part; a derived one is made by the ``others``. An
    ``atom`` is a ``value`` that marks a group, as one order only does; its rows were set aside.
    ``threshold`` is the ``value`` of a column at which one cut tells a group from the rest. ``tied``:
    all columns hold few values, as yes and no. ``shape``: groups that are not convex, so that their
    number is not reliable.
    """

    kind: Literal["constant", "derived", "atom", "threshold", "tied", "shape"]
    column: str = ""
    others: tuple[str, ...] = ()
    value: float | None = None


@dataclass(frozen=True)
class Structure:
    """The verdict on the whole: groups that exist, or a cut through a cloud.

    ``evidence`` holds the figures that decided, by name; ``notes`` say what it has to do with single columns.
    """

    kind: Literal["natural", "reproducible", "unstable", "none", "by rule", "too few rows"]
    evidence: dict[str, float] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def n_segments(self) -> int | None:
        """Number of separate groups found; None unless the verdict is *natural*."""
        return int(self.evidence["groups"]) if self.kind == "natural" else None


@dataclass(frozen=True)
class Segmentation(Shown):
    """Who belongs where, by which rule, and how far that can be trusted.

    ``labels`` has the customer's id as index and a segment's key, or ``unassigned: <reason>``,
    as value; it keeps the order of the rows that it was made from. ``segments`` lists the keys
    in their fixed order (a segment's place gives its colour); ``passports`` is keyed by them.
    ``model`` describes the assignment rule in plain JSON, without pickle; the labels are its.
    ``memberships`` has the labels' index and one column for each segment: how far each customer
    belongs to it (probabilities for mixtures, degrees between 0 and 1 for centres, shares of a leaf for
    trees); None for score maps. ``left_out`` names the columns of a plain table that took no part.
    ``words`` is what a rule itself calls its segments, by their keys.
    """

    labels: pd.Series
    segments: tuple[str, ...]
    basis: str
    method: str
    seed: int
    variables: tuple[str, ...]
    passports: dict[str, Passport]
    verdict: Structure
    model: dict[str, JsonValue]
    memberships: pd.DataFrame | None = None
    left_out: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    voice: Voice = field(default_factory=Voice)

    @property
    def grades(self) -> dict[str, str]:
        """The grade of each segment, by its key."""
        return {key: each.grade for key, each in self.passports.items()}

    @property
    def n_segments(self) -> int:
        """Number of segments, the unassigned not counted."""
        return len(self.segments)

    def called(self, segment: str) -> str:
        """Return how a segment is called before it has a name: by its number, or by the rule's own word."""
        if segment in self.words:
            return self.words[segment]
        return self.voice.say("clustering.segment", number=str(self.position(segment) + 1))

    def blocks(self) -> tuple[Block, ...]:
        """Show each segment's size, and how surely it comes back."""
        say, voice = self.voice.say, self.voice
        labels = ("segment", "customers", "grade")
        columns = (Column(label=say(f"clustering.shown.{each}"), header=each == "segment") for each in labels)
        rows = []
        for place, key in enumerate(self.segments):
            passport = self.passports[key]
            graded = passport.grade in GRADES
            rows.append(
                (
                    Cell(text=self.called(key), mark=Swatch(segment=place)),
                    Cell(
                        text=voice.count(passport.size),
                        small=voice.percent(passport.size / max(len(self.labels), 1)),
                    ),
                    Cell(
                        text="" if passport.stability is None else voice.number(passport.stability, 2),
                        mark=Grade(letter=passport.grade) if graded else None,
                        small="" if graded else say("clustering.shown.rule"),
                    ),
                )
            )
        title = say("clustering.shown.title", self.n_segments, number=voice.number_word(self.n_segments))
        return (Table(columns=tuple(columns), rows=tuple(rows), title=title),)

    def position(self, segment: str) -> int:
        """Return the segment's place, which gives its colour."""
        return self.segments.index(segment)

    def members(self, segment: str) -> pd.Index:
        """Return the ids of a segment's customers."""
        return self.labels.index[self.labels == segment]
