"""Topics that emerge or fade: a trend test over periods, corrected for the number of tests.

References
----------
Armitage (1955). Tests for Linear Trends in Proportions and Frequencies. Biometrics 11(3).
Benjamini and Hochberg (1995). Controlling the False Discovery Rate. JRSS B 57(1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]

Direction = Literal["emerging", "fading", "steady"]


@dataclass(frozen=True, slots=True)
class Trend:
    """Course of one topic or mode.

    Parameters
    ----------
    name : str
        Topic or mode.
    direction : {'emerging', 'fading', 'steady'}
        ``steady`` where the corrected p-value is not below the level.
    z : float
        Test statistic; positive where the share rises.
    p : float
        Two-sided p-value.
    q : float
        The same after Benjamini and Hochberg's correction over all names.
    first, last : float
        Share in the first and in the last third of the periods, in [0, 1].
    """

    name: str
    direction: Direction
    z: float
    p: float
    q: float
    first: float
    last: float


def cochran_armitage(counts: NDArray[np.int64], sizes: NDArray[np.int64]) -> tuple[float, float]:
    """Test whether a share rises or falls from period to period.

    Parameters
    ----------
    counts, sizes : ndarray of int64, shape (n_periods,)
        Documents with the topic, and all documents, in the order of time.

    Returns
    -------
    z : float
        Standard normal under no trend; 0 where the test is not defined.
    p : float
        Two-sided p-value.
    """
    from scipy.stats import norm

    scores = np.arange(len(counts), dtype=np.float64)
    n = float(sizes.sum())
    share = counts.sum() / n if n else 0.0
    mean = (scores * sizes).sum() / n if n else 0.0
    variance = share * (1 - share) * (sizes * (scores - mean) ** 2).sum()
    if variance <= 0:
        return 0.0, 1.0
    z = float(((counts - share * sizes) * (scores - mean)).sum() / np.sqrt(variance))
    return z, float(2 * norm.sf(abs(z)))


def trends(present: BoolArray, periods: Sequence[str | None], names: Sequence[str], level: float = 0.05) -> list[Trend]:
    """Find emerging and fading topics or modes.

    Parameters
    ----------
    present : ndarray of bool, shape (n_documents, n_names)
        Whether a document has a topic or mode.
    periods : sequence of (str or None), length n_documents
        Period of each document, names that sort by time; None leaves it out.
    names : sequence of str
        Topics or modes, the columns of ``present``.
    level : float, default 0.05
        False discovery rate.

    Returns
    -------
    list of Trend
        By name in the order given; empty with fewer than three periods.
    """
    from scipy.stats import false_discovery_control

    order = sorted({p for p in periods if p is not None})
    if len(order) < 3 or not names:
        return []
    codes = np.array([order.index(p) if p is not None else -1 for p in periods])
    kept = codes >= 0
    sizes = np.bincount(codes[kept], minlength=len(order)).astype(np.int64)
    counts = np.zeros((len(names), len(order)), np.int64)
    for k in range(len(names)):
        counts[k] = np.bincount(codes[kept & present[:, k]], minlength=len(order))
    tests = [cochran_armitage(row, sizes) for row in counts]
    corrected = false_discovery_control([p for _, p in tests])
    third = max(1, len(order) // 3)
    return [
        Trend(
            name=name,
            direction="steady" if q >= level else "emerging" if z > 0 else "fading",
            z=round(z, 3),
            p=float(f"{p:.3g}"),
            q=float(f"{q:.3g}"),
            first=round(float(row[:third].sum() / sizes[:third].sum()), 4),
            last=round(float(row[-third:].sum() / sizes[-third:].sum()), 4),
        )
        for name, row, (z, p), q in zip(names, counts, tests, corrected, strict=True)
    ]
