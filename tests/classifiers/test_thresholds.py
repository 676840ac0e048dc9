import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from cxmining.classifiers.thresholds import tune_f1, tune_precision


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
    tuned = tune_precision(scores, labels, np.ones_like(labels), 0.9)
    assert tuned[0] == np.float32(0.8)
    assert tuned[1] > 1
