from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_tables import quick, tables
from scipy.stats import binom

from cxmining.evaluation.multilabel import cell_counts, macro_f1, micro_f1
from cxmining.evaluation.significance import approximate_randomisation, holm, mcnemar, paired_bootstrap


def two_systems(n=200, better=0.1, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.random((n, 5)) < 0.3
    first = truth ^ (rng.random((n, 5)) < 0.15)
    second = truth ^ (rng.random((n, 5)) < 0.15 + better)
    return cell_counts(truth, first), cell_counts(truth, second)


def test_paired_bootstrap_sees_a_difference_and_only_that():
    a, b = two_systems()
    codes = np.arange(200)
    found = paired_bootstrap(a, b, codes, micro_f1, 1000)
    sums = [x.sum(axis=0, dtype=float) for x in (a, b)]
    assert found.value == pytest.approx(micro_f1(sums[0]) - micro_f1(sums[1]), abs=1e-12)
    assert 0 < found.low < found.value < found.high
    assert found.p_value < 0.01
    back = paired_bootstrap(b, a, codes, micro_f1, 1000)
    assert (back.value, back.low, back.high) == pytest.approx((-found.value, -found.high, -found.low), abs=1e-12)
    assert back.p_value == found.p_value
    same = paired_bootstrap(a, a, codes, micro_f1, 200)
    assert (same.value, same.standard_error, same.p_value) == (0, 0, 1)


def test_randomisation_agrees_with_all_swaps_by_hand():
    a, b = two_systems(8, 0.3, 5)
    codes = np.arange(8)
    gap = abs(micro_f1(a.sum(axis=0, dtype=float)) - micro_f1(b.sum(axis=0, dtype=float)))
    extreme = 0
    for swaps in product([False, True], repeat=8):
        s = np.array(swaps)[:, None, None]
        x, y = np.where(s, b, a).sum(axis=0, dtype=float), np.where(s, a, b).sum(axis=0, dtype=float)
        extreme += abs(micro_f1(x) - micro_f1(y)) >= gap - 1e-12
    assert approximate_randomisation(a, b, codes, micro_f1, 20_000) == pytest.approx(extreme / 2**8, abs=0.015)


@quick
@given(tables(3))
def test_randomisation_is_bounded_and_symmetric(arrays):
    truth, first, second = arrays
    a, b = cell_counts(truth, first), cell_counts(truth, second)
    codes = np.arange(len(truth)) // 3
    p = approximate_randomisation(a, b, codes, macro_f1, 99)
    assert 0.01 <= p <= 1
    assert approximate_randomisation(b, a, codes, macro_f1, 99) == p
    assert approximate_randomisation(a, a, codes, macro_f1, 99) == 1.0


def test_clusters_make_tests_more_careful():
    a, b = two_systems(60, 0.05, 2)
    copies = [np.concatenate([x] * 4) for x in (a, b)]
    loose = approximate_randomisation(*copies, np.arange(240), micro_f1, 2000)
    careful = approximate_randomisation(*copies, np.tile(np.arange(60), 4), micro_f1, 2000)
    assert careful > loose
    assert careful == pytest.approx(approximate_randomisation(a, b, np.arange(60), micro_f1, 2000), abs=1e-12)


def test_randomisation_keeps_its_level():
    rejected = 0
    for seed in range(200):
        a, b = two_systems(40, 0.0, seed)
        rejected += approximate_randomisation(a, b, np.arange(40), micro_f1, 199, seed) <= 0.05
    assert rejected <= 20  # 10 expected; the 99.9 % point of binomial(200, 0.05) is 21


@quick
@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40))
def test_mcnemar_is_the_binomial_test_by_hand(pairs):
    a, b = np.array(pairs, bool).reshape(-1, 2).T
    x, y = int((a & ~b).sum()), int((b & ~a).sum())
    wanted = min(1.0, 2 * binom.cdf(min(x, y), x + y, 0.5)) if x + y else 1.0
    assert mcnemar(a, b) == pytest.approx(wanted, abs=1e-9)
    assert mcnemar(a, b) == mcnemar(b, a)


def test_holm_by_hand():
    # 0.01 * 4, 0.02 * 3, then 0.03 * 2 and 0.04 * 1 raised to what came before.
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.02]), [0.04, 0.06, 0.06, 0.06])
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]).tolist() == [1.0, 1.0]
    assert holm([]).tolist() == []


@quick
@given(st.lists(st.floats(0, 1), max_size=12), st.randoms())
def test_holm_keeps_order_and_bounds(values, random):
    adjusted = holm(values)
    assert ((adjusted >= np.array(values)) & (adjusted <= 1)).all()
    order = list(range(len(values)))
    random.shuffle(order)
    np.testing.assert_allclose(holm([values[i] for i in order]), adjusted[order], atol=1e-12)
    # Never stricter than Bonferroni.
    assert (adjusted <= np.minimum(1, np.array(values) * len(values)) + 1e-12).all()
