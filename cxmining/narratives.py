"""Joins records, text and encoder for topics: documents in an order of their own, segments, vectors, words as arrays.

The order depends on the texts alone, so that every stage after it gives the same result however the rows stood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cxmining.encoders import EmbeddedEncoder
from cxmining.models import shipped_encoder
from cxmining.records import LanguageGuess, Passage, Record
from cxmining.text import identify_many, segments, stated_language, to_document, tokenize
from cxmining.topics.describe import Material
from cxmining.topics.lexicon import Lexicon, LexiconBuilder
from cxmining.topics.space import Segments

IntArray = NDArray[np.int64]

LEAST_WORDS = 3
"""A segment with fewer content words is too short to shape a topic; it is only assigned to one."""

_BATCH = 256


@dataclass(frozen=True)
class Narratives:
    """Documents with their segments.

    Parameters
    ----------
    records : tuple of Record
        Documents, sorted by text and id.
    rows : ndarray of int64, shape (n_documents,)
        Place of each in the input.
    languages : ndarray of str, shape (n_documents,)
        Language of each; ``other`` has no segments.
    segments : Segments
        Vectors, languages and documents of the segments; boilerplate is left out.
    starts, ends : ndarray of int64, shape (n_segments,)
        Raw offsets of the segments in their documents.
    lexicon : Lexicon
        Content words of the segments.
    """

    records: tuple[Record, ...]
    rows: IntArray
    languages: NDArray[np.str_]
    segments: Segments
    starts: IntArray
    ends: IntArray
    lexicon: Lexicon

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Segments with enough content words to shape topics, shape (n_segments,)."""
        return np.asarray(self.lexicon.lengths >= LEAST_WORDS)

    @cached_property
    def texts(self) -> list[str]:
        """Raw words of each segment."""
        spans = zip(self.segments.documents.tolist(), self.starts.tolist(), self.ends.tolist(), strict=True)
        return [self.records[d].text[a:b] for d, a, b in spans]

    @property
    def material(self) -> Material:
        """What topics are described from."""
        return Material(self.lexicon, self.segments.languages, self.segments.documents, self.texts)


def read_narratives(
    records: Sequence[Record],
    encoder: EmbeddedEncoder | None = None,
    language: str | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Narratives:
    """Segment, encode and tokenise documents.

    Parameters
    ----------
    records : sequence of Record
        In any order.
    encoder : EmbeddedEncoder, optional
        By default the shipped one.
    language : str, optional
        Language of every text; None takes what a record states and identifies the others.
    on_progress : callable, optional
        Told the number of documents done.

    Returns
    -------
    Narratives
        The same for the same records in any order.
    """
    encoder = encoder or shipped_encoder()
    order = sorted(range(len(records)), key=lambda i: (records[i].text, records[i].id))
    ordered = [records[i] for i in order]
    guesses = _languages(ordered, language)
    builder = LexiconBuilder()
    vectors: list[NDArray[np.float16]] = []
    documents: list[int] = []
    spans: list[tuple[int, int]] = []
    for at in range(0, len(ordered), _BATCH):
        texts: list[str] = []
        for d, record in enumerate(ordered[at : at + _BATCH], start=at):
            if not guesses[d].supported or not record.text.strip():
                continue
            for start, end, text in _pieces(record, guesses[d]):
                texts.append(text)
                documents.append(d)
                spans.append((start, end))
                builder.add(tokenize(text, guesses[d].model_language), guesses[d].model_language)
        # Half precision: a hundred thousand documents have half a million segments.
        vectors.append(encoder.encode(texts).documents.astype(np.float16))
        if on_progress:
            on_progress(min(at + _BATCH, len(ordered)))
    codes = np.array([g.model_language for g in guesses], dtype=np.str_)
    owners = np.array(documents, np.int64)
    stacked = _stacked(vectors, encoder.dimension)
    raw = np.array(spans, np.int64).reshape(-1, 2)
    return Narratives(
        records=tuple(ordered),
        rows=np.array(order, np.int64),
        languages=codes,
        segments=Segments(stacked, codes[owners] if len(owners) else np.zeros(0, "U2"), owners),
        starts=raw[:, 0],
        ends=raw[:, 1],
        lexicon=builder.finish(),
    )


def _stacked(parts: list[NDArray[np.float16]], dimension: int) -> NDArray[np.float16]:
    """Join parts and let each go once it is copied, so that the vectors are never held twice."""
    whole = np.empty((sum(len(p) for p in parts), dimension), np.float16)
    end = len(whole)
    while parts:
        part = parts.pop()
        whole[end - len(part) : end] = part
        end -= len(part)
    return whole


def _languages(records: Sequence[Record], language: str | None) -> list[LanguageGuess]:
    """Take stated languages where they are known ones, identify the others."""
    fixed = [language or stated_language(r.language) for r in records]
    todo = [i for i, code in enumerate(fixed) if code is None]
    found = dict(zip(todo, identify_many([records[i].text for i in todo]), strict=True)) if todo else {}
    return [LanguageGuess(code, 1.0) if code else found[i] for i, code in enumerate(fixed)]


def _pieces(record: Record, guess: LanguageGuess) -> list[tuple[int, int, str]]:
    """Give raw offsets and normalised words of the segments that are no boilerplate."""
    document = to_document(record.text, guess)
    passage = Passage(document, tuple(segments(document, record.blocks)))
    return [
        (*document.raw_span(s.start, s.end), document.text[s.start : s.end])
        for s in passage.segments
        if s.kind != "boilerplate"
    ]
