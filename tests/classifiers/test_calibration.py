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
    np.testing.assert_allclose(found, [[0.5, 1.0, 0.0], [0.5, -1.0, 0.0]], atol=0.08)


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


def test_recovers_the_weight_of_rules():
    rng = np.random.default_rng(2)
    logits = rng.normal(-1, 3, (20_000, 2)).astype(np.float32)
    rules = rng.random(logits.shape) < 0.2
    labels = rng.random(logits.shape) < 1 / (1 + np.exp(-(0.5 * logits + 1.5 * rules)))
    known = np.ones_like(labels)
    found = fit_calibration(logits, labels, known, rules)
    np.testing.assert_allclose(found[:, 2], 1.5, atol=0.15)
    told = apply_calibration(found, logits, rules)
    assert abs(told[rules].mean() - labels[rules].mean()) < 0.01


def test_rules_that_speak_against_the_label_get_no_weight():
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 2, (2000, 1)).astype(np.float32)
    rules = logits < -2
    labels = rng.random(logits.shape) < 1 / (1 + np.exp(-2 * logits + 3 * rules))
    assert fit_calibration(logits, labels, np.ones_like(labels), rules)[0, 2] == 0
