"""Let the bases compete: form segments before a cut date, judge them by what came after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from segnb.bases import BASES, Candidate, features
from segnb.bases.choice import candidate, none_possible, preferred
from segnb.clustering import choose_number, default_method, segment
from segnb.columns import CUSTOMER
from segnb.errors import InputError, ParameterError
from segnb.segmentation import FeatureTable, Segmentation, Windows
from segnb.selection import outcomes, select
from segnb.tables.opened import Tables
from segnb.tables.orders import by_customer, orders_in
from segnb.tournaments.judging import formed_from, judged
from segnb.tournaments.later import later_outcomes
from segnb.tournaments.results import Tournament
from segnb.words import Voice


def tournament(
    tables: Tables,
    windows: Windows,
    bases: Sequence[str] | None = None,
    *,
    restarts: int = 50,
    bootstraps: int = 50,
    min_cell: int = 10,
    seed: int = 0,
    voice: Voice | None = None,
) -> Tournament:
    """Compare bases on the same customers, by what their segments foretell, and recommend one or two.

    Each basis forms segments with its own method, options and limits on ``windows.form``; `judged` compares
    them on ``windows.measure``. What is set for a report's notebooks does not count here.

    Parameters
    ----------
    bases
        Names of the bases; None takes all that the tables allow. Those that they do not allow are
        passed over, and told.
    restarts, bootstraps, min_cell, seed
        As in `segnb.clustering.segment`.

    Raises
    ------
    InputError
        The tables allow none of them.
    ParameterError
        A basis is unknown.
    """
    voice = voice or Voice()
    later = outcomes(tables, windows.measure, voice=voice)
    formed, passed_over = [], []
    for name in preferred() if bases is None else dict.fromkeys(bases):
        found = candidate(name, tables, windows.form, voice)
        if found.state == "lacking":
            passed_over.append(found)
            continue
        try:
            measured = features(tables, name, windows.form, voice=voice)
            made = _form(measured, later, restarts, bootstraps, min_cell, seed)
        except (InputError, ParameterError):
            passed_over.append(Candidate(name, "refused"))
            continue
        formed.append(formed_from(made))
    if not formed:
        raise InputError(none_possible(tables, bases))
    ids = sorted(set().union(*(each.groups.index for each in formed)))
    customers = pd.Index(ids, dtype="str", name=CUSTOMER)
    known, idle = later_outcomes(tables, later, windows, customers, min_cell=min_cell)
    result = judged(formed, known, spend=_spend(tables, windows), min_cell=min_cell, seed=seed)
    return replace(result, windows=windows, idle=idle, passed_over=tuple(passed_over), voice=voice)


def _form(
    measured: FeatureTable,
    later: FeatureTable | None,
    restarts: int,
    bootstraps: int,
    min_cell: int,
    seed: int,
) -> Segmentation:
    """Form the segments of a basis as a report on it alone would."""
    basis = BASES[measured.basis]
    chosen = select(measured, outcomes=later, min_cell=min_cell, required=basis.required(measured))
    method = basis.method or default_method(chosen.transform)
    number = choose_number(
        measured,
        chosen.transform,
        method=method,
        restarts=restarts,
        bootstraps=bootstraps,
        min_cell=min_cell,
        seed=seed,
    )
    return segment(
        measured,
        chosen.transform,
        method=method,
        n_segments=number.chosen,
        restarts=restarts,
        bootstraps=bootstraps,
        min_cell=min_cell,
        seed=seed,
    )


def _spend(tables: Tables, windows: Windows) -> pd.Series | None:
    """Return what each customer spent while the segments formed; None where no amounts are declared."""
    if "orders" not in tables:
        return None
    orders = by_customer(orders_in(tables, windows.form))
    if "monetary" not in orders.columns:
        return None
    spent = orders.select(CUSTOMER, "monetary").to_pyarrow()
    return pd.Series(spent["monetary"].to_numpy(), pd.Index(spent[CUSTOMER].to_pylist(), dtype="str"))
