"""Numbers beside an axis: as few digits as tell the ticks apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from segnb.segmentation import Unit
from segnb.words import Voice


def tick_labels(voice: Voice, ticks: Sequence[float], unit: Unit) -> list[str]:
    """Return a label for each tick: ``$0``, ``$500``; ``0``, ``5``; ``97.5%``."""
    percent = unit in ("share", "change")
    steps = [abs(after - before) for before, after in pairwise(ticks)]
    step = min(steps, default=1.0) * (100 if percent else 1)
    digits = next(digits for digits in range(4) if math.isclose(step, round(step, digits)) or digits == 3)
    if percent:
        return [voice.percent(tick, digits) for tick in ticks]
    if unit == "money":
        return [voice.money(tick, whole=digits == 0) for tick in ticks]
    return [voice.number(tick, digits) for tick in ticks]
