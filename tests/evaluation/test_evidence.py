import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from random_tables import quick
from sklearn.metrics import precision_recall_fscore_support

from cxmining.evaluation.evidence import character_counts, precision_recall_f1, span_counts, token_counts

spans = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)).map(lambda s: (s[0], s[0] + s[1])), max_size=5)


def mask(intervals, size=26):
    return np.array([any(a <= i < b for a, b in intervals) for i in range(size)])


@quick
@given(spans, spans)
def test_characters_agree_with_scikit_learn(gold, predicted):
    p, r, f, _ = precision_recall_fscore_support(mask(gold), mask(predicted), average="binary", zero_division=0.0)
    found = precision_recall_f1(np.array(character_counts(gold, predicted)))
    np.testing.assert_allclose(found, [p, r, f], atol=1e-9)


@quick
@given(spans, spans)
def test_tokens_of_one_character_are_characters(gold, predicted):
    assert token_counts(gold, predicted, [(i, i + 1) for i in range(26)]) == character_counts(gold, predicted)
    # The text as one token: quoted by whoever quotes anything.
    whole = token_counts(gold, predicted, [(0, 26)])
    assert whole == (bool(gold and predicted), bool(predicted and not gold), bool(gold and not predicted))


@quick
@given(spans, spans, st.sampled_from([0.01, 0.5, 0.75, 1.0]))
def test_spans_are_bounded_and_symmetric(gold, predicted, overlap):
    hits, extra, missed = span_counts(gold, predicted, overlap)
    assert (hits + extra, hits + missed) == (len(set(predicted)), len(set(gold)))
    assert span_counts(predicted, gold, overlap) == (hits, missed, extra)
    assert hits >= span_counts(gold, predicted, 1.0)[0]
    assert span_counts(gold, gold, overlap) == (len(set(gold)), 0, 0)


def test_by_hand():
    # 0-10 against 2-12: 8 characters in common of 12, so a match at 0.5 and none at 0.75.
    assert span_counts([(0, 10)], [(2, 12)], 0.5) == (1, 0, 0)
    assert span_counts([(0, 10)], [(2, 12)], 0.75) == (0, 1, 1)
    assert character_counts([(0, 10)], [(2, 12)]) == (8, 2, 2)
    # A greedy choice would pair (0, 4) with (0, 5) and leave (0, 6) alone.
    assert span_counts([(0, 5), (0, 4)], [(0, 6), (0, 5)], 0.8)[0] == 2
    assert span_counts([(0, 4), (0, 6)], [(0, 5)], 0.5) == (1, 0, 1)
    assert token_counts([(0, 3)], [(2, 8)], [(0, 4), (5, 9), (10, 12)]) == (1, 1, 0)
    np.testing.assert_allclose(precision_recall_f1(np.array([8, 2, 2])), [0.8, 0.8, 0.8])
    assert precision_recall_f1(np.zeros(3)).tolist() == [0, 0, 0]
    assert character_counts([], []) == token_counts([], [], []) == span_counts([], []) == (0, 0, 0)


def test_offsets_are_code_points():
    text = "待たされた😡 три часа"
    gold = [(0, 5)]
    assert text[slice(*gold[0])] == "待たされた"
    assert character_counts(gold, [(0, len(text))]) == (5, len(text) - 5, 0)
    assert character_counts(gold, [(6, 7)]) == (0, 1, 5)
