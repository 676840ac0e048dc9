import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmining.classifiers.calibration import apply_calibration, fit_calibration


def test_recovers_the_scaling_that_made_the_labels():
    rng = np.random.default_rng(0)
    logits = rng.normal(-1, 3, (20_000, 2)).astype(np.float32)
    true = 1 / (1 + np.exp(-(0.5 * logits + [1.0, -1.0])))
    labels = rng.random(logits.shape) < true
    found = fit_calibration(logits, labels, np.ones_like(labels))
    np.testing.assert_allclose(found, [[0.5, 1.0, 0.0, 0.0], [0.5, -1.0, 0.0, 0.0]], atol=0.08)


def test_a_rare_label_stays_near_the_common_scaling():
    rng = np.random.default_rng(1)
    logits = rng.normal(-1, 3, (4000, 2)).astype(np.float32)
    labels = rng.random(logits.shape) < 1 / (1 + np.exp(-0.5 * logits))
    known = np.ones_like(labels)
    known[3:, 1] = False
    found = fit_calibration(logits, labels, known)
    np.testing.assert_allclose(found[1], found[0], atol=0.35)


@given(st.integers(0, 2**31), st.sampled_from(["none", "all", "separable"]))
@settings(max_examples=30, deadline=None)
def test_degenerate_labels_give_finite_rising_scalings(seed, kind):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 5, (30, 3)).astype(np.float32)
    labels = {"none": np.zeros((30, 3), bool), "all": np.ones((30, 3), bool), "separable": logits > 0}[kind]
    found = fit_calibration(logits, labels, np.ones((30, 3), bool))
    assert np.isfinite(found).all()
    assert (found[:, 0] > 0).all()


def test_recovers_the_weights_of_votes():
    rng = np.random.default_rng(2)
    logits = rng.normal(-1, 3, (20_000, 2)).astype(np.float32)
    votes = rng.choice([1, -1, 0], logits.shape, p=[0.2, 0.1, 0.7]).astype(np.int8)
    shift = 1.5 * (votes > 0) - 2.0 * (votes < 0)
    labels = rng.random(logits.shape) < 1 / (1 + np.exp(-(0.5 * logits + shift)))
    known = np.ones_like(labels)
    found = fit_calibration(logits, labels, known, votes)
    np.testing.assert_allclose(found[:, 2], 1.5, atol=0.15)
    np.testing.assert_allclose(found[:, 3], 2.0, atol=0.25)
    told = apply_calibration(found, logits, votes)
    for vote in (1, -1):
        assert abs(told[votes == vote].mean() - labels[votes == vote].mean()) < 0.01


def test_votes_that_speak_the_wrong_way_get_no_weight():
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 2, (2000, 1)).astype(np.float32)
    votes = np.where(logits < -2, 1, np.where(logits > 2, -1, 0)).astype(np.int8)
    labels = rng.random(logits.shape) < 1 / (1 + np.exp(-2 * logits + 3 * votes))
    assert (fit_calibration(logits, labels, np.ones_like(labels), votes)[0, 2:] == 0).all()
