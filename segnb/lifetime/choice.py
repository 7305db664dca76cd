"""Which purchase model forecasts: the likelier one on the same customers, else what foresaw better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from segnb.errors import InputError, ParameterError
from segnb.intervals import stable
from segnb.lifetime.fitted import PurchaseFit
from segnb.lifetime.fitting import fit_model
from segnb.lifetime.models import MODELS, PurchaseLaw

_CLOSE = 2.0
"""Difference of AIC below which two models fit as well (Burnham & Anderson 2002; a rule of thumb)."""

_UNLIKELY = 10.0
"""Difference of AIC from which a model has next to no support beside another (the same, a rule of thumb)."""

Reason = Literal["likelihood", "holdout", "only", "asked"]


@dataclass(frozen=True)
class Candidate:
    """A purchase model that was tried: its fit, and how many purchases it foresaw in the days after.

    ``aic`` is None where the model did not converge; ``foreseen`` where there are no days after.
    """

    model: str
    log_likelihood: float | None
    aic: float | None
    foreseen: float | None

    @property
    def title(self) -> str:
        """How the field calls it."""
        return MODELS[self.model].title


def purchase_models() -> list[str]:
    """Return the names of all registered purchase models."""
    return [name for name, entry in MODELS.items() if isinstance(entry(), PurchaseLaw)]


def try_models(
    summary: pd.DataFrame, ahead: float | None, names: list[str]
) -> tuple[list[Candidate], dict[str, PurchaseFit]]:
    """Fit models to the same customers; ``ahead`` is the time after, in which their forecasts are summed."""
    tried, fits = [], {}
    for name in names:
        try:
            fitted = fit_model(name, summary)
        except InputError:
            tried.append(Candidate(name, None, None, None))
            continue
        fits[name] = fitted
        foreseen = None if ahead is None else stable(fitted.future_purchases(ahead).sum())
        tried.append(Candidate(name, stable(fitted.log_likelihood), stable(fitted.aic), foreseen))
    return tried, fits


def choose(tried: list[Candidate], bought: int | None, asked: str | None) -> tuple[str, Reason] | None:
    """Return the model that forecasts, and why; None where none converged.

    Models under which one-time buyers stay for ever are chosen only where they are asked for by name.
    """
    if asked is not None:
        if asked not in (each.model for each in tried):
            raise ParameterError(
                f"{asked!r} forecasts no purchases. Choose one of: {', '.join(purchase_models())}"
            )
        converged = next(each for each in tried if each.model == asked).aic is not None
        return (asked, "asked") if converged else None
    able = _able(tried)
    if not able:
        return None
    if len(able) == 1:
        return able[0].model, "only"
    close = [each for each in able if (each.aic or 0.0) - (able[0].aic or 0.0) < _CLOSE]
    if len(close) == 1 or bought is None:
        return able[0].model, "likelihood"
    return min(close, key=lambda each: abs((each.foreseen or 0.0) - bought)).model, "holdout"


def rivals(tried: list[Candidate], chosen: str, reason: Reason) -> list[str]:
    """Return the models that might be the better ones: none where the chosen one was asked for."""
    if reason == "asked":
        return []
    able = _able(tried)
    near = (each for each in able if (each.aic or 0.0) - (able[0].aic or 0.0) < _UNLIKELY)
    return [each.model for each in near if each.model != chosen]


def _able(tried: list[Candidate]) -> list[Candidate]:
    """Return the models that may be chosen unasked, the likeliest first."""
    able = [each for each in tried if each.aic is not None and not MODELS[each.model].one_timers_stay]
    return sorted(able, key=lambda each: each.aic or 0.0)
