"""Which measures carry the partition: how far the segments move without each of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from segnb.segmentation import FeatureTable, Window
from segnb.selection.results import Selection
from segnb.transform import Points, significant
from segnb.words import Voice

PASSENGER = 0.1
"""A measure without which the segments move less than this, or than by chance, is a passenger."""
_STARTS, _TRIALS, _MOST = 10, 5, 5_000


@dataclass(frozen=True)
class Moved:
    """One minus the adjusted Rand index of the segments with and without a measure."""

    name: str
    label: str
    moved: float


@dataclass(frozen=True)
class Contribution:
    """How far the segments move without each kept measure, largest first.

    ``chance`` is how far they move when nothing but the starts of the fit changes (a median). Both are
    0 where the same segments come back, and 1 where they agree no better than by chance.
    """

    moved: tuple[Moved, ...]
    chance: float
    n_segments: int
    customers: int
    window: Window | None = None
    voice: Voice = field(default_factory=Voice)

    @property
    def passengers(self) -> tuple[Moved, ...]:
        """The measures that the segments hardly need."""
        return tuple(each for each in self.moved if each.moved <= max(PASSENGER, self.chance))


def contribution(
    selection: Selection, features: FeatureTable, n_segments: int | None, *, seed: int = 0
) -> Contribution | None:
    """Form the segments without each kept measure in turn, and say how far they move.

    Whatever the method of the segments, these are formed by k-means on the same scale-free map, the best
    of ten starts, on at most 5,000 customers drawn by seed: the question is which measures hold the
    partition together, and one yardstick answers it for all. Distance is Hubert & Arabie's (1985)
    adjusted Rand index, taken from one.

    Parameters
    ----------
    n_segments
        The number of segments; None, as of a rule, has no such question.

    Returns
    -------
    Contribution or None
        None where a rule forms the segments, or there are fewer than two measures or segments.
    """
    kept = selection.kept
    whole = features.frame[kept].dropna()
    if n_segments is None or n_segments < 2 or len(kept) < 2 or len(whole) < 2 * n_segments:
        return None
    # The rows are sorted by their values, so that neither ids nor their order decide anything.
    order = np.lexsort(selection.transform(whole).T[::-1])
    if len(order) > _MOST:
        order = order[np.sort(_draws(seed, 0).choice(len(order), _MOST, replace=False))]
    whole = whole.iloc[order]

    def formed(names: list[str], start: int) -> NDArray[np.intp]:
        return _k_means(selection.transform.only(names)(whole), n_segments, seed=(seed, 1, start))

    with threadpool_limits(1), warnings.catch_warnings():
        # Without a measure fewer different customers than segments may be left.
        warnings.simplefilter("ignore")
        reference = formed(kept, 0)
        again = [_apart(reference, formed(kept, trial)) for trial in range(1, _TRIALS + 1)]
        moved = [
            Moved(
                name,
                selection[name].feature.label,
                _apart(reference, formed([each for each in kept if each != name], 0)),
            )
            for name in kept
        ]
    return Contribution(
        moved=tuple(sorted(moved, key=lambda each: -each.moved)),
        chance=float(np.median(again)),
        n_segments=n_segments,
        customers=len(whole),
        window=selection.window,
        voice=selection.voice,
    )


def _k_means(points: Points, n_segments: int, *, seed: tuple[int, ...]) -> NDArray[np.intp]:
    from sklearn.cluster import KMeans

    state = int(_draws(*seed).integers(2**31))
    return np.asarray(KMeans(n_segments, n_init=_STARTS, random_state=state).fit(points).labels_, np.intp)


def _apart(one: NDArray[np.intp], other: NDArray[np.intp]) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(significant(max(0.0, 1 - adjusted_rand_score(one, other)), 6))


def _draws(*seed: int) -> np.random.Generator:
    return np.random.default_rng(list(seed))
