"""Training windows: crops, joins and varied spellings of passages, with labels that follow the evidence."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import Gold, Interval
from cxmining.classifiers.transformer.augment import vary
from cxmining.encoders import EmbeddedEncoder
from cxmining.encoders.windows import Tokens
from cxmining.records import Passage


@dataclass(frozen=True, slots=True)
class Example:
    """A text with labels: ``labels`` 1 holds, 0 does not, -1 unknown; ``spans`` by label index."""

    text: str
    labels: NDArray[np.int8]
    spans: dict[int, list[Interval]]


@dataclass(frozen=True, slots=True)
class Window:
    """Model input: token ids with specials, label targets, token targets (length, n_labels) with -1 unknown."""

    ids: NDArray[np.int32]
    labels: NDArray[np.int8]
    tokens: NDArray[np.int8]


def base_examples(passages: Sequence[Passage], gold: Gold) -> list[Example]:
    """Give each passage as an example, its text whole but for boilerplate."""
    found = []
    for i, passage in enumerate(passages):
        labels = np.where(gold.known[i], gold.labels[i], -1).astype(np.int8)
        found.append(Example(passage.text, labels, gold.spans[i]))
    return found


def crop(example: Example, passage: Passage, rng: random.Random) -> Example:
    """Cut a run of sentences out; a label whose evidence stayed outside becomes unknown."""
    segments = [s for s in passage.segments if s.kind != "boilerplate"]
    if len(segments) < 3:
        return example
    n = rng.randint(1, len(segments) - 1)
    first = rng.randint(0, len(segments) - n)
    a, b = segments[first].start, segments[first + n - 1].end
    labels = example.labels.copy()
    spans: dict[int, list[Interval]] = {}
    for k in np.flatnonzero(example.labels == 1):
        inside = [(s - a, e - a) for s, e in example.spans.get(int(k), ()) if s >= a and e <= b]
        if inside:
            spans[int(k)] = inside
        else:
            labels[k] = -1
    return Example(example.text[a:b], labels, spans)


def join(left: Example, right: Example, rng: random.Random) -> Example:
    """Put two texts one after the other; their labels unite."""
    glue = rng.choice((" ", "\n", " "))
    shift = len(left.text) + len(glue)
    labels = np.maximum(left.labels, right.labels)
    # A label open in one part and absent in the other stays open.
    labels = np.where((labels == 0) & ((left.labels == -1) | (right.labels == -1)), -1, labels).astype(np.int8)
    spans = {k: list(v) for k, v in left.spans.items()}
    for k, rows in right.spans.items():
        spans.setdefault(k, []).extend((s + shift, e + shift) for s, e in rows)
    return Example(left.text + glue + right.text, labels, spans)


def windows(example: Example, tokens: Tokens, encoder: EmbeddedEncoder, limit: int) -> list[Window]:
    """Cut an example's tokens into model inputs; in a window without its evidence a label is unknown."""
    n_labels = len(example.labels)
    targets = np.zeros((len(tokens.ids), n_labels), np.int8)
    targets[:, example.labels == -1] = -1
    for k in np.flatnonzero(example.labels == 1):
        spans = example.spans.get(int(k), ())
        if not spans:
            targets[:, k] = -1
        for start, end in spans:
            targets[(tokens.ends > start) & (tokens.starts < end), k] = 1
    found = []
    for first in range(0, max(1, len(tokens.ids)), limit):
        part = slice(first, first + limit)
        inner = targets[part]
        labels = example.labels.copy()
        if len(tokens.ids) > limit:
            labels[(labels == 1) & ~(inner == 1).any(axis=0)] = -1
        edge = np.full((1, n_labels), -1, np.int8)
        found.append(Window(encoder.with_specials(tokens.ids[part]), labels, np.concatenate([edge, inner, edge])))
    return found


def epoch_windows(
    passages: Sequence[Passage], base: Sequence[Example], encoder: EmbeddedEncoder, rng: random.Random, limit: int
) -> list[Window]:
    """Make one epoch's windows from :func:`epoch_examples`."""
    return plain_windows(epoch_examples(passages, base, rng), encoder, limit)


def epoch_examples(passages: Sequence[Passage], base: Sequence[Example], rng: random.Random) -> list[Example]:
    """Make one epoch's texts: every one once as it is or varied, some cropped, some joined to another."""
    languages = [p.language for p in passages]
    pool: dict[str, list[int]] = {}
    for i, code in enumerate(languages):
        if len(base[i].text) < 400:
            pool.setdefault(code, []).append(i)
    made: list[Example] = []
    for i, (example, passage) in enumerate(zip(base, passages, strict=True)):
        code = languages[i]
        chance = rng.random()
        chosen = example
        if chance < 0.25:
            chosen = crop(example, passage, rng)
        elif chance < 0.4 and len(example.text) < 400 and pool.get(code):
            chosen = join(example, base[rng.choice(pool[code])], rng)
        made.append(Example(vary(chosen.text, code, rng), chosen.labels, chosen.spans))
    return made


def plain_windows(made: Sequence[Example], encoder: EmbeddedEncoder, limit: int) -> list[Window]:
    """Cut texts as they are into windows."""
    tokens = encoder.tokenise([m.text for m in made])
    return [w for m, t in zip(made, tokens, strict=True) for w in windows(m, t, encoder, limit)]
