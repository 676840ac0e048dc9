"""Metrics of scores before any threshold: average precision, label-ranking average precision, ranking loss.

References
----------
Tsoumakas, Katakis and Vlahavas (2010). Mining Multi-label Data. Data Mining and Knowledge Discovery Handbook.
Schapire and Singer (2000). BoosTexter. Machine Learning 39.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.multilabel import BoolArray, FloatArray

_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class RankingReport:
    """How well scores order labels and texts.

    Parameters
    ----------
    mean_average_precision : float
        Mean of average precision over the labels with a positive; NaN where there is none.
    average_precision : ndarray of shape (n_labels,)
        By label, over texts; NaN where a label has no positive.
    lrap : float
        Label-ranking average precision, over labels in each text; NaN for empty input.
    ranking_loss : float
        Share of (true, untrue) pairs of labels in a text that stand in the wrong order; NaN for empty input.
    """

    mean_average_precision: float
    average_precision: FloatArray
    lrap: float
    ranking_loss: float


def average_precision(truth: BoolArray, scores: NDArray[np.floating]) -> float:
    """Compute average precision of one label: the sum over thresholds of precision times the gain in recall.

    Parameters
    ----------
    truth : ndarray of bool, shape (n_rows,)
        Gold label.
    scores : ndarray of float, shape (n_rows,)
        Higher is more likely; equal scores form one threshold.

    Returns
    -------
    float
        In (0, 1]; NaN where there is no positive.
    """
    if not truth.any():
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(truth[order])
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    precision = hits[last] / (last + 1)
    return float(np.sum(precision * np.diff(hits[last], prepend=0)) / hits[-1])


def ranking_report(truth: BoolArray, scores: NDArray[np.floating], known: BoolArray | None = None) -> RankingReport:
    """Compute the ranking metrics; open cells take no part in any order.

    Parameters
    ----------
    truth : ndarray of bool, shape (n_rows, n_labels)
        Gold labels.
    scores : ndarray of float, shape (n_rows, n_labels)
        Scores, not NaN.
    known : ndarray of bool, shape (n_rows, n_labels), optional
        Cells that count.

    Returns
    -------
    RankingReport
        A text whose known labels are all true or all untrue counts as 1 in LRAP and 0 in the loss, as in scikit-learn;
        a text without a known cell is left out.
    """
    cells = np.ones_like(truth) if known is None else known
    columns = range(truth.shape[1])
    by_label = np.array([average_precision(truth[cells[:, k], k], scores[cells[:, k], k]) for k in columns])
    defined = by_label[~np.isnan(by_label)]
    counted = cells.any(axis=1)
    rows = list(_row_scores(truth[counted], scores[counted], cells[counted]))
    lrap, loss = np.concatenate(rows, axis=1) if rows else np.zeros((2, 0))
    return RankingReport(
        float(defined.mean()) if len(defined) else float("nan"),
        by_label,
        float(lrap.mean()) if len(lrap) else float("nan"),
        float(loss.mean()) if len(loss) else float("nan"),
    )


def _row_scores(truth: BoolArray, scores: NDArray[np.floating], known: BoolArray) -> Iterator[FloatArray]:
    """Yield LRAP and ranking loss of blocks of texts, shape (2, n)."""
    for start in range(0, len(truth), _BLOCK):
        block = slice(start, start + _BLOCK)
        t, s, c = truth[block], scores[block], known[block]
        positive, negative = t & c, ~t & c
        # above[r, j, i]: label i stands at least as high as label j in text r.
        above = (s[:, None, :] >= s[:, :, None]) & c[:, None, :]
        rank = above.sum(axis=2)
        hits = (above & positive[:, None, :]).sum(axis=2)
        n_positive, n_negative = positive.sum(axis=1), negative.sum(axis=1)
        trivial = (n_positive == 0) | (n_negative == 0)
        precision = np.where(positive, hits / np.maximum(rank, 1), 0.0).sum(axis=1) / np.maximum(n_positive, 1)
        wrong = np.where(positive, (above & negative[:, None, :]).sum(axis=2), 0).sum(axis=1)
        loss = wrong / np.maximum(n_positive * n_negative, 1)
        yield np.stack([np.where(trivial, 1.0, precision), np.where(trivial, 0.0, loss)])
