"""Teaches the student: hard labels where people gave them, the teacher's scores of texts and sentences everywhere.

References
----------
Hinton, Vinyals and Dean (2015). Distilling the Knowledge in a Neural Network. arXiv:1503.02531.
Ba and Caruana (2014). Do Deep Nets Really Need to be Deep? (logits as targets). NeurIPS.
Tang et al. (2019). Distilling Task-Specific Knowledge from BERT into Simple Neural Networks. arXiv:1903.12136.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - torch's own convention

from cxmining.classifiers.checks import require_positive
from cxmining.classifiers.fast.lessons import Lesson
from cxmining.classifiers.fast.network import StudentNetwork
from cxmining.classifiers.fast.ngrams import ngrams
from cxmining.classifiers.fast.vocabulary import Vocabulary, batches
from cxmining.classifiers.transformer.fit import keep_freed_memory
from cxmining.classifiers.transformer.loop import Checkpoint, Loop
from cxmining.errors import UsageError

CERTAIN = 8.0
"""Logits of the teacher beyond it, to both sides, say no more."""


@dataclass(frozen=True, slots=True)
class StudyOptions:
    """Parameters of the student's learning.

    Parameters
    ----------
    epochs : int
        Passes over the taught texts.
    variants : int
        Varied readings of each training text that the teacher scores.
    batch_texts : int
        Texts a step.
    learning_rate : float
        Peak of the schedule.
    hard_weight : float
        Share of the given labels in the document loss.
    sentence_weight : float
        Weight of the loss on sentences and fragments beside that on documents.
    logit_weight : float
        Weight of the squared distance from the teacher's document logits.
    least : int
        Texts of the first reading from which on an n-gram is known; of few texts fewer, one in a thousand, but two.
    width : int
        Width of the student.
    seed : int
        Seed of chance.
    """

    epochs: int = 9
    variants: int = 3
    batch_texts: int = 128
    learning_rate: float = 3e-3
    hard_weight: float = 0.5
    sentence_weight: float = 1.0
    logit_weight: float = 0.1
    least: int = 8
    width: int = 96
    seed: int = 0

    def __post_init__(self) -> None:
        require_positive(
            epochs=self.epochs,
            variants=self.variants,
            batch_texts=self.batch_texts,
            learning_rate=self.learning_rate,
            least=self.least,
            width=self.width,
        )
        if not 0 <= self.hard_weight <= 1:
            raise UsageError(f"hard_weight must lie in 0 to 1, got {self.hard_weight!r}")
        for name in ("sentence_weight", "logit_weight"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise UsageError(f"{name} must be 0 or a number above, got {getattr(self, name)!r}")


@dataclass(frozen=True, slots=True)
class _Page:
    """A lesson as numbers: bags of its sentences, and of its fragments behind them, with their targets."""

    rows: NDArray[np.int32]
    lengths: NDArray[np.int64]
    n_sentences: int
    target: NDArray[np.float32]
    logits: NDArray[np.float32]
    told: NDArray[np.float16]


def fit_student(
    readings: Sequence[Sequence[Lesson]],
    options: StudyOptions,
    on_epoch: Callable[[int, StudentNetwork, float], None] | None = None,
    checkpoint: Checkpoint | None = None,
) -> StudentNetwork:
    """Fit a student to lessons.

    Parameters
    ----------
    readings : sequence of sequences of Lesson
        Epochs take them in turn.
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
        If the checkpoint is of another learning, or the texts have no n-gram in common.
    ModelError
        If it is damaged.
    """
    keep_freed_memory()
    torch.manual_seed(options.seed)
    rng = random.Random(options.seed)
    texts = [lesson.text for lesson in readings[0]]
    codes = frequent(texts, min(options.least, max(2, len(texts) // 1000)))
    vocabulary = Vocabulary(codes)
    books = [_pages(lessons, vocabulary, options.hard_weight) for lessons in readings]
    if not len(codes) or not all(books):
        raise UsageError("the texts have no words in common to learn from; give more of them")
    n_labels = len(readings[0][0].documents)
    network = StudentNetwork(n_labels, codes.tolist(), options.width)
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=0.0, fused=True)
    loop = Loop(network, optimiser, options.epochs, 0.02, rng)
    if checkpoint:
        checkpoint.load(loop)
    while loop.epoch < options.epochs:
        # Of one length all, for the schedule counts on epochs of as many steps.
        pages = rng.sample(books[loop.epoch % len(books)], k=min(map(len, books)))
        steps = [pages[i : i + options.batch_texts] for i in range(0, len(pages), options.batch_texts)]
        loss = loop.run(steps, lambda step: _loss(network, step, options))
        if on_epoch:
            on_epoch(loop.epoch - 1, network, loss)
        if checkpoint:
            checkpoint.save(loop)
    network.eval()
    return network


def frequent(texts: Sequence[str], least: int) -> NDArray[np.int32]:
    """Give the codes of the n-grams that occur in so many texts, ascending."""
    counts: dict[int, int] = {}
    for _, parts in batches(texts):
        found = ngrams(parts)
        pairs = np.unique((found.texts[found.sentences] << 32) + found.codes)
        codes, n = np.unique(pairs & 0xFFFFFFFF, return_counts=True)
        for code, count in zip(codes.tolist(), n.tolist(), strict=True):
            counts[code] = counts.get(code, 0) + count
    return np.array(sorted(code for code, n in counts.items() if n >= least), np.int32)


def _pages(lessons: Sequence[Lesson], vocabulary: Vocabulary, hard_weight: float) -> list[_Page]:
    """Put lessons into numbers."""
    pages = []
    for lesson in lessons:
        if not len(lesson.sentences):  # signs alone
            continue
        bags = vocabulary.bags([lesson.text, *lesson.fragments])
        told = 1 / (1 + np.exp(-lesson.documents))
        # Cross-entropy is linear in its target: this is the mean of both losses where a label is given.
        given = hard_weight * lesson.labels + (1 - hard_weight) * told
        target = np.where(lesson.labels >= 0, given, told).astype(np.float32)
        logits = np.clip(lesson.documents, -CERTAIN, CERTAIN).astype(np.float32)
        both = np.concatenate([lesson.sentences, lesson.heard])
        pages.append(_Page(bags.rows, np.diff(bags.offsets), len(lesson.sentences), target, logits, both))
    return pages


def _loss(network: StudentNetwork, pages: Sequence[_Page], options: StudyOptions) -> Tensor:
    """Cross-entropy to the targets of texts, sentences and fragments; distance from the teacher's logits."""
    rows = torch.from_numpy(np.concatenate([page.rows for page in pages]).astype(np.int64))
    lengths = np.concatenate([page.lengths for page in pages])
    said = network.said(rows, torch.from_numpy(np.concatenate([[0], np.cumsum(lengths)])))
    whole = np.concatenate([np.arange(len(page.lengths)) < page.n_sentences for page in pages])
    texts = torch.from_numpy(np.repeat(np.arange(len(pages)), [page.n_sentences for page in pages]))
    documents = network.documents(said[torch.from_numpy(whole)], texts, len(pages))
    target = torch.from_numpy(np.stack([page.target for page in pages]))
    logits = torch.from_numpy(np.stack([page.logits for page in pages]))
    told = torch.from_numpy(np.concatenate([page.told for page in pages]).astype(np.float32))
    document = F.binary_cross_entropy_with_logits(documents, target)
    sentence = F.binary_cross_entropy_with_logits(said + network.sentence_bias, torch.sigmoid(told))
    scores = (document + options.sentence_weight * sentence) * network.n_labels
    distance = F.mse_loss(documents.clamp(-CERTAIN, CERTAIN), logits)
    loss: Tensor = scores + options.logit_weight * distance
    return loss
