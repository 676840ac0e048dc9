"""The protocol of encoders and what they return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Spans = Sequence[tuple[int, int]]
"""Half-open character intervals of one text."""

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Vectors of a batch of texts and of spans inside them.

    Parameters
    ----------
    documents : ndarray of shape (n_texts, dimension)
        Unit vectors of whole texts; a text without a token is the zero vector.
    segments : ndarray of shape (n_spans, dimension)
        Unit vectors of the spans, text by text in order, each read in the context of its text.
    offsets : ndarray of shape (n_texts + 1,)
        ``segments[offsets[i]:offsets[i + 1]]`` belong to text i.
    """

    documents: FloatArray
    segments: FloatArray
    offsets: NDArray[np.int64]


@runtime_checkable
class Encoder(Protocol):
    """Anything that turns texts into vectors.

    Attributes
    ----------
    name : str
        Name for cards and output.
    dimension : int
        Width of a vector.
    fingerprint : str
        Changes when the vectors would.
    """

    name: str
    dimension: int
    fingerprint: str

    def encode(self, texts: Sequence[str], spans: Sequence[Spans] | None = None) -> Encoded:
        """Encode texts and spans; no text is truncated, long ones are read in windows."""
        ...


def unit(vectors: FloatArray) -> FloatArray:
    """Scale rows to length 1; zero rows stay zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: FloatArray = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return scaled


def centre(vectors: FloatArray, languages: Sequence[str], means: Mapping[str, FloatArray]) -> FloatArray:
    """Subtract each language's mean vector and renormalise, which aligns the languages.

    Parameters
    ----------
    vectors : ndarray of shape (n, dimension)
        Unit vectors.
    languages : sequence of str, length n
        Language of each row; a language without a mean gets the mean of all means.
    means : mapping of str to ndarray of shape (dimension,)
        Mean vector of each language.

    Returns
    -------
    ndarray of shape (n, dimension)
        Centred unit vectors; zero rows stay zero.
    """
    if not means or not len(vectors):
        return vectors
    fallback = np.mean(np.stack(list(means.values())), axis=0)
    shift = np.stack([means.get(code, fallback) for code in languages])
    present = np.linalg.norm(vectors, axis=1, keepdims=True) > 0
    return unit(np.where(present, vectors - shift, 0.0).astype(np.float32))
