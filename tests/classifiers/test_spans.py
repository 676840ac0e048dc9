import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cxmining.classifiers.spans import best_stretch, whole_words
from cxmining.records import Segment


def words(text):
    starts, ends, at = [], [], 0
    for word in text.split(" "):
        starts.append(at)
        ends.append(at + len(word))
        at += len(word) + 1
    return np.array(starts, np.int32), np.array(ends, np.int32)


def test_the_heaviest_words_are_quoted():
    text = "Jučer sam svratio a djelatnica me izvrijeđala pred svima, eto."
    starts, ends = words(text)
    weights = np.array([0, 0, 0, 0, 2, 1, 3, 1, 1, 0], np.float32)
    a, b = best_stretch(text, Segment(0, len(text)), starts, ends, weights)
    assert text[a:b] == "djelatnica me izvrijeđala pred svima"


@given(st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=12))
def test_stretch_lies_inside_and_is_not_empty(weights):
    text = " ".join("riječ" for _ in weights)
    starts, ends = words(text)
    a, b = best_stretch(text, Segment(0, len(text)), starts, ends, np.array(weights, np.float32))
    assert 0 <= a < b <= len(text)
    assert text[a:b].strip() == text[a:b]


def test_words_are_never_cut_but_japanese_may_be():
    assert whole_words("nisam čekao", 8, 10, Segment(0, 11)) == (6, 11)
    assert whole_words("電話が鳴る", 1, 3, Segment(0, 5)) == (1, 3)
    assert whole_words("...", 0, 3, Segment(0, 3)) == (0, 3)
