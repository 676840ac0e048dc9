import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_tables import quick, tables
from sklearn.metrics import cohen_kappa_score

from cxmining.evaluation.kappa import cohen_kappa, fleiss_kappa, observed_ceiling
from cxmining.evaluation.multilabel import f1_report


@quick
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=40))
def test_cohen_agrees_with_scikit_learn(pairs):
    a, b = np.array(pairs).T
    if len({*a.tolist(), *b.tolist()}) == 1:
        assert cohen_kappa(a, b) == 1.0
    else:
        assert cohen_kappa(a, b) == pytest.approx(cohen_kappa_score(a, b), abs=1e-9)
        assert cohen_kappa(a, b) == pytest.approx(cohen_kappa(b, a), abs=1e-12)
        assert cohen_kappa(a, b) == pytest.approx(cohen_kappa(~a, ~b), abs=1e-12)
    assert np.isnan(cohen_kappa(a[:0], b[:0]))


def test_fleiss_by_hand():
    # The table of Fleiss (1971) as reprinted in textbooks: 10 subjects, 14 raters, 5 categories, kappa 0.210.
    table = """0 0 0 0 14  0 2 6 4 2  0 0 3 5 6  0 3 9 2 0  2 2 8 1 1
               7 7 0 0 0  3 2 6 3 0  2 5 3 2 2  6 5 2 1 0  0 2 2 3 7"""
    assert fleiss_kappa(np.array(table.split(), int).reshape(10, 5)) == pytest.approx(0.210, abs=5e-4)
    assert fleiss_kappa(np.array([[3, 0], [3, 0]])) == 1.0
    assert np.isnan(fleiss_kappa(np.zeros((0, 2), int)))
    with pytest.raises(ValueError, match="at least 2"):
        fleiss_kappa(np.array([[1, 0], [0, 1]]))
    with pytest.raises(ValueError, match="same number"):
        fleiss_kappa(np.array([[2, 1], [2, 0]]))


@quick
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_fleiss_with_two_raters_is_scotts_pi(pairs):
    yes = np.array(pairs).sum(axis=1)
    p = yes.sum() / (2 * len(yes))
    chance = p**2 + (1 - p) ** 2
    wanted = 1.0 if chance == 1 else ((yes != 1).mean() - chance) / (1 - chance)
    assert fleiss_kappa(np.column_stack([yes, 2 - yes])) == pytest.approx(wanted, abs=1e-9)


@quick
@given(tables(4))
def test_ceiling_of_two_is_their_f1(arrays):
    a, b, known_a, known_b = arrays
    ceiling = observed_ceiling(np.stack([a, b]), np.stack([known_a, known_b]))
    both = known_a & known_b
    if not both.any():
        assert np.isnan(ceiling.micro_f1)
        return
    report = f1_report(a, b, both)
    assert ceiling.micro_f1 == pytest.approx(report.micro, abs=1e-9)
    assert ceiling.macro_f1 == pytest.approx(report.macro, abs=1e-9)
    shared = both.any(axis=1)
    assert ceiling.exact == pytest.approx(((a == b) | ~both).all(axis=1)[shared].mean(), abs=1e-9)


def test_ceiling_averages_over_pairs():
    rng = np.random.default_rng(0)
    readings = rng.random((3, 20, 4)) < 0.4
    pairs = [f1_report(readings[i], readings[j]).micro for i, j in ((0, 1), (0, 2), (1, 2))]
    assert observed_ceiling(readings).micro_f1 == pytest.approx(np.mean(pairs), abs=1e-9)
