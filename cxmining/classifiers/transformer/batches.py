"""Batches of windows of like length, padded."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cxmining.encoders import EmbeddedEncoder


class HasIds(Protocol):
    """A window by its token ids, specials included."""

    @property
    def ids(self) -> NDArray[np.int32]:
        """Token ids of shape (n_tokens,)."""


Item = TypeVar("Item", bound=HasIds)


def padded(batch: Sequence[HasIds], encoder: EmbeddedEncoder) -> tuple[Tensor, Tensor]:
    """Pad windows: embeddings (batch, length, width), mask of real tokens (batch, length)."""
    length = max(len(w.ids) for w in batch)
    ids = np.full((len(batch), length), encoder.pad, np.int32)
    real = np.zeros((len(batch), length), np.bool_)
    for i, w in enumerate(batch):
        ids[i, : len(w.ids)] = w.ids
        real[i, : len(w.ids)] = True
    return torch.from_numpy(encoder.table.rows(ids)), torch.from_numpy(real)


def shuffled_batches(found: Sequence[Item], budget: int, rng: random.Random) -> list[list[Item]]:
    """Group windows of like length into batches within a budget of padded tokens, in random order."""
    ordered = sorted(found, key=lambda w: len(w.ids) + rng.random() * 8)
    batches: list[list[Item]] = [[]]
    for w in ordered:
        if batches[-1] and (len(batches[-1]) + 1) * len(w.ids) > budget:
            batches.append([])
        batches[-1].append(w)
    rng.shuffle(batches)
    return batches
