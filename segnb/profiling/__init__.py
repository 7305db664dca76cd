"""Chapter 01: what came in, and whether a segmentation can rest on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from segnb.profiling.results import Profile
from segnb.words import Voice

if TYPE_CHECKING:
    from segnb.tables.opened import Tables

__all__ = ["Profile", "profile"]


def profile(
    tables: Tables,
    *,
    voice: Voice | None = None,
    min_cell: int = 10,
    warn_missing: float = 0.2,
    max_categories: int = 6,
) -> Profile:
    """Profile the tables: totals, months, columns, and how customers spread.

    Parameters
    ----------
    voice
        Language, locale and currency of the sentences.
    min_cell
        Fewest customers that a figure may tell of.
    warn_missing
        Share of missing values from which on a column is warned of.
    max_categories
        Most values of a category that are listed by name.
    """
    from segnb.profiling import columns, history, spread

    found = Profile(
        totals=history.totals(tables, min_cell=min_cell),
        intake=tables.intake,
        columns=columns.profile_columns(tables, max_categories=max_categories, min_cell=min_cell),
        min_cell=min_cell,
        warn_missing=warn_missing,
        voice=voice or Voice(),
    )
    if not found.totals.orders:
        return found
    spent, orders = spread.buyers(tables)
    return replace(
        found,
        months=history.months(tables, min_cell=min_cell),
        spend=spread.distribution(spent, min_cell=min_cell, whole=False),
        orders=spread.distribution(orders, min_cell=min_cell, whole=True),
        concentration=spread.concentration(spent, min_cell=min_cell),
        one_time_share=spread.share_of(orders == 1, min_cell=min_cell),
    )
