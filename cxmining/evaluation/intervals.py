"""Intervals of a share that is counted directly.

References
----------
Wilson (1927). Probable Inference, the Law of Succession, and Statistical Inference. JASA 22.
Brown, Cai and DasGupta (2001). Interval Estimation for a Binomial Proportion. Statistical Science 16(2).
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from cxmining.evaluation.multilabel import FloatArray


def wilson_interval(positives: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Give the Wilson score interval of a share.

    Parameters
    ----------
    positives, n : array_like of shape (...)
        Texts that bear the label, and all texts; independent draws.
    level : float, default 0.95
        Coverage, in (0, 1).

    Returns
    -------
    low, high : ndarray of shape (...)
        In [0, 1]; 0 and 1 where there are no texts.
    """
    z2 = NormalDist().inv_cdf(0.5 + level / 2) ** 2
    k, size = np.broadcast_arrays(np.asarray(positives, np.float64), np.asarray(n, np.float64))
    safe = np.maximum(size, 1)
    share = k / safe
    centre = (share + z2 / (2 * safe)) / (1 + z2 / safe)
    half = np.sqrt(z2 * (share * (1 - share) / safe + z2 / (4 * safe**2))) / (1 + z2 / safe)
    low = np.where((size == 0) | (k == 0), 0.0, centre - half)
    high = np.where((size == 0) | (k == size), 1.0, centre + half)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
