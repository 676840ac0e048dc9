"""How well quoted evidence meets annotated evidence: by span, by character, by token; offsets are raw.

One *cell* is one label on one text. Each function counts true positives, false positives and false negatives of a cell;
counts add up over cells, and :func:`precision_recall_f1` turns sums into figures.

References
----------
DeYoung et al. (2020). ERASER: A Benchmark to Evaluate Rationalized NLP Models. ACL (IOU F1, token F1).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np

from cxmining.evaluation.multilabel import FloatArray, label_f1, label_precision, label_recall

Interval = tuple[int, int]
"""Half-open, ``start < end``."""


def character_counts(gold: Sequence[Interval], predicted: Sequence[Interval]) -> tuple[int, int, int]:
    """Count characters that both sides, only the prediction, and only the gold quote; overlaps count once."""
    told, quoted = _merged(gold), _merged(predicted)
    common = sum(max(0, min(b, d) - max(a, c)) for a, b in told for c, d in quoted)
    return common, sum(d - c for c, d in quoted) - common, sum(b - a for a, b in told) - common


def token_counts(
    gold: Sequence[Interval], predicted: Sequence[Interval], tokens: Sequence[Interval]
) -> tuple[int, int, int]:
    """Count tokens that both sides, only the prediction, and only the gold touch.

    Parameters
    ----------
    gold, predicted : sequence of (start, end)
        Evidence of one cell.
    tokens : sequence of (start, end)
        Tokens of the text in order, not empty and not overlapping; a token is quoted when any of its characters is.
    """
    starts, ends = [start for start, _ in tokens], [end for _, end in tokens]

    def touched(spans: Sequence[Interval]) -> list[Interval]:
        """Turn characters into numbers of tokens."""
        found = [(bisect_right(ends, start), bisect_left(starts, end)) for start, end in spans]
        return [(first, last) for first, last in found if first < last]

    return character_counts(touched(gold), touched(predicted))


def span_counts(
    gold: Sequence[Interval], predicted: Sequence[Interval], min_overlap: float = 1.0
) -> tuple[int, int, int]:
    """Match spans one to one and count the matched and the unmatched.

    Parameters
    ----------
    gold, predicted : sequence of (start, end)
        Evidence of one cell; a span that is given twice counts once.
    min_overlap : float, default 1.0
        Least intersection over union of a match, in (0, 1]; 1 asks for equal spans, 0.5 is ERASER's choice.

    Returns
    -------
    tuple of int
        Matches, predicted spans without one, gold spans without one; the largest possible number of matches.
    """
    left, right = sorted(set(gold)), sorted(set(predicted))
    if min_overlap >= 1.0 or not left or not right or left == right:
        hits = len(set(left) & set(right))
    elif len(left) == len(right) == 1:
        hits = int(_iou(left[0], right[0]) >= min_overlap)
    else:
        from scipy.optimize import linear_sum_assignment

        fits = np.array([[_iou(a, b) >= min_overlap for b in right] for a in left])
        hits = int(fits[linear_sum_assignment(fits, maximize=True)].sum())
    return hits, len(right) - hits, len(left) - hits


def precision_recall_f1(counts: FloatArray) -> FloatArray:
    """Turn summed counts, shape (..., 3), into precision, recall and F1, shape (..., 3); 0 where undefined."""
    column = np.asarray(counts, np.float64)[..., None]
    return np.concatenate([label_precision(column), label_recall(column), label_f1(column)], axis=-1)


def _merged(spans: Sequence[Interval]) -> list[Interval]:
    """Join intervals that overlap or touch."""
    if len(spans) < 2:
        return list(spans)
    joined: list[Interval] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _iou(a: Interval, b: Interval) -> float:
    """Give intersection over union of two intervals."""
    common = max(0, min(a[1], b[1]) - max(a[0], b[0]))
    return common / ((a[1] - a[0]) + (b[1] - b[0]) - common)
