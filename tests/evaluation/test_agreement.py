import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.metrics import masi_distance as nltk_masi
from nltk.metrics.agreement import AnnotationTask
from random_tables import quick

from cxmining.evaluation.agreement import (
    alpha_interval,
    distance_table,
    jaccard_distance,
    krippendorff_alpha,
    masi_distance,
    nominal_distance,
)

sets = st.frozensets(st.sampled_from("abcd"), max_size=3)
units = st.lists(st.lists(st.none() | sets, min_size=2, max_size=4), min_size=1, max_size=15)
DISTANCES = (masi_distance, jaccard_distance, nominal_distance)


@quick
@given(st.lists(st.tuples(sets, sets), min_size=2, max_size=25), st.sampled_from(DISTANCES))
def test_alpha_agrees_with_nltk(pairs, distance):
    # NLTK's MASI rounds its monotonicity weights to two digits, so the distances are ours and the alpha theirs.
    data = [(str(coder), str(i), unit[coder]) for i, unit in enumerate(pairs) for coder in (0, 1)]
    if len({v for _, _, v in data}) == 1:
        assert krippendorff_alpha(pairs, distance) == 1.0
        return
    theirs = AnnotationTask(data=data, distance=distance).alpha()
    assert krippendorff_alpha(pairs, distance) == pytest.approx(theirs, abs=1e-9)


@quick
@given(units, st.sampled_from(DISTANCES))
def test_alpha_with_missing_readings_agrees_with_nltk(texts, distance):
    paired = [unit for unit in texts if sum(v is not None for v in unit) > 1]
    data = [(str(c), str(i), v) for i, unit in enumerate(paired) for c, v in enumerate(unit) if v is not None]
    alpha = krippendorff_alpha(texts, distance)
    if not data:
        assert np.isnan(alpha)
    elif len({v for _, _, v in data}) == 1:
        assert alpha == 1.0
    else:
        assert alpha == pytest.approx(AnnotationTask(data=data, distance=distance).alpha(), abs=1e-9)
        assert alpha <= 1.0


def test_alpha_by_hand():
    # Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, example B: two observers, nominal data, 0.692.
    a = "a a b b d c c c e d d a"
    b = "b a b b b c c c e d d d"
    pairs = [(frozenset(x), frozenset(y)) for x, y in zip(a.split(), b.split(), strict=True)]
    assert krippendorff_alpha(pairs, nominal_distance) == pytest.approx(0.692, abs=5e-4)


@quick
@given(sets.filter(bool), sets.filter(bool))
def test_masi_agrees_with_nltk_to_its_rounding(a, b):
    assert masi_distance(a, b) == pytest.approx(nltk_masi(a, b), abs=0.005)


@quick
@given(sets, sets)
def test_distances_are_symmetric_and_bounded(a, b):
    for distance in DISTANCES:
        assert distance(a, b) == distance(b, a)
        assert 0 <= distance(a, b) <= 1
        assert (distance(a, b) == 0) == (a == b)


@quick
@given(st.sets(sets, max_size=8), st.sampled_from([*DISTANCES, lambda a, b: abs(len(a) - len(b)) / 4]))
def test_table_of_distances_is_made_of_distances(kinds, distance):
    kinds = list(kinds)
    wanted = [[distance(a, b) for b in kinds] for a in kinds]
    np.testing.assert_allclose(distance_table(kinds, distance), np.reshape(wanted, (len(kinds),) * 2), atol=1e-12)


def test_missing_readings_and_nothing():
    one = frozenset("a")
    assert np.isnan(krippendorff_alpha([]))
    assert np.isnan(krippendorff_alpha([(one, None)]))
    assert krippendorff_alpha([(one, one), (frozenset(), frozenset()), (one, None)]) == 1.0
    assert np.isnan(alpha_interval([(one, None)], ["s"])).all()


def test_interval_holds_the_figure_and_widens_with_clusters():
    rng = np.random.default_rng(3)
    pool = [frozenset(), frozenset("a"), frozenset("ab"), frozenset("c")]
    first = rng.integers(0, 4, 120)
    second = np.where(rng.random(120) < 0.7, first, rng.integers(0, 4, 120))
    pairs = [(pool[i], pool[j]) for i, j in zip(first, second, strict=True)]
    low, high = alpha_interval(pairs, range(120), n_samples=400)
    assert low < krippendorff_alpha(pairs) < high
    # The same text four times over is no more evidence than once.
    four = alpha_interval(pairs * 4, [*range(120)] * 4, n_samples=400)
    loose = alpha_interval(pairs * 4, range(480), n_samples=400)
    assert four[1] - four[0] == pytest.approx(high - low, rel=0.05)
    assert loose[1] - loose[0] < 0.6 * (four[1] - four[0])
    assert alpha_interval(pairs, range(120), n_samples=400) == (low, high)
