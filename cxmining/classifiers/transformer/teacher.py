"""The fine-tuned transformer as a teacher: the texts that it reads to a student, cut into its windows."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import FloatArray, Gold
from cxmining.classifiers.transformer.augment import vary
from cxmining.classifiers.transformer.data import Example, base_examples, epoch_examples, windows
from cxmining.encoders import EmbeddedEncoder
from cxmining.encoders.embedded import open_session
from cxmining.records import Passage

LONGEST_SENTENCE = 300
"""Longer sentences, in characters, are not recombined."""

LONGEST_PART = 1 << 15
"""Windows of more characters hold little but spaces or signs without a token, and teach nothing."""

WINDOW = 254
"""Content tokens of a window that is read to a student."""

Teacher = Callable[[NDArray[np.int32]], tuple[FloatArray, FloatArray]]
"""From token ids with specials to token logits (n_tokens, n_labels) and document logits (n_labels,)."""


def open_teacher(folder: Path, encoder: EmbeddedEncoder) -> Teacher:
    """Open the graph of a fine-tuned transformer."""
    session = open_session(folder / "layers.onnx")

    def teacher(ids: NDArray[np.int32]) -> tuple[FloatArray, FloatArray]:
        inputs = {"embeddings": encoder.table.rows(ids[None]), "lengths": np.array([len(ids)], np.int32)}
        tokens, documents = session.run(["tokens", "documents"], inputs)
        return tokens[0], documents[0]

    return teacher


@dataclass(frozen=True, slots=True)
class Material:
    """Texts to learn from, with labels and without."""

    passages: Sequence[Passage]
    gold: Gold
    unlabelled: Sequence[Passage] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A window of the teacher: text, labels, token ids with specials, where its tokens begin, a seed of its own."""

    text: str
    labels: NDArray[np.int8]
    ids: NDArray[np.int32]
    starts: NDArray[np.int32]
    seed: int


def readings(material: Material, encoder: EmbeddedEncoder, variants: int, seed: int) -> Iterator[list[Part]]:
    """Vary, crop, join and recombine the texts, once a reading.

    Parameters
    ----------
    material : Material
        Texts.
    encoder : EmbeddedEncoder
        The teacher's tokenizer.
    variants : int
        Readings of every text.
    seed : int
        Seed of chance.

    Yields
    ------
    list of Part
        Windows of every text, and of as many texts put together from sentences of several (none in a language without
        short sentences).
    """
    rng = random.Random(seed)
    passages, gold, more = material.passages, material.gold, material.unlabelled
    unknown = np.full(gold.labels.shape[1], -1, np.int8)
    base, plain = base_examples(passages, gold), [Example(p.text, unknown, {}) for p in more]
    for _ in range(variants):
        # Apart, for a labelled text that is joined to an unlabelled one keeps nothing but its positive labels.
        made = epoch_examples(passages, base, rng) + epoch_examples(more, plain, rng)
        made += recombined([*passages, *more], len(unknown), rng)
        yield list(_cut(made, encoder, rng))


def _cut(made: Sequence[Example], encoder: EmbeddedEncoder, rng: random.Random) -> Iterator[Part]:
    """Cut texts into the teacher's windows."""
    limit = min(WINDOW, encoder.max_content)
    tokens = encoder.tokenise([example.text for example in made])
    for example, read in zip(made, tokens, strict=True):
        for i, window in enumerate(windows(example, read, encoder, limit)):
            part = slice(i * limit, (i + 1) * limit)
            starts = read.starts[part]
            if len(starts) and read.ends[part][-1] - starts[0] <= LONGEST_PART:
                a, b = int(starts[0]), int(read.ends[part][-1])
                yield Part(example.text[a:b], window.labels, window.ids, starts - a, rng.getrandbits(32))


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
