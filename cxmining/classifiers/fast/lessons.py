"""What the student learns from: varied, cropped, joined and recombined texts, and what the teacher says of each."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import FloatArray, Gold, Interval
from cxmining.classifiers.fast.ngrams import FIRST_IDEOGRAM, NGrams, ngrams
from cxmining.classifiers.transformer.augment import vary
from cxmining.classifiers.transformer.data import Example, base_examples, epoch_examples, windows
from cxmining.encoders import EmbeddedEncoder
from cxmining.encoders.embedded import open_session
from cxmining.records import Passage

LONGEST_SENTENCE = 300
"""Longer sentences, in characters, are not recombined."""

LONGEST_PART = 1 << 15
"""Windows of more characters hold little but spaces or signs without a token, and teach nothing."""

FRAGMENTS, WORDS = 2, (2, 9)
"""Fragments of a text, and their length in words; twice as many characters of Japanese."""

UNTOLD = -20.0
"""Logit of a sentence in which the teacher reads no token."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text and what is known of it.

    Parameters
    ----------
    text : str
        At most one window of the teacher.
    labels : ndarray of shape (n_labels,)
        1 holds, 0 does not, -1 unknown.
    documents : ndarray of shape (n_labels,)
        The teacher's document logits.
    sentences : ndarray of shape (n_sentences, n_labels)
        Its highest token logits in each sentence that has n-grams.
    fragments : tuple of str
        A few words each, from inside a sentence.
    heard : ndarray of shape (n_fragments, n_labels)
        Its highest token logits in each of them, read in the whole text.
    """

    text: str
    labels: NDArray[np.int8]
    documents: FloatArray
    sentences: NDArray[np.float16]
    fragments: tuple[str, ...]
    heard: NDArray[np.float16]


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


def teach(
    material: Material, encoder: EmbeddedEncoder, teacher: Teacher, variants: int, seed: int
) -> list[list[Lesson]]:
    """Let the teacher read varied, cropped, joined and recombined forms of the texts.

    Parameters
    ----------
    material : Material
        Texts.
    encoder : EmbeddedEncoder
        The teacher's tokenizer.
    teacher : callable
        See :func:`open_teacher`.
    variants : int
        Readings of every text.
    seed : int
        Seed of chance.

    Returns
    -------
    list of list of Lesson
        One list a reading: windows of every text, and of as many texts put together from sentences of several (none
        in a language without short sentences).
    """
    rng = random.Random(seed)
    passages, gold, more = material.passages, material.gold, material.unlabelled
    unknown = np.full(gold.labels.shape[1], -1, np.int8)
    base, plain = base_examples(passages, gold), [Example(p.text, unknown, {}) for p in more]
    readings = []
    with ThreadPoolExecutor(encoder.threads) as pool:
        for _ in range(variants):
            # Apart, for a labelled text that is joined to an unlabelled one keeps nothing but its positive labels.
            made = epoch_examples(passages, base, rng) + epoch_examples(more, plain, rng)
            made += recombined([*passages, *more], len(unknown), rng)
            found = list(_cut(made, encoder, rng))
            readings.append(list(pool.map(lambda part: _lesson(part, teacher), found)))
    return readings


@dataclass(frozen=True, slots=True)
class _Part:
    """A window of the teacher: text, labels, token ids with specials, where its tokens begin, a seed of its own."""

    text: str
    labels: NDArray[np.int8]
    ids: NDArray[np.int32]
    starts: NDArray[np.int32]
    seed: int


def _cut(made: Sequence[Example], encoder: EmbeddedEncoder, rng: random.Random) -> Iterator[_Part]:
    """Cut texts into the teacher's windows."""
    limit = encoder.max_content // 2 - 1
    tokens = encoder.tokenise([example.text for example in made])
    for example, read in zip(made, tokens, strict=True):
        for i, window in enumerate(windows(example, read, encoder, limit)):
            part = slice(i * limit, (i + 1) * limit)
            starts = read.starts[part]
            if len(starts) and read.ends[part][-1] - starts[0] <= LONGEST_PART:
                a, b = int(starts[0]), int(read.ends[part][-1])
                yield _Part(example.text[a:b], window.labels, window.ids, starts - a, rng.getrandbits(32))


def _lesson(part: _Part, teacher: Teacher) -> Lesson:
    """Let the teacher read a window."""
    tokens, documents = teacher(part.ids)
    inner = tokens[1:-1].astype(np.float16)
    found = ngrams([part.text])
    sentences = np.full((len(found.first), len(documents)), UNTOLD, np.float16)
    if len(found.first):
        # A piece that begins before its sentence's first letter, with a bracket say, counts to the sentence before.
        at = np.maximum(np.searchsorted(found.first, part.starts, side="right") - 1, 0)
        np.maximum.at(sentences, at, inner)
    chosen = _fragments(part.text, found, random.Random(part.seed))
    heard = np.full((len(chosen), len(documents)), UNTOLD, np.float16)
    for i, (a, b) in enumerate(chosen):
        inside = (part.starts >= a) & (part.starts < b)
        heard[i] = inner[inside].max(axis=0, initial=UNTOLD)
    return Lesson(part.text, part.labels, documents, sentences, tuple(part.text[a:b] for a, b in chosen), heard)


def _fragments(text: str, found: NGrams, rng: random.Random) -> list[Interval]:
    """Choose runs of words, each inside one sentence."""
    starts, ends = found.words.T
    chosen = []
    for _ in range(FRAGMENTS if len(starts) else 0):
        first = rng.randrange(len(starts))
        after = np.searchsorted(found.first, starts[first], side="right")
        limit = np.searchsorted(starts, found.first[after]) if after < len(found.first) else len(starts)
        japanese = ord(text[int(starts[first])]) >= FIRST_IDEOGRAM
        last = min(first + rng.randint(*WORDS) * (2 if japanese else 1), int(limit))
        chosen.append((int(starts[first]), int(ends[last - 1])))
    return chosen


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
