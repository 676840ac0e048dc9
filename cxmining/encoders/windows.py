"""Cuts long token sequences into windows and packs windows into batches of like length.

Nothing is truncated: a text longer than a window is read in several, cut between spans (sentences) where it can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one text, without special tokens.

    Parameters
    ----------
    ids : ndarray of shape (n_tokens,)
        Piece ids.
    starts, ends : ndarray of shape (n_tokens,)
        Character intervals in the text, without leading spaces; empty for a piece of spaces alone.
    """

    ids: NDArray[np.int32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens ``first:last`` of text ``text``."""

    text: int
    first: int
    last: int


def cut_windows(n_tokens: int, limit: int, boundaries: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Cut ``range(n_tokens)`` into runs of at most ``limit``, at the last boundary in the second half if any."""
    pieces: list[tuple[int, int]] = []
    first = 0
    while n_tokens - first > limit:
        reach = boundaries[(boundaries > first + limit // 2) & (boundaries <= first + limit)]
        last = int(reach[-1]) if len(reach) else first + limit
        pieces.append((first, last))
        first = last
    pieces.append((first, n_tokens))
    return pieces


def plan_windows(tokens: Sequence[Tokens], span_starts: Sequence[Sequence[int]], limit: int) -> list[Window]:
    """Plan the windows of a batch of texts; a text without tokens gets none."""
    windows: list[Window] = []
    for i, text in enumerate(tokens):
        n = len(text.ids)
        if n == 0:
            continue
        boundaries = np.zeros(0, np.int64) if n <= limit else np.searchsorted(text.starts, np.asarray(span_starts[i]))
        windows.extend(Window(i, a, b) for a, b in cut_windows(n, limit, boundaries))
    return windows


def length_batches(windows: Sequence[Window], budget: int) -> Iterator[list[Window]]:
    """Yield windows sorted by length in batches whose padded size stays within ``budget`` tokens."""
    ordered = sorted(windows, key=lambda w: (w.last - w.first, w.text, w.first))
    batch: list[Window] = []
    for window in ordered:
        length = window.last - window.first
        if batch and (len(batch) + 1) * length > budget:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch
