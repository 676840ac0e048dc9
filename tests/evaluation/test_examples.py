import numpy as np
import pytest
from hypothesis import given
from random_tables import quick, tables
from sklearn.metrics import accuracy_score, hamming_loss, jaccard_score, precision_recall_fscore_support

from cxmining.evaluation.examples import ExampleReport, example_report, row_figures


@quick
@given(tables(min_labels=2))
def test_agrees_with_scikit_learn(arrays):
    report = example_report(*arrays)
    p, r, f, _ = precision_recall_fscore_support(*arrays, average="samples", zero_division=1.0)
    assert report.precision == pytest.approx(p, abs=1e-9)
    assert report.recall == pytest.approx(r, abs=1e-9)
    assert report.f1 == pytest.approx(f, abs=1e-9)
    assert report.jaccard == pytest.approx(jaccard_score(*arrays, average="samples", zero_division=1.0), abs=1e-9)
    assert report.subset_accuracy == pytest.approx(accuracy_score(*arrays), abs=1e-9)
    assert report.hamming_loss == pytest.approx(hamming_loss(*arrays), abs=1e-9)


@quick
@given(tables(3))
def test_open_cells_and_bounds(arrays):
    truth, predicted, known = arrays
    report = example_report(truth, predicted, known)
    assert report == example_report(truth, np.where(known, predicted, ~predicted), known)
    assert all(0 <= getattr(report, name) <= 1 for name in ExampleReport.__slots__)
    swapped = example_report(predicted, truth, known)
    assert (report.precision, report.f1, report.jaccard) == (swapped.recall, swapped.f1, swapped.jaccard)
    read = known.any(axis=1)
    assert row_figures(truth, predicted, known)[:, -1].tolist() == read.tolist()
    kept = example_report(truth[read], predicted[read], known[read])
    assert report.f1 == pytest.approx(kept.f1, abs=1e-12)


def test_by_hand():
    # Row 1 finds one of two labels and adds none; row 2 finds nothing where there is nothing.
    truth = np.array([[1, 1, 0], [0, 0, 0]], bool)
    predicted = np.array([[1, 0, 0], [0, 0, 0]], bool)
    report = example_report(truth, predicted)
    assert report.precision == 1.0
    assert report.recall == 0.75
    assert report.f1 == pytest.approx((2 / 3 + 1) / 2)
    assert (report.subset_accuracy, report.hamming_loss) == (0.5, pytest.approx(1 / 6))
    assert example_report(truth[:0], predicted[:0]) == ExampleReport(0, 0, 0, 0, 0, 0)
