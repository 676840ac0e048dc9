import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.metrics import masi_distance as nltk_masi
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import cohen_kappa_score

from cxmining.evaluation.agreement import (
    cohen_kappa,
    jaccard_distance,
    krippendorff_alpha,
    masi_distance,
    nominal_distance,
)

sets = st.frozensets(st.sampled_from("abcd"), max_size=3)


@given(st.lists(st.tuples(sets, sets), min_size=2, max_size=25))
@settings(deadline=None)
def test_alpha_agrees_with_nltk(pairs):
    # NLTK's MASI rounds its monotonicity weights to two digits, so the distance is ours and the alpha theirs.
    data = [(coder, str(i), unit[coder]) for i, unit in enumerate(pairs) for coder in (0, 1)]
    if len({v for _, _, v in data}) == 1:
        assert krippendorff_alpha(pairs) == 1.0
        return
    theirs = AnnotationTask(data=[(str(c), i, v) for c, i, v in data], distance=masi_distance).alpha()
    assert krippendorff_alpha(pairs) == pytest.approx(theirs, abs=1e-9)


@given(sets.filter(bool), sets.filter(bool))
def test_masi_agrees_with_nltk_to_its_rounding(a, b):
    assert masi_distance(a, b) == pytest.approx(nltk_masi(a, b), abs=0.005)


@given(sets, sets)
def test_distances_are_symmetric_and_bounded(a, b):
    for distance in (masi_distance, jaccard_distance, nominal_distance):
        assert distance(a, b) == distance(b, a)
        assert 0 <= distance(a, b) <= 1
        assert (distance(a, b) == 0) == (a == b)


def test_missing_readings_and_nothing():
    one = frozenset("a")
    assert np.isnan(krippendorff_alpha([]))
    assert np.isnan(krippendorff_alpha([(one, None)]))
    assert krippendorff_alpha([(one, one), (frozenset(), frozenset()), (one, None)]) == 1.0


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=40))
def test_kappa_agrees_with_scikit_learn(pairs):
    a, b = np.array(pairs).T
    if len({*a.tolist(), *b.tolist()}) == 1:
        assert cohen_kappa(a, b) == 1.0
    else:
        assert cohen_kappa(a, b) == pytest.approx(cohen_kappa_score(a, b), abs=1e-9)
