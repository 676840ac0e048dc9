"""Pieces of long texts, and the way from a piece back to the raw text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cxmining.records import Document, Passage, Segment, Span

PIECE_CHARACTERS = 20_000
"""Longer texts are scored piece by piece, which bounds memory; a label's score is the best piece's."""


def cut(passage: Passage) -> list[Passage]:
    """Cut a long passage between segments into pieces of at most :data:`PIECE_CHARACTERS` characters.

    Parameters
    ----------
    passage : Passage
        Any length.

    Returns
    -------
    list of Passage
        The passage itself where it is short enough; pieces without anything but boilerplate are left out. A piece
        maps to the same raw text as the whole.
    """
    if all(s.kind == "boilerplate" for s in passage.segments):
        return []
    if len(passage.document.text) <= PIECE_CHARACTERS:
        return [passage]
    pieces: list[Passage] = []
    run: list[Segment] = []
    for segment in passage.segments:
        if run and segment.end - run[0].start > PIECE_CHARACTERS:
            pieces.append(_piece(passage.document, run))
            run = []
        run.append(segment)
    pieces.append(_piece(passage.document, run))
    return [p for p in pieces if any(s.kind != "boilerplate" for s in p.segments)]


def _piece(document: Document, run: Sequence[Segment]) -> Passage:
    """Give the part of a document under a run of segments as a passage of its own, mapped to the same raw text."""
    a, b = run[0].start, run[-1].end
    part = Document(document.raw, document.text[a:b], document.starts[a:b], document.ends[a:b], document.language)
    shifted = (Segment(s.start - a, s.end - a, s.kind, s.speaker, s.time, s.block) for s in run)
    return Passage(part, tuple(shifted))


def raw_spans(passage: Passage, intervals: Sequence[tuple[int, int]], turns: Mapping[int, int]) -> tuple[Span, ...]:
    """Map normalised intervals to raw spans with the speaker, time and turn of the segment that they begin in.

    Parameters
    ----------
    passage : Passage
        A whole text or a piece of one.
    intervals : sequence of (start, end)
        Half-open, not empty, in normalised characters of the passage.
    turns : mapping of int to int
        Block to the number of its turn.

    Returns
    -------
    tuple of Span
        In the order given, with the words they quote.
    """
    spans: list[Span] = []
    for start, end in intervals:
        a, b = passage.document.raw_span(start, end)
        around: Mapping[str, Any] = next(
            (
                {"speaker": s.speaker, "time": s.time, "turn": turns.get(s.block)}
                for s in passage.segments
                if s.start <= start < s.end
            ),
            {},
        )
        spans.append(Span(a, b, passage.document.raw[a:b], **around))
    return tuple(spans)
