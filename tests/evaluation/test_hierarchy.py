import numpy as np
import pytest
from hypothesis import given
from random_tables import quick, tables

from cxmining.evaluation.hierarchy import family_cells, hierarchical_counts
from cxmining.evaluation.multilabel import cell_counts, micro_f1


def test_by_hand():
    families = np.array([0, 0, 1])
    truth = np.array([[1, 0, 0]], bool)
    predicted = np.array([[0, 1, 0]], bool)
    family_truth, family_predicted, known = family_cells(truth, predicted, None, families)
    assert family_truth.tolist() == family_predicted.tolist() == [[True, False]]
    assert known.all()
    # Wrong label, right family: one hit (the family), one false alarm, one miss.
    sums = hierarchical_counts(truth, predicted, None, families).sum(axis=0, dtype=float)
    assert micro_f1(sums) == pytest.approx(0.5)
    assert micro_f1(cell_counts(truth, predicted).sum(axis=0, dtype=float)) == 0.0


def test_open_labels_leave_their_family_open():
    families = np.array([0, 0, 1])
    truth = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 0]], bool)
    known = np.array([[0, 1, 1], [1, 0, 1], [1, 0, 1]], bool)
    predicted = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0]], bool)
    assert family_cells(truth, predicted, known, families)[2].tolist() == [[False, True], [False, True], [True, True]]


@quick
@given(tables(3))
def test_every_label_its_own_family_changes_nothing(arrays):
    truth, predicted, known = arrays
    own = np.arange(truth.shape[1])
    counts = cell_counts(truth, predicted, known)
    np.testing.assert_array_equal(cell_counts(*family_cells(truth, predicted, known, own)), counts)
    np.testing.assert_array_equal(
        hierarchical_counts(truth, predicted, known, own), np.concatenate([counts, counts], axis=2)
    )


@quick
@given(tables())
def test_one_family_for_all_asks_whether_anything_is_told(arrays):
    truth, predicted = arrays
    one = np.zeros(truth.shape[1], int)
    family_truth, family_predicted, _ = family_cells(truth, predicted, None, one)
    assert family_truth[:, 0].tolist() == truth.any(axis=1).tolist()
    assert family_predicted[:, 0].tolist() == predicted.any(axis=1).tolist()
