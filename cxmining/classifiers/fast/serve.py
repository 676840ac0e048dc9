"""Serves the student: texts run one after the other through fixed-size tiles, pooled by text."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import FloatArray, Interval, Scores
from cxmining.classifiers.calibration import N_PARAMETERS, apply_calibration
from cxmining.classifiers.state import read_state, write_state
from cxmining.classifiers.transformer.evidence import token_evidence
from cxmining.encoders import EmbeddedEncoder
from cxmining.encoders.embedded import Pieces, open_session
from cxmining.encoders.windows import Window, plan_windows
from cxmining.errors import ModelError
from cxmining.records import Passage

FORMAT = "cxmining.fast/2"

WINDOW = 254
"""Content tokens a window, as in learning."""

TILE = 2048
"""Length of the stream that one run reads. It is always the same, so that a text's scores are the same in any company:
matrix kernels round by the shape of the whole."""

GAP = 4
"""Zeros between texts; more than half of any kernel."""

ATTENTION_RANGE = (-60.0, 60.0)
"""Attention logits beyond it are cut, so that no exponential of single precision runs over."""

TOKEN_BIAS = -3.0
"""What the network's token scores start from."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Arrays of a student.

    Parameters
    ----------
    projection : ndarray of shape (input_width, width)
        From word embeddings to states.
    norm : ndarray of shape (2, width)
        Scale and shift of the layer norm behind it.
    pieces : ndarray of int32, shape (n_pieces,)
        Ids with a vector of their own, ascending.
    own : ndarray of shape (n_pieces + 1, width)
        Those vectors; the last is shared by all other pieces.
    bias : ndarray of shape (n_labels,)
        Of the document logits.
    calibration : ndarray of shape (n_labels, 4)
        See :mod:`cxmining.classifiers.calibration`.
    """

    projection: FloatArray
    norm: FloatArray
    pieces: NDArray[np.int32]
    own: NDArray[np.floating]
    bias: FloatArray
    calibration: FloatArray


class FastTagger:
    """A small convolutional student of the fine-tuned transformer.

    Parameters
    ----------
    encoder : EmbeddedEncoder
        Tokenizer and embedding table; its layers are not run.
    folder : Path
        Folder with ``layers.onnx``.
    classes : sequence of str
        Label ids in order.
    learned : Learned
        Arrays.
    thresholds : ndarray of shape (n_labels,)
        Decision thresholds on calibrated probabilities.
    """

    name = "fast"

    def __init__(
        self, encoder: EmbeddedEncoder, folder: Path, classes: Sequence[str], learned: Learned, thresholds: FloatArray
    ) -> None:
        self.encoder = encoder
        self.folder = folder
        self.classes = classes
        self.learned = learned
        self.thresholds_ = thresholds
        self._session: Any = open_session(folder / "layers.onnx")
        self._rows: FloatArray = np.zeros((len(encoder.table), learned.projection.shape[1]), np.float32)
        self._ready = np.zeros(len(encoder.table), np.bool_)

    @property
    def classes_(self) -> tuple[str, ...]:
        """Label ids in order."""
        return tuple(self.classes)

    def features(self, passages: Sequence[Passage]) -> FloatArray:
        """Give what calibration starts from: document logits of shape (n_passages, n_labels)."""
        return self._read(passages, self.encoder.pieces([p.text for p in passages]), None)

    def score(self, passages: Sequence[Passage]) -> Scores:
        """Score passages; evidence is where the label's token scores are highest."""
        pieces = self.encoder.pieces([p.text for p in passages])
        parts: list[list[FloatArray]] = [[] for _ in passages]
        probabilities = apply_calibration(self.learned.calibration, self._read(passages, pieces, parts))

        def evidence(i: int, k: int) -> list[Interval]:
            # A text without a token, of spaces alone, has no part.
            scores = np.concatenate([np.zeros(0, np.float32), *(part[:, k] for part in parts[i])])
            return token_evidence(passages[i], pieces[i].tokens, np.asarray(scores + TOKEN_BIAS, np.float32))

        return Scores(probabilities, evidence)

    def predict_proba(self, passages: Sequence[Passage]) -> FloatArray:
        """Give probabilities of shape (n_passages, n_labels)."""
        return apply_calibration(self.learned.calibration, self.features(passages))

    def _read(
        self, passages: Sequence[Passage], pieces: Sequence[Pieces], parts: list[list[FloatArray]] | None
    ) -> FloatArray:
        """Give document logits, of long texts the best windows'; put the windows' token scores into ``parts``."""
        windows = [w for i, p in enumerate(passages) for w in _windows(i, p, pieces[i])]
        sequences = [self.encoder.with_specials(pieces[w.text].ids[w.first : w.last]) for w in windows]
        documents = np.full((len(passages), len(self.classes)), -20.0, np.float32)
        tiles = _tiles(sequences)
        with ThreadPoolExecutor(self.encoder.threads) as pool:
            for members, (pooled, found) in zip(tiles, pool.map(lambda m: self._run(m, sequences), tiles), strict=True):
                owners = [windows[w].text for w in members]
                np.maximum.at(documents, owners, pooled)
                if parts is None:
                    continue
                at = GAP
                for w, owner in zip(members, owners, strict=True):
                    parts[owner].append(found[at + 1 : at + len(sequences[w]) - 1])
                    at += len(sequences[w]) + GAP
        return documents

    def _run(self, members: Sequence[int], sequences: Sequence[NDArray[np.int32]]) -> tuple[FloatArray, FloatArray]:
        """Run one tile: document logits of its sequences (n_members, n_labels), token scores (TILE, n_labels)."""
        stream = np.zeros((TILE, self._rows.shape[1]), np.float32)
        real = np.zeros((TILE, 1), np.float32)
        edges = []
        at = GAP
        for w in members:
            ids = sequences[w]
            stream[at : at + len(ids)] = self._projected(ids)
            real[at : at + len(ids)] = 1.0
            edges += [at, at + len(ids)]
            at += len(ids) + GAP
        inputs = {"projected": np.ascontiguousarray(stream.T)[None], "real": real}
        tokens, attention, values = np.split(self._session.run(["found"], inputs)[0], 3, axis=1)
        # Of the stretches that the edges part, every other one is a sequence, the rest are gaps.
        weights = np.exp(np.clip(attention, *ATTENTION_RANGE))
        total = np.add.reduceat(weights, edges)[::2]
        documents = np.add.reduceat(weights * values, edges)[::2] / total + self.learned.bias
        return np.asarray(documents, np.float32), tokens.copy()

    def _projected(self, ids: NDArray[np.int32]) -> FloatArray:
        """Give projected, normed embeddings; each piece is computed once, by itself, and kept."""
        fresh = np.unique(ids[~self._ready[ids]])
        if len(fresh):
            x = np.einsum("nd,dw->nw", self.encoder.table.rows(fresh), self.learned.projection)
            x += self.learned.own[self._places(fresh)]
            x = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
            self._rows[fresh] = x * self.learned.norm[0] + self.learned.norm[1]
            self._ready[fresh] = True
        return self._rows[ids]

    def _places(self, ids: NDArray[np.int32]) -> NDArray[np.intp]:
        """Give the rows of ``own`` for pieces."""
        pieces = self.learned.pieces
        at = np.searchsorted(pieces, ids)
        known = np.isin(ids, pieces, assume_unique=True)
        return np.where(known, at, len(pieces))

    def save(self, folder: Path) -> None:
        """Write ``head.safetensors`` and ``model.json`` beside ``layers.onnx``."""
        settings = {
            "classes": list(self.classes),
            "encoder": self.encoder.name,
            "encoder_fingerprint": self.encoder.vocabulary_fingerprint,
        }
        arrays = {field.name: getattr(self.learned, field.name) for field in fields(Learned)}
        write_state(folder, FORMAT, settings, {**arrays, "thresholds": self.thresholds_})

    @classmethod
    def load(cls, folder: Path, encoder: EmbeddedEncoder) -> FastTagger:
        """Read a model folder.

        Raises
        ------
        ModelError
            If files are missing, damaged, of another format or made for another vocabulary.
        """
        settings, arrays = read_state(folder, FORMAT, encoder.vocabulary_fingerprint)
        n = len(settings["classes"])
        projection = arrays["projection"]
        if projection.ndim != 2:
            raise ModelError(f"{folder}/head.safetensors: 'projection' has shape {projection.shape}, expected a matrix")
        width = projection.shape[1]
        shapes = {"projection": (encoder.dimension, width), "norm": (2, width), "bias": (n,), "thresholds": (n,)}
        pieces = arrays["pieces"]
        if pieces.ndim != 1 or not _are_pieces(pieces, len(encoder.table)):
            raise ModelError(f"{folder}/head.safetensors: 'pieces' must be ascending ids of the encoder's pieces")
        arrays.require({**shapes, "own": (len(pieces) + 1, width), "calibration": (n, N_PARAMETERS)})
        learned = Learned(
            projection, arrays["norm"], pieces.astype(np.int32), arrays["own"], arrays["bias"], arrays["calibration"]
        )
        tagger = cls(encoder, folder, settings["classes"], learned, arrays["thresholds"])
        told = [(i.name, i.shape[:2]) for i in tagger._session.get_inputs()]
        if told[:1] != [("projected", [1, width])] or tagger._session.get_outputs()[0].shape[-1:] != [3 * n]:
            raise ModelError(f"{folder}: layers.onnx and head.safetensors are not of one model; train it again")
        return tagger


def _windows(text: int, passage: Passage, pieces: Pieces) -> list[Window]:
    """Plan the windows of one text; most fit into one."""
    n = len(pieces.ids)
    if n <= WINDOW:
        return [Window(text, 0, n)] if n else []
    found = plan_windows([pieces.tokens], [[s.start for s in passage.segments]], WINDOW)
    return [Window(text, w.first, w.last) for w in found]


def _are_pieces(pieces: FloatArray, n: int) -> bool:
    """Whether numbers are ascending whole ids below n."""
    inside = (pieces >= 0) & (pieces < n) & (pieces % 1 == 0)
    return bool(inside.all() and (np.diff(pieces) > 0).all())


def _tiles(sequences: Sequence[NDArray[np.int32]]) -> list[list[int]]:
    """Fill tiles with sequences in order."""
    tiles: list[list[int]] = []
    used = TILE
    for i, ids in enumerate(sequences):
        need = len(ids) + GAP
        if used + need > TILE:
            tiles.append([])
            used = GAP
        tiles[-1].append(i)
        used += need
    return tiles
