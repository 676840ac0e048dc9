"""Distils a fine-tuned transformer into one of fewer layers, which begins as a part of its teacher.

References
----------
Hinton, Vinyals and Dean (2015). Distilling the Knowledge in a Neural Network. arXiv:1503.02531.
Sanh et al. (2019). DistilBERT (a student of some of the teacher's layers). arXiv:1910.01108.
Ba and Caruana (2014). Do Deep Nets Really Need to be Deep? (logits as targets). NeurIPS.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - torch's own convention

from cxmining.classifiers.base import FloatArray
from cxmining.classifiers.checks import require_positive
from cxmining.classifiers.transformer.batches import padded, shuffled_batches
from cxmining.classifiers.transformer.fit import Judge, keep_freed_memory
from cxmining.classifiers.transformer.loop import Checkpoint, Loop
from cxmining.classifiers.transformer.network import TaggerNetwork, load_heads, load_layers, n_graph_layers
from cxmining.classifiers.transformer.serve import SMALLEST_WINDOW
from cxmining.classifiers.transformer.teacher import WINDOW, Material, Teacher, open_teacher, readings
from cxmining.encoders import EmbeddedEncoder
from cxmining.errors import UsageError

CERTAIN = 8.0
"""Logits of the teacher beyond it, to both sides, say no more."""


@dataclass(frozen=True, slots=True)
class DistilOptions:
    """Parameters of a distillation.

    Parameters
    ----------
    epochs : int
        Passes over the taught texts.
    variants : int
        Varied readings of each training text that the teacher scores; epochs take them in turn.
    layers : int
        Layers of the student: so many of the teacher's, evenly spaced, its first and its last among them.
    batch_tokens : int
        Padded tokens a step.
    learning_rate : float
        Peak of the schedule.
    hard_weight : float
        Share of the given labels in the document loss.
    token_weight : float
        Weight of the loss on tokens beside that on documents.
    logit_weight : float
        Weight of the squared distance from the teacher's document logits.
    long_windows : tuple of int
        Sizes of the windows, in content tokens, of texts longer than one when the student serves; each is one more
        reading of the text.
    seed : int
        Seed of chance.
    """

    epochs: int = 8
    variants: int = 3
    layers: int = 3
    batch_tokens: int = 2048
    learning_rate: float = 5e-4
    hard_weight: float = 0.5
    token_weight: float = 1.0
    logit_weight: float = 0.1
    long_windows: tuple[int, ...] = (160,)
    seed: int = 0

    def __post_init__(self) -> None:
        require_positive(
            epochs=self.epochs,
            variants=self.variants,
            layers=self.layers,
            batch_tokens=self.batch_tokens,
            learning_rate=self.learning_rate,
        )
        if not 0 <= self.hard_weight <= 1:
            raise UsageError(f"hard_weight must lie in 0 to 1, got {self.hard_weight!r}")
        for name in ("token_weight", "logit_weight"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise UsageError(f"{name} must be 0 or a number above, got {getattr(self, name)!r}")
        if not self.long_windows or not all(SMALLEST_WINDOW <= size <= WINDOW for size in self.long_windows):
            raise UsageError(
                f"long_windows must be sizes from {SMALLEST_WINDOW} to {WINDOW}, got {self.long_windows!r}"
            )


@dataclass(frozen=True, slots=True)
class Taught:
    """A window, and what the teacher says of it.

    Parameters
    ----------
    ids : ndarray of shape (n_tokens,)
        Token ids with specials.
    labels : ndarray of shape (n_labels,)
        1 holds, 0 does not, -1 unknown.
    tokens : ndarray of shape (n_tokens, n_labels)
        Token logits.
    documents : ndarray of shape (n_labels,)
        Document logits.
    """

    ids: NDArray[np.int32]
    labels: NDArray[np.int8]
    tokens: NDArray[np.float16]
    documents: FloatArray


def distil(
    material: Material,
    encoder: EmbeddedEncoder,
    teacher: Path,
    options: DistilOptions,
    judge: Judge | None = None,
    checkpoint: Checkpoint | None = None,
) -> TaggerNetwork:
    """Teach a transformer of fewer layers.

    Parameters
    ----------
    material : Material
        Texts with labels, and without.
    encoder : EmbeddedEncoder
        Tokenizer and word embeddings of teacher and student.
    teacher : Path
        Folder of the fine-tuned transformer.
    options : DistilOptions
        Parameters.
    judge, checkpoint : callable, Checkpoint, optional
        As in :func:`cxmining.classifiers.transformer.fit.fit`, but all epochs are learned.

    Returns
    -------
    TaggerNetwork
        In evaluation mode.

    Raises
    ------
    UsageError
        If the student is to have more layers than the teacher, or the checkpoint is of another learning.
    ModelError
        If the checkpoint is damaged.
    """
    graph = teacher / "layers.onnx"
    chosen = spaced(n_graph_layers(graph), options.layers)
    keep_freed_memory()
    torch.manual_seed(options.seed)
    network = TaggerNetwork(material.gold.labels.shape[1], width=encoder.dimension, n_layers=options.layers)
    load_layers(network, graph, chosen)
    load_heads(network, graph)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=options.learning_rate, weight_decay=0.01, betas=(0.9, 0.98), fused=True
    )
    rng = random.Random(options.seed)
    loop = Loop(network, optimiser, options.epochs, 0.02, rng)
    if checkpoint:
        checkpoint.load(loop)
    books = list(read_out(material, encoder, open_teacher(teacher, encoder), options))
    while loop.epoch < options.epochs:
        # Of one length all, for the schedule counts on epochs of as many steps.
        book = rng.sample(books[loop.epoch % len(books)], k=min(map(len, books)))
        batches = shuffled_batches(book, options.batch_tokens, rng)
        loss = loop.run(batches, lambda batch: _loss(network, batch, encoder, options))
        if judge:
            loop.keep(judge(loop.epoch - 1, network, loss))
        if checkpoint:
            checkpoint.save(loop)
    loop.take_best()
    network.eval()
    return network


def spaced(n: int, k: int) -> list[int]:
    """Choose ``k`` of ``n`` layers, evenly spaced, the first and the last among them; one alone is the last.

    Raises
    ------
    UsageError
        If there are not so many.
    """
    if k > n:
        raise UsageError(f"layers must be {n} or fewer, as many as the teacher has; got {k}")
    return [round(i) for i in np.linspace(0, n - 1, k)] if k > 1 else [n - 1]


def read_out(
    material: Material, encoder: EmbeddedEncoder, teacher: Teacher, options: DistilOptions
) -> Iterator[list[Taught]]:
    """Let the teacher score every window of every reading."""
    with ThreadPoolExecutor(encoder.threads) as pool:
        for found in readings(material, encoder, options.variants, options.seed):
            told = pool.map(lambda part: teacher(part.ids), found)
            yield [
                Taught(part.ids, part.labels, tokens.astype(np.float16), documents)
                for part, (tokens, documents) in zip(found, told, strict=True)
            ]


def _loss(network: TaggerNetwork, batch: Sequence[Taught], encoder: EmbeddedEncoder, options: DistilOptions) -> Tensor:
    """Cross-entropy to labels and the teacher's scores of texts and tokens; distance from its document logits."""
    embeddings, real = padded(batch, encoder)
    told = np.zeros((*real.shape, network.token.out_features), np.float32)
    inner = np.zeros(real.shape, np.bool_)
    for i, w in enumerate(batch):
        told[i, : len(w.ids)] = w.tokens
        inner[i, 1 : len(w.ids) - 1] = True  # nobody asks for scores of special tokens
    with torch.autocast("cpu", torch.bfloat16):
        tokens, documents = network(embeddings, real)
    labels = torch.from_numpy(np.stack([w.labels for w in batch]))
    logits = torch.from_numpy(np.stack([w.documents for w in batch]))
    soft = torch.sigmoid(logits)
    # Cross-entropy is linear in its target: this is the mean of both losses where a label is given.
    target = torch.where(labels >= 0, options.hard_weight * labels + (1 - options.hard_weight) * soft, soft)
    chosen = torch.from_numpy(inner)
    document = F.binary_cross_entropy_with_logits(documents, target)
    token = F.binary_cross_entropy_with_logits(tokens[chosen], torch.sigmoid(torch.from_numpy(told)[chosen]))
    distance = F.mse_loss(documents.clamp(-CERTAIN, CERTAIN), logits.clamp(-CERTAIN, CERTAIN))
    scores = (document + options.token_weight * token) * documents.shape[1]
    loss: Tensor = scores + options.logit_weight * distance
    return loss
