import numpy as np
import pytest
from hypothesis import given
from random_tables import quick, tables
from sklearn.metrics import precision_recall_fscore_support

from cxmining.evaluation.multilabel import METRICS, cell_counts, f1_report, label_f1, macro_f1


def theirs(truth, predicted, average, zero_division=0.0):
    if truth.shape[1] == 1:
        found = precision_recall_fscore_support(
            truth[:, 0], predicted[:, 0], labels=[True], average=average, zero_division=zero_division
        )
    else:
        found = precision_recall_fscore_support(truth, predicted, average=average, zero_division=zero_division)
    return found


def sums(truth, predicted, known=None):
    return cell_counts(truth, predicted, known).sum(axis=0, dtype=float)


@quick
@given(tables())
def test_agrees_with_scikit_learn_by_label(arrays):
    report = f1_report(*arrays)
    p, r, f, s = theirs(*arrays, None)
    np.testing.assert_allclose(report.precision, p, atol=1e-9)
    np.testing.assert_allclose(report.recall, r, atol=1e-9)
    np.testing.assert_allclose(report.f1, f, atol=1e-9)
    assert report.support.tolist() == s.tolist()


@quick
@given(tables())
def test_averages_agree_with_scikit_learn(arrays):
    counts = sums(*arrays)
    for average in ("micro", "weighted"):
        p, r, f, _ = theirs(*arrays, average)
        assert METRICS[f"{average}_f1"](counts) == pytest.approx(f, abs=1e-9)
        if average == "micro":
            assert METRICS["micro_precision"](counts) == pytest.approx(p, abs=1e-9)
            assert METRICS["micro_recall"](counts) == pytest.approx(r, abs=1e-9)


@quick
@given(tables())
def test_macro_averages_leave_out_labels_that_do_not_occur(arrays):
    occurs = (arrays[0] | arrays[1]).any(axis=0)
    p, r, f, _ = theirs(*arrays, None)
    for name, values in (("macro_precision", p), ("macro_recall", r), ("macro_f1", f)):
        wanted = np.asarray(values)[occurs].mean() if occurs.any() else 0.0
        assert METRICS[name](sums(*arrays)) == pytest.approx(wanted, abs=1e-9)
    if occurs.any():
        undefined_left_out = theirs(*arrays, None, np.nan)[2]
        assert macro_f1(sums(*arrays)) == pytest.approx(np.nanmean(undefined_left_out), abs=1e-9)


@quick
@given(tables(3))
def test_open_cells_count_neither_way(arrays):
    truth, predicted, known = arrays
    flipped = np.where(known, predicted, ~predicted)
    np.testing.assert_array_equal(sums(truth, predicted, known), sums(np.where(known, truth, ~truth), flipped, known))
    closed = [i for i in range(truth.shape[1]) if known[:, i].any()]
    for i in closed:
        rows = known[:, i]
        alone = f1_report(truth[rows, i : i + 1], predicted[rows, i : i + 1])
        assert f1_report(truth, predicted, known).f1[i] == pytest.approx(alone.f1[0], abs=1e-9)


@quick
@given(tables(3))
def test_bounds_and_symmetries(arrays):
    truth, predicted, known = arrays
    counts = sums(truth, predicted, known)
    for metric in METRICS.values():
        assert 0 <= metric(counts) <= 1
    swapped = sums(predicted, truth, known)
    assert METRICS["micro_precision"](counts) == METRICS["micro_recall"](swapped)
    np.testing.assert_array_equal(label_f1(counts), label_f1(swapped))
    order = np.random.default_rng(0).permutation(truth.shape[1])
    assert macro_f1(counts[:, order]) == pytest.approx(macro_f1(counts), abs=1e-12)
    perfect = sums(truth, truth)
    assert METRICS["micro_f1"](perfect) == float(truth.any())


def test_by_hand():
    # One label: one hit, one miss, one false alarm, so all three figures are 1/2.
    report = f1_report(np.array([[1], [1], [0]], bool), np.array([[1], [0], [1]], bool))
    assert (report.precision[0], report.recall[0], report.f1[0]) == (0.5, 0.5, 0.5)
    truth = np.array([[1, 0], [0, 0]], bool)
    predicted = np.array([[1, 1], [1, 0]], bool)
    known = np.array([[1, 0], [0, 1]], bool)
    report = f1_report(truth, predicted, known)
    assert (report.micro, report.macro) == (1.0, 1.0)


def test_empty_and_mismatched():
    report = f1_report(np.zeros((0, 3), bool), np.zeros((0, 3), bool))
    assert (report.micro, report.macro) == (0.0, 0.0)
    with pytest.raises(ValueError, match="shapes differ"):
        cell_counts(np.zeros((2, 3), bool), np.zeros((3, 3), bool))
