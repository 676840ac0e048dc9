"""Centred vectors of passages and of their segments, with the token states that they are means of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import BoolArray, FloatArray, Gold
from cxmining.encoders import TokenEncoder, TokenStates, centre
from cxmining.encoders.base import unit
from cxmining.records import Passage, Segment


@dataclass(frozen=True, slots=True)
class Vectors:
    """Vectors of a batch.

    Parameters
    ----------
    documents : ndarray of shape (n_passages, dimension)
        Unit vectors, centred by language; zero for a passage without a token.
    segments : ndarray of shape (n_segments, dimension)
        The same of the classified segments, passage by passage, each read in the context of its text.
    offsets : ndarray of shape (n_passages + 1,)
        ``segments[offsets[i]:offsets[i + 1]]`` belong to passage i.
    states : list of TokenStates
        Token states of each passage.
    """

    documents: FloatArray
    segments: FloatArray
    offsets: NDArray[np.int64]
    states: list[TokenStates]

    def largest(self, by_segment: FloatArray, missing: float) -> FloatArray:
        """Give the largest value of each passage's segments, (n_passages, n_labels); passages without any get one."""
        top = np.full((len(self.documents), by_segment.shape[1]), missing, np.float32)
        for i in range(len(top)):
            rows = by_segment[self.offsets[i] : self.offsets[i + 1]]
            if len(rows):
                top[i] = rows.max(axis=0)
        return top


def read_vectors(encoder: TokenEncoder, passages: Sequence[Passage]) -> Vectors:
    """Encode passages and their classified segments."""
    texts = [p.document.text for p in passages]
    spans = [[(s.start, s.end) for s in classified(p)] for p in passages]
    states = encoder.states(texts, spans)
    offsets = np.concatenate([[0], np.cumsum([len(s) for s in spans])]).astype(np.int64)
    documents = np.zeros((len(passages), encoder.dimension), np.float32)
    segments = np.zeros((int(offsets[-1]), encoder.dimension), np.float32)
    for i, (state, row) in enumerate(zip(states, spans, strict=True)):
        weights = np.zeros(len(state.states), np.float32)
        for j, (start, end) in enumerate(row):
            inside = token_range(state, start, end)
            weights[inside] = 1.0
            if inside.stop > inside.start:
                segments[offsets[i] + j] = state.states[inside].mean(axis=0)
        if weights.any():
            documents[i] = weights @ state.states / weights.sum()
    languages = [p.language for p in passages]
    per_segment = [code for code, n in zip(languages, np.diff(offsets), strict=True) for _ in range(n)]
    means = encoder.means
    return Vectors(
        centre(unit(documents), languages, means), centre(unit(segments), per_segment, means), offsets, states
    )


def classified(passage: Passage) -> list[Segment]:
    """Give the segments that are classified: all but boilerplate."""
    return [s for s in passage.segments if s.kind != "boilerplate"]


def token_range(state: TokenStates, start: int, end: int) -> slice:
    """Give the tokens that overlap a character interval."""
    first = int(np.searchsorted(state.tokens.ends, start, side="right"))
    return slice(first, max(first, int(np.searchsorted(state.tokens.starts, end, side="left"))))


def segment_labels(passages: Sequence[Passage], gold: Gold) -> BoolArray:
    """Mark the segments that overlap a label's evidence; a label without evidence marks every segment."""
    rows = []
    for i, passage in enumerate(passages):
        segments = classified(passage)
        block = np.zeros((len(segments), gold.labels.shape[1]), np.bool_)
        for k in np.flatnonzero(gold.labels[i]):
            spans = gold.spans[i].get(int(k))
            for j, s in enumerate(segments):
                block[j, k] = not spans or any(a < s.end and s.start < b for a, b in spans)
        rows.append(block)
    return np.concatenate(rows)
