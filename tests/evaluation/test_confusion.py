import numpy as np
import pytest
from hypothesis import given
from random_tables import quick, tables
from sklearn.metrics import confusion_matrix as single_label

from cxmining.evaluation.confusion import confused_pairs, confusion_matrix
from cxmining.evaluation.multilabel import cell_counts


@quick
@given(tables(3))
def test_rows_add_up_and_nothing_is_lost(arrays):
    truth, predicted, known = arrays
    k = truth.shape[1]
    matrix = confusion_matrix(truth, predicted, known)
    counts = cell_counts(truth, predicted, known).sum(axis=0)
    np.testing.assert_allclose(matrix[:k].sum(axis=1), counts[0] + counts[2], atol=1e-9)
    np.testing.assert_array_equal(np.diag(matrix)[:k], counts[0])
    assert (matrix >= 0).all()
    assert matrix[k, k] == 0
    np.testing.assert_array_equal(np.diag(confusion_matrix(truth, truth)), [*truth.sum(axis=0), 0])


def test_one_label_a_text_is_the_common_matrix():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, (2, 60))
    matrix = confusion_matrix(np.eye(4, dtype=bool)[a], np.eye(4, dtype=bool)[b])
    np.testing.assert_array_equal(matrix[:4, :4], single_label(a, b))


def test_by_hand():
    truth = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]], bool)
    predicted = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 1]], bool)
    matrix = confusion_matrix(truth, predicted)
    assert matrix[0].tolist() == [1, 0.5, 0.5, 0]
    assert matrix[1].tolist() == [0, 0, 0, 1]
    assert matrix[3].tolist() == [0, 0, 1, 0]
    assert confused_pairs(matrix) == [(0, 1, 0.5), (0, 2, 0.5)]
    assert confused_pairs(matrix, 1) == [(0, 1, pytest.approx(0.5))]
