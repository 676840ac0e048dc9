"""Puts the metrics of probabilities together: calibration, selective risk, ranking."""

from __future__ import annotations

from typing import Any

import numpy as np

from cxmining.evaluation.calibration import brier_score, expected_calibration_error, reliability_curve
from cxmining.evaluation.multilabel import BoolArray, FloatArray
from cxmining.evaluation.ranking import ranking_report
from cxmining.evaluation.selective import risk_coverage


def probability_report(truth: BoolArray, scores: FloatArray, known: BoolArray) -> dict[str, Any]:
    """Report what the probabilities are worth.

    Parameters
    ----------
    truth : ndarray of bool, shape (n_rows, n_labels)
        Gold labels.
    scores : ndarray of float, shape (n_rows, n_labels)
        Probabilities, NaN where none was told.
    known : ndarray of bool, shape (n_rows, n_labels)
        Cells that count.

    Returns
    -------
    dict
        ``cells``: ``all`` where every known cell has a probability, else ``given`` (tags above a threshold, as a tagged
        file holds them); ``n``; calibration error, Brier score, reliability curve; and where all cells have one, also
        ranking metrics and the area under the risk-coverage curve of decisions at one half. Empty where no known cell
        has a probability.
    """
    told = known & ~np.isnan(scores)
    if not told.any():
        return {}
    p, y = scores[told], truth[told]
    complete = bool(told.sum() == known.sum())
    curve = reliability_curve(p, y)
    report: dict[str, Any] = {
        "cells": "all" if complete else "given",
        "n": int(told.sum()),
        "calibration_error": expected_calibration_error(p, y),
        "brier_score": brier_score(p, y),
        "reliability": {name: getattr(curve, name).tolist() for name in ("score", "share", "low", "high", "n")},
    }
    if complete:
        ranking = ranking_report(truth, np.where(known, scores, 0.0), known)
        selective = risk_coverage(np.maximum(p, 1 - p), (p >= 0.5) != y)
        report |= {
            "mean_average_precision": ranking.mean_average_precision,
            "lrap": ranking.lrap,
            "ranking_loss": ranking.ranking_loss,
            "risk_coverage_area": selective.area,
            "risk_coverage_excess": selective.excess,
        }
    return report
