import numpy as np
import pytest
from hypothesis import given
from random_tables import quick, scored

from cxmining.evaluation.selective import risk_coverage


@quick
@given(scored())
def test_ties_cost_what_random_order_costs(arrays):
    wrong, confidence, _ = (a.ravel() for a in arrays)
    found = risk_coverage(confidence, wrong)
    rng = np.random.default_rng(0)
    sums = np.zeros(len(wrong))
    for _ in range(60):
        shuffle = rng.permutation(len(wrong))
        order = shuffle[np.argsort(-confidence[shuffle], kind="stable")]
        sums += np.cumsum(wrong[order]) / np.arange(1, len(wrong) + 1)
    assert found.area == pytest.approx((sums / 60).mean(), abs=0.08)
    assert found.risk[-1] == pytest.approx(wrong.mean(), abs=1e-9)
    assert found.excess >= -1e-12
    shuffled = risk_coverage(confidence[::-1], wrong[::-1])
    np.testing.assert_allclose(found.risk, shuffled.risk, atol=1e-12)


def test_by_hand():
    found = risk_coverage(np.array([0.9, 0.8, 0.7, 0.6]), np.array([0, 1, 0, 1], bool))
    np.testing.assert_allclose(found.risk, [0, 1 / 2, 1 / 3, 1 / 2])
    assert found.area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    # The best order makes its errors last: 0, 0, 1/3, 1/2.
    assert found.excess == pytest.approx(found.area - (1 / 3 + 1 / 2) / 4)
    assert found.coverage_at(0.34) == 0.75
    assert found.coverage_at(0.5) == 1.0
    assert risk_coverage(np.array([0.9]), np.array([True])).coverage_at(0.1) == 0.0


def test_perfect_order_has_no_excess():
    wrong = np.array([0, 0, 0, 1, 1], bool)
    assert risk_coverage(np.array([5, 4, 3, 2, 1.0]), wrong).excess == pytest.approx(0)
    assert np.isnan(risk_coverage(np.zeros(0), np.zeros(0, bool)).area)
