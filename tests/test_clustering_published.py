"""Clustering reproduces published figures, on data that scikit-learn ships or a book prints."""

import numpy as np
import pytest
from sklearn.datasets import load_iris

from segnb.clustering.latent_class import latent_class
from segnb.clustering.lloyd import k_means

CARCINOMA = {
    "0000000": 34, "0000100": 2, "0100000": 6, "0100001": 1, "0100100": 4, "0100101": 5, "1000000": 2,
    "1010101": 1, "1100000": 2, "1100001": 1, "1100100": 2, "1100101": 7, "1100111": 1, "1101001": 1,
    "1101101": 2, "1101111": 3, "1110101": 13, "1110111": 5, "1111101": 10, "1111111": 16,
}  # fmt: skip
"""Seven pathologists' yes or no on 118 slides (Agresti, Categorical Data Analysis, 2002, table 13.1)."""


@pytest.fixture(scope="module")
def ratings():
    """One row for each slide, two columns for each pathologist: no and yes."""
    answers = np.array([[int(each) for each in pattern] for pattern in CARCINOMA], dtype=float)
    slides = answers.repeat(list(CARCINOMA.values()), axis=0)
    return np.stack([1 - slides, slides], axis=2).reshape(len(slides), -1)


@pytest.mark.parametrize(("classes", "likelihood"), [(2, -317.257), (3, -293.705), (4, -289.286)])
def test_latent_classes_reach_the_likelihoods_of_polca(classes, likelihood, ratings):
    """Linzer & Lewis, poLCA (Journal of Statistical Software 42(10), 2011), on these ratings."""
    found = latent_class(ratings, classes, levels=(2,) * 7, seed=0, restarts=20)
    assert -found.loss(ratings) == pytest.approx(likelihood, abs=5e-4)


def test_latent_classes_have_the_criterion_and_the_shares_of_polca(ratings):
    found = latent_class(ratings, 3, levels=(2,) * 7, seed=0, restarts=20)
    assert found.bic(ratings) == pytest.approx(697.14, abs=0.005)
    assert sorted(found.shares) == pytest.approx([0.1817, 0.3736, 0.4447], abs=5e-5)


@pytest.mark.parametrize(("segments", "within"), [(2, 152.34795), (3, 78.85144), (4, 57.22847)])
def test_k_means_reaches_the_published_sums_of_squares_of_iris(segments, within):
    """The least known, as R's ``kmeans(iris[, 1:4], k, nstart = 50)$tot.withinss`` prints them."""
    found = k_means(load_iris().data, segments, starts=20, random=np.random.default_rng(0)).best
    assert found.sse == pytest.approx(within, abs=5e-5)
