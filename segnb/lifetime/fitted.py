"""Fitted models: parameters with their errors, and what follows for each customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from segnb.document.blocks import Block, Cell, Column, Paragraph, Shown, Table, spans
from segnb.errors import ParameterError
from segnb.lifetime.histories import FREQUENCY, MONETARY, histories
from segnb.lifetime.maximise import Optimum
from segnb.lifetime.models import MODELS, PurchaseLaw, SurvivalLaw, Values
from segnb.lifetime.show import figures
from segnb.words import Voice


@dataclass(frozen=True, eq=False)
class Fitted(Shown):
    """A fitted model.

    ``covariance`` is that of ``params``, from the observed information by the delta method from their
    logarithms. Parameters that the data leave ``unsettled`` (another value would fit as well) have NaN
    there: what follows from the model may be sure all the same. Of ``starts`` searches ``agreeing``
    ended at the same optimum.
    """

    model: str
    params: Mapping[str, float]
    log_likelihood: float
    covariance: pd.DataFrame
    customers: int
    starts: int
    agreeing: int
    unsettled: tuple[str, ...]
    log_covariance: Values
    """Covariance of the parameters' logarithms, 0 along the directions that the data leave open."""
    voice: Voice = field(default_factory=Voice, kw_only=True)

    @classmethod
    def made(cls, model: str, found: Optimum, customers: int, **more: Any) -> Any:
        """Return the model at its optimum."""
        names = MODELS[model]().parameters
        covariance = found.covariance * np.outer(found.params, found.params)
        frame = pd.DataFrame(covariance, index=list(names), columns=list(names))
        unsettled = tuple(name for name, lost in zip(names, found.unsettled, strict=True) if lost)
        frame.loc[list(unsettled), :] = np.nan
        frame.loc[:, list(unsettled)] = np.nan
        return cls(
            model=model,
            params=dict(zip(names, map(float, found.params), strict=True)),
            log_likelihood=found.log_likelihood,
            covariance=frame,
            customers=customers,
            starts=found.starts,
            agreeing=found.agreeing,
            unsettled=unsettled,
            log_covariance=found.covariance,
            **more,
        )

    @property
    def standard_errors(self) -> dict[str, float]:
        """The standard error of each parameter; NaN where the data leave it unsettled."""
        return dict(zip(self.params, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    @property
    def aic(self) -> float:
        """Akaike's criterion, twice the parameters less twice the log-likelihood; less is better."""
        return 2 * len(self.params) - 2 * self.log_likelihood

    @property
    def certain(self) -> bool:
        """Whether all starts found the same optimum."""
        return self.agreeing == self.starts

    @property
    def law(self) -> Any:
        """What the model says, for any parameters."""
        return MODELS[self.model]()

    @property
    def values(self) -> Values:
        """The parameters in the order of the law."""
        return np.array(list(self.params.values()))

    def blocks(self) -> tuple[Block, ...]:
        """Show the parameters with their standard errors, and how sure the optimum is."""
        say, voice = self.voice.say, self.voice
        errors = self.standard_errors
        rows = tuple(
            (Cell(text=name), Cell(text=figures(voice, value)), Cell(text=figures(voice, errors[name])))
            for name, value in self.params.items()
        )
        labels = ("parameter", "value", "error")
        columns = (Column(label=say(f"lifetime.fitted.{each}"), align="right") for each in labels[1:])
        title = say("lifetime.fitted.title", self.customers, model=MODELS[self.model].title)
        table = Table(
            columns=(Column(label=say("lifetime.fitted.parameter"), header=True), *columns),
            rows=rows,
            title=title,
            subtitle=say("lifetime.fitted.fit", likelihood=voice.number(self.log_likelihood, 2)),
        )
        said = [
            say(
                f"lifetime.fitted.{'certain' if self.certain else 'uncertain'}",
                agreeing=voice.count(self.agreeing),
                starts=voice.count(self.starts),
            )
        ]
        if self.unsettled:
            said.append(say("lifetime.fitted.unsettled", names=voice.ordered(self.unsettled)))
        return table, Paragraph(content=spans(" ".join(said)), role="note")


@dataclass(frozen=True, eq=False)
class PurchaseFit(Fitted):
    """A model of when customers buy again and leave; times are in the units of its ``summary``."""

    summary: pd.DataFrame

    @cached_property
    def _law(self) -> PurchaseLaw:
        law: PurchaseLaw = self.law
        return law

    def expected_purchases(self, t: ArrayLike) -> Any:
        """Return how often a new customer is expected to buy again within ``t`` of the first purchase.

        Raises
        ------
        ParameterError
            A time lies below 0 or is no finite number, here and wherever ``t`` is asked for.
        """
        found = self._law.expected(self.values, _ahead(t))
        return float(found) if found.ndim == 0 else found

    def future_purchases(self, t: float, summary: pd.DataFrame | None = None) -> pd.Series:
        """Return how often each customer is expected to buy in the ``t`` that follow, given the history.

        Parameters
        ----------
        summary
            Customers as `summary` describes them; left out, those that the model was fitted on.
        """
        customers = self.summary if summary is None else summary
        distinct, place = histories(customers)
        found = self._law.future(self.values, float(_ahead(t)), distinct)
        return pd.Series(found[place], index=customers.index, name="future_purchases")

    def p_alive(self, summary: pd.DataFrame | None = None) -> pd.Series:
        """Return how probably each customer still is one."""
        customers = self.summary if summary is None else summary
        distinct, place = histories(customers)
        return pd.Series(
            self._law.p_alive(self.values, distinct)[place], index=customers.index, name="p_alive"
        )


@dataclass(frozen=True, eq=False)
class SpendFit(Fitted):
    """A model of what customers spend at a purchase."""

    summary: pd.DataFrame

    def mean_spend(self, summary: pd.DataFrame | None = None) -> pd.Series:
        """Return what each customer is expected to spend at a purchase.

        Who has not bought again gets the mean of all; a mean of repeat purchases below zero counts as 0.
        """
        customers = self.summary if summary is None else summary
        found = self.law.mean_spend(self.values, *counted(customers))
        return pd.Series(found, index=customers.index, name="mean_spend")


@dataclass(frozen=True, eq=False)
class SurvivalFit(Fitted):
    """A model of how long contracts last; ``t`` counts periods."""

    survivors: tuple[float, ...]

    def survival(self, t: ArrayLike) -> Any:
        """Return the share of a cohort still customers after ``t`` periods."""
        law: SurvivalLaw = self.law
        found = law.survival(self.values, _ahead(t))
        return float(found) if found.ndim == 0 else found

    def retention(self, t: ArrayLike) -> Any:
        """Return the share of those left after ``t - 1`` periods who stay for period ``t``, too."""
        return self.survival(t) / self.survival(np.asarray(t) - 1)


def _ahead(t: ArrayLike) -> Values:
    """Return times to come as numbers, or refuse those that are none."""
    times = np.asarray(t, dtype=float)
    if not (np.isfinite(times) & (times >= 0)).all():
        raise ParameterError(f"t counts the time to come, from 0 on. Got {t!r} instead")
    return times


def counted(summary: pd.DataFrame) -> tuple[Values, Values]:
    """Return how often customers bought again and their mean spend, none below zero."""
    x = summary[FREQUENCY].to_numpy(dtype=float)
    return x, np.nan_to_num(summary[MONETARY].to_numpy(dtype=float)).clip(min=0.0)
