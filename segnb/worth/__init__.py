"""What acting on segments is worth: effects of randomised arms, one action for all or for each, a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from segnb.worth.plan import Budget

if TYPE_CHECKING:
    from segnb.segmentation import Segmentation, Windows
    from segnb.tables.opened import Tables
    from segnb.worth.results import Allocation, Effects

__all__ = ["Budget", "budget", "effects"]


def effects(
    tables: Tables,
    segmentation: Segmentation,
    windows: Windows,
    *,
    budget: Budget | None = None,
    seed: int = 0,
    min_cell: int = 10,
    earlier: bool = False,
    rise: float = 0.05,
    names: Mapping[str, str] | None = None,
    order: Sequence[str] | None = None,
) -> Effects:
    """Estimate what the arms of campaigns changed in each segment, and whether choosing by segment pays.

    An arm named ``control`` and another one make an experiment: the effect of each action is a
    difference in response (share), revenue and profit (money for each customer), with 95% intervals,
    over all who were drawn to the arm. Without one nothing is called a cause: the segments'
    responses are described, and the size of the test that would tell.

    Parameters
    ----------
    budget
        Costs of actions and margin, where they are declared; costs given here stand for those of the table.
    seed
        Seed of the splits on which the choice by segment is judged.
    min_cell
        Fewest customers of a segment and arm that a figure may tell of; figures on fewer are None.
    earlier
        Also use campaigns from before the segments were complete. Left out, these count only where there
        are no others.
    rise
        The rise of the response rate that a test is planned for, as a share.
    names
        The segments' names, where they are known already.
    order
        The segments in the order of the report's tables.

    Raises
    ------
    InputError
        A contact costs less than nothing.
    ParameterError
        The budget has a cost for an action that no arm bears, or ``rise`` is no share.
    """
    from segnb.worth.measurement import measure_effects

    return measure_effects(
        tables,
        segmentation,
        windows,
        budget=budget,
        seed=seed,
        min_cell=min_cell,
        earlier=earlier,
        rise=rise,
        names=names,
        order=tuple(order or segmentation.segments),
    )


def budget(effects: Effects) -> Allocation:
    """Return where the money of the declared budget goes so that it is expected to earn most.

    By the effects of an experiment: without one, or without a budget, the result says what is missing.
    """
    from segnb.worth.spending import spend

    return spend(effects)
