"""The student network: separable convolutions over vectors of word pieces, heads as the teacher has them.

References
----------
Kim (2014). Convolutional Neural Networks for Sentence Classification. EMNLP. Liu et al. (2022). A ConvNet for the 2020s
(the block of a wide depthwise convolution and a pointwise pair). CVPR.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own convention

from cxmining.classifiers.checks import require_positive
from cxmining.classifiers.fast.serve import ATTENTION_RANGE, GAP, TOKEN_BIAS
from cxmining.errors import UsageError


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of a student: width of the states, blocks, tokens a convolution sees, width factor inside a block."""

    width: int = 128
    n_blocks: int = 3
    kernel: int = 7
    expansion: int = 2

    def __post_init__(self) -> None:
        require_positive(width=self.width, n_blocks=self.n_blocks, kernel=self.kernel, expansion=self.expansion)
        if self.kernel % 2 == 0 or self.kernel // 2 > GAP:
            raise UsageError(f"kernel must be odd and at most {2 * GAP + 1}, got {self.kernel}")


class Block(nn.Module):
    """Depthwise convolution, norm, pointwise pair, residual."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(shape.width, shape.width, shape.kernel, padding="same", groups=shape.width)
        nn.init.zeros_(self.depthwise.bias)  # type: ignore[arg-type]
        self.norm = nn.LayerNorm(shape.width)
        self.widen = nn.Linear(shape.width, shape.width * shape.expansion)
        self.narrow = nn.Linear(shape.width * shape.expansion, shape.width)
        self.dropout = dropout

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        """Map states (batch, length, width); padding (batch, length, 1) stays zero, as between texts when serving."""
        mixed = self.depthwise(x.transpose(1, 2)).transpose(1, 2)
        inner = F.relu(self.widen(self.norm(mixed)))
        out: Tensor = (x + F.dropout(self.narrow(inner), self.dropout, self.training)) * real
        return out


class Found(NamedTuple):
    """Token logits (batch, length, n_labels), document logits (batch, n_labels), the teacher's states as guessed."""

    tokens: Tensor
    documents: Tensor
    states: Tensor


class StudentNetwork(nn.Module):
    """Piece vectors, blocks, and for every token and label a score, an attention logit and a value.

    A piece's vector is its projected word embedding plus, where it occurs often enough, one of its own that is learned;
    both are known before a text is read, so that the second costs nothing when serving.

    Parameters
    ----------
    n_labels : int
        Labels.
    input_width : int
        Width of the word embeddings and of the teacher's states.
    pieces : sequence of int
        Ids with a vector of their own, in order; all others share one.
    shape : Shape
        Size.
    dropout : float
        On the word embeddings, inside the blocks and before the heads while learning.
    """

    def __init__(
        self, n_labels: int, input_width: int, pieces: Sequence[int], shape: Shape, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.n_labels = n_labels
        self.pieces: Tensor
        self.register_buffer("pieces", torch.tensor(list(pieces), dtype=torch.int64))
        self.own = nn.Embedding(len(pieces) + 1, shape.width)
        nn.init.zeros_(self.own.weight)
        self.project = nn.Linear(input_width, shape.width, bias=False)
        self.first = nn.LayerNorm(shape.width)
        self.blocks = nn.ModuleList(Block(shape, dropout) for _ in range(shape.n_blocks))
        self.norm = nn.LayerNorm(shape.width)
        self.heads = nn.Linear(shape.width, 3 * n_labels)
        self.bias = nn.Parameter(torch.full((n_labels,), -3.0))
        self.guess = nn.Linear(shape.width, input_width)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.heads.weight, std=0.02)
        nn.init.zeros_(self.heads.bias)

    def places(self, ids: Tensor) -> Tensor:
        """Give each piece's row in ``own``; the last row is the one that rare pieces share."""
        n = len(self.pieces)
        if not n:
            return torch.zeros_like(ids)
        at = torch.searchsorted(self.pieces, ids).clamp(max=n - 1)
        return torch.where(self.pieces[at] == ids, at, n)

    def forward(self, embeddings: Tensor, ids: Tensor, real: Tensor) -> Found:
        """Score texts.

        Parameters
        ----------
        embeddings : Tensor of shape (batch, length, input_width)
            Word embeddings.
        ids : int64 Tensor of shape (batch, length)
            Piece ids.
        real : bool Tensor of shape (batch, length)
            False on padding.

        Returns
        -------
        Found
            Logits of tokens and documents, and states.
        """
        mask = real[:, :, None].to(embeddings.dtype)
        x = self.first(self.project(self.dropout(embeddings)) + self.own(self.places(ids))) * mask
        for block in self.blocks:
            x = block(x, mask)
        x = self.norm(x)
        tokens, attention, values = torch.split(self.heads(self.dropout(x)), self.n_labels, dim=2)
        weights = attention.clamp(*ATTENTION_RANGE).masked_fill(~real[:, :, None], -1e4).softmax(dim=1)
        return Found(tokens + TOKEN_BIAS, (weights * values).sum(dim=1) + self.bias, self.guess(x))
