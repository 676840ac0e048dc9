import numpy as np

from cxmining.topics.clusters import group_sums, halve, nearest, spherical_kmeans, unit_rows
from cxmining.topics.tree import cut, ward_tree


def blobs(n=40, k=5, d=8, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(k, d))
    truth = np.repeat(np.arange(k), n)
    return unit_rows((centres[truth] + 0.1 * rng.normal(size=(n * k, d))).astype(np.float32)), truth


def test_separated_groups_are_found():
    points, truth = blobs()
    centroids, labels = spherical_kmeans(points, 20)
    assert centroids.shape == (20, 8)
    assert len({(a, b) for a, b in zip(truth, labels, strict=True)}) == 20
    topic = cut(ward_tree(centroids, np.bincount(labels)), 20, 5)
    assert len({(a, b) for a, b in zip(truth, topic[labels], strict=True)}) == 5
    np.testing.assert_allclose(np.linalg.norm(centroids, axis=1), 1, atol=1e-5)


def test_nothing_is_drawn():
    points, _ = blobs(seed=4)
    first, second = spherical_kmeans(points, 9), spherical_kmeans(points.copy(), 9)
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


def test_more_clusters_than_different_points():
    points = unit_rows(np.repeat(np.eye(3, dtype=np.float32), 4, axis=0))
    centroids, labels = spherical_kmeans(points, 8)
    assert len(centroids) == 3
    assert set(labels.tolist()) == {0, 1, 2}
    assert halve(points[:1], 5).tolist() == [0]


def test_nearest_takes_the_lower_of_two_equal_centroids():
    labels, cosines = nearest(np.eye(2, dtype=np.float32), np.array([[1, 0], [1, 0]], np.float32))
    assert labels.tolist() == [0, 0]
    assert cosines.tolist() == [1.0, 0.0]


def test_group_sums_leave_out_negative_groups():
    sums = group_sums(np.ones((4, 2), np.float32), np.array([0, -1, 1, 1]), 3)
    assert sums.tolist() == [[1, 1], [2, 2], [0, 0]]


def test_zero_rows_stay_zero():
    assert unit_rows(np.zeros((2, 3), np.float32)).tolist() == [[0, 0, 0], [0, 0, 0]]
