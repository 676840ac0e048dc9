"""Learning curves: nested training subsets, and a power law through their scores.

References
----------
Hestness et al. (2017). Deep Learning Scaling is Predictable, Empirically. arXiv:1712.00409.
Figueroa et al. (2012). Predicting Sample Size Required for Classification Performance. BMC Medical Informatics 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.multilabel import FloatArray

_RATES = np.geomspace(0.05, 3.0, 400)


def nested_subsets(codes: NDArray[np.intp], shares: Sequence[float], seed: int = 0) -> list[NDArray[np.intp]]:
    """Choose growing subsets of whole clusters, each inside the next.

    Parameters
    ----------
    codes : ndarray of int, shape (n_rows,)
        Cluster of each row, from :func:`~cxmining.evaluation.bootstrap.cluster_codes`.
    shares : sequence of float
        Shares of the clusters, in (0, 1].
    seed : int, default 0
        Seed of the order.

    Returns
    -------
    list of ndarray of int
        Row numbers of each share, sorted; at least one cluster each.

    Raises
    ------
    ValueError
        If a share lies outside (0, 1].
    """
    if not all(0 < share <= 1 for share in shares):
        raise ValueError(f"shares must lie in (0, 1], got {list(shares)}")
    n = int(codes.max(initial=-1)) + 1
    place = np.empty(n, np.intp)
    place[np.random.default_rng(seed).permutation(n)] = np.arange(n)
    return [np.flatnonzero(place[codes] < max(1, round(share * n))) for share in shares]


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Score as ``ceiling - loss * n ** -rate``.

    Parameters
    ----------
    ceiling : float
        Score that more data of the same kind approach.
    loss, rate : float
        Scale and speed of the approach, not negative.
    """

    ceiling: float
    loss: float
    rate: float

    def at(self, n: float) -> float:
        """Give the score expected from ``n`` rows, ``n > 0``."""
        return float(self.ceiling - self.loss * n**-self.rate)

    def size_for(self, score: float) -> float:
        """Give the rows expected to reach a score; infinite at or above the ceiling."""
        if score >= self.ceiling or self.loss == 0:
            return 0.0 if self.loss == 0 and score <= self.ceiling else float("inf")
        return float((self.loss / (self.ceiling - score)) ** (1 / self.rate))


def fit_learning_curve(sizes: Sequence[float], scores: Sequence[float]) -> LearningCurve:
    """Fit the power law by least squares; for each rate on a grid the other two follow in closed form.

    Parameters
    ----------
    sizes : sequence of float
        Rows, positive, at least three different ones.
    scores : sequence of float
        Score at each size.

    Returns
    -------
    LearningCurve
        The best rising curve; flat where scores do not rise with size.

    Raises
    ------
    ValueError
        If there are fewer than three different sizes.
    """
    n, y = np.asarray(sizes, np.float64), np.asarray(scores, np.float64)
    if len(np.unique(n)) < 3 or (n <= 0).any():
        raise ValueError("a curve needs at least three different positive sizes")
    best, least = LearningCurve(float(y.mean()), 0.0, 1.0), float(((y - y.mean()) ** 2).sum())
    for rate in _RATES:
        x: FloatArray = n**-rate
        centred = x - x.mean()
        slope = float(centred @ y / (centred @ centred))
        ceiling = float(y.mean() - slope * x.mean())
        error = float(((y - ceiling - slope * x) ** 2).sum())
        if slope < 0 and error < least:
            best, least = LearningCurve(ceiling, -slope, float(rate)), error
    return best
