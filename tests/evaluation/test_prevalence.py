import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_tables import quick, tables

from cxmining.evaluation.prevalence import Checked, adjust, estimate_prevalence


def simulated(share, n, seed, on_true=0.8, on_untrue=0.1):
    """Texts of which a share bears the label, and what a classifier with known error rates gives them."""
    rng = np.random.default_rng(seed)
    truth = rng.random((n, 1)) < share
    return truth, rng.random((n, 1)) < np.where(truth, on_true, on_untrue)


def test_by_hand():
    # Of 10 checked texts with the label 8 are tagged, of 20 without it 2; 38 of 100 texts are tagged:
    # (0.38 - 0.1) / (0.8 - 0.1) = 0.4.
    truth = np.array([[True]] * 10 + [[False]] * 20)
    given_ = np.array([[True]] * 8 + [[False]] * 2 + [[True]] * 2 + [[False]] * 18)
    counted = np.array([[True]] * 38 + [[False]] * 62)
    found = estimate_prevalence(counted, Checked(truth, given_))
    assert found.counted[0] == pytest.approx(0.38, abs=1e-12)
    assert found.adjusted[0] == pytest.approx(0.4, abs=1e-12)
    assert found.low[0] < 0.4 < found.high[0]


def test_probabilities_by_hand():
    truth = np.array([[1], [1], [0], [0]], bool)
    scores = np.array([[0.9], [0.7], [0.3], [0.1]])
    found = estimate_prevalence(np.array([[0.5], [0.6]]), Checked(truth, scores))
    assert found.counted[0] == pytest.approx(0.55)
    assert found.adjusted[0] == pytest.approx((0.55 - 0.2) / (0.8 - 0.2))


@quick
@given(tables(3))
def test_a_perfect_classifier_needs_no_correction(arrays):
    truth, counted, known = arrays
    found = estimate_prevalence(counted, Checked(truth, truth, known), n_samples=20)
    both = (truth & known).any(axis=0) & (~truth & known).any(axis=0)
    np.testing.assert_allclose(found.adjusted[both], counted.mean(axis=0)[both], atol=1e-12)
    assert np.isnan(found.adjusted[~both]).all()


@quick
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_adjust_is_bounded_and_mirrors(counted, on_true, on_untrue):
    share = adjust(*(np.array(v) for v in (counted, on_true, on_untrue)))
    assert np.isnan(share) == (not on_true > on_untrue)
    if on_true - on_untrue > 1e-6:
        assert 0 <= share <= 1
        mirrored = adjust(np.array(1 - counted), np.array(1 - on_untrue), np.array(1 - on_true))
        assert mirrored == pytest.approx(1 - share, abs=1e-6)
        assert adjust(np.array(on_true), np.array(on_true), np.array(on_untrue)) == pytest.approx(1.0)
        assert adjust(np.array(on_untrue), np.array(on_true), np.array(on_untrue)) == 0.0


def test_intervals_cover_the_true_share():
    covered = raw = 0
    for seed in range(120):
        truth, given_ = simulated(0.5, 300, seed)
        target, counted = simulated(0.15, 500, 10_000 + seed)
        found = estimate_prevalence(counted, Checked(truth, given_), n_samples=300, seed=seed)
        covered += found.low[0] <= 0.15 <= found.high[0]
        raw += abs(found.counted[0] - 0.15) < abs(found.adjusted[0] - 0.15)
        assert abs(target.mean() - 0.15) < 0.08
    assert 0.88 <= covered / 120 <= 1.0
    assert raw / 120 < 0.2  # counting alone gives 0.205 on average


def test_clusters_widen_the_interval():
    truth, given_ = simulated(0.5, 60, 1)
    _, counted = simulated(0.3, 60, 2)
    stacked = [np.concatenate([a] * 4) for a in (truth, given_, counted)]
    names = [*range(60)] * 4
    loose = estimate_prevalence(stacked[2], Checked(*stacked[:2]))
    careful = estimate_prevalence(stacked[2], Checked(*stacked[:2], clusters=names), names)
    assert careful.adjusted[0] == pytest.approx(loose.adjusted[0])
    assert careful.high[0] - careful.low[0] > 1.5 * (loose.high[0] - loose.low[0])


def test_what_cannot_be_told_is_nan():
    truth = np.array([[1, 0, 1, 1], [1, 0, 0, 0]], bool)
    useless = np.array([[1, 1, 0, 1], [1, 1, 1, 1]], bool)
    found = estimate_prevalence(useless, Checked(truth, useless), n_samples=50)
    assert np.isnan(found.adjusted).all()
    assert np.isnan(found.low).all()
    none = estimate_prevalence(useless[:0], Checked(truth, truth), n_samples=5)
    assert np.isnan(none.counted).all()
    assert np.isnan(none.high).all()
