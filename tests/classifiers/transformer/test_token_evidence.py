import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cxmining.classifiers.transformer.evidence import joined, token_evidence
from cxmining.encoders.windows import Tokens

TEXT = "Čekao sam tri sata. Sunce je sjalo. Nitko se nije javio na poziv."


def read(tagger):
    passage = tagger.passages([TEXT], language="hr")[0]
    words = [w for w in TEXT.split(" ") if w]
    starts = np.cumsum([0, *(len(w) + 1 for w in words[:-1])]).astype(np.int32)
    ends = (starts + [len(w) for w in words]).astype(np.int32)
    return passage, Tokens(np.arange(len(words), dtype=np.int32), starts, ends)


def test_evidence_is_the_peak_with_its_neighbours(tagger):
    passage, tokens = read(tagger)
    scores = np.full(len(tokens.ids), -9.0, np.float32)
    scores[:4] = [1.0, -1.0, 3.0, 2.0]
    assert [TEXT[a:b] for a, b in token_evidence(passage, tokens, scores)] == ["Čekao sam tri sata"]


def test_a_second_strong_place_is_quoted_and_a_weak_one_is_not(tagger):
    passage, tokens = read(tagger)
    scores = np.full(len(tokens.ids), -9.0, np.float32)
    scores[2:4], scores[7:10] = 3.0, 2.0
    found = [TEXT[a:b] for a, b in token_evidence(passage, tokens, scores)]
    assert len(found) == 2
    assert "tri sata" in found[0]
    assert "Nitko se nije" in found[1]
    scores[7:10] = 0.5
    assert len(token_evidence(passage, tokens, scores)) == 1


intervals = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)).map(lambda t: (t[0], t[0] + t[1])), max_size=4)


@given(intervals)
def test_joining_loses_no_character(more):
    covered = {c for a, b in [(3, 8), *more] for c in range(a, b)}
    found = joined([(3, 8)], more)
    assert {c for a, b in found for c in range(a, b)} == covered
    assert found[0][0] <= 3 and found[0][1] >= 8
