import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cxmining.encoders.windows import Tokens, cut_windows, length_batches, plan_windows


@given(st.integers(0, 500), st.integers(2, 60), st.lists(st.integers(0, 500), max_size=30))
def test_windows_cover_everything_once(n, limit, marks):
    pieces = cut_windows(n, limit, np.array(sorted(marks), np.int64))
    assert pieces[0][0] == 0
    assert pieces[-1][1] == n
    assert all(a[1] == b[0] for a, b in itertools.pairwise(pieces))
    assert all(b - a <= limit for a, b in pieces)


def test_windows_end_at_sentences_where_they_can():
    assert cut_windows(100, 40, np.array([0, 30, 65])) == [(0, 30), (30, 65), (65, 100)]


@given(st.lists(st.integers(0, 90), max_size=30), st.integers(1, 200))
def test_batches_hold_every_window_and_keep_the_budget(lengths, budget):
    texts = [Tokens(*(np.arange(n, dtype=np.int32),) * 3) for n in lengths]
    windows = plan_windows(texts, [[] for _ in texts], 40)
    batches = list(length_batches(windows, budget))
    assert sorted((w.text, w.first) for b in batches for w in b) == sorted((w.text, w.first) for w in windows)
    assert all(len(b) == 1 or len(b) * max(w.last - w.first for w in b) <= budget for b in batches)
