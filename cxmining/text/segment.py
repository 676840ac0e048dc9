"""Segments: the sentences, headings, bullets and turns that classifiers see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cxmining.records import Block, Document, Segment
from cxmining.text.layout import blocks as layout
from cxmining.text.sentences import sentences, trim


def segments(document: Document, blocks: Sequence[Block] = ()) -> list[Segment]:
    """Divide a document into segments.

    Parameters
    ----------
    document : Document
        The document.
    blocks : sequence of Block
        Structure that the loader knows, with *raw* offsets, in order; it replaces layout analysis. What lies between
        the blocks is taken as plain text.

    Returns
    -------
    list of Segment
        In order and not overlapping, with normalised offsets. Together they cover every character of the blocks that
        is not white space; a boilerplate block is one segment.
    """
    language = document.language.model_language
    known = list(_mapped(document, blocks)) if blocks else layout(document.text, language)
    found: list[Segment] = []
    for index, block in enumerate(known):
        start, end = trim(document.text, block.start, block.end)
        if start == end:
            continue
        pieces = [(start, end)] if block.kind == "boilerplate" else sentences(document.text, start, end, language)
        found.extend(Segment(first, last, block.kind, block.speaker, block.time, index) for first, last in pieces)
    return found


def _mapped(document: Document, blocks: Sequence[Block]) -> Iterator[Block]:
    """Carry raw blocks over to the normalised text and fill the gaps between them with plain text."""
    firsts = np.searchsorted(document.ends, [block.start for block in blocks], side="right")
    lasts = np.searchsorted(document.starts, [block.end for block in blocks], side="left")
    done = 0
    for block, first, last in zip(blocks, firsts.tolist(), lasts.tolist(), strict=True):
        # A character composed across a border belongs to the earlier block.
        start = max(first, done)
        if start > done and not document.text[done:start].isspace():
            yield Block(done, start)
        if last > start:
            yield Block(start, last, block.kind, block.speaker, block.time)
        done = max(done, start, last)
    if done < len(document.text) and not document.text[done:].isspace():
        yield Block(done, len(document.text))
