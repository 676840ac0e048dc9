import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from cxmining.classifiers.thresholds import control_misses, tune_f1, tune_precision, tune_recall


@given(st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_without_shrinkage_no_threshold_beats_the_tuned_one(seed):
    rng = np.random.default_rng(seed)
    labels = rng.random((60, 2)) < 0.3
    scores = np.clip(labels * 0.3 + rng.random((60, 2)) * 0.7, 0.06, 0.94).astype(np.float32)
    tuned = tune_f1(scores, labels, np.ones_like(labels), shrinkage=0.0)
    for k in range(2):
        if labels[:, k].any():
            best = max(f1_score(labels[:, k], scores[:, k] >= t) for t in np.unique(scores[:, k]))
            assert f1_score(labels[:, k], scores[:, k] >= tuned[k]) >= best - 1e-9


def test_open_cells_do_not_count():
    scores = np.array([[0.9], [0.8], [0.2]], np.float32)
    labels = np.array([[True], [False], [False]])
    known = np.array([[True], [False], [True]])
    assert 0.2 < tune_f1(scores, labels, known)[0] < 0.9


def test_a_label_without_positives_takes_the_common_threshold():
    scores = np.array([[0.9, 0.4], [0.1, 0.3]], np.float32)
    labels = np.array([[True, False], [False, False]])
    tuned = tune_f1(scores, labels, np.ones_like(labels))
    assert 0.4 < tuned[1] < 0.9


def test_precision_target_holds_or_the_label_is_never_given():
    scores = np.array([[0.9, 0.9], [0.8, 0.8], [0.7, 0.7], [0.1, 0.6]], np.float32)
    labels = np.array([[True, False], [True, False], [False, True], [False, False]])
    tuned = tune_precision(scores, labels, np.ones_like(labels), 0.9, shrinkage=0.0)
    assert tuned[0] == np.float32(0.8)
    assert tuned[1] > 1


def test_a_label_with_few_decisions_leans_on_the_common_precision():
    rng = np.random.default_rng(0)
    scores = rng.random((400, 2)).astype(np.float32)
    labels = rng.random((400, 2)) < scores
    known = np.ones_like(labels)
    known[3:, 1] = False
    labels[:3, 1], scores[:3, 1] = True, [0.3, 0.2, 0.1]
    assert tune_precision(scores, labels, known, 0.9)[1] == np.float32(1.01)
    assert tune_precision(scores, labels, known, 0.9, shrinkage=0.0)[1] == np.float32(0.1)


def test_recall_target_holds():
    scores = np.array([[0.9, 0.3], [0.8, 0.3], [0.7, 0.3], [0.1, 0.6]], np.float32)
    labels = np.array([[True, False], [True, False], [True, False], [False, False]])
    tuned = tune_recall(scores, labels, np.ones_like(labels), 0.6)
    np.testing.assert_allclose(tuned, [0.8, 0.8])


@given(st.integers(0, 2**31))
@settings(max_examples=20, deadline=None)
def test_conformal_threshold_keeps_the_bound_on_the_held_out_rows(seed):
    rng = np.random.default_rng(seed)
    scores = rng.random((80, 3)).astype(np.float32).round(2)
    labels = rng.random((80, 3)) < scores
    threshold = control_misses(scores, labels, np.ones_like(labels), 0.2)
    missed = (labels & (scores < threshold)).sum(1) / np.maximum(labels.sum(1), 1)
    n = labels.any(axis=1).sum()
    assert (missed.sum() + 1) / (n + 1) <= 0.2
    above = scores[labels & (scores > threshold)]
    if len(above):
        worse = (labels & (scores < np.sort(above)[0])).sum(1) / np.maximum(labels.sum(1), 1)
        assert (worse.sum() + 1) / (n + 1) > 0.2 - 1e-9 or threshold == np.sort(above)[0]


def test_conformal_guarantee_holds_on_new_rows_on_average():
    rng = np.random.default_rng(5)
    losses = []
    for _ in range(300):
        scores = rng.random((60, 4)).astype(np.float32)
        labels = rng.random((60, 4)) < scores**2
        threshold = control_misses(scores[:59], labels[:59], np.ones_like(labels[:59]), 0.15)
        if labels[59].any():
            losses.append((labels[59] & (scores[59] < threshold)).sum() / labels[59].sum())
    assert np.mean(losses) < 0.15 + 3 * np.std(losses) / np.sqrt(len(losses))


def test_too_few_rows_for_the_bound_give_everything():
    labels = np.ones((3, 1), bool)
    assert control_misses(np.full((3, 1), 0.5, np.float32), labels, labels, 0.1) == 0.0
