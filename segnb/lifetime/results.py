"""Lifetime value by segment, with the model behind it and how well that foresaw what came."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import pandas as pd
from scipy.special import ndtri

from segnb.document.blocks import Block, Shown, Together
from segnb.intervals import LEVEL, Interval, stable
from segnb.lifetime import show
from segnb.lifetime.choice import Candidate, Reason
from segnb.lifetime.discount import ESTIMATED, Terms
from segnb.lifetime.fitted import Fitted
from segnb.lifetime.holdout import Holdout
from segnb.lifetime.models import MODELS
from segnb.words import Voice

Lacking = Literal["orders", "repeats", "optimum", "spend"]
"""Why there is no lifetime value; entries of the catalogue under ``lifetime.lacking``."""


@dataclass(frozen=True)
class Estimates:
    """The parameters of a fitted model; an error is None where the data leave the parameter unsettled."""

    model: str
    params: dict[str, float]
    errors: dict[str, float | None]
    log_likelihood: float
    customers: int | None
    """None where the few that it did not rest on could be worked out."""
    starts: int
    agreeing: int

    @classmethod
    def of(cls, fitted: Fitted, *, told: bool = True) -> Estimates:
        """Return what is kept of a fitted model; the number of its customers where it may be told."""
        errors = fitted.standard_errors.items()
        return cls(
            model=fitted.model,
            params={name: stable(value) for name, value in fitted.params.items()},
            errors={name: stable(value) if math.isfinite(value) else None for name, value in errors},
            log_likelihood=stable(fitted.log_likelihood),
            customers=fitted.customers if told else None,
            starts=fitted.starts,
            agreeing=fitted.agreeing,
        )

    @property
    def title(self) -> str:
        """How the field calls the model."""
        return MODELS[self.model].title


@dataclass(frozen=True)
class Independence:
    """Pearson's correlation of repeat purchases and mean spend among those who came back."""

    correlation: float
    low: float
    high: float
    customers: int

    @classmethod
    def of(cls, frequency: pd.Series, spend: pd.Series) -> Independence | None:
        """Return the correlation with Fisher's interval (1915, Biometrika 10:507); None if nothing varies."""
        r = float(frequency.corr(spend.astype(float))) if len(frequency) > 3 else math.nan
        if not math.isfinite(r) or abs(r) >= 1:
            return None
        reach = float(ndtri((1 + LEVEL) / 2)) / math.sqrt(len(frequency) - 3)
        low, high = (math.tanh(math.atanh(r) + side * reach) for side in (-1, 1))
        return cls(stable(r), stable(low), stable(high), len(frequency))


@dataclass(frozen=True)
class SegmentValue:
    """What a segment's customers will still do; None where it would tell of too few customers.

    ``customers`` have bought, and alone are None where few of the segment never did.
    ``purchases`` and ``value`` are means of one customer over the months ahead; ``low`` and ``high``
    are None where the customers are too few for an interval.
    """

    segment: str
    customers: int | None
    p_alive: float | None
    purchases: float | None
    value: float | None
    low: float | None
    high: float | None

    @property
    def interval(self) -> Interval | None:
        """Both ends, or None where the customers are too few."""
        return None if self.low is None or self.high is None else Interval(self.low, self.high)


@dataclass(frozen=True)
class LifetimeValue(Shown):
    """What each customer of each segment is expected to be worth.

    ``customers`` has one row for each customer who ever bought: ``p_alive``, ``purchases`` expected
    within ``terms.months``, ``mean_spend``, ``lifetime_value``, its errors and pulls. It is None where
    something is ``lacking``, and then nothing else is known either.
    """

    customers: pd.DataFrame | None
    by_segment: tuple[SegmentValue, ...]
    segments: tuple[str, ...]
    as_of: date | None
    terms: Terms
    margin_known: bool
    lacking: Lacking | None = None
    first_day: date | None = None
    tried: tuple[Candidate, ...] = ()
    reason: Reason = "only"
    purchases: Estimates | None = None
    spend: Estimates | None = None
    holdout: Holdout | None = None
    independence: Independence | None = None
    never: int | None = 0
    """Customers of the segments who never bought: of them the models know nothing. None where too few."""
    refunded: int | None = 0
    """Customers who came back, and on balance paid nothing then: their spend taught the model nothing. None
    where too few."""
    min_cell: int = 10
    names: dict[str, str] = field(default_factory=dict)
    voice: Voice = field(default_factory=Voice)

    def __getitem__(self, segment: str) -> SegmentValue:
        for each in self.by_segment:
            if each.segment == segment:
                return each
        raise KeyError(segment)

    def named(self, names: Mapping[str, str]) -> LifetimeValue:
        """Return the same results with the segments' names, as the personas found them."""
        return replace(self, names=dict(names))

    def name(self, segment: str) -> str:
        """Return a segment's name, or ``Segment 2`` as long as it has none."""
        number = str(self.segments.index(segment) + 1)
        return self.names.get(segment) or self.voice.say("lifetime.segment", number=number)

    @property
    def period(self) -> str:
        """The months that are forecast, in words."""
        months = self.voice.count(self.terms.months)
        day = self.voice.day(self.as_of) if self.as_of else ""
        return self.voice.say("lifetime.ahead", months=months, day=day)

    def columns(self) -> pd.DataFrame:
        """Return the columns from which KPIs are made: the value, errors, pulls, and 1 for who has one."""
        if self.customers is None:
            return pd.DataFrame()
        return self.customers.filter(regex=f"^{ESTIMATED}_").assign(lifetime_known=1.0)

    @property
    def models(self) -> Together:
        """The models that were tried, and the parameters of those that forecast."""
        return show.models(self)

    def blocks(self) -> tuple[Block, ...]:
        """Show each segment's value, most first, and how it was arrived at."""
        return show.blocks(self)
