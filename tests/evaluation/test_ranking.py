import numpy as np
import pytest
from hypothesis import given
from random_tables import quick, scored
from sklearn.metrics import average_precision_score, label_ranking_average_precision_score, label_ranking_loss

from cxmining.evaluation.ranking import average_precision, ranking_report


@quick
@given(scored())
def test_average_precision_agrees_with_scikit_learn(arrays):
    truth, scores, _ = arrays
    report = ranking_report(truth, scores)
    wanted = []
    for k in range(truth.shape[1]):
        if truth[:, k].any():
            wanted.append(average_precision_score(truth[:, k], scores[:, k]))
            assert report.average_precision[k] == pytest.approx(wanted[-1], abs=1e-9)
        else:
            assert np.isnan(report.average_precision[k])
    if wanted:
        assert report.mean_average_precision == pytest.approx(np.mean(wanted), abs=1e-9)
    else:
        assert np.isnan(report.mean_average_precision)


@quick
@given(scored(min_labels=2))
def test_label_ranking_agrees_with_scikit_learn(arrays):
    truth, scores, _ = arrays
    report = ranking_report(truth, scores)
    assert report.lrap == pytest.approx(label_ranking_average_precision_score(truth, scores), abs=1e-9)
    assert report.ranking_loss == pytest.approx(label_ranking_loss(truth, scores), abs=1e-9)


@quick
@given(scored())
def test_open_cells_take_no_part(arrays):
    truth, scores, known = arrays
    report = ranking_report(truth, scores, known)
    other = ranking_report(np.where(known, truth, ~truth), np.where(known, scores, 9.0), known)
    np.testing.assert_array_equal(report.average_precision, other.average_precision)
    assert report.lrap == other.lrap or (np.isnan(report.lrap) and not known.any())
    if known.any():
        assert report.ranking_loss == other.ranking_loss
        assert 0 < report.lrap <= 1
        assert 0 <= report.ranking_loss <= 1


@quick
@given(scored())
def test_any_rising_change_of_the_scores_changes_nothing(arrays):
    truth, scores, known = arrays
    a, b = ranking_report(truth, scores, known), ranking_report(truth, scores**3 + scores - 7, known)
    np.testing.assert_array_equal(a.average_precision, b.average_precision)
    np.testing.assert_array_equal([a.lrap, a.ranking_loss], [b.lrap, b.ranking_loss])


def test_by_hand():
    # Ranks of the positives are 1 and 3: (1/1 + 2/3) / 2.
    assert average_precision(np.array([1, 0, 1, 0], bool), np.array([4.0, 3, 2, 1])) == pytest.approx(5 / 6)
    assert np.isnan(average_precision(np.zeros(3, bool), np.arange(3.0)))
    assert np.isnan(ranking_report(np.zeros((0, 2), bool), np.zeros((0, 2))).lrap)
