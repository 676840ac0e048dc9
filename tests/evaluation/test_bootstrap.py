import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_tables import quick, tables

from cxmining.evaluation.bootstrap import (
    cluster_codes,
    cluster_sums,
    interval,
    metric_interval,
    resampled_sums,
    weight_blocks,
)
from cxmining.evaluation.multilabel import cell_counts, f1_report, macro_f1, micro_f1


def test_codes_follow_the_order_of_the_texts():
    assert cluster_codes(["b", "a", "b", 3]).tolist() == [0, 1, 0, 2]
    assert cluster_codes([]).tolist() == []


@quick
@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(0, 99))
def test_cluster_sums_add_up(clusters, seed):
    codes = cluster_codes(clusters)
    rows = np.random.default_rng(seed).random((len(codes), 3, 2)) < 0.5
    sums = cluster_sums(rows, codes)
    assert sums.shape == (len(set(clusters)), 3, 2)
    for code in set(codes.tolist()):
        np.testing.assert_array_equal(sums[code], rows[codes == code].sum(axis=0))


def test_weights_are_whole_draws_and_do_not_depend_on_blocks(monkeypatch):
    whole = np.concatenate(list(weight_blocks(7, 50, 1)))
    assert whole.shape == (50, 7)
    assert (whole.sum(axis=1) == 7).all()
    monkeypatch.setattr("cxmining.evaluation.bootstrap._BLOCK_CELLS", 20)
    np.testing.assert_array_equal(np.concatenate(list(weight_blocks(7, 50, 1))), whole)
    # Each cluster is drawn once on average, with variance 1 - 1/n.
    many = np.concatenate(list(weight_blocks(7, 20_000, 2)))
    np.testing.assert_allclose(many.mean(axis=0), 1, atol=0.03)
    np.testing.assert_allclose(many.var(axis=0), 1 - 1 / 7, atol=0.04)


@quick
@given(tables(3, min_rows=2))
def test_a_sample_is_what_drawing_rows_gives(arrays):
    truth, predicted, known = arrays
    n = len(truth)
    codes = np.arange(n) // 2
    counts = cell_counts(truth, predicted, known)
    drawn = resampled_sums(cluster_sums(counts, codes), 5, seed=4)
    weights = np.concatenate(list(weight_blocks(codes.max() + 1, 5, 4))).astype(int)
    for sums, weight in zip(drawn, weights, strict=True):
        rows = np.repeat(np.arange(n), weight[codes])
        report = f1_report(truth[rows], predicted[rows], known[rows])
        assert micro_f1(sums) == pytest.approx(report.micro, abs=1e-9)
        assert macro_f1(sums) == pytest.approx(report.macro, abs=1e-9)


def test_interval():
    samples = np.arange(101.0)
    assert interval(samples, 0.9).tolist() == pytest.approx([5.0, 95.0])
    with_gaps = np.stack([samples, np.full(101, np.nan), np.where(samples > 50, np.nan, samples)], axis=1)
    ends = interval(with_gaps, 0.9)
    assert ends[:, 0].tolist() == pytest.approx([5.0, 95.0])
    assert np.isnan(ends[:, 1]).all()
    assert ends[:, 2].tolist() == pytest.approx([2.5, 47.5])
    with pytest.raises(ValueError, match="between 0 and 1"):
        interval(samples, 95)


def test_standard_error_agrees_with_the_textbook():
    # Share of hits among positives (micro recall) of independent rows: sd of a proportion is sqrt(p q / n).
    rng = np.random.default_rng(0)
    truth, predicted = np.ones((400, 1), bool), rng.random((400, 1)) < 0.7
    low, high = metric_interval(cell_counts(truth, predicted), np.arange(400), lambda c: c[..., 0, 0] / 400, 4000)
    p = predicted.mean()
    half = 1.96 * np.sqrt(p * (1 - p) / 400)
    assert (low, high) == (pytest.approx(p - half, abs=0.006), pytest.approx(p + half, abs=0.006))


def test_copies_of_a_text_do_not_narrow_the_clustered_interval():
    rng = np.random.default_rng(1)
    truth, predicted = (rng.random((2, 90, 4)) < 0.4).astype(bool)
    counts = cell_counts(truth, predicted)
    once = metric_interval(counts, np.arange(90), micro_f1, 500)
    copies = np.concatenate([counts] * 5)
    clustered = metric_interval(copies, np.tile(np.arange(90), 5), micro_f1, 500)
    assert clustered == pytest.approx(once, abs=1e-12)
    loose = metric_interval(copies, np.arange(450), micro_f1, 500)
    assert loose[1] - loose[0] < 0.6 * (once[1] - once[0])


def test_nothing_and_one():
    assert resampled_sums(np.zeros((0, 3, 2)), 4).tolist() == np.zeros((4, 3, 2)).tolist()
    one = cell_counts(np.ones((1, 2), bool), np.ones((1, 2), bool))
    assert metric_interval(one, np.zeros(1, int), macro_f1, 10) == (1.0, 1.0)
