import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from cxmining.evaluation.multilabel import f1_report


@given(st.integers(1, 40), st.integers(2, 6), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_agrees_with_scikit_learn(n, k, seed):
    rng = np.random.default_rng(seed)
    truth, predicted = rng.random((2, n, k)) < rng.random()
    report = f1_report(truth, predicted)
    p, r, f, s = precision_recall_fscore_support(truth, predicted, average=None, zero_division=0.0)
    np.testing.assert_allclose(report.precision, p, atol=1e-9)
    np.testing.assert_allclose(report.recall, r, atol=1e-9)
    np.testing.assert_allclose(report.f1, f, atol=1e-9)
    assert report.support.tolist() == s.tolist()
    micro = precision_recall_fscore_support(truth, predicted, average="micro", zero_division=0.0)[2]
    assert report.micro == pytest.approx(micro, abs=1e-9)


def test_open_labels_count_neither_way():
    truth = np.array([[1, 0], [0, 0]], bool)
    predicted = np.array([[1, 1], [1, 0]], bool)
    known = np.array([[1, 0], [0, 1]], bool)
    report = f1_report(truth, predicted, known)
    assert (report.micro, report.macro) == (1.0, 1.0)


def test_one_label_by_hand():
    report = f1_report(np.array([[1], [1], [0]], bool), np.array([[1], [0], [1]], bool))
    assert (report.precision[0], report.recall[0], report.f1[0]) == (0.5, 0.5, 0.5)


def test_empty():
    report = f1_report(np.zeros((0, 3), bool), np.zeros((0, 3), bool))
    assert (report.micro, report.macro) == (0.0, 0.0)
