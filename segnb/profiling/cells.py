"""Small cells: what may be told without telling of fewer than ``min_cell`` customers."""

from __future__ import annotations

from collections.abc import Sequence


def told(count: int, whole: int, min_cell: int) -> int | None:
    """Return a count of customers unless it, or what is left of the whole, is too small to tell."""
    return None if 0 < count < min_cell or 0 < whole - count < min_cell else count


def too_small(counts: Sequence[int], min_cell: int) -> set[int]:
    """Return the places of counts to hide where their sum is known.

    One hidden count would be the sum less the rest, so the next smallest is hidden with it, and
    more until the hidden ones together reach ``min_cell``.
    """
    order = sorted(
        (place for place, count in enumerate(counts) if count > 0), key=lambda at: (counts[at], at)
    )
    hidden = [place for place in order if counts[place] < min_cell]
    waiting = order[len(hidden) :]
    while hidden and waiting and sum(counts[place] for place in hidden) < min_cell:
        hidden.append(waiting.pop(0))
    return set(hidden)
