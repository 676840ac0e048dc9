import numpy as np
import pytest

from cxmining.evaluation.agreement import krippendorff_alpha
from cxmining.evaluation.annotators import Readings, agreement_report
from cxmining.evaluation.kappa import cohen_kappa


def readings(n=60, n_annotators=2, seed=0):
    rng = np.random.default_rng(seed)
    first = rng.random((n, 3)) < 0.4
    given = np.stack([first, *(first ^ (rng.random((n, 3)) < 0.1) for _ in range(n_annotators - 1))])
    names = tuple("ABC"[:n_annotators])
    return Readings(
        ("x", "y", "z"), names, given, np.ones_like(given), np.ones(given.shape[:2], bool), [i // 2 for i in range(n)]
    )


def test_two_annotators():
    r = readings()
    report = agreement_report(r, 100)
    sets = [tuple(frozenset(np.array(r.labels)[row]) for row in pair) for pair in zip(*r.given, strict=True)]
    assert report["alpha"]["masi"] == pytest.approx(krippendorff_alpha(sets), abs=1e-12)
    assert report["intervals"]["masi"][0] < report["alpha"]["masi"] < report["intervals"]["masi"][1]
    for k, label in enumerate(r.labels):
        assert report["labels"][label]["cohen_kappa"] == pytest.approx(cohen_kappa(r.given[0, :, k], r.given[1, :, k]))
    assert report["exact"] == pytest.approx((r.given[0] == r.given[1]).all(axis=1).mean())
    assert len(report["pairs"]) == 1
    assert report["pairs"][0]["alpha_masi"] == pytest.approx(report["alpha"]["masi"])


def test_open_labels_are_taken_from_every_reader():
    r = readings()
    known = r.known.copy()
    known[1][r.given[0] != r.given[1]] = False
    report = agreement_report(Readings(r.labels, r.annotators, r.given, known, r.read, r.clusters), 0)
    assert set(report["alpha"].values()) == {1.0}
    assert report["ceiling"] == {"micro_f1": 1.0, "macro_f1": 1.0}
    assert report["n_open"] == (r.given[0] != r.given[1]).sum()
    assert report["disagreements"] == []
    assert "intervals" not in report


def test_unread_texts_are_missing_not_empty():
    r = readings(n_annotators=3)
    read = r.read.copy()
    read[2, 30:] = False
    given = np.where(read[:, :, None], r.given, False)
    report = agreement_report(Readings(r.labels, r.annotators, given, r.known, read, r.clusters), 0)
    assert report["n_read"] == [60, 60, 30]
    assert [p["n_texts"] for p in report["pairs"]] == [60, 30, 30]
    two = Readings(r.labels, r.annotators[:2], r.given[:2], r.known[:2], r.read[:2], r.clusters)
    assert report["pairs"][0]["alpha_masi"] == pytest.approx(agreement_report(two, 0)["alpha"]["masi"])
    assert report["alpha"]["masi"] > 0.5


def test_disagreements_by_hand():
    given = np.array([[[1, 0, 0], [1, 1, 0]], [[0, 1, 0], [1, 0, 0]]], bool)
    r = Readings(("x", "y", "z"), ("A", "B"), given, np.ones_like(given), np.ones((2, 2), bool), range(2))
    assert agreement_report(r, 0)["disagreements"] == [
        {"labels": [None, "y"], "n": 1},
        {"labels": ["x", "y"], "n": 1},
    ]
