"""What every transformer encoder shares: windows over tokens, a forward pass over batches, pooling over spans."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cxmining.encoders.base import Encoded, FloatArray, Spans, unit
from cxmining.encoders.windows import Tokens, Window, length_batches, plan_windows

BATCH_TOKENS = 4096
"""Padded tokens a forward pass may hold; bounds memory whatever the texts."""


@dataclass(frozen=True, slots=True)
class TokenStates:
    """Last states of the content tokens of one text: ``states`` has shape (n_tokens, dimension)."""

    tokens: Tokens
    states: FloatArray


class TokenEncoder(ABC):
    """Base of encoders that give a state a token and pool them by their mean.

    Subclasses say how to tokenise and how to run one padded batch.

    Attributes
    ----------
    window : int
        Content tokens that one forward pass can hold.
    means : mapping of str to ndarray of shape (dimension,)
        Mean unit vector of each language, for :func:`~cxmining.encoders.base.centre`; empty if unknown.
    """

    name: str
    dimension: int
    fingerprint: str
    window: int
    means: Mapping[str, FloatArray]

    @abstractmethod
    def tokenise(self, texts: Sequence[str]) -> list[Tokens]:
        """Tokenise texts without special tokens; intervals are characters of the texts as given."""

    @abstractmethod
    def forward(self, batch: Sequence[Tokens]) -> list[FloatArray]:
        """Run windows of at most ``window`` tokens; give states of shape (n_tokens, dimension) for each."""

    def states(self, texts: Sequence[str], spans: Sequence[Spans] | None = None) -> list[TokenStates]:
        """Compute the last states of all tokens.

        Parameters
        ----------
        texts : sequence of str
            Normalised texts.
        spans : sequence of sequences of (start, end), optional
            Where long texts may be cut between windows.

        Returns
        -------
        list of TokenStates
            One a text, in order; rows follow the tokens.
        """
        tokens = self.tokenise(texts)
        starts = [[s for s, _ in row] for row in spans] if spans is not None else [[] for _ in texts]
        result = [np.zeros((len(t.ids), self.dimension), np.float32) for t in tokens]
        windows = plan_windows(tokens, starts, self.window)
        for batch in length_batches(windows, BATCH_TOKENS):
            for window, states in zip(batch, self.forward([_cut(tokens, w) for w in batch]), strict=True):
                result[window.text][window.first : window.last] = states
        return [TokenStates(t, s) for t, s in zip(tokens, result, strict=True)]

    def encode(self, texts: Sequence[str], spans: Sequence[Spans] | None = None) -> Encoded:
        """Encode texts and the spans inside them.

        Parameters
        ----------
        texts : sequence of str, length n_texts
            Normalised texts.
        spans : sequence of sequences of (start, end), optional
            Half-open character intervals to pool over, each read in the context of its text.

        Returns
        -------
        Encoded
            Unit vectors of texts and spans. A span without a token of its own is the zero vector.
        """
        rows = spans if spans is not None else [() for _ in texts]
        documents = np.zeros((len(texts), self.dimension), np.float32)
        segments: list[FloatArray] = []
        offsets = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)
        for i, (state, row) in enumerate(zip(self.states(texts, spans), rows, strict=True)):
            if len(state.states):
                documents[i] = state.states.mean(axis=0)
            segments.append(_pool(state, row, self.dimension))
        stacked = np.concatenate(segments) if segments else np.zeros((0, self.dimension), np.float32)
        return Encoded(unit(documents), unit(stacked), offsets)


def _cut(tokens: Sequence[Tokens], window: Window) -> Tokens:
    """Give the tokens of a window."""
    t = tokens[window.text]
    part = slice(window.first, window.last)
    return Tokens(t.ids[part], t.starts[part], t.ends[part])


def _pool(state: TokenStates, spans: Spans, dimension: int) -> FloatArray:
    """Average the states of the tokens that overlap each span."""
    out = np.zeros((len(spans), dimension), np.float32)
    for j, (start, end) in enumerate(spans):
        first = int(np.searchsorted(state.tokens.ends, start, side="right"))
        last = int(np.searchsorted(state.tokens.starts, end, side="left"))
        if last > first:
            out[j] = state.states[first:last].mean(axis=0)
    return out
