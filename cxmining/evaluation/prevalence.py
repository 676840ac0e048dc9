"""How common a label really is, when a classifier that errs has counted it.

The share of texts that a classifier tags (*classify and count*) is biased: it moves towards the classifier's own errors
wherever the texts differ from those that it was checked on. Labelled texts tell its rates of true and false alarms,
and these turn the counted share into an unbiased one, under the assumption that texts with the label look alike in both
sets, and so do those without it (prior probability shift).

References
----------
Rogan and Gladen (1978). Estimating Prevalence from the Results of a Screening Test. American Journal of Epidemiology.
Forman (2008). Quantifying Counts and Costs via Classification. Data Mining and Knowledge Discovery 17 (ACC).
Bella et al. (2010). Quantification via Probability Estimators. ICDM (PCC, PACC).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.bootstrap import cluster_codes, cluster_sums, interval, resampled_sums
from cxmining.evaluation.multilabel import BoolArray, FloatArray, ratio

Weights = NDArray[np.floating] | BoolArray
"""Decisions (adjusted count) or probabilities (probabilistic adjusted count) of shape (n_rows, n_labels)."""


@dataclass(frozen=True, slots=True)
class Prevalence:
    """Share of texts that bear each label.

    Parameters
    ----------
    counted : ndarray of shape (n_labels,)
        As the classifier counts: share of decisions, or mean probability.
    adjusted : ndarray of shape (n_labels,)
        Corrected for its errors, in [0, 1]; NaN where the checked texts cannot tell (no positives or no negatives,
        or the classifier gives the label to true and untrue texts alike).
    low, high : ndarray of shape (n_labels,)
        Bootstrap interval of the corrected share; it holds the chance in both the checked and the counted texts.
    """

    counted: FloatArray
    adjusted: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True)
class Checked:
    """Labelled texts on which the classifier was checked.

    Parameters
    ----------
    truth : ndarray of bool, shape (n_rows, n_labels)
        Gold labels.
    given : ndarray of bool or float, shape (n_rows, n_labels)
        What the classifier gave: decisions or probabilities, the same kind as for the texts to be counted.
    known : ndarray of bool, shape (n_rows, n_labels), optional
        Cells that count.
    clusters : sequence of hashable, optional
        Cluster of each text; default: every text for itself.
    """

    truth: BoolArray
    given: Weights
    known: BoolArray | None = None
    clusters: Sequence[Hashable] | None = None


def adjust(counted: FloatArray, on_true: FloatArray, on_untrue: FloatArray) -> FloatArray:
    """Correct a counted share.

    Parameters
    ----------
    counted : ndarray of shape (...)
        Share of texts tagged, or mean probability.
    on_true, on_untrue : ndarray of shape (...)
        The same on checked texts that bear the label (rate of true alarms) and on those that do not (false alarms).

    Returns
    -------
    ndarray of shape (...)
        ``(counted - on_untrue) / (on_true - on_untrue)``, cut to [0, 1]; NaN unless ``on_true > on_untrue``.
    """
    gap = on_true - on_untrue
    share = np.clip(ratio(counted - on_untrue, gap), 0.0, 1.0)
    return np.where(gap > 0, share, np.nan)


def estimate_prevalence(
    counted: Weights,
    checked: Checked,
    clusters: Sequence[Hashable] | None = None,
    n_samples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Prevalence:
    """Count labels in unlabelled texts and correct the counts for the classifier's errors.

    Parameters
    ----------
    counted : ndarray of bool or float, shape (n_texts, n_labels)
        Decisions give the adjusted count, probabilities the probabilistic adjusted count.
    checked : Checked
        Labelled texts with what the same classifier gave them.
    clusters : sequence of hashable, optional
        Cluster of each counted text; default: every text for itself.
    n_samples : int, default 1000
        Bootstrap samples.
    level : float, default 0.95
        Coverage of the interval.
    seed : int, default 0
        Seed of the draws.

    Returns
    -------
    Prevalence
        Samples in which the correction is not defined are left out of the interval; where more than half are,
        or there are no texts, its ends are NaN.
    """
    k = checked.truth.shape[1]
    known = np.ones_like(checked.truth) if checked.known is None else checked.known
    true, untrue = checked.truth & known, ~checked.truth & known
    given = checked.given.astype(np.float64)
    rows = np.concatenate([given * true, true, given * untrue, untrue], axis=1)
    check_sums = cluster_sums(rows, _codes(checked.clusters, len(rows)))
    texts = np.concatenate([counted.astype(np.float64), np.ones((len(counted), 1))], axis=1)
    text_sums = cluster_sums(texts, _codes(clusters, len(texts)))

    def corrected(check: FloatArray, text: FloatArray) -> FloatArray:
        on_true, on_untrue = (
            _share(check[..., i * k : (i + 1) * k], check[..., (i + 1) * k : (i + 2) * k]) for i in (0, 2)
        )
        return adjust(_share(text[..., :k], text[..., k:]), on_true, on_untrue)

    samples = corrected(resampled_sums(check_sums, n_samples, seed), resampled_sums(text_sums, n_samples, seed + 1))
    low, high = interval(samples, level)
    vague = np.isnan(samples).mean(axis=0) > 0.5
    total = text_sums.sum(axis=0)
    adjusted = corrected(check_sums.sum(axis=0), total)
    bare = vague | np.isnan(adjusted)
    return Prevalence(_share(total[:k], total[k:]), adjusted, np.where(bare, np.nan, low), np.where(bare, np.nan, high))


def _codes(clusters: Sequence[Hashable] | None, n: int) -> NDArray[np.intp]:
    """Number the clusters, or the rows where there are none."""
    return np.arange(n) if clusters is None else cluster_codes(clusters)


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Divide; NaN where the whole is zero."""
    return np.where(whole > 0, ratio(part, whole), np.nan)
