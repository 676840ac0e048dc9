import numpy as np
import pytest

from cxmining.evaluation.topics import (
    c_v_coherence,
    npmi_coherence,
    partition_stability,
    subsample_stability,
    topic_diversity,
    topic_silhouette,
    word_stability,
)

TEXTS = [["a", "b", "x"], ["a", "b"], ["c", "d"], ["c", "d", "x"], ["x"], ["x", "y"]]


def test_npmi_by_hand():
    together, apart, one = npmi_coherence([["a", "b"], ["a", "c"], ["a"]], TEXTS)
    assert together == pytest.approx(1.0)
    assert apart == -1.0
    assert np.isnan(one)
    p = 2 / 6
    joint = 1 / 6
    assert npmi_coherence([["a", "x"]], TEXTS)[0] == pytest.approx(np.log(joint / (p * 4 / 6)) / -np.log(joint))


def test_windows_part_what_stands_far_apart():
    texts = [["a", *["z"] * 8, "b"]] * 4
    assert npmi_coherence([["a", "b"]], texts)[0] == 1.0
    assert npmi_coherence([["a", "b"]], texts, window=3)[0] == -1.0


def test_c_v_ranks_topics_that_hold_together_first():
    rng = np.random.default_rng(0)
    groups = [[f"{g}{i}" for i in range(8)] for g in "pqr"]
    texts = [[*rng.choice(groups[n % 3], 5).tolist(), str(rng.choice(np.ravel(groups)))] for n in range(150)]
    good, mixed = c_v_coherence([groups[0][:6], [groups[n % 3][n] for n in range(6)]], texts)
    assert 0 <= mixed < good <= 1
    assert np.isnan(c_v_coherence([["p0"]], texts)[0])


def test_diversity():
    assert topic_diversity([["a", "b"], ["c", "d"]]) == 1
    assert topic_diversity([["a", "b"], ["a", "b"]]) == 0.5
    assert np.isnan(topic_diversity([]))


def test_stability_of_matched_words():
    first = [["a", "b"], ["c", "d"]]
    assert word_stability(first, first[::-1]) == 1
    assert word_stability(first, [["a", "b"], ["c", "x"]]) == pytest.approx((1 + 1 / 3) / 2)
    assert word_stability(first, [["a", "b"]]) == 0.5
    assert np.isnan(word_stability(first, []))


def test_stability_of_partitions():
    labels = np.array([0, 0, 1, 1, 2, -1])
    assert partition_stability(labels, np.array([5, 5, 3, 3, 1, 0])) == 1
    assert partition_stability(labels, np.array([0, 1, 0, 1, 0, 1])) < 0.2


def test_stability_of_subsamples():
    truth = np.repeat(np.arange(4), 25)
    assert subsample_stability(lambda rows: truth[rows], 100) == 1
    rng = np.random.default_rng(1)
    assert subsample_stability(lambda rows: rng.integers(0, 4, len(rows)), 100) < 0.2
    sizes = []
    subsample_stability(lambda rows: sizes.append(len(rows)) or truth[rows], 100, share=0.6, n_draws=3)
    assert sizes == [60] * 3


def test_silhouette():
    rng = np.random.default_rng(0)
    vectors = np.concatenate([rng.normal(0, 0.05, (30, 4)) + np.eye(4)[k] for k in range(3)])
    topics = np.repeat(np.arange(3), 30)
    assert topic_silhouette(vectors, topics) > 0.8
    assert topic_silhouette(vectors, topics, sample=40) == topic_silhouette(vectors, topics, sample=40)
    assert np.isnan(topic_silhouette(vectors, np.zeros(90, int)))
