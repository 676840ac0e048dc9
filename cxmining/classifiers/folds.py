"""Folds that keep scenarios whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


def grouped_folds(groups: Sequence[str], n_folds: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """Divide rows into folds, whole groups at a time.

    Parameters
    ----------
    groups : sequence of str
        Scenario of each row.
    n_folds : int
        Folds at most; fewer where there are fewer groups.
    seed : int
        Seed of the division: the same groups, folds and seed give the same folds.

    Yields
    ------
    learn, test : ndarray of int
        Rows to learn from and rows held out.
    """
    from sklearn.model_selection import GroupKFold

    folds = GroupKFold(min(n_folds, len(set(groups))), shuffle=True, random_state=seed)
    yield from folds.split(np.zeros(len(groups)), groups=list(groups))
