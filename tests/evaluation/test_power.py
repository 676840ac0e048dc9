import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_tables import quick

from cxmining.evaluation.power import detectable_difference, needed_size, paired_standard_error


def test_by_hand():
    # One-sample z test of a mean with sd 0.5: n = ((1.959964 + 0.841621) * 0.5 / 0.02) ** 2 = 4905.5.
    n = 100
    assert needed_size(0.5 / math.sqrt(n), n, 0.02) == 4906
    assert detectable_difference(0.5 / math.sqrt(n), n, 4906) == pytest.approx(0.02, abs=1e-5)


def test_simulated_power_is_the_power_asked_for():
    rng = np.random.default_rng(0)
    n = needed_size(1 / math.sqrt(50), 50, 0.3)
    means = rng.normal(0.3, 1, (4000, n)).mean(axis=1)
    assert (np.abs(means) * math.sqrt(n) > 1.959964).mean() == pytest.approx(0.8, abs=0.02)


@quick
@given(st.floats(0.001, 0.2), st.integers(20, 5000), st.floats(0.005, 0.2), st.floats(0.1, 0.95))
def test_size_and_difference_are_inverse(error, n, difference, power):
    size = needed_size(error, n, difference, power)
    assert detectable_difference(error, n, size, power) <= difference * (1 + 1e-9)
    if size > 1:
        assert detectable_difference(error, n, size - 1, power) > difference * (1 - 1e-6)
    assert needed_size(error, n, difference / 2, power) >= size


def test_pairs_and_nonsense():
    assert paired_standard_error(3, 4) == 5.0
    assert paired_standard_error(2, 2, 1.0) == 0.0
    with pytest.raises(ValueError, match="zero"):
        needed_size(0.1, 10, 0.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        needed_size(0.1, 10, 0.1, power=1.0)
