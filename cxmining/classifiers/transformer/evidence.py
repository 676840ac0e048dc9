"""Evidence from token scores: the best tokens of a label, grown to stretches of words."""

from __future__ import annotations

import numpy as np

from cxmining.classifiers.base import FloatArray, Interval
from cxmining.classifiers.spans import whole_words, widen
from cxmining.encoders.windows import Tokens
from cxmining.records import Passage, Segment

DROP, LOWEST = 3.0, -4.0
"""A stretch goes on while token logits stay within ``DROP`` of the peak and above ``LOWEST``."""

SECOND = 1.0
"""Peak logit from which a second stretch is quoted. These three had the best overlap on development rows."""


def token_evidence(passage: Passage, tokens: Tokens, scores: FloatArray) -> list[Interval]:
    """Grow the best tokens of a label to stretches of words; a second stretch counts if it is nearly as good.

    Parameters
    ----------
    passage : Passage
        What was read.
    tokens : Tokens
        Its tokens.
    scores : ndarray of shape (n_tokens,)
        The label's token logits.

    Returns
    -------
    list of Interval
        One or two half-open normalised intervals, best first, each inside one segment.
    """
    logits = np.where(tokens.ends > tokens.starts, scores, -np.inf)
    if not np.isfinite(logits).any():
        return [(s.start, s.end) for s in passage.segments if s.kind != "boilerplate"][:1]
    peak = int(np.argmax(logits))
    floor = max(float(logits[peak]) - DROP, LOWEST) if logits[peak] > LOWEST + 1.0 else float(logits[peak]) - 1.0
    stretches = [_stretch(passage, tokens, logits, peak, floor)]
    outside = logits.copy()
    a, b = stretches[0]
    outside[(tokens.ends > a) & (tokens.starts < b)] = -np.inf
    second = int(np.argmax(outside))
    if outside[second] > SECOND:
        stretch = _stretch(passage, tokens, outside, second, floor)
        if stretch[1] <= a or stretch[0] >= b:
            stretches.append(stretch)
    return stretches


def joined(first: list[Interval], more: list[Interval]) -> list[Interval]:
    """Add intervals to a ranked list; what overlaps is united and keeps the better rank."""
    found = list(first)
    for start, end in more:
        for i, (a, b) in enumerate(found):
            if start < b and a < end:
                found[i] = (min(a, start), max(b, end))
                break
        else:
            found.append((start, end))
    return found


def _stretch(passage: Passage, tokens: Tokens, logits: FloatArray, peak: int, floor: float) -> Interval:
    """Widen a peak over its neighbours above the floor, bridging one weak token, inside its segment."""
    segment = _segment_of(passage, int(tokens.starts[peak]), int(tokens.ends[peak]))
    first, last = peak, peak + 1
    while first > 0 and tokens.starts[first - 1] >= segment.start:
        if logits[first - 1] >= floor:
            first -= 1
        elif first > 1 and logits[first - 2] >= floor and tokens.starts[first - 2] >= segment.start:
            first -= 2
        else:
            break
    while last < len(logits) and tokens.ends[last] <= segment.end:
        if logits[last] >= floor:
            last += 1
        elif last + 1 < len(logits) and logits[last + 1] >= floor and tokens.ends[last + 1] <= segment.end:
            last += 2
        else:
            break
    start, end = max(int(tokens.starts[first]), segment.start), min(int(tokens.ends[last - 1]), segment.end)
    start, end = widen(passage.document.text, start, end, segment)
    return whole_words(passage.document.text, start, max(end, start + 1), segment)


def _segment_of(passage: Passage, start: int, end: int) -> Segment:
    """Give the segment that a token lies in; the token itself where it lies between segments."""
    for s in passage.segments:
        if s.kind != "boilerplate" and s.start < end and start < s.end:
            return s
    return Segment(start, max(end, start + 1))
