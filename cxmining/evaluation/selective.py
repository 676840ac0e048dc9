"""What a model gains by leaving its least certain decisions to a person: risk against coverage.

References
----------
El-Yaniv and Wiener (2010). On the Foundations of Noise-free Selective Classification. JMLR 11.
Geifman, Uziel and El-Yaniv (2019). Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers. ICLR (AURC).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.multilabel import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Risk against coverage.

    Parameters
    ----------
    coverage : ndarray of shape (n,)
        Share of decisions kept, ``1/n`` to 1.
    risk : ndarray of shape (n,)
        Expected share of wrong ones among those kept.
    area : float
        Mean risk over all coverages (AURC); NaN for empty input.
    excess : float
        ``area`` less that of the best possible order of the same decisions; 0 is perfect.
    """

    coverage: FloatArray
    risk: FloatArray
    area: float
    excess: float

    def coverage_at(self, risk: float) -> float:
        """Give the largest coverage whose risk is at most the one asked for; 0 if there is none."""
        kept = np.flatnonzero(self.risk <= risk + 1e-12)
        return float(self.coverage[kept[-1]]) if len(kept) else 0.0


def risk_coverage(confidence: NDArray[np.floating], wrong: BoolArray) -> RiskCoverage:
    """Keep decisions from the most to the least certain and watch the error among those kept.

    Parameters
    ----------
    confidence : ndarray of float, shape (n,)
        Certainty of each decision, such as ``max(p, 1 - p)``.
    wrong : ndarray of bool, shape (n,)
        Whether the decision is wrong.

    Returns
    -------
    RiskCoverage
        Equal confidences are taken in random order: the expected risk is given, so the order of rows does not matter.
    """
    n = len(wrong)
    if not n:
        return RiskCoverage(np.zeros(0), np.zeros(0), float("nan"), float("nan"))
    _, group = np.unique(-np.asarray(confidence, np.float64), return_inverse=True)
    errors = np.bincount(group, wrong) / np.bincount(group)
    kept = np.arange(1, n + 1)
    risk = np.cumsum(errors[np.sort(group)]) / kept
    n_wrong = int(wrong.sum())
    best = np.maximum(kept - (n - n_wrong), 0) / kept
    area = float(risk.mean())
    return RiskCoverage(kept / n, risk, area, area - float(best.mean()))
