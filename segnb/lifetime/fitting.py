"""Fit any registered model to the data that its kind takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from segnb.errors import InputError, ParameterError
from segnb.lifetime.fitted import Fitted, PurchaseFit, SpendFit, SurvivalFit
from segnb.lifetime.histories import FEWEST, histories, spends
from segnb.lifetime.maximise import maximise
from segnb.lifetime.models import MODELS, PurchaseLaw, SpendLaw, Survivors
from segnb.words import Voice


def fit_model(name: str, data: pd.DataFrame | Sequence[float], *, voice: Voice | None = None) -> Any:
    """Fit a model by maximum likelihood; see `segnb.lifetime.fit`."""
    entry = MODELS[name]
    law, said = entry(), voice or Voice()
    if not isinstance(law, PurchaseLaw | SpendLaw):
        left = _survivors(data)
        found = maximise(law, Survivors(left), entry.title)
        return SurvivalFit.made(name, found, round(left[0]), survivors=tuple(map(float, left)), voice=said)
    if not isinstance(data, pd.DataFrame):
        raise ParameterError(f"{name} is fitted on what summary() returns. Got {type(data).__name__} instead")
    if isinstance(law, SpendLaw):
        repeats = spends(data)
        _refuse_few(entry.title, len(repeats.x), len(data))
        if np.ptp(repeats.z) <= 1e-9 * abs(repeats.z).max():
            raise InputError(
                f"{entry.title}: all {len(repeats.x):,} customers spend the same, so nothing varies"
            )
        return SpendFit.made(
            name, maximise(law, repeats, entry.title), len(repeats.x), summary=data, voice=said
        )
    distinct, _ = histories(data)
    _refuse_few(entry.title, int(distinct.counts[1:].sum()), len(data))
    return PurchaseFit.made(name, maximise(law, distinct, entry.title), len(data), summary=data, voice=said)


def _refuse_few(title: str, repeaters: int, customers: int) -> None:
    if repeaters < FEWEST:
        raise InputError(
            f"{title}: {repeaters:,} of {customers:,} customers bought on a second day; it takes {FEWEST}. "
            "Take a longer history"
        )


def _survivors(data: Any) -> np.ndarray:
    left = np.asarray(data, dtype=float)
    if left.ndim != 1 or len(left) < 3 or not np.isfinite(left).all():
        raise InputError(
            "survivors must be the numbers of a cohort at its start and after two or more periods"
        )
    if (np.diff(left) > 0).any() or left[-1] < 0 or left[0] <= 0:
        raise InputError(
            "survivors of a cohort cannot grow in number or fall below zero. Name them from the start on"
        )
    if left[0] == left[-1] or left[1] == 0:
        raise InputError(
            "All of the cohort stayed, or all left at once: that fits any chance to leave. Add periods"
        )
    return left


__all__ = ["Fitted", "fit_model"]
