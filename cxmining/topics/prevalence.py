"""How often topics and failure modes occur: by week, month, channel, sector or any column, with intervals.

References
----------
Wilson (1927). Probable Inference, the Law of Succession, and Statistical Inference. JASA 22(158).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cell:
    """Prevalence of one topic or mode in one group.

    Parameters
    ----------
    group : str
        Period or value of the column.
    name : str
        Topic or mode.
    count : int or None
        Documents of the group that have it; None where suppressed.
    n : int
        Documents of the group.
    share, low, high : float or None
        Share with its 95 % Wilson interval, in [0, 1]; None where suppressed.
    """

    group: str
    name: str
    count: int | None
    n: int
    share: float | None
    low: float | None
    high: float | None


def wilson(count: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Give Wilson's score interval of a share.

    Parameters
    ----------
    count, n : int
        Successes and trials, ``0 <= count <= n``.
    z : float, default 1.959964
        Normal quantile; the default gives 95 %.

    Returns
    -------
    tuple of float
        Lower and upper bound in [0, 1]; (0, 1) without trials.
    """
    if n == 0:
        return 0.0, 1.0
    share = count / n
    centre = share + z * z / (2 * n)
    reach = z * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    scale = 1 + z * z / n
    return max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)


def prevalence(present: BoolArray, groups: Sequence[str | None], names: Sequence[str], smallest: int = 0) -> list[Cell]:
    """Count topics or modes by group.

    Parameters
    ----------
    present : ndarray of bool, shape (n_documents, n_names)
        Whether a document has a topic or mode.
    groups : sequence of (str or None), length n_documents
        Group of each document; None leaves it out.
    names : sequence of str
        Topics or modes, the columns of ``present``.
    smallest : int, default 0
        Suppress counts from 1 to below this, and groups with fewer documents. Where one count of a name is
        suppressed, its next smallest is too, so that nobody subtracts it from the total.

    Returns
    -------
    list of Cell
        Group by group in sorted order, names in the order given.
    """
    found: list[list[Cell]] = []
    for group in sorted({g for g in groups if g is not None}):
        rows = np.flatnonzero(np.array([g == group for g in groups], np.bool_))
        counts = present[rows].sum(axis=0)
        found.append([_cell(group, name, int(c), len(rows)) for name, c in zip(names, counts, strict=True)])
    if smallest > 1:
        for column in range(len(names)):
            _suppress(found, column, smallest)
    return [cell for row in found for cell in row]


def _cell(group: str, name: str, count: int, n: int) -> Cell:
    """Make a cell with its interval."""
    low, high = wilson(count, n)
    return Cell(group, name, count, n, round(count / n, 4), round(low, 4), round(high, 4))


def _suppress(table: list[list[Cell]], column: int, smallest: int) -> None:
    """Hide the small counts of one name, and one more where a single one is hidden."""
    counts = [row[column].count or 0 for row in table]
    hidden = {i for i, row in enumerate(table) if 0 < counts[i] < smallest or row[column].n < smallest}
    if len(hidden) == 1:
        others = [i for i in range(len(table)) if i not in hidden and counts[i]]
        hidden |= set(sorted(others, key=lambda i: (counts[i], i))[:1])
    for i in hidden:
        cell = table[i][column]
        table[i][column] = Cell(cell.group, cell.name, None, cell.n, None, None, None)
