"""How many labelled comments a comparison needs.

The standard error of a figure over clusters falls with the square root of their number, whatever the metric; so one
bootstrap on the texts at hand tells how many would be needed to see a smaller difference.

References
----------
Card et al. (2020). With Little Power Comes Great Responsibility. EMNLP. Cohen (1988). Statistical Power Analysis for
the Behavioral Sciences.
"""

from __future__ import annotations

import math
from statistics import NormalDist


def needed_size(
    standard_error: float, n: int, difference: float = 0.02, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Estimate how many texts show a difference.

    Parameters
    ----------
    standard_error : float
        Of the difference on the texts at hand, as :func:`~cxmining.evaluation.significance.paired_bootstrap` gives it.
    n : int
        Texts (or clusters) at hand; the answer counts the same.
    difference : float, default 0.02
        Difference to be seen.
    power : float, default 0.8
        Chance to see it.
    alpha : float, default 0.05
        Two-sided level of the test.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    ValueError
        If the difference is zero, or a probability lies outside (0, 1).
    """
    z = _quantiles(power, alpha)
    if difference == 0:
        raise ValueError("a difference of zero cannot be seen with any number of texts")
    return max(1, math.ceil(n * (standard_error * z / difference) ** 2 - 1e-9))


def detectable_difference(standard_error: float, n: int, new_n: int, power: float = 0.8, alpha: float = 0.05) -> float:
    """Estimate the smallest difference that ``new_n`` texts show; the inverse of :func:`needed_size`.

    Parameters
    ----------
    standard_error, n, power, alpha
        As for :func:`needed_size`.
    new_n : int
        Texts (or clusters) that one could label.

    Returns
    -------
    float
        In the metric's unit.
    """
    return standard_error * math.sqrt(n / new_n) * _quantiles(power, alpha)


def paired_standard_error(first: float, second: float, correlation: float = 0.0) -> float:
    """Combine the standard errors of two systems on the same texts.

    Parameters
    ----------
    first, second : float
        Standard error of each system's figure.
    correlation : float, default 0
        Between the two figures over samples, in [-1, 1]; 0 is the cautious choice before a second system exists.

    Returns
    -------
    float
        Standard error of the difference.
    """
    return math.sqrt(max(0.0, first**2 + second**2 - 2 * correlation * first * second))


def _quantiles(power: float, alpha: float) -> float:
    """Add the normal quantiles of level and power."""
    if not 0 < power < 1 or not 0 < alpha < 1:
        raise ValueError(f"power and alpha must lie between 0 and 1, got {power} and {alpha}")
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)
