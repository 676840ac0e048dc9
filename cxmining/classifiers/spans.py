"""From token contributions to a quotable stretch of words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import FloatArray, Interval
from cxmining.records import Segment

MINIMUM_CHARACTERS = 20
"""A stretch shorter than this tells a reader little and grows to both sides; Japanese needs half of it."""

_EDGE = " \n,.;:!?…、。！？「」『』()（）\"'„“”«»-–—"


def best_stretch(
    text: str,
    segment: Segment,
    starts: NDArray[np.int32],
    ends: NDArray[np.int32],
    contributions: FloatArray,
) -> Interval:
    """Choose the stretch of a segment whose tokens contribute most above the segment's average.

    Parameters
    ----------
    text : str
        Normalised text of the document.
    segment : Segment
        Where to look.
    starts, ends : ndarray of shape (n_tokens,)
        Character intervals of the segment's tokens.
    contributions : ndarray of shape (n_tokens,)
        What each token adds to the label's logit.

    Returns
    -------
    tuple of int
        Half-open normalised interval, at whole words, inside the segment and never empty.

    References
    ----------
    Bentley (1984). Algorithm design techniques (maximum subarray). Communications of the ACM 27(9).
    """
    if len(contributions) < 2:
        return segment.start, segment.end
    gains = contributions - contributions.mean()
    best, first, last = -np.inf, 0, len(gains)
    running, begin = 0.0, 0
    for i, gain in enumerate(gains):
        if running <= 0:
            running, begin = 0.0, i
        running += float(gain)
        if running > best:
            best, first, last = running, begin, i + 1
    spaced = " " in text[segment.start : segment.end]
    minimum = MINIMUM_CHARACTERS if spaced else MINIMUM_CHARACTERS // 2
    while last - first < len(gains) and int(ends[last - 1]) - int(starts[first]) < minimum:
        left = gains[first - 1] if first > 0 else -np.inf
        right = gains[last] if last < len(gains) else -np.inf
        first, last = (first - 1, last) if left >= right else (first, last + 1)
    return whole_words(text, max(int(starts[first]), segment.start), min(int(ends[last - 1]), segment.end), segment)


def widen(text: str, start: int, end: int, segment: Segment) -> Interval:
    """Widen an interval evenly to :data:`MINIMUM_CHARACTERS` (half for a segment without spaces) within its segment."""
    minimum = MINIMUM_CHARACTERS if " " in text[segment.start : segment.end] else MINIMUM_CHARACTERS // 2
    lacking = minimum - (end - start)
    if lacking <= 0:
        return start, end
    start = max(segment.start, start - lacking // 2)
    end = min(segment.end, max(end, start + minimum))
    return max(segment.start, min(start, end - minimum)), end


def whole_words(text: str, start: int, end: int, segment: Segment) -> Interval:
    """Widen an interval to whole words within the segment and strip punctuation and spaces from its edges."""
    while start > segment.start and _inside_word(text, start):
        start -= 1
    while end < segment.end and _inside_word(text, end):
        end += 1
    a, b = start, end
    while a < b and text[a] in _EDGE:
        a += 1
    while b > a and text[b - 1] in _EDGE:
        b -= 1
    return (a, b) if a < b else (start, end)


def _inside_word(text: str, at: int) -> bool:
    """Whether a cut at ``at`` would split a word of an alphabet; Japanese has no such words."""
    before, after = text[at - 1], text[at]
    return before.isalnum() and after.isalnum() and ord(before) < 0x3000 and ord(after) < 0x3000
