"""What the student learns from: varied, cropped, joined and recombined texts, and what the teacher says of each."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import FloatArray, Interval
from cxmining.classifiers.fast.ngrams import FIRST_IDEOGRAM, NGrams, ngrams
from cxmining.classifiers.transformer.teacher import Material, Part, Teacher, readings
from cxmining.encoders import EmbeddedEncoder

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


def teach(
    material: Material, encoder: EmbeddedEncoder, teacher: Teacher, variants: int, seed: int
) -> list[list[Lesson]]:
    """Let the teacher read varied, cropped, joined and recombined forms of the texts.

    Parameters
    ----------
    material, encoder, variants, seed : Material, EmbeddedEncoder, int, int
        As in :func:`cxmining.classifiers.transformer.teacher.readings`.
    teacher : callable
        See :func:`cxmining.classifiers.transformer.teacher.open_teacher`.

    Returns
    -------
    list of list of Lesson
        One list a reading, a lesson a window.
    """
    with ThreadPoolExecutor(encoder.threads) as pool:
        return [
            list(pool.map(lambda part: _lesson(part, teacher), found))
            for found in readings(material, encoder, variants, seed)
        ]


def _lesson(part: Part, teacher: Teacher) -> Lesson:
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
