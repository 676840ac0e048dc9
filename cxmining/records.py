"""The types that flow through every stage.

Offsets are Unicode code points, half-open. *Raw* offsets point into the text as loaded; *normalised* offsets point into
:attr:`Document.text`. Whatever leaves the package (tags, evidence, segments in files) is raw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

BlockKind = Literal["text", "heading", "bullet", "turn", "boilerplate"]
"""What a stretch of a text is; ``boilerplate`` is kept in the raw text and never classified."""

SUPPORTED_LANGUAGES = ("hr", "ru", "ja")
"""Languages that the package tags."""

CROATIAN_FAMILY = ("hr", "bs", "sr")
"""Languages written in Latin script that the Croatian models serve."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row came from.

    Parameters
    ----------
    file : str
        Path as the user gave it, or ``<memory>``.
    row : int
        1-based number of the data row, line, cue, message or file part; what a person would count.
    sheet : str or None
        Sheet of a workbook, member of a container.
    """

    file: str
    row: int
    sheet: str | None = None

    def __str__(self) -> str:
        """Give ``file [sheet], row n``."""
        sheet = f" [{self.sheet}]" if self.sheet else ""
        return f"{self.file}{sheet}, row {self.row}"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of raw text with a role that the loader or the layout knows.

    Parameters
    ----------
    start, end : int
        Raw offsets, half-open.
    kind : BlockKind
        Role of the stretch.
    speaker : str or None
        Who speaks, for turns, as written in the source.
    time : str or None
        When it was said, ISO 8601 or ``HH:MM:SS.mmm`` from the beginning of a recording.
    """

    start: int
    end: int
    kind: BlockKind = "text"
    speaker: str | None = None
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One narrative as read.

    Parameters
    ----------
    id : str
        Stable identifier: the source's own, else ``file-name:row``.
    text : str
        Raw text, untouched, free of lone surrogates.
    origin : Origin
        File and row.
    language : str or None
        Language that the source states; None asks for identification.
    time : str or None
        Time that the source states, as written there.
    speaker : str or None
        Speaker that the source states for the whole record.
    blocks : tuple of Block
        Known structure (turns of a transcript); empty asks for layout analysis.
    columns : mapping of str to object
        The source's other columns, carried through untouched.
    """

    id: str
    text: str
    origin: Origin
    language: str | None = None
    time: str | None = None
    speaker: str | None = None
    blocks: tuple[Block, ...] = ()
    columns: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be read, kept for the quarantine file.

    Parameters
    ----------
    origin : Origin
        File and row.
    reason : str
        One sentence: what is wrong and how to mend it.
    raw : str or None
        Beginning of the offending material, at most 500 code points, where there is any.
    """

    origin: Origin
    reason: str
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """Outcome of language identification.

    Parameters
    ----------
    code : str
        ``hr``, ``bs``, ``sr``, ``ru``, ``ja`` or ``other``.
    score : float
        Confidence in [0, 1].
    detail : str or None
        Best guess at the language where ``code`` is ``other`` (ISO 639-1), or the words that decided.
    """

    code: str
    score: float
    detail: str | None = None

    @property
    def supported(self) -> bool:
        """Whether the package tags this language."""
        return self.code in SUPPORTED_LANGUAGES or self.code in CROATIAN_FAMILY

    @property
    def model_language(self) -> str:
        """Language whose resources serve this text (``hr`` for the Croatian family)."""
        return "hr" if self.code in CROATIAN_FAMILY else self.code


@dataclass(frozen=True, slots=True)
class Document:
    """Normalised text with the map back to the raw text.

    Parameters
    ----------
    raw : str
        Text as loaded, of length n_raw.
    text : str
        Normalised text, of length n.
    starts, ends : ndarray of int32, shape (n,)
        Raw interval behind each normalised character; non-decreasing, ``0 <= start < end <= n_raw``.
    language : LanguageGuess
        Identified or stated language.
    """

    raw: str
    text: str
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    language: LanguageGuess

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Map a normalised half-open interval to the raw interval behind it.

        Parameters
        ----------
        start, end : int
            Normalised offsets, ``0 <= start < end <= len(self.text)``.

        Returns
        -------
        tuple of int
            Raw offsets, half-open.

        Raises
        ------
        ValueError
            If the interval is empty or out of range.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"interval {start}:{end} is empty or outside a text of {len(self.text)} characters")
        return int(self.starts[start]), int(self.ends[end - 1])


@dataclass(frozen=True, slots=True)
class Segment:
    """A view on a document: sentence, heading, bullet, turn or part of one.

    Parameters
    ----------
    start, end : int
        Normalised offsets into the document's text, half-open, not empty.
    kind : BlockKind
        Role of the block that it lies in.
    speaker, time : str or None
        Inherited from a turn.
    block : int
        Index of the block that it lies in; segments of one turn share it.
    """

    start: int
    end: int
    kind: BlockKind = "text"
    speaker: str | None = None
    time: str | None = None
    block: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """A document with its segments, what classifiers and topic models read."""

    document: Document
    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        """Normalised text with boilerplate blanked out, every offset kept."""
        text = self.document.text
        for s in self.segments:
            if s.kind == "boilerplate":
                text = text[: s.start] + " " * (s.end - s.start) + text[s.end :]
        return text

    @property
    def language(self) -> str:
        """Language whose resources serve the text."""
        return self.document.language.model_language


@dataclass(frozen=True, slots=True)
class Span:
    """Evidence in the raw text: ``raw[start:end] == quote``; in conversations by whom, when, in which turn (from 1)."""

    start: int
    end: int
    quote: str
    speaker: str | None = None
    time: str | None = None
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """A label that a model gave to a record, with the words that prove it.

    Parameters
    ----------
    label : str
        Id in the taxonomy.
    score : float
        Probability in [0, 1].
    evidence : tuple of Span
        At least one raw span, best first.
    model : str
        Name of the model.
    """

    label: str
    score: float
    evidence: tuple[Span, ...]
    model: str

    def quotes(self) -> Iterator[str]:
        """Yield the quoted words."""
        for span in self.evidence:
            yield span.quote
