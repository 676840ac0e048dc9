import numpy as np
import pytest

from cxmining.classifiers.folds import grouped_folds
from cxmining.classifiers.heads import fit_pooled_stack


def cells(n, weights, seed=0):
    """Make texts whose labels follow from two features with weights of each label."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, len(weights), 2)).astype(np.float32)
    odds = (x * np.asarray(weights)[None]).sum(axis=2) - 1
    return x, rng.random(odds.shape) < 1 / (1 + np.exp(-odds))


def test_many_texts_let_labels_weigh_features_by_themselves():
    x, y = cells(4000, [[3, 0], [0, 3]])
    weight, _ = fit_pooled_stack(x, y, np.ones_like(y))
    assert weight[0, 0] > 3 * abs(weight[0, 1]) and weight[1, 1] > 3 * abs(weight[1, 0])


def test_a_label_with_few_texts_leans_on_the_others():
    x, y = cells(300, [[2, 0.5]] * 6)
    known = np.ones_like(y)
    known[8:, 5] = False
    weight, _ = fit_pooled_stack(x, y, known)
    np.testing.assert_allclose(weight[5], weight[:5].mean(axis=0), rtol=0.35)


def test_features_on_another_scale_give_the_same_scores():
    x, y = cells(200, [[2, 1], [1, 2]])
    known = np.ones_like(y)
    weight, bias = fit_pooled_stack(x, y, known)
    other, shifted = fit_pooled_stack(x * [10, 0.1] + [3, -5], y, known)
    np.testing.assert_allclose(
        (x * weight).sum(axis=2) + bias, ((x * [10, 0.1] + [3, -5]) * other).sum(axis=2) + shifted, atol=2e-3
    )


def test_a_feature_that_never_changes_weighs_nothing():
    x, y = cells(100, [[2, 0]] * 2)
    x[:, :, 1] = 7.0
    weight, _ = fit_pooled_stack(x, y, np.ones_like(y))
    assert (weight[:, 1] == 0).all()


@pytest.mark.parametrize("told", [True, False])
def test_labels_that_all_or_no_text_bears_are_constant(told):
    x, y = cells(20, [[1, 1]] * 2)
    weight, bias = fit_pooled_stack(x, np.full_like(y, told), np.ones_like(y))
    assert weight.shape == (2, 2) and bias.shape == (2,)
    assert not weight.any() and ((bias > 0) == told).all()


def test_without_a_known_cell_no_label_is_given():
    x, y = cells(5, [[1, 1]])
    weight, bias = fit_pooled_stack(x, y, np.zeros_like(y))
    assert not weight.any() and (bias < 0).all() and bias.dtype == np.float32


def test_folds_keep_groups_whole_and_repeat():
    groups = [str(i // 3) for i in range(30)]
    folds = list(grouped_folds(groups, 4, seed=1))
    assert sorted(i for _, test in folds for i in test) == list(range(30))
    for learn, test in folds:
        assert not {groups[i] for i in learn} & {groups[i] for i in test}
    for (_, a), (_, b) in zip(folds, grouped_folds(groups, 4, seed=1), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(list(grouped_folds(["a", "b", "b"], 5, seed=0))) == 2
