import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_tables import quick, scored
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from cxmining.evaluation.calibration import brier_score, expected_calibration_error, reliability_curve


@quick
@given(scored(), st.integers(1, 20))
def test_curve_agrees_with_scikit_learn(arrays, n_bins):
    truth, scores, _ = (a.ravel() for a in arrays)
    curve = reliability_curve(scores, truth, n_bins)
    assert curve.n.sum() == len(truth)
    assert ((curve.low <= curve.share + 1e-12) & (curve.share <= curve.high + 1e-12)).all()
    # Where an edge falls on a score, scikit-learn's interpolation decides by rounding errors.
    on_a_score = any((len(truth) - 1) * j % n_bins == 0 for j in range(1, n_bins))
    if truth.any() and not truth.all() and not on_a_score:
        share, score = calibration_curve(truth, scores, n_bins=n_bins, strategy="quantile")
        np.testing.assert_allclose(curve.share, share, atol=1e-9)
        np.testing.assert_allclose(curve.score, score, atol=1e-9)


@quick
@given(scored())
def test_scores_agree_and_are_bounded(arrays):
    truth, scores, _ = (a.ravel() for a in arrays)
    if truth.any() and not truth.all():
        assert brier_score(scores, truth) == pytest.approx(brier_score_loss(truth, scores), abs=1e-9)
    assert 0 <= brier_score(scores, truth) <= 1
    error = expected_calibration_error(scores, truth)
    assert 0 <= error <= 1
    # The order of rows does not matter, and swapping the meaning of yes and no does not either with one bin.
    order = np.random.default_rng(0).permutation(len(truth))
    assert expected_calibration_error(scores[order], truth[order]) == pytest.approx(error, abs=1e-12)
    one = expected_calibration_error(scores, truth, 1)
    assert one == pytest.approx(abs(scores.mean() - truth.mean()), abs=1e-12)
    assert expected_calibration_error(1 - scores, ~truth, 1) == pytest.approx(one, abs=1e-12)


def test_by_hand():
    # Two bins of two: means 0.1 and 0.8 against shares 0 and 0.5.
    scores, truth = np.array([0.1, 0.1, 0.7, 0.9]), np.array([0, 0, 0, 1], bool)
    assert expected_calibration_error(scores, truth, 2) == pytest.approx((0.1 + 0.3) / 2)
    assert brier_score(scores, truth) == pytest.approx((0.01 + 0.01 + 0.49 + 0.01) / 4)


def test_empty_and_nonsense():
    none = np.zeros(0)
    assert np.isnan(expected_calibration_error(none, none.astype(bool)))
    assert np.isnan(brier_score(none, none.astype(bool)))
    for bad in (1.2, -0.1, float("nan")):
        with pytest.raises(ValueError, match="must lie in"):
            reliability_curve(np.array([bad]), np.array([True]))
    with pytest.raises(ValueError, match="bin"):
        reliability_curve(np.array([0.5]), np.array([True]), 0)
