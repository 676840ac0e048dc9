import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from cxmining.topics.tree import cut, ward_tree


def test_agrees_with_the_reference_on_equal_weights():
    points = np.random.default_rng(1).normal(size=(25, 4)).astype(np.float32)
    tree = ward_tree(points, np.ones(25, int))
    reference = linkage(points, "ward")
    # Ward's increase is half the squared height of the reference for single points.
    np.testing.assert_allclose([m.height for m in tree], reference[:, 2] ** 2 / 2, rtol=1e-4)
    for n in (1, 4, 11, 25):
        ours, theirs = cut(tree, 25, n), fcluster(reference, n, "maxclust")
        assert len(set(ours.tolist())) == n
        assert len({(a, b) for a, b in zip(ours, theirs, strict=True)}) == n


def test_cuts_are_nested_and_clipped():
    points = np.random.default_rng(2).normal(size=(12, 3)).astype(np.float32)
    tree = ward_tree(points, np.arange(1, 13))
    fine, coarse = cut(tree, 12, 6), cut(tree, 12, 3)
    assert len({(a, b) for a, b in zip(fine, coarse, strict=True)}) == 6
    assert cut(tree, 12, 0).tolist() == [0] * 12
    assert cut(tree, 12, 99).tolist() == list(range(12))


def test_heavy_leaves_resist_merging():
    points = np.array([[0.0], [1.0], [2.05]], np.float32)
    light = ward_tree(points, [1, 1, 1])[0]
    heavy = ward_tree(points, [50, 50, 1])[0]
    assert (light.left, light.right) == (0, 1)
    assert (heavy.left, heavy.right) == (1, 2)


def test_one_leaf_has_no_tree():
    assert ward_tree(np.ones((1, 2), np.float32), [3]) == ()
    assert cut((), 1, 5).tolist() == [0]
