import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_tables import quick
from scipy.stats import binomtest

from cxmining.evaluation.intervals import wilson_interval


@quick
@given(st.integers(1, 500), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
def test_agrees_with_scipy(n, share, level):
    k = round(share * n)
    low, high = wilson_interval(k, n, level)
    wanted = binomtest(k, n).proportion_ci(level, method="wilson")
    assert (low, high) == (pytest.approx(wanted.low, abs=1e-9), pytest.approx(wanted.high, abs=1e-9))
    assert low <= k / n <= high
    mirrored = wilson_interval(n - k, n, level)
    assert (low, high) == (pytest.approx(1 - mirrored[1], abs=1e-12), pytest.approx(1 - mirrored[0], abs=1e-12))


def test_arrays_and_nothing():
    low, high = wilson_interval(np.array([0, 5, 10, 0]), np.array([10, 10, 10, 0]))
    assert (low[0], high[2], low[3], high[3]) == (0.0, 1.0, 0.0, 1.0)
    assert (low < high).all()
