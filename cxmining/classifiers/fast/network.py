"""The student network: separable convolutions over projected word embeddings, heads as the teacher has them.

References
----------
Kim (2014). Convolutional Neural Networks for Sentence Classification. EMNLP. Liu et al. (2022). A ConvNet for the 2020s
(the block of a wide depthwise convolution and a pointwise pair). CVPR.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own convention

from cxmining.classifiers.checks import require_positive
from cxmining.classifiers.fast.serve import GAP
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


class StudentNetwork(nn.Module):
    """Projection, blocks, and for every token and label a score, an attention logit and a value.

    Parameters
    ----------
    n_labels : int
        Labels.
    input_width : int
        Width of the word embeddings.
    shape : Shape
        Size.
    dropout : float
        On the embeddings and inside the blocks while learning.
    """

    def __init__(self, n_labels: int, input_width: int, shape: Shape, dropout: float = 0.1) -> None:
        super().__init__()
        self.n_labels = n_labels
        self.project = nn.Sequential(nn.Linear(input_width, shape.width, bias=False), nn.LayerNorm(shape.width))
        self.blocks = nn.ModuleList(Block(shape, dropout) for _ in range(shape.n_blocks))
        self.norm = nn.LayerNorm(shape.width)
        self.heads = nn.Linear(shape.width, 3 * n_labels)
        self.bias = nn.Parameter(torch.full((n_labels,), -3.0))
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.heads.weight, std=0.02)
        nn.init.zeros_(self.heads.bias)

    def tokens(self, projected: Tensor, real: Tensor) -> Tensor:
        """Give token scores, attention logits and values, (batch, length, 3 * n_labels), of projected embeddings."""
        mask = real[:, :, None].to(projected.dtype)
        x = projected * mask
        for block in self.blocks:
            x = block(x, mask)
        out: Tensor = self.heads(self.dropout(self.norm(x)))
        return out

    def forward(self, embeddings: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """Score texts.

        Parameters
        ----------
        embeddings : Tensor of shape (batch, length, input_width)
            Word embeddings.
        real : bool Tensor of shape (batch, length)
            False on padding.

        Returns
        -------
        tokens : Tensor of shape (batch, length, n_labels)
            Token logits.
        documents : Tensor of shape (batch, n_labels)
            Document logits.
        """
        found = self.tokens(self.project(self.dropout(embeddings)), real)
        tokens, attention, values = torch.split(found, self.n_labels, dim=2)
        weights = attention.masked_fill(~real[:, :, None], -1e4).softmax(dim=1)
        return tokens - 3.0, (weights * values).sum(dim=1) + self.bias
