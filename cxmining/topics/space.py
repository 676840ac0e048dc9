"""The space that topics live in: vectors centred by language, a little of their document mixed in, main axes flattened.

References
----------
Mu and Viswanath (2018). All-but-the-Top: Simple and Effective Postprocessing for Word Representations. ICLR.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.topics.clusters import FloatArray, IntArray, group_sums, unit_rows

CONTEXT = 0.4
"""Share of the document's mean vector in a segment's; a short sentence borrows its subject from its neighbours."""

FLATTENING = 0.75
"""How far axes are scaled to equal variance, from 0 to 1: the widest ones tell tone and length rather than subject."""

_SHRINKAGE = 200.0
_CHUNK = 4_096


@dataclass(frozen=True, slots=True)
class Segments:
    """Vectors of segments with what belongs to them, in an order that does not depend on the order of the input.

    Parameters
    ----------
    vectors : ndarray of shape (n, dimension)
        Unit vectors of the encoder, float16 or float32.
    languages : ndarray of str, shape (n,)
        Language of each segment.
    documents : ndarray of int64, shape (n,)
        Document of each segment, non-decreasing.
    """

    vectors: NDArray[np.floating]
    languages: NDArray[np.str_]
    documents: IntArray

    def __len__(self) -> int:
        return len(self.documents)

    def chunks(self) -> Iterator[slice]:
        """Yield runs of whole documents, which bound memory."""
        start = 0
        while start < len(self):
            end = min(start + _CHUNK, len(self))
            if end < len(self):
                first = int(np.searchsorted(self.documents, self.documents[end]))
                end = first if first > start else int(np.searchsorted(self.documents, self.documents[end], "right"))
            yield slice(start, end)
            start = end


@dataclass(frozen=True)
class Space:
    """A fitted space.

    Parameters
    ----------
    languages : tuple of str
        Languages in the order of ``means``.
    means : ndarray of shape (n_languages, dimension)
        Mean vector of each language, which is subtracted.
    axes : ndarray of shape (dimension, d)
        Main axes of the centred vectors, the wider ones shortened.
    """

    languages: tuple[str, ...]
    means: FloatArray
    axes: FloatArray

    @classmethod
    def fit(cls, segments: Segments, priors: Mapping[str, FloatArray], n_axes: int = 64) -> Space:
        """Learn means and axes.

        Parameters
        ----------
        segments : Segments
            At least one.
        priors : mapping of str to ndarray of shape (dimension,)
            Means known beforehand; a language with few segments leans on its prior, weighed as 200 segments.
        n_axes : int, default 64
            Axes kept.

        Returns
        -------
        Space
            The same for the same segments, whatever the order they came in.
        """
        languages = tuple(sorted({str(code) for code in np.unique(segments.languages)}))
        dimension = segments.vectors.shape[1]
        sums = np.zeros((len(languages), dimension), np.float64)
        counts = np.zeros((len(languages), 1), np.float64)
        codes = _codes(segments.languages, languages)
        for part in segments.chunks():
            chunk = segments.vectors[part].astype(np.float32)
            sums += group_sums(chunk, codes[part], len(languages))
            counts[:, 0] += np.bincount(codes[part], minlength=len(languages))
        for row, code in enumerate(languages):
            if code in priors:
                sums[row] += _SHRINKAGE * priors[code]
                counts[row] += _SHRINKAGE
        means = (sums / counts).astype(np.float32)
        whole = cls(languages, means, np.zeros((dimension, 0), np.float32))
        scatter = np.zeros((dimension, dimension), np.float64)
        for part in segments.chunks():
            mixed = whole.mix(segments, part)
            scatter += mixed.T @ mixed
        spread, axes = np.linalg.eigh(scatter)
        order = [i for i in range(dimension - 1, -1, -1) if spread[i] > 1e-9 * spread[-1]][:n_axes] or [dimension - 1]
        scale = (np.maximum(spread[order], 1e-30) / max(float(spread[-1]), 1e-30)) ** (-FLATTENING / 2)
        return cls(languages, means, np.ascontiguousarray(axes[:, order] * scale, np.float32))

    def mix(self, segments: Segments, part: slice) -> FloatArray:
        """Centre a run of whole documents by language and mix in the documents' means; unit rows."""
        vectors = segments.vectors[part].astype(np.float32)
        known = np.isin(segments.languages[part], self.languages)
        codes = _codes(segments.languages[part], self.languages)
        fallback = self.means.mean(axis=0)
        present = np.linalg.norm(vectors, axis=1, keepdims=True) > 0
        shift = np.where(known[:, None], self.means[codes], fallback)
        centred = unit_rows(np.where(present, vectors - shift, 0.0).astype(np.float32))
        _, rows = np.unique(segments.documents[part], return_inverse=True)
        context = unit_rows(group_sums(centred, rows.astype(np.int64), int(rows.max()) + 1 if len(rows) else 0))
        return unit_rows(centred + CONTEXT * context[rows])

    def project(self, segments: Segments) -> FloatArray:
        """Give unit vectors of shape (n, d) in the space; a segment without a token is the zero vector."""
        out = np.zeros((len(segments), self.axes.shape[1]), np.float32)
        for part in segments.chunks():
            out[part] = unit_rows(self.mix(segments, part) @ self.axes)
        return out


def _codes(languages: NDArray[np.str_], known: Sequence[str]) -> IntArray:
    """Number languages by their place among the known ones; unknown ones get 0."""
    found = np.zeros(len(languages), np.int64)
    for place, code in enumerate(known):
        found[languages == code] = place
    return found
