"""k-means and silhouettes: as good as scikit-learn's, and the same at any number of threads."""

import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.metrics import silhouette_samples, silhouette_score
from sklearn.preprocessing import StandardScaler

from segnb.clustering.lloyd import k_means
from segnb.clustering.silhouette import by_segment, silhouettes

WITHIN = 1.001
"""Sums of squares lie within .1 % of the best of ten starts by scikit-learn."""


def overlapping(size, seed=0, width=8, groups=6):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(groups, width)) * 0.7
    return centres[random.integers(0, groups, size)] + random.normal(size=(size, width))


def noise(size, seed=0, width=5):
    return np.random.default_rng(seed).uniform(size=(size, width))


def scaled(load):
    return StandardScaler().fit_transform(load().data)


def within(points, centres):
    return ((points[:, None] - centres) ** 2).sum(axis=2).min(axis=1).sum()


def fitted(points, n_segments, seed=0, starts=10, **settings):
    return k_means(points, n_segments, starts=starts, random=np.random.default_rng(seed), **settings)


@pytest.mark.parametrize(
    ("points", "screen_on"),
    [
        # Seeds on a small sample, starts on a larger one, the best on all rows; no small one; all rows alone.
        (overlapping(20_000), 8_000),
        (overlapping(20_000), 4_000),
        (noise(6_000), 20_000),
        (scaled(load_wine), 20_000),
        (scaled(load_breast_cancer), 20_000),
    ],
    ids=["two_samples", "one_sample", "noise", "wine", "breast_cancer"],
)
def test_sums_of_squares_are_scikit_learns(points, screen_on):
    for n_segments in (2, 5, 10):
        ours = fitted(points, n_segments, screen_on=screen_on)
        theirs = KMeans(n_segments, n_init=10, random_state=0).fit(points).inertia_
        assert ours.best.sse <= theirs * WITHIN
        assert within(points, ours.best.centres) == pytest.approx(ours.best.sse, rel=1e-9)


def test_what_belongs_together_agrees():
    points = overlapping(5_000)
    found = fitted(points, 4, screen_on=1_000)
    assert len(found.starts) == 10
    for ended, rows in [
        (found.best, points),
        *((each, points[found.compared]) for each in found.starts),
    ]:
        distances = ((rows[:, None] - ended.centres) ** 2).sum(axis=2)
        assert (distances.argmin(axis=1) == ended.labels).all()
        assert distances.min(axis=1).sum() == pytest.approx(ended.sse, rel=1e-9)
        means = [rows[ended.labels == label].mean(axis=0) for label in range(4)]
        np.testing.assert_allclose(ended.centres, means, atol=0.1)


def test_weights_count_as_copies_do():
    points = overlapping(800)
    weights = np.random.default_rng(1).multinomial(800, np.full(800, 1 / 800)).astype(float)
    weighed = fitted(points, 5, starts=30, weights=weights)
    copied = fitted(np.repeat(points, weights.astype(int), axis=0), 5, starts=30)
    assert weighed.best.sse == pytest.approx(copied.best.sse, rel=1e-4)
    assert len(weighed.best.labels) == len(points)
    nearest = ((points[:, None] - weighed.best.centres) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == weighed.best.labels).all()


@pytest.mark.parametrize("different", [1, 3, 7])
def test_no_segment_is_empty_where_few_rows_differ(different):
    points = np.random.default_rng(0).normal(size=(different, 3)).repeat(50, axis=0)
    found = fitted(points, 5)
    assert len(found.best.centres) == min(different, 5)
    for ended in (found.best, *found.starts):
        assert (np.bincount(ended.labels, minlength=len(ended.centres)) > 0).all()


def test_rare_rows_that_no_sample_holds_get_their_centre():
    points = np.vstack([np.zeros((40_000, 2)), np.full((3, 2), 100.0)])
    found = fitted(points, 2, screen_on=8_000, seed=3)
    assert sorted(np.bincount(found.best.labels)) == [3, 40_000]
    assert found.best.sse == pytest.approx(0, abs=1e-6)


SCRIPT = """
import sys, numpy as np
from segnb.clustering.lloyd import k_means
from segnb.clustering.silhouette import silhouettes
random = np.random.default_rng(0)
points = random.normal(size=(9_000, 6))
found = k_means(points, 7, starts=3, random=random, screen_on=4_000)
widths = silhouettes(points[:3_000], found.best.labels[:3_000])
sys.stdout.buffer.write(found.best.centres.tobytes() + found.best.labels.tobytes() + widths.tobytes())
"""


def test_bits_are_equal_at_any_number_of_threads():
    outputs = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            check=True,
            capture_output=True,
            env={**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
        ).stdout
        for threads in ("1", "2", "3")
    }
    assert len(outputs) == 1


# Silhouettes


@pytest.mark.parametrize("unit", [1, 1e-30, 1e30])
def test_silhouettes_are_scikit_learns(unit):
    points = overlapping(1_500) + 10
    labels = np.random.default_rng(0).integers(3, 8, 1_500)
    labels[:1] = 99
    widths = silhouettes(points * unit, labels)
    assert widths.mean() == pytest.approx(silhouette_score(points, labels), abs=1e-6)
    theirs = silhouette_samples(points, labels)
    np.testing.assert_allclose(widths, theirs, atol=1e-6)
    means = [theirs[labels == label].mean() for label in np.unique(labels)]
    np.testing.assert_allclose(by_segment(widths, labels), means, atol=1e-6)


def test_silhouettes_of_equal_rows_are_exact():
    # Half of all distances are zero: what cancels must not be taken for a distance.
    points = np.random.default_rng(0).integers(0, 2, (900, 2)) + 1000.1
    labels = (points[:, 0] > 1000.5).astype(int)
    # Far from the origin scikit-learn's own distances are off, unless it is given them.
    exact = silhouette_samples(cdist(points, points), labels, metric="precomputed")
    np.testing.assert_allclose(silhouettes(points, labels), exact, atol=1e-6)
    assert silhouettes(np.ones((4, 2)), [0, 0, 1, 1]).tolist() == [0, 0, 0, 0]


def test_one_segment_has_no_silhouette():
    with pytest.raises(ValueError, match="at least two are needed"):
        silhouettes(np.eye(3), [1, 1, 1])
