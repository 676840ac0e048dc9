from datetime import date

import numpy as np
import pytest

from cxmining.topics.modes import overlap, segment_evidence, uncovered
from cxmining.topics.periods import parse_date, period_of
from cxmining.topics.prevalence import prevalence, wilson
from cxmining.topics.trends import cochran_armitage, trends


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-03-12T08:00:00", date(2026, 3, 12)),
        ("12.03.2026.", date(2026, 3, 12)),
        ("12. 3. 2026. 14:05", date(2026, 3, 12)),
        ("2026/3/12", date(2026, 3, 12)),
        ("2026年3月12日(木)", date(2026, 3, 12)),
        ("20260312", date(2026, 3, 12)),
        (date(2026, 3, 12), date(2026, 3, 12)),
        ("31.02.2026", None),
        ("jučer", None),
        (None, None),
    ],
)
def test_dates(value, day):
    assert parse_date(value) == day


def test_periods():
    names = [period_of("12.03.2026.", p) for p in ("day", "week", "month", "quarter", "year")]
    assert names == ["2026-03-12", "2026-W11", "2026-03", "2026-Q1", "2026"]
    assert period_of("2027-01-01", "week") == "2026-W53"
    assert period_of("soon") is None


def test_wilson_against_published_figures():
    # Newcombe (1998), Statistics in Medicine 17, table I.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_prevalence_by_group():
    present = np.array([[1, 0], [1, 1], [0, 0], [1, 0]], np.bool_)
    cells = prevalence(present, ["a", "a", "b", None], ["x", "y"])
    assert [(c.group, c.name, c.count, c.n, c.share) for c in cells] == [
        ("a", "x", 2, 2, 1.0), ("a", "y", 1, 2, 0.5), ("b", "x", 0, 1, 0.0), ("b", "y", 0, 1, 0.0),
    ]  # fmt: skip
    assert all(c.low <= c.share <= c.high for c in cells)


def test_small_cells_are_suppressed_so_that_totals_do_not_give_them_away():
    groups = ["a"] * 10 + ["b"] * 10 + ["c"] * 10
    present = np.zeros((30, 1), np.bool_)
    present[[0, 1, *range(10, 16), *range(20, 28)]] = True
    shown = {c.group: c.count for c in prevalence(present, groups, ["x"], smallest=5)}
    assert shown == {"a": None, "b": None, "c": 8}
    assert {c.group: c.share for c in prevalence(present, groups, ["x"], smallest=5)}["a"] is None
    assert {c.group: c.count for c in prevalence(present, groups, ["x"])} == {"a": 2, "b": 6, "c": 8}


def test_trend_statistic_against_its_formula():
    counts, sizes = np.array([5, 10, 20]), np.array([50, 50, 50])
    z, p = cochran_armitage(counts, sizes)
    share = 35 / 150
    expected = (20 - 5) / np.sqrt(share * (1 - share) * 100)
    assert z == pytest.approx(expected)
    assert 0 < p < 0.01
    assert cochran_armitage(np.array([0, 0]), np.array([5, 5])) == (0.0, 1.0)


def test_emerging_and_fading():
    rng = np.random.default_rng(0)
    periods = [f"2026-{m:02d}" for m in range(1, 7) for _ in range(100)]
    month = np.repeat(np.arange(6), 100)
    chance = np.stack([0.05 + 0.06 * month, 0.4 - 0.06 * month, *[np.full(600, 0.2)] * 30], axis=1)
    present = rng.random(chance.shape) < chance
    found = trends(present, periods, [str(k) for k in range(32)])
    assert [t.direction for t in found[:2]] == ["emerging", "fading"]
    assert sum(t.direction != "steady" for t in found[2:]) <= 1
    assert all(t.q >= t.p * 0.999 for t in found)
    assert found[0].last > found[0].first
    assert trends(present, ["a"] * 300 + ["b"] * 300, ["x"] * 32) == []


def test_evidence_by_segment():
    documents = np.array([0, 0, 2])
    starts, ends = np.array([0, 10, 0]), np.array([9, 20, 5])
    found = segment_evidence(documents, starts, ends, [[(1, 8, 12)], [(0, 0, 3)], [(0, 5, 9), (1, 4, 5)]], 2)
    assert found.tolist() == [[False, True], [False, True], [False, True]]


def test_overlap_and_uncovered():
    topics = np.array([0, 0, 1, -1])
    evidence = np.array([[1, 0], [1, 1], [0, 0], [0, 1]], np.bool_)
    found = overlap(topics, evidence, ("long_wait", "contempt"), 2)
    assert found.counts.tolist() == [[2, 1], [0, 0]]
    assert found.of_topic(0)[0] == {"mode": "long_wait", "segments": 2, "share": 1.0, "lift": 2.0}
    assert found.of_topic(1) == []
    left = uncovered(np.array([0.9, 0.9, 0.9, 0.1], np.float32), evidence, np.array([1, 1, 1, 1], np.bool_))
    assert left.tolist() == [False, False, True, False]
