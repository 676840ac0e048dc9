from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_tables import quick

from cxmining.evaluation.learning_curve import fit_learning_curve, nested_subsets


@quick
@given(st.lists(st.integers(0, 8), min_size=1, max_size=40), st.integers(0, 99))
def test_subsets_are_nested_and_keep_clusters_whole(clusters, seed):
    codes = np.unique(clusters, return_inverse=True)[1]
    shares = (0.01, 0.25, 0.5, 1.0)
    subsets = [set(s.tolist()) for s in nested_subsets(codes, shares, seed)]
    assert all(a <= b for a, b in pairwise(subsets))
    assert subsets[-1] == set(range(len(codes)))
    n = codes.max() + 1
    for share, subset in zip(shares, subsets, strict=True):
        inside = set(codes[sorted(subset)].tolist())
        assert len(inside) == max(1, round(share * n))
        assert subset == {i for i, c in enumerate(codes) if c in inside}


def test_fit_finds_the_curve_that_made_the_scores():
    sizes = [25, 50, 100, 250, 500, 1000, 2500]
    curve = fit_learning_curve(sizes, [0.9 - 2.0 * n**-0.5 for n in sizes])
    assert (curve.ceiling, curve.rate) == (pytest.approx(0.9, abs=0.005), pytest.approx(0.5, abs=0.02))
    assert curve.at(10_000) == pytest.approx(0.88, abs=0.005)
    assert curve.size_for(0.8) == pytest.approx(400, rel=0.05)
    assert curve.at(curve.size_for(0.7)) == pytest.approx(0.7, abs=1e-9)
    assert curve.size_for(0.95) == float("inf")


def test_scores_that_do_not_rise_give_a_flat_curve():
    for scores in ([0.5, 0.5, 0.5], [0.7, 0.6, 0.5]):
        curve = fit_learning_curve([10, 100, 1000], scores)
        assert curve.at(10**6) == pytest.approx(np.mean(scores))
        assert curve.size_for(0.9) == float("inf")
        assert curve.size_for(0.1) == 0.0


def test_nonsense():
    with pytest.raises(ValueError, match="three"):
        fit_learning_curve([10, 10, 20], [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="shares"):
        nested_subsets(np.arange(3), [0.0])
