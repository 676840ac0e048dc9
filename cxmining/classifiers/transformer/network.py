"""The network: BERT layers on frozen word embeddings, a label score a token, and label-wise attention over tokens.

The document score of a label reads the text by an attention of its own; a score a token, supervised with evidence spans
in the same states, says which words prove the label.

References
----------
Devlin et al. (2019). BERT. NAACL. Mullenbach et al. (2018). Explainable Prediction of Medical Codes from Clinical Text
(label-wise attention). NAACL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own convention


class Dropout(nn.Module):
    """Zeroes a share of the values while learning, to the nearest 256th.

    Takes a byte of chance a value: torch draws a number for each, one after the other, which is a tenth of a step.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.zeroed = round(share * 256)

    def forward(self, x: Tensor) -> Tensor:
        """Give values of the same mean."""
        if not self.training or not self.zeroed:
            return x
        words = torch.randint(-(2**63), 2**63 - 1, ((x.numel() + 7) // 8,))
        kept = words.view(torch.uint8)[: x.numel()].view(x.shape) >= self.zeroed
        return x * (kept.to(x.dtype) * (256 / (256 - self.zeroed)))


class Layer(nn.Module):
    """One transformer layer, post-norm."""

    def __init__(self, width: int, heads: int, feed_forward: int, eps: float, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropped = Dropout(dropout)
        self.qkv = nn.Linear(width, 3 * width)
        self.ao = nn.Linear(width, width)
        self.aln = nn.LayerNorm(width, eps)
        self.fi = nn.Linear(width, feed_forward)
        self.fo = nn.Linear(feed_forward, width)
        self.oln = nn.LayerNorm(width, eps)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Map states (batch, length, width); the bias (batch, 1, 1, length) is far below nought on padding."""
        b, n, width = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        # Written out: the fused attention's way back takes torch four times as long on a CPU at these lengths.
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + bias.to(q.dtype)
        context = scores.softmax(dim=-1) @ v
        attended = self.dropped(self.ao(context.transpose(1, 2).reshape(b, n, width)))
        x = self.aln(attended + x)
        out: Tensor = self.oln(self.dropped(self.fo(F.gelu(self.fi(x)))) + x)
        return out


class TaggerNetwork(nn.Module):
    """Layers with a token head and a document head.

    Parameters
    ----------
    n_labels : int
        Labels.
    width, heads, n_layers, feed_forward : int
        Shape of the encoder.
    eps, dropout : float
        Layer norm's epsilon; dropout on sublayer outputs while learning.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the shape of an encoder has that many numbers
        self,
        n_labels: int,
        width: int = 384,
        heads: int = 12,
        n_layers: int = 12,
        feed_forward: int = 1536,
        eps: float = 1e-12,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.zeros(512, width))
        self.ln = nn.LayerNorm(width, eps)
        self.heads = heads
        self.layers = nn.ModuleList(Layer(width, heads, feed_forward, eps, dropout) for _ in range(n_layers))
        self.dropout = Dropout(dropout)
        # States of a pretrained encoder share one large direction; heads learn from standardised ones.
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))
        self.token = nn.Linear(width, n_labels)
        self.attention = nn.Linear(width, n_labels, bias=False)
        self.document = nn.Linear(width, n_labels)
        nn.init.normal_(self.token.weight, std=0.02)
        # Reading begins as the plain mean of the states.
        nn.init.zeros_(self.attention.weight)
        nn.init.normal_(self.document.weight, std=0.02)
        nn.init.constant_(self.token.bias, -3.0)
        nn.init.constant_(self.document.bias, -3.0)

    def states(self, embeddings: Tensor, real: Tensor) -> Tensor:
        """Give the last layer's states (batch, length, width)."""
        x: Tensor = self.dropout(self.ln(embeddings + self.position[: embeddings.shape[1]]))
        bias = torch.zeros(real.shape).masked_fill(~real, -1e4)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, bias)
        return x

    def forward(self, embeddings: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """Score windows.

        Parameters
        ----------
        embeddings : Tensor of shape (batch, length, width)
            Word embeddings, special tokens included.
        real : bool Tensor of shape (batch, length)
            False on padding.

        Returns
        -------
        tokens : Tensor of shape (batch, length, n_labels)
            Token logits.
        documents : Tensor of shape (batch, n_labels)
            Document logits.
        """
        x = self.states(embeddings, real)
        x = (x - self.mean) * self.scale
        tokens = self.token(x).float()
        attention = self.attention(x).float().masked_fill(~real[:, :, None], -1e4).softmax(dim=1)
        read = torch.einsum("bnl,bnw->blw", attention.to(x.dtype), x)
        documents = (self.dropout(read) * self.document.weight).sum(-1).float() + self.document.bias
        return tokens, documents


def standardise(network: TaggerNetwork, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
    """Set the mean and scale of the states from batches of embeddings and masks, read by the layers as they are."""
    states = []
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for embeddings, real in batches:
            states.append(network.states(embeddings, real)[real].float())
    found = torch.cat(states)
    network.mean.copy_(found.mean(dim=0))
    network.scale.copy_(1.0 / found.std(dim=0).clamp_min(1e-3))


def n_graph_layers(graph: Path) -> int:
    """Count the layers of an encoder's or a tagger's ONNX graph."""
    names = {t.name for t in onnx.load(str(graph)).graph.initializer}
    return sum(f"{i}.qkv.b" in names for i in range(len(names)))


def load_layers(network: TaggerNetwork, graph: Path, chosen: Sequence[int] | None = None) -> None:
    """Fill the layers from an encoder's or a tagger's ONNX graph, dequantising its int8 weights.

    Parameters
    ----------
    network : TaggerNetwork
        To fill.
    graph : Path
        ONNX file.
    chosen : sequence of int, optional
        The graph's layers that the network's take their weights from, in order; the first ones where none are named.
    """
    arrays = _initialisers(graph)

    def matrix(name: str) -> Tensor:
        weight = arrays.get(name, np.zeros(0))
        if not weight.size:
            scale, zero = arrays[f"{name}_scale"], arrays[f"{name}_zero_point"]
            weight = (arrays[f"{name}_quantized"].astype(np.float32) - zero) * scale
        return torch.tensor(np.ascontiguousarray(weight.T.astype(np.float32)))

    def vector(name: str) -> Tensor:
        return torch.tensor(arrays[name].astype(np.float32))

    with torch.no_grad():
        network.position.copy_(vector("position"))
        network.ln.weight.copy_(vector("ln.w"))
        network.ln.bias.copy_(vector("ln.b"))
        for i, layer in zip(chosen or range(len(network.layers)), network.layers, strict=True):
            for name in ("qkv", "ao", "fi", "fo"):
                linear = getattr(layer, name)
                linear.weight.copy_(matrix(f"{i}.{name}.w"))
                linear.bias.copy_(vector(f"{i}.{name}.b"))
            for name in ("aln", "oln"):
                norm = getattr(layer, name)
                norm.weight.copy_(vector(f"{i}.{name}.w"))
                norm.bias.copy_(vector(f"{i}.{name}.b"))


def load_heads(network: TaggerNetwork, graph: Path) -> None:
    """Fill the heads, and the mean and scale of the states, from a tagger's ONNX graph."""
    arrays = _initialisers(graph)
    with torch.no_grad():
        for name, tensor in (
            ("mean", network.mean),
            ("scale", network.scale),
            ("token.w", network.token.weight),
            ("token.b", network.token.bias),
            ("attention.w", network.attention.weight),
            ("document.w", network.document.weight),
            ("document.b", network.document.bias),
        ):
            # The graph multiplies with token and attention weights from the right.
            value = arrays[name].T if name in {"token.w", "attention.w"} else arrays[name]
            tensor.copy_(torch.tensor(np.ascontiguousarray(value)))


def _initialisers(graph: Path) -> dict[str, NDArray[Any]]:
    """Give a graph's constants by name."""
    return {t.name: numpy_helper.to_array(t) for t in onnx.load(str(graph)).graph.initializer}
