"""Teaches the student: hard labels where people gave them, the teacher's scores on every varied text.

References
----------
Hinton, Vinyals and Dean (2015). Distilling the Knowledge in a Neural Network. arXiv:1503.02531.
Tang et al. (2019). Distilling Task-Specific Knowledge from BERT into Simple Neural Networks. arXiv:1903.12136.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - torch's own convention

from cxmining.classifiers.base import FloatArray, Gold
from cxmining.classifiers.checks import require_positive
from cxmining.classifiers.fast.network import Shape, StudentNetwork
from cxmining.classifiers.transformer.augment import vary
from cxmining.classifiers.transformer.data import Example, Window, base_examples, epoch_windows, plain_windows
from cxmining.classifiers.transformer.fit import collate, keep_freed_memory, masked_bce, shuffled_batches
from cxmining.classifiers.transformer.loop import Checkpoint, Loop
from cxmining.encoders import EmbeddedEncoder
from cxmining.errors import UsageError
from cxmining.records import Passage

LONGEST_SENTENCE = 300
"""Longer sentences, in characters, are not recombined."""

Teacher = Callable[[NDArray[np.int32]], tuple[FloatArray, FloatArray]]
"""From token ids with specials to token logits (n_tokens, n_labels) and document logits (n_labels,)."""


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
    hard_weight, token_weight : float
        Share of the given labels in the document loss; weight of the token loss beside it.
    seed : int
        Seed of chance.
    shape : Shape
        Size of the student.
    """

    epochs: int = 12
    variants: int = 2
    batch_tokens: int = 1536
    learning_rate: float = 3e-3
    hard_weight: float = 0.5
    token_weight: float = 0.3
    seed: int = 0
    shape: Shape = field(default_factory=Shape)

    def __post_init__(self) -> None:
        require_positive(
            epochs=self.epochs,
            variants=self.variants,
            batch_tokens=self.batch_tokens,
            learning_rate=self.learning_rate,
        )
        if not 0 <= self.hard_weight <= 1:
            raise UsageError(f"hard_weight must lie in 0 to 1, got {self.hard_weight!r}")
        if not 0 <= self.token_weight < float("inf"):
            raise UsageError(f"token_weight must be 0 or a number above, got {self.token_weight!r}")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A window with the teacher's token logits (n_tokens, n_labels) and document logits (n_labels,)."""

    window: Window
    tokens: NDArray[np.float16]
    documents: FloatArray


def teach(
    passages: Sequence[Passage], gold: Gold, encoder: EmbeddedEncoder, teacher: Teacher, options: StudyOptions
) -> list[list[Lesson]]:
    """Let the teacher score varied, cropped, joined and recombined readings of the training texts.

    Returns
    -------
    list of list of Lesson
        One list a reading: windows of every text, and of as many texts put together from sentences of several (none
        in a language without short sentences).
    """
    rng = random.Random(options.seed)
    base = base_examples(passages, gold)

    def lesson(window: Window) -> Lesson:
        tokens, documents = teacher(window.ids)
        return Lesson(window, tokens.astype(np.float16), documents)

    readings = []
    with ThreadPoolExecutor(encoder.threads) as pool:
        for _ in range(options.variants):
            limit = encoder.max_content // 2 - 1
            found = epoch_windows(passages, base, encoder, rng, limit)
            found += plain_windows(recombined(passages, gold.labels.shape[1], rng), encoder, limit)
            readings.append(list(pool.map(lesson, found)))
    return readings


def recombined(passages: Sequence[Passage], n_labels: int, rng: random.Random) -> list[Example]:
    """Put texts together from one to three sentences of other texts in the language; only the teacher knows them."""
    pools: dict[str, list[str]] = {}
    for passage in passages:
        told = (passage.text[s.start : s.end] for s in passage.segments if s.kind != "boilerplate")
        pools.setdefault(passage.language, []).extend(text for text in told if len(text) < LONGEST_SENTENCE)
    unknown = np.full(n_labels, -1, np.int8)
    made = []
    for passage in passages:
        if pool := pools[passage.language]:
            text = " ".join(rng.choice(pool) for _ in range(rng.choice((1, 2, 2, 3))))
            made.append(Example(vary(text, passage.language, rng), unknown, {}))
    return made


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
    n_labels = len(readings[0][0].documents)
    network = StudentNetwork(n_labels, encoder.dimension, options.shape)
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


def _loss(
    network: StudentNetwork, lessons: Sequence[Lesson], encoder: EmbeddedEncoder, options: StudyOptions
) -> Tensor:
    """Cross-entropy to the given labels, to the teacher's document scores and to its token scores."""
    embeddings, real, labels, _ = collate([lesson.window for lesson in lessons], encoder)
    tokens, documents = network(embeddings, real)
    n_labels = documents.shape[1]
    told = torch.sigmoid(torch.from_numpy(np.stack([lesson.documents for lesson in lessons])))
    token_told = np.zeros(tokens.shape, np.float32)
    for i, lesson in enumerate(lessons):
        token_told[i, : len(lesson.tokens)] = lesson.tokens
    token_target = torch.sigmoid(torch.from_numpy(token_told))
    hard = masked_bce(documents, labels)
    soft = F.binary_cross_entropy_with_logits(documents, told)
    token = F.binary_cross_entropy_with_logits(tokens[real], token_target[real])
    weight = options.hard_weight
    loss: Tensor = (weight * hard + (1 - weight) * soft + options.token_weight * token) * n_labels
    return loss
