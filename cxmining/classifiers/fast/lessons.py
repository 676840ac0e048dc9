"""What the student learns from: varied, cropped, joined and recombined texts, and what the teacher says of each."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import FloatArray, Gold
from cxmining.classifiers.transformer.augment import vary
from cxmining.classifiers.transformer.data import Example, Window, base_examples, epoch_windows, plain_windows
from cxmining.encoders import EmbeddedEncoder
from cxmining.encoders.embedded import open_session
from cxmining.errors import ModelError
from cxmining.records import Passage

LONGEST_SENTENCE = 300
"""Longer sentences, in characters, are not recombined."""

STATES = "standard"
"""Name of the states that the heads of a fine-tuned transformer read, in its graph."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the teacher says of a window.

    Parameters
    ----------
    tokens : ndarray of shape (n_tokens, n_labels)
        Token logits.
    documents : ndarray of shape (n_labels,)
        Document logits.
    states : ndarray of shape (n_tokens, width)
        Last states, standardised.
    """

    tokens: NDArray[np.float16]
    documents: FloatArray
    states: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A window and what the teacher says of it."""

    window: Window
    told: Told


Teacher = Callable[[NDArray[np.int32]], Told]
"""From token ids with specials to what they say."""


def open_teacher(folder: Path, encoder: EmbeddedEncoder) -> Teacher:
    """Open a fine-tuned transformer so that its last states are told as well.

    Raises
    ------
    ModelError
        If the graph is missing, damaged, or no fine-tuned transformer's.
    """
    import onnx

    path = folder / "layers.onnx"
    try:
        model = onnx.load(str(path))
    except Exception as error:  # onnx raises unrelated classes for missing and damaged files
        raise ModelError(f"{path}: no graph of a fine-tuned transformer ({error})") from error
    if not any(STATES in node.output for node in model.graph.node):
        raise ModelError(f"{path}: no graph of a fine-tuned transformer (it has no states {STATES!r})")
    model.graph.output.append(onnx.helper.make_tensor_value_info(STATES, onnx.TensorProto.FLOAT, None))
    session = open_session(path, model.SerializeToString())

    def teacher(ids: NDArray[np.int32]) -> Told:
        inputs = {"embeddings": encoder.table.rows(ids[None]), "lengths": np.array([len(ids)], np.int32)}
        tokens, documents, states = session.run(["tokens", "documents", STATES], inputs)
        return Told(tokens[0].astype(np.float16), documents[0], states[0].astype(np.float16))

    return teacher


@dataclass(frozen=True, slots=True)
class Material:
    """Texts to learn from, with labels and without."""

    passages: Sequence[Passage]
    gold: Gold
    unlabelled: Sequence[Passage] = ()


def teach(
    material: Material, encoder: EmbeddedEncoder, teacher: Teacher, variants: int, seed: int, scratch: Path
) -> list[list[Lesson]]:
    """Let the teacher read varied, cropped, joined and recombined forms of the texts.

    Parameters
    ----------
    material : Material
        Texts.
    encoder : EmbeddedEncoder
        Tokenizer.
    teacher : callable
        See :func:`open_teacher`.
    variants : int
        Readings of every text.
    seed : int
        Seed of chance.
    scratch : Path
        Folder for the states, about 0.8 kB a token: they stay on disk and are read as they are needed.

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
    limit = encoder.max_content // 2 - 1
    readings = []
    with ThreadPoolExecutor(encoder.threads) as pool:
        for i in range(variants):
            # Apart, for a labelled text that is joined to an unlabelled one keeps nothing but its positive labels.
            found = epoch_windows(passages, base, encoder, rng, limit)
            found += epoch_windows(more, plain, encoder, rng, limit)
            found += plain_windows(recombined([*passages, *more], len(unknown), rng), encoder, limit)
            told = pool.map(lambda window: teacher(window.ids), found)
            readings.append(_kept(found, told, encoder.dimension, scratch / f"states-{i}.npy"))
    return readings


def _kept(windows: Sequence[Window], told: Iterable[Told], width: int, path: Path) -> list[Lesson]:
    """Make lessons whose states lie in a file."""
    shape = (sum(len(window.ids) for window in windows), width)
    states = np.lib.format.open_memmap(path, "w+", np.float16, shape)
    lessons, at = [], 0
    for window, said in zip(windows, told, strict=True):
        part = states[at : at + len(window.ids)]
        part[:] = said.states
        at += len(part)
        lessons.append(Lesson(window, Told(said.tokens, said.documents, part)))
    return lessons


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
