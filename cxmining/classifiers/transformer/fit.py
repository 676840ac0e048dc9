"""Fine-tunes the transformer: evidence loss beside the document loss, bf16 on CPU, batches of like length."""

from __future__ import annotations

import ctypes
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - torch's own convention

from cxmining.classifiers.base import FloatArray, Gold
from cxmining.classifiers.checks import require_positive
from cxmining.classifiers.transformer.batches import padded, shuffled_batches
from cxmining.classifiers.transformer.data import Example, Window, base_examples, epoch_windows, plain_windows, windows
from cxmining.classifiers.transformer.loop import Checkpoint, Loop
from cxmining.classifiers.transformer.network import TaggerNetwork, load_layers, standardise
from cxmining.classifiers.transformer.serve import SMALLEST_WINDOW
from cxmining.encoders import EmbeddedEncoder
from cxmining.errors import UsageError
from cxmining.records import Passage

Judge = Callable[[int, TaggerNetwork, float], float]
"""From epoch number, network and mean loss to a figure of merit."""


@dataclass(frozen=True, slots=True)
class FitOptions:
    """Parameters of learning.

    Parameters
    ----------
    epochs : int
        Passes over the training texts.
    batch_tokens : int
        Padded tokens a step.
    learning_rate : float
        Peak of the schedule for the top layer.
    head_learning_rate : float
        Peak of the schedule for the fresh heads.
    token_weight : float
        Weight of the evidence loss beside the document loss.
    layer_decay : float
        Factor on the learning rate from each layer to the one below.
    window : int
        Content tokens a window.
    augment : bool
        Crop, join and vary the texts; False learns from them as they are.
    patience : int
        Epochs without a better figure after which learning stops.
    seed : int
        Seed of chance.
    """

    epochs: int = 10
    batch_tokens: int = 2048
    learning_rate: float = 2e-4
    head_learning_rate: float = 2e-3
    token_weight: float = 0.2
    layer_decay: float = 0.9
    window: int = 254
    augment: bool = True
    patience: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        require_positive(
            epochs=self.epochs,
            batch_tokens=self.batch_tokens,
            learning_rate=self.learning_rate,
            head_learning_rate=self.head_learning_rate,
            layer_decay=self.layer_decay,
            patience=self.patience,
        )
        if not 0 <= self.token_weight < float("inf"):
            raise UsageError(f"token_weight must be 0 or a number above, got {self.token_weight!r}")
        if self.window < SMALLEST_WINDOW:
            raise UsageError(f"window must be {SMALLEST_WINDOW} tokens or more, got {self.window}")


def fit(
    passages: Sequence[Passage],
    gold: Gold,
    encoder: EmbeddedEncoder,
    options: FitOptions,
    judge: Judge | None = None,
    checkpoint: Checkpoint | None = None,
) -> TaggerNetwork:
    """Fine-tune the encoder's layers with fresh heads.

    Parameters
    ----------
    passages : sequence of Passage, length n
        Training texts.
    gold : Gold
        Labels and evidence of the same rows.
    encoder : EmbeddedEncoder
        Starting layers, word embeddings (kept frozen) and tokenizer.
    options : FitOptions
        Parameters.
    judge : callable, optional
        Gets epoch number, network and mean loss after each epoch, and gives a figure of merit: the weights of the best
        epoch are kept, and learning stops when ``options.patience`` epochs brought nothing better.
    checkpoint : Checkpoint, optional
        Where the state is kept after each epoch, and taken up from.

    Returns
    -------
    TaggerNetwork
        In evaluation mode.

    Raises
    ------
    UsageError
        If the window is wider than the encoder's, or the checkpoint is of another learning.
    ModelError
        If the checkpoint is damaged.
    """
    if options.window > encoder.max_content:
        raise UsageError(f"window must be {encoder.max_content} tokens or fewer, got {options.window}")
    keep_freed_memory()
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    network = TaggerNetwork(gold.labels.shape[1], width=encoder.dimension)
    load_layers(network, encoder.folder / "layers.onnx")
    base = base_examples(passages, gold)
    network.eval()
    first = epoch_windows(passages, base, encoder, rng, options.window)
    sample = shuffled_batches(first, options.batch_tokens, rng)[:12]
    standardise(network, (padded(batch, encoder) for batch in sample))
    optimiser = torch.optim.AdamW(_groups(network, options), weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    loop = Loop(network, optimiser, options.epochs, 0.08, rng)
    if checkpoint:
        checkpoint.load(loop)
    while loop.epoch < options.epochs and loop.stale < options.patience:
        if options.augment:
            found = epoch_windows(passages, base, encoder, rng, options.window)
        else:
            found = plain_windows(base, encoder, options.window)
        batches = shuffled_batches(found, options.batch_tokens, rng)
        loss = loop.run(batches, lambda batch: _loss(network, batch, encoder, options))
        if judge:
            loop.keep(judge(loop.epoch - 1, network, loss))
        if checkpoint:
            checkpoint.save(loop)
    loop.take_best()
    return network


def keep_freed_memory() -> None:
    """Ask glibc to reuse freed memory: fresh pages for every large tensor cost more than the arithmetic on them."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        trim_threshold, top_pad, mmap_max = -1, -2, -4
        for parameter, value in ((mmap_max, 0), (trim_threshold, 2**31 - 1), (top_pad, 2**28)):
            mallopt(parameter, value)


def document_probabilities(network: TaggerNetwork, passages: Sequence[Passage], encoder: EmbeddedEncoder) -> FloatArray:
    """Score passages with torch, for the reports between epochs; a long passage takes its best window.

    Returns
    -------
    ndarray of shape (n_passages, n_labels)
        Uncalibrated probabilities.
    """
    n_labels = network.token.out_features
    found = np.zeros((len(passages), n_labels), np.float32)
    nothing = np.zeros(n_labels, np.int8)
    todo: list[tuple[int, Window]] = []
    texts = [p.text for p in passages]
    for i, tokens in enumerate(encoder.tokenise(texts)):
        example = Example(texts[i], nothing, {})
        todo += [(i, w) for w in windows(example, tokens, encoder, encoder.max_content)]
    todo.sort(key=lambda item: len(item[1].ids))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for at in range(0, len(todo), 8):
            part = todo[at : at + 8]
            embeddings, real = padded([w for _, w in part], encoder)
            rows = torch.sigmoid(network(embeddings, real)[1]).float().numpy()
            np.maximum.at(found, [i for i, _ in part], rows)
    return found


def _loss(network: TaggerNetwork, batch: Sequence[Window], encoder: EmbeddedEncoder, options: FitOptions) -> Tensor:
    """Document loss plus weighted evidence loss, unknown cells left out."""
    embeddings, real = padded(batch, encoder)
    labels = torch.from_numpy(np.stack([w.labels for w in batch]))
    found = np.full((*real.shape, labels.shape[1]), -1, np.int8)
    for i, w in enumerate(batch):
        found[i, : len(w.ids)] = w.tokens
    token_targets = torch.from_numpy(found)
    with torch.autocast("cpu", torch.bfloat16):
        tokens, documents = network(embeddings, real)
    document_loss = masked_bce(documents, labels) * documents.shape[1]
    token_loss = masked_bce(tokens, token_targets) * tokens.shape[2]
    total: Tensor = document_loss + options.token_weight * token_loss
    return total


def masked_bce(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean binary cross-entropy over the cells whose target is known."""
    known = targets >= 0
    if not bool(known.any()):
        return logits.sum() * 0.0
    loss: Tensor = F.binary_cross_entropy_with_logits(logits[known], targets[known].float())
    return loss


def _groups(network: TaggerNetwork, options: FitOptions) -> list[dict[str, object]]:
    """Give parameter groups: layers with decaying rates downwards, heads ten times faster."""
    n = len(network.layers)
    groups: list[dict[str, object]] = []
    for i, layer in enumerate(network.layers):
        rate = options.learning_rate * options.layer_decay ** (n - 1 - i)
        groups.append({"params": list(layer.parameters()), "lr": rate})
    bottom = [network.position, *network.ln.parameters()]
    groups.append({"params": bottom, "lr": options.learning_rate * options.layer_decay**n})
    heads = [p for head in (network.token, network.attention, network.document) for p in head.parameters()]
    groups.append({"params": heads, "lr": options.head_learning_rate})
    return groups
