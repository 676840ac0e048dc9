import numpy as np
import pytest

from cxmining.classifiers.base import Scores
from cxmining.classifiers.cascade import CascadeTagger, Passing, choose_margin, distances, odds_beyond
from cxmining.errors import ModelError


class Text(int):
    """A passage: a row of the tiers' tables, and what its text takes to read."""

    language = "hr"

    def __new__(cls, row, text="", language="hr"):
        made = super().__new__(cls, row)
        made.text, made.language = text, language
        return made


def texts(*rows):
    return [Text(row) for row in rows]


class Fixed:
    """Scores passages by a table."""

    classes_ = ("a", "b")

    def __init__(self, name, table, thresholds):
        self.name = name
        self.table = np.asarray(table, np.float32)
        self.thresholds_ = np.asarray(thresholds, np.float32)
        self.seen = []

    def score(self, passages):
        self.seen += passages
        rows = self.table[passages] if passages else np.zeros((0, 2), np.float32)
        return Scores(rows, lambda i, k: [(passages[i], passages[i] + 1)])


FAST = [[0.01, 0.99], [0.45, 0.01], [0.01, 0.30]]
FULL = [[0.9, 0.1], [0.9, 0.1], [0.1, 0.9]]


def cascade(margin):
    tiers = Fixed("fast", FAST, [0.5, 0.5]), Fixed("full", FULL, [0.3, 0.6])
    return CascadeTagger(tiers, [Passing(margin)], ["fast", "full"])


def test_sure_texts_stop_at_the_fast_tier():
    tagger = cascade(0.5)
    given = tagger.score(texts(0, 1, 2)).documents >= tagger.thresholds_
    assert tagger.tiers[1].seen == [1]
    assert given.tolist() == [[False, True], [True, False], [False, False]]


def test_everything_goes_on_under_a_wide_margin():
    tagger = cascade(99.0)
    np.testing.assert_allclose(tagger.predict_proba(texts(0, 1, 2)), np.asarray(FULL, np.float32), atol=1e-6)


def test_decisions_of_the_fast_tier_survive_the_change_of_thresholds():
    rng = np.random.default_rng(0)
    table = rng.random((500, 2)).astype(np.float32)
    table[:5, 0] = 0.5
    tiers = Fixed("fast", table, [0.5, 0.2]), Fixed("full", table, [0.31, 0.83])
    tagger = CascadeTagger(tiers, [Passing(0.0)], ["fast", "full"])
    given = tagger.predict_proba(texts(*range(500))) >= tagger.thresholds_
    np.testing.assert_array_equal(given, table >= tiers[0].thresholds_)


def test_evidence_comes_from_the_tier_that_answered():
    scores = cascade(0.5).score(texts(2, 1))
    assert scores.evidence(0, 1) == [(2, 3)]
    assert scores.evidence(1, 0) == [(1, 2)]


class Contradicting:
    """Takes label a back in text 1, and label b, which nobody gave, in text 2."""

    def votes(self, passage, labels):
        votes = np.zeros(2, np.int8)
        for k in labels:
            votes[k] = -1 if (passage, k) in {(1, 0), (2, 1)} else 1
        return votes


def test_what_the_rules_take_back_is_passed_on():
    table = [[0.01, 0.99], [0.99, 0.01], [0.99, 0.01]]
    full = Fixed("full", FULL, [0.3, 0.6])
    tagger = CascadeTagger([Fixed("fast", table, [0.5, 0.5]), full], [Passing(0.5)], ["fast", "full"], Contradicting())
    tagger.score(texts(0, 1, 2))
    assert full.seen == [1]


def test_rules_contradict_the_first_tier_alone():
    quick, middle = (Fixed(name, [[0.99, 0.01]] * 3, [0.5, 0.5]) for name in ("fast", "middle"))
    full = Fixed("full", FULL, [0.3, 0.6])
    tagger = CascadeTagger(
        [quick, middle, full], [Passing(0.5), Passing(0.5)], ["fast", "middle", "full"], Contradicting()
    )
    tagger.score(texts(0, 1, 2))
    assert middle.seen == [1]
    assert not full.seen


def test_of_three_tiers_each_answers_what_it_is_sure_of():
    middle = Fixed("middle", [[0.9, 0.9], [0.01, 0.99], [0.55, 0.9]], [0.5, 0.5])
    full = Fixed("full", FULL, [0.3, 0.6])
    tagger = CascadeTagger(
        [Fixed("fast", FAST, [0.5, 0.5]), middle, full], [Passing(1.0), Passing(0.5)], ["fast", "middle", "full"]
    )
    scores = tagger.score(texts(0, 1, 2))
    assert middle.seen == [1, 2]
    assert full.seen == [2]
    given = scores.documents >= tagger.thresholds_
    assert given.tolist() == [[False, True], [False, True], [False, True]]
    assert [scores.evidence(i, 1) for i in range(3)] == [[(0, 1)], [(1, 2)], [(2, 3)]]
    assert tagger.score([]).documents.shape == (0, 2)


def test_what_a_tier_said_is_mixed_into_the_next():
    tiers = Fixed("fast", [[0.8, 0.5]], [0.5, 0.5]), Fixed("full", [[0.2, 0.9]], [0.5, 0.5])
    found = CascadeTagger(tiers, [Passing(99.0, 0.25)], ["fast", "full"]).predict_proba(texts(0))

    def odds(p):
        return np.log(p / (1 - p))

    # An assent counts up to one log-odd, a dissent in full.
    np.testing.assert_allclose(odds(found), [[0.25 + 0.75 * odds(0.2), 0.75 * odds(0.9)]], atol=1e-5)
    swapped = CascadeTagger(tiers[::-1], [Passing(99.0, 0.25)], ["full", "fast"]).predict_proba(texts(0))
    np.testing.assert_allclose(odds(swapped), [[0.25 * odds(0.2) + 0.75 * odds(0.8), 0.25]], atol=1e-5)


def test_a_long_text_must_be_nearer_than_a_short_one():
    half = np.full(2, 0.5, np.float32)
    said = odds_beyond(np.full((4, 2), 0.9, np.float32), half)
    away = distances(said, [Text(0), Text(0, "x" * 100), Text(0, "あ" * 50, "ja"), Text(0, "x" * 10_000)])
    assert away[0] == pytest.approx(np.log(9), abs=1e-5)
    assert away[1] == away[2] == pytest.approx(np.log(9) + np.log(3), abs=1e-5)
    full = Fixed("full", FULL, [0.3, 0.6])
    tagger = CascadeTagger([Fixed("fast", [[0.1, 0.9]], [0.5, 0.5]), full], [Passing(4.0)], ["fast", "full"])
    tagger.score([Text(0, "x" * 10_000), Text(0, "x" * 100)])
    assert [passage.text for passage in full.seen] == ["x" * 100]


def test_texts_that_are_always_passed_on_take_the_rests_answer():
    fast = np.array([[False], [True], [False]])

    def right(given):
        return float((~given).mean())

    assert 0 < choose_margin(fast, np.zeros((3, 1), np.bool_), np.array([4.0, 0.0, 5.0]), right, 1.0) <= 4.0


def test_the_margin_reaches_the_figure_and_passes_on_as_little_as_it_can():
    rng = np.random.default_rng(1)
    truth = rng.random((300, 2)) < 0.4
    said = np.where(truth, 2.0, -2.0) + rng.normal(0, 1.5, truth.shape)
    quick, away = said >= 0, np.abs(said).min(axis=1)

    def accuracy(given):
        return float((given == truth).mean())

    def mixed(margin):
        return np.where((away < margin)[:, None], truth, quick)

    found = choose_margin(quick, truth, away, accuracy, 0.99)
    order = np.sort(away)
    assert order[0] < found < order[-1]
    assert accuracy(mixed(found)) >= 0.99
    smaller = order[np.searchsorted(order, found) - 1]
    assert accuracy(mixed(smaller)) < 0.99
    assert choose_margin(quick, truth, away, accuracy, 0.0) == order[0]
    assert accuracy(mixed(choose_margin(quick, truth, away, accuracy, 1.0))) == 1.0
    assert (quick != truth).any()


def test_tiers_must_know_the_same_labels():
    other = Fixed("full", FULL, [0.5, 0.5])
    other.classes_ = ("b", "a")
    with pytest.raises(ModelError, match="same labels"):
        CascadeTagger([Fixed("fast", FAST, [0.5, 0.5]), other], [Passing(0)], ["fast", "full"])
