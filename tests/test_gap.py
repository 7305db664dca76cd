"""The gap statistic: one group is called one, groups apart are counted."""

import numpy as np
import pytest

from segnb.clustering.gap import Gap, gaps, number_by_gap


def apart(groups, seed):
    random = np.random.default_rng([9, seed])
    centres = np.array([[0, 0, 0], [6, 0, 6], [0, 6, 6]])[:groups]
    return centres[random.integers(0, groups, 400)] + random.normal(size=(400, 3))


@pytest.mark.parametrize("groups", [1, 2, 3])
def test_groups_apart_are_counted(groups):
    found = [
        number_by_gap(gaps(apart(groups, seed), 6, random=np.random.default_rng(seed))) for seed in range(3)
    ]
    assert found == [groups] * 3


def test_related_columns_alone_are_one_group():
    random = np.random.default_rng(1)
    trait = random.normal(size=(400, 1))
    points = trait + 0.6 * random.normal(size=(400, 4))
    found = gaps(points, 5, random=np.random.default_rng(0))
    assert number_by_gap(found) == 1
    # A rotation or another unit is no other data.
    turned = points @ np.linalg.qr(random.normal(size=(4, 4)))[0] * 1e6 + 5
    again = gaps(turned, 5, random=np.random.default_rng(0))
    np.testing.assert_allclose([each.gap for each in again], [each.gap for each in found], atol=0.05)


def test_the_gap_of_one_segment_is_that_of_the_boxes_spread():
    points = np.random.default_rng(2).normal(size=(300, 1))
    own = np.log(((points - points.mean()) ** 2).sum())
    box = np.log(300 * np.ptp(points) ** 2 / 12)
    first = gaps(points, 1, random=np.random.default_rng(0))[0]
    assert first.gap == pytest.approx(box - own, abs=0.1)
    assert 0 < first.error < 0.1


def test_the_rule_takes_the_least_number_within_one_error_of_the_next():
    def chosen(*values, error=0.1):
        return number_by_gap([Gap(place + 1, value, error) for place, value in enumerate(values)])

    assert chosen(0.5, 0.55, 0.9) == 1
    assert chosen(0.1, 0.5, 0.9, 0.95) == 3
    assert chosen(0.1, 0.3, 0.5) == 3
