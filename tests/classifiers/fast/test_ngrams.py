"""N-grams: what counts as one, where it stands, and that company changes nothing."""

import random
from itertools import pairwise

import numpy as np
import pytest

from cxmining import load_corpus
from cxmining.classifiers.fast.ngrams import BITS, LONGEST, SENTENCE, STEM, ngrams
from cxmining.classifiers.fast.vocabulary import Vocabulary, batches


def told(text):
    """Give (sentence, words) of all n-grams, sorted."""
    found = ngrams([text])
    starts, ends = found.words[found.left, 0], found.words[found.right, 1]
    return sorted((int(s), text[a:b]) for s, a, b in zip(found.sentences, starts, ends, strict=True))


def codes(text):
    return set(ngrams([text]).codes.tolist())


def test_words_their_beginnings_and_runs_of_three():
    expected = ["sam", "sam 2", "sam 2 sata", "2", "2 sata", "sata", "Čekao", "Čekao", "Čekao sam", "Čekao sam 2"]
    assert told("Čekao sam 2 sata") == sorted((0, words) for words in expected)


def test_japanese_goes_by_characters_up_to_four():
    found = [words for _, words in told("長い待ち時間")]
    assert sorted(found) == sorted("長い待ち時間"[a : a + n] for n in (1, 2, 3, 4) for a in range(6 - n + 1))


def test_nothing_crosses_the_end_of_a_sentence():
    assert told("Nema. Nitko") == sorted([(0, "Nema"), (1, "Nitko"), (1, "Nitko")])
    assert {s for s, _ in told("長い。待った\n電話")} == {0, 1, 2}


@pytest.mark.parametrize(
    ("one", "other"),
    [("ČEKAO", "čekao"), ("čekao", "cekao"), ("đak", "dak"), ("ещё", "еще"), ("30 min", "45 min"), ("ＡＢＣ", "abc")],
)
def test_spellings_that_count_as_one(one, other):
    assert codes(one) == codes(other)


@pytest.mark.parametrize(("one", "other"), [("мой", "мои"), ("か", "が"), ("sam 2", "2 sam"), ("ab c", "a bc")])
def test_spellings_that_do_not(one, other):
    assert codes(one) != codes(other)


def test_endings_share_a_beginning():
    assert len(codes("odgovorili") & codes("odgovorio")) == 1
    assert not codes("odgovorili"[:STEM]) - codes("odgovorili")


def test_speech_without_stops_is_cut():
    found = ngrams(["da " * (2 * SENTENCE + 1)])
    assert found.first.tolist() == [0, 3 * SENTENCE, 6 * SENTENCE]
    assert (np.bincount(found.sentences)[:2] == 3 * SENTENCE - 3).all()


def test_codes_are_spread_and_in_range():
    text = " ".join(f"{a}{b}{c}" for a in "abcdefghij" for b in "klmnopqrst" for c in "uvwxyzabcd")
    found = np.unique(ngrams([text]).codes)
    assert found.min() >= 0
    assert found.max() < 1 << BITS
    n = 3 * 1000 - 3 * (1000 // SENTENCE + 1)
    # Of n codes at random about n * n / 2 ** (BITS + 1) meet another.
    assert n - len(found) <= 10
    assert abs(np.median(found) / (1 << (BITS - 1)) - 1) < 0.1


def test_company_changes_nothing():
    texts = [row.text for row in load_corpus(split="dev").rows[::40]] + ["", "!?", "a", "😡 x"]
    random.Random(0).shuffle(texts)
    together = ngrams(texts)
    for i, text in enumerate(texts):
        mine = np.flatnonzero(together.texts[together.sentences] == i)
        alone = ngrams([text])
        pairs = [
            (together.codes[mine], alone.codes),
            (together.words[together.left[mine], 0], alone.words[alone.left, 0]),
            (together.words[together.right[mine], 1], alone.words[alone.right, 1]),
        ]
        for mixed, own in pairs:
            np.testing.assert_array_equal(np.sort(mixed), np.sort(own), err_msg=text)
        np.testing.assert_array_equal(together.first[together.texts == i], alone.first)


def test_no_text_and_texts_without_a_letter():
    for texts in ([], [""], ["", "…!", "😡"]):
        found = ngrams(texts)
        assert len(found.codes) == len(found.texts) == len(found.first) == 0


def test_lone_surrogates_and_far_planes_are_no_letters():
    assert told("\ud800a𠀀b") == sorted([(0, "a"), (0, "a𠀀b"), (0, "b")])


def test_batches_hold_all_characters_in_order():
    texts = ["", "a" * 50, "b b " * 100, "cc", "d\n" * 30]
    again = [""] * len(texts)
    for owners, parts in batches(texts, 64):
        assert sum(len(part) + 1 for part in parts) <= 64
        assert all(a <= b for a, b in pairwise(owners))
        for owner, part in zip(owners, parts, strict=True):
            again[owner] += part
    assert again == texts


def test_a_batch_may_be_full_to_the_last_character():
    text = "ab " * (LONGEST // 3)
    (owners, parts), *more = batches([text])
    assert owners == [0]
    assert not more or len(parts[0]) < LONGEST
    assert len(ngrams(parts).codes) > LONGEST // 3


def test_bags_keep_every_sentence_and_known_ngrams_alone():
    known = np.array(sorted(codes("nitko se nije javio")), np.int32)
    bags = Vocabulary(known).bags(["Nitko! Dobro. Se nije", "", "nije"])
    assert bags.texts.tolist() == [0, 0, 0, 2]
    assert np.diff(bags.offsets).tolist() == [2, 0, 3, 1]
    assert set(bags.rows.tolist()) <= set(range(len(known)))
