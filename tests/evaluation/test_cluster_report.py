import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_tables import quick
from sklearn.metrics import adjusted_rand_score, v_measure_score
from sklearn.metrics.cluster import contingency_matrix

from cxmining.evaluation.clusters import cluster_report, contingency, singletons, stability

partitions = st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 3)), min_size=1, max_size=30).map(
    lambda rows: tuple(np.array(rows).T)
)


@quick
@given(partitions)
def test_agrees_with_scikit_learn_and_with_b_cubed_by_definition(pair):
    classes, clusters = pair
    report = cluster_report(classes, clusters)
    own = singletons(clusters)
    assert report.v_measure == pytest.approx(v_measure_score(classes, own), abs=1e-9)
    assert report.adjusted_rand == pytest.approx(adjusted_rand_score(classes, own), abs=1e-9)
    np.testing.assert_array_equal(contingency(classes, own), contingency_matrix(classes, own))
    same_class, same_cluster = classes[:, None] == classes, own[:, None] == own
    common = (same_class & same_cluster).sum(axis=1)
    assert report.b_cubed_precision == pytest.approx((common / same_cluster.sum(axis=1)).mean(), abs=1e-9)
    assert report.b_cubed_recall == pytest.approx((common / same_class.sum(axis=1)).mean(), abs=1e-9)
    for name in ("homogeneity", "completeness", "v_measure", "purity", "b_cubed_f1", "noise"):
        assert -1e-9 <= getattr(report, name) <= 1 + 1e-9
    assert report.noise == (clusters == -1).mean()


@quick
@given(partitions)
def test_names_of_clusters_do_not_matter(pair):
    classes, clusters = pair
    renamed = np.where(clusters == -1, -1, 10 - clusters)
    a, b = cluster_report(classes, clusters), cluster_report(7 - classes, renamed)
    assert [getattr(a, n) for n in a.__slots__] == pytest.approx([getattr(b, n) for n in b.__slots__], abs=1e-9)
    without_noise = np.where(clusters == -1, 9, clusters)
    swapped = cluster_report(without_noise, classes)
    straight = cluster_report(classes, without_noise)
    assert swapped.b_cubed_precision == pytest.approx(straight.b_cubed_recall, abs=1e-9)
    assert swapped.adjusted_rand == pytest.approx(straight.adjusted_rand, abs=1e-9)


def test_by_hand():
    # Clusters {a a b} and {b}, classes {a a} and {b b}.
    report = cluster_report(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]))
    assert report.purity == 0.75
    assert report.b_cubed_precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert report.b_cubed_recall == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)
    assert report.n_clusters == 2
    perfect = cluster_report(np.array([0, 0, 1]), np.array([5, 5, 2]))
    assert (perfect.v_measure, perfect.adjusted_rand, perfect.b_cubed_f1) == (1.0, 1.0, 1.0)


def test_leaving_everything_out_is_no_way_to_a_good_score():
    report = cluster_report(np.array([0, 0, 1, 1]), np.full(4, -1))
    assert report.adjusted_rand == 0.0
    assert (report.n_clusters, report.noise) == (0, 1.0)


def test_stability_and_nonsense():
    a, b = np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])
    assert stability([a, b, a]) == 1.0
    assert np.isnan(stability([a]))
    with pytest.raises(ValueError, match="same texts"):
        cluster_report(a, a[:2])
