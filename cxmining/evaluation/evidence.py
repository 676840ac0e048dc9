"""How well quoted evidence meets annotated evidence: by span, by character, by token; offsets are raw.

One *cell* is one label on one text. Each function counts true positives, false positives and false negatives of a cell;
counts add up over cells, and :func:`precision_recall_f1` turns sums into figures.

References
----------
DeYoung et al. (2020). ERASER: A Benchmark to Evaluate Rationalized NLP Models. ACL (IOU F1, token F1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.multilabel import FloatArray, label_f1, label_precision, label_recall

Interval = tuple[int, int]
"""Half-open, ``start < end``."""


def character_counts(gold: Sequence[Interval], predicted: Sequence[Interval]) -> tuple[int, int, int]:
    """Count characters that both sides, only the prediction, and only the gold quote; overlaps count once."""
    size = max((end for _, end in (*gold, *predicted)), default=0)
    told, quoted = _covered(gold, size), _covered(predicted, size)
    return int((told & quoted).sum()), int((~told & quoted).sum()), int((told & ~quoted).sum())


def token_counts(
    gold: Sequence[Interval], predicted: Sequence[Interval], tokens: Sequence[Interval]
) -> tuple[int, int, int]:
    """Count tokens that both sides, only the prediction, and only the gold touch.

    Parameters
    ----------
    gold, predicted : sequence of (start, end)
        Evidence of one cell.
    tokens : sequence of (start, end)
        Tokens of the text, not empty intervals; a token is quoted when any of its characters is.
    """
    size = max((end for _, end in (*gold, *predicted, *tokens)), default=0)
    both = [np.append(0, np.cumsum(_covered(spans, size))) for spans in (gold, predicted)]
    told, quoted = (np.array([c[end] > c[start] for start, end in tokens], np.bool_) for c in both)
    return int((told & quoted).sum()), int((~told & quoted).sum()), int((told & ~quoted).sum())


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
    if min_overlap >= 1.0 or not left or not right:
        hits = len(set(left) & set(right))
    else:
        from scipy.optimize import linear_sum_assignment

        fits = np.array([[_iou(a, b) >= min_overlap for b in right] for a in left])
        hits = int(fits[linear_sum_assignment(fits, maximize=True)].sum())
    return hits, len(right) - hits, len(left) - hits


def precision_recall_f1(counts: FloatArray) -> FloatArray:
    """Turn summed counts, shape (..., 3), into precision, recall and F1, shape (..., 3); 0 where undefined."""
    column = np.asarray(counts, np.float64)[..., None]
    return np.concatenate([label_precision(column), label_recall(column), label_f1(column)], axis=-1)


def _covered(spans: Sequence[Interval], size: int) -> NDArray[np.bool_]:
    """Mark the characters that spans cover, shape (size,)."""
    mask = np.zeros(size, np.bool_)
    for start, end in spans:
        mask[start:end] = True
    return mask


def _iou(a: Interval, b: Interval) -> float:
    """Give intersection over union of two intervals."""
    common = max(0, min(a[1], b[1]) - max(a[0], b[0]))
    return common / ((a[1] - a[0]) + (b[1] - b[0]) - common)
