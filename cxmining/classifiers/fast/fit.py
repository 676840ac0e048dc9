"""Teaches the student: hard labels where people gave them, the teacher's scores and states on every varied text.

References
----------
Hinton, Vinyals and Dean (2015). Distilling the Knowledge in a Neural Network. arXiv:1503.02531.
Tang et al. (2019). Distilling Task-Specific Knowledge from BERT into Simple Neural Networks. arXiv:1903.12136.
Romero et al. (2015). FitNets: Hints for Thin Deep Nets (states of the teacher as targets). ICLR.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - torch's own convention

from cxmining.classifiers.checks import require_positive
from cxmining.classifiers.fast.lessons import Lesson
from cxmining.classifiers.fast.network import Shape, StudentNetwork
from cxmining.classifiers.transformer.fit import collate, keep_freed_memory, shuffled_batches
from cxmining.classifiers.transformer.loop import Checkpoint, Loop
from cxmining.encoders import EmbeddedEncoder
from cxmining.errors import UsageError


@dataclass(frozen=True, slots=True)
class StudyOptions:
    """Parameters of the student's learning.

    Parameters
    ----------
    epochs : int
        Passes over the taught windows.
    variants : int
        Varied readings of each training text that the teacher scores.
    batch_tokens : int
        Padded tokens a step.
    learning_rate : float
        Peak of the schedule.
    hard_weight, token_weight, state_weight : float
        Share of the given labels in the document loss; weights of the token loss and of the squared error to the
        teacher's states beside it.
    least : int
        Occurrences in a reading from which a piece gets a vector of its own.
    seed : int
        Seed of chance.
    shape : Shape
        Size of the student.
    """

    epochs: int = 12
    variants: int = 2
    batch_tokens: int = 3072
    learning_rate: float = 3e-3
    hard_weight: float = 0.5
    token_weight: float = 0.3
    state_weight: float = 1.0
    least: int = 2
    seed: int = 0
    shape: Shape = field(default_factory=Shape)

    def __post_init__(self) -> None:
        require_positive(
            epochs=self.epochs,
            variants=self.variants,
            batch_tokens=self.batch_tokens,
            learning_rate=self.learning_rate,
            least=self.least,
        )
        if not 0 <= self.hard_weight <= 1:
            raise UsageError(f"hard_weight must lie in 0 to 1, got {self.hard_weight!r}")
        for name in ("token_weight", "state_weight"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise UsageError(f"{name} must be 0 or a number above, got {getattr(self, name)!r}")


def fit_student(
    readings: Sequence[Sequence[Lesson]],
    encoder: EmbeddedEncoder,
    options: StudyOptions,
    on_epoch: Callable[[int, StudentNetwork, float], None] | None = None,
    checkpoint: Checkpoint | None = None,
) -> StudentNetwork:
    """Fit a student to lessons.

    Parameters
    ----------
    readings : sequence of sequences of Lesson
        Epochs take them in turn.
    encoder : EmbeddedEncoder
        Word embeddings.
    options : StudyOptions
        Parameters.
    on_epoch : callable, optional
        Gets epoch number, network and mean loss after each epoch.
    checkpoint : Checkpoint, optional
        Where the state is kept after each epoch, and taken up from.

    Returns
    -------
    StudentNetwork
        In evaluation mode.

    Raises
    ------
    UsageError
        If the checkpoint is of another learning.
    ModelError
        If it is damaged.
    """
    keep_freed_memory()
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    n_labels = len(readings[0][0].told.documents)
    network = StudentNetwork(n_labels, encoder.dimension, frequent(readings[0], options.least), options.shape)
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=0.05, fused=True)
    loop = Loop(network, optimiser, options.epochs, 0.05, rng)
    if checkpoint:
        checkpoint.load(loop)
    while loop.epoch < options.epochs:
        taught = {id(lesson.window): lesson for lesson in readings[loop.epoch % len(readings)]}
        batches = shuffled_batches([lesson.window for lesson in taught.values()], options.batch_tokens, rng)
        lessons = [[taught[id(w)] for w in batch] for batch in batches]
        loss = loop.run(lessons, lambda batch: _loss(network, batch, encoder, options))
        if on_epoch:
            on_epoch(loop.epoch - 1, network, loss)
        if checkpoint:
            checkpoint.save(loop)
    network.eval()
    return network


def frequent(lessons: Sequence[Lesson], least: int) -> list[int]:
    """Give the pieces that occur so often in one reading, in order."""
    pieces, counts = np.unique(np.concatenate([lesson.window.ids for lesson in lessons]), return_counts=True)
    found: list[int] = pieces[counts >= least].tolist()
    return found


def _loss(
    network: StudentNetwork, lessons: Sequence[Lesson], encoder: EmbeddedEncoder, options: StudyOptions
) -> Tensor:
    """Cross-entropy to the given labels, to the teacher's document and token scores; distance from its states."""
    embeddings, real, labels, _ = collate([lesson.window for lesson in lessons], encoder)
    ids = np.full(real.shape, encoder.pad, np.int64)
    for i, lesson in enumerate(lessons):
        ids[i, : len(lesson.window.ids)] = lesson.window.ids
    found = network(embeddings, torch.from_numpy(ids), real)
    n_labels = found.documents.shape[1]
    told = torch.sigmoid(torch.from_numpy(np.stack([lesson.told.documents for lesson in lessons])))
    # Cross-entropy is linear in its target: this is the mean of both losses where a label is given, the teacher's else.
    weight = options.hard_weight
    told = torch.where(labels >= 0, weight * labels + (1 - weight) * told, told)
    # Rows of real tokens follow one another as the lessons do.
    tokens = torch.from_numpy(np.concatenate([lesson.told.tokens for lesson in lessons]).astype(np.float32))
    states = torch.from_numpy(np.concatenate([lesson.told.states for lesson in lessons]).astype(np.float32))
    document = F.binary_cross_entropy_with_logits(found.documents, told)
    token = F.binary_cross_entropy_with_logits(found.tokens[real], torch.sigmoid(tokens))
    scores = (document + options.token_weight * token) * n_labels
    loss: Tensor = scores + options.state_weight * F.mse_loss(found.states[real], states)
    return loss
