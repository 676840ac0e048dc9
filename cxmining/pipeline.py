"""Joins the stages: text, language, segments, scores, decisions, evidence in raw offsets.

The heart is :meth:`Tagger.tag_batch`, Arrow in and Arrow out; everything else calls it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from cxmining.batch import input_batch, output_batch, read_tags
from cxmining.classifiers.base import Classifier, FloatArray
from cxmining.errors import UsageError
from cxmining.models import load_classifier
from cxmining.records import Block, Document, LanguageGuess, Passage, Segment, Span, Tag
from cxmining.taxonomy import Taxonomy, load_taxonomy
from cxmining.text import identify_many, segments, stated_language, to_document

if TYPE_CHECKING:
    import pandas as pd

PIECE_CHARACTERS = 20_000
"""Longer texts are scored piece by piece, which bounds memory; a label's score is the best piece's."""

_BATCH_ROWS = 256


@dataclass(frozen=True, slots=True)
class Tagged:
    """A text with its tags.

    Parameters
    ----------
    id, text : str
        As given.
    language : str
        ``hr``, ``bs``, ``sr``, ``ru``, ``ja`` or ``other``.
    tags : tuple of Tag
        Best first; empty in other languages and where no failure mode is told.
    """

    id: str
    text: str
    language: str
    tags: tuple[Tag, ...]

    @property
    def labels(self) -> list[str]:
        """Label ids, best first."""
        return [tag.label for tag in self.tags]


class Tagger:
    """Tags texts with failure modes and the words that prove them.

    Parameters
    ----------
    classifier : Classifier
        Trained classifier.
    taxonomy : Taxonomy
        Names of its labels.
    threshold : float, optional
        One decision threshold for all labels in place of the tuned ones.
    language : str, optional
        Language of every text; None identifies each.

    Examples
    --------
    >>> tagger = Tagger.load()
    >>> [t.labels for t in tagger.tag(["Čekao sam dva sata na liniji i nitko se nije javio."])]
    [['long_wait', 'unreachable_support']]
    """

    def __init__(
        self,
        classifier: Classifier,
        taxonomy: Taxonomy,
        threshold: float | None = None,
        language: str | None = None,
    ) -> None:
        if threshold is not None and not 0 < threshold < 1:
            raise UsageError(f"the threshold must lie between 0 and 1, got {threshold}")
        if language is not None and not LanguageGuess(language, 1.0).supported:
            raise UsageError(f"language {language!r} is not tagged; choose hr, ru, ja or leave it to identification")
        self.classifier = classifier
        self.taxonomy = taxonomy
        self.language = language
        n = len(classifier.classes_)
        self.thresholds: FloatArray = classifier.thresholds_ if threshold is None else np.full(n, threshold, np.float32)

    @classmethod
    def load(
        cls,
        model: str | Path = "auto",
        threshold: float | None = None,
        language: str | None = None,
        threads: int = 0,
    ) -> Tagger:
        """Load a shipped model by name, or a model folder by path.

        Parameters
        ----------
        model : str or Path, default 'auto'
            ``auto`` takes the best shipped model.
        threshold, language
            As in the constructor.
        threads : int, default 0
            Threads of the encoder; 0 takes the cores there are.

        Raises
        ------
        ModelError
            If there is no such model or it is damaged.
        """
        classifier, codebook = load_classifier(model, threads)
        return cls(classifier, load_taxonomy(codebook), threshold, language)

    def tag(self, texts: str | Sequence[str], language: str | None = None) -> list[Tagged]:
        """Tag texts.

        Parameters
        ----------
        texts : str or sequence of str
            Raw texts.
        language : str, optional
            Language of all of them; None identifies each.

        Returns
        -------
        list of Tagged
            One a text, in order.
        """
        rows = [texts] if isinstance(texts, str) else list(texts)
        result: list[Tagged] = []
        for at in range(0, len(rows), _BATCH_ROWS):
            part = rows[at : at + _BATCH_ROWS]
            ids = [str(at + i) for i in range(len(part))]
            out = self.tag_batch(input_batch(ids, part, [language] * len(part)))
            result += [Tagged(i, t, code, tags) for i, t, code, tags in read_tags(out)]
        return result

    def tag_frame(self, frame: pd.DataFrame, text: str = "text", language: str | None = None) -> pd.DataFrame:
        """Tag a column of a data frame.

        Parameters
        ----------
        frame : DataFrame
            Any index; missing texts count as empty.
        text : str, default 'text'
            Column that holds the texts.
        language : str, optional
            Column that holds languages.

        Returns
        -------
        DataFrame
            A copy with the columns ``language``, ``labels`` (lists) and ``tags`` (lists of :class:`Tag`).

        Raises
        ------
        UsageError
            If a column is missing.
        """
        import pandas as pd

        for column in (text, language):
            if column is not None and column not in frame.columns:
                raise UsageError(f"the frame has no column {column!r}; it has {', '.join(map(str, frame.columns))}")
        values = ["" if _missing(v) else str(v) for v in frame[text]]
        stated = [None if language is None or _missing(v) else str(v) for v in frame[language or text]]
        rows: list[Tagged] = []
        for at in range(0, len(values), _BATCH_ROWS):
            part = slice(at, at + _BATCH_ROWS)
            ids = [str(i) for i in range(at, at + len(values[part]))]
            batch = self.tag_batch(input_batch(ids, values[part], stated[part]))
            rows += [Tagged(i, t, code, tags) for i, t, code, tags in read_tags(batch)]
        out = frame.copy()
        out["language"] = [r.language for r in rows]
        out["labels"] = [r.labels for r in rows]
        out["tags"] = pd.Series([list(r.tags) for r in rows], index=frame.index, dtype=object)
        return out

    def tag_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Tag one Arrow batch.

        Parameters
        ----------
        batch : RecordBatch
            Columns ``text`` (string) and, if known, ``id``, ``language``, ``blocks``
            (see :data:`cxmining.batch.BLOCKS_TYPE`); others are carried through.

        Returns
        -------
        RecordBatch
            The same rows in the same order: all columns but ``blocks``, and ``language``, ``labels``, ``tags``
            (see :data:`cxmining.batch.TAGS_TYPE`). A column of the input by one of these names is kept as
            ``input_<name>``.

        Raises
        ------
        UsageError
            If there is no ``text`` column.
        """
        texts, stated, blocks = _columns(batch)
        guesses = self._languages(texts, stated)
        passages: list[Passage] = []
        owners: list[int] = []
        for i, (text, guess) in enumerate(zip(texts, guesses, strict=True)):
            if guess.supported and text.strip():
                for piece in _pieces(_passage(text, guess, blocks[i])):
                    passages.append(piece)
                    owners.append(i)
        tags = self._tags(passages, owners, len(texts))
        return output_batch(batch, [g.code for g in guesses], tags)

    def passages(self, texts: Sequence[str], language: str | None = None) -> list[Passage]:
        """Give documents with their segments, as the classifiers see them; unsupported languages included."""
        guesses = self._languages(list(texts), [language] * len(texts))
        return [_passage(text, guess, ()) for text, guess in zip(texts, guesses, strict=True)]

    def _languages(self, texts: list[str], stated: list[str | None]) -> list[LanguageGuess]:
        """Take stated languages where they are known ones, identify the others."""
        fixed = [self.language or stated_language(value) for value in stated]
        todo = [i for i, code in enumerate(fixed) if code is None]
        found = dict(zip(todo, identify_many([texts[i] for i in todo]), strict=True)) if todo else {}
        return [LanguageGuess(code, 1.0) if code else found[i] for i, code in enumerate(fixed)]

    def _tags(self, passages: list[Passage], owners: list[int], n_rows: int) -> list[tuple[Tag, ...]]:
        """Score passages, decide, and turn evidence into raw spans; a row's tag comes from its best piece."""
        best: list[dict[int, tuple[float, int]]] = [{} for _ in range(n_rows)]
        scores = self.classifier.score(passages) if passages else None
        for p, owner in enumerate(owners):
            assert scores is not None
            for k in np.flatnonzero(scores.documents[p] >= self.thresholds):
                value = float(scores.documents[p, k])
                if value > best[owner].get(int(k), (0.0, 0))[0]:
                    best[owner][int(k)] = (value, p)
        rows: list[tuple[Tag, ...]] = []
        for found in best:
            ranked = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
            rows.append(
                tuple(
                    Tag(
                        self.classifier.classes_[k],
                        value,
                        _spans(passages[p], scores.evidence(p, k)),
                        self.classifier.name,
                    )
                    for k, (value, p) in ranked
                    if scores is not None
                )
            )
        return rows


def _columns(batch: pa.RecordBatch) -> tuple[list[str], list[str | None], list[tuple[Block, ...]]]:
    """Read text, stated language and blocks of a batch."""
    names = batch.schema.names
    if "text" not in names:
        raise UsageError(f"the batch has no column 'text'; it has {', '.join(names)}")
    texts = [t or "" for t in batch.column("text").to_pylist()]
    stated = batch.column("language").to_pylist() if "language" in names else [None] * len(texts)
    raw = batch.column("blocks").to_pylist() if "blocks" in names else [None] * len(texts)
    return texts, stated, [tuple(Block(**b) for b in row or ()) for row in raw]


def _passage(text: str, guess: LanguageGuess, blocks: Sequence[Block]) -> Passage:
    """Normalise and segment one text."""
    document = to_document(text, guess)
    return Passage(document, tuple(segments(document, blocks)))


def _pieces(passage: Passage) -> list[Passage]:
    """Cut a long passage between segments into pieces of at most PIECE_CHARACTERS characters."""
    if len(passage.document.text) <= PIECE_CHARACTERS or not passage.segments:
        return [passage] if passage.segments else []
    pieces: list[Passage] = []
    run: list[Segment] = []
    for segment in passage.segments:
        if run and segment.end - run[0].start > PIECE_CHARACTERS:
            pieces.append(_piece(passage.document, run))
            run = []
        run.append(segment)
    pieces.append(_piece(passage.document, run))
    return pieces


def _piece(document: Document, run: Sequence[Segment]) -> Passage:
    """Give the part of a document under a run of segments as a passage of its own, mapped to the same raw text."""
    a, b = run[0].start, run[-1].end
    part = Document(document.raw, document.text[a:b], document.starts[a:b], document.ends[a:b], document.language)
    shifted = (Segment(s.start - a, s.end - a, s.kind, s.speaker, s.time, s.block) for s in run)
    return Passage(part, tuple(shifted))


def _spans(passage: Passage, intervals: Sequence[tuple[int, int]]) -> tuple[Span, ...]:
    """Map normalised intervals to raw spans with the speaker and time of the segment around them."""
    spans: list[Span] = []
    for start, end in intervals:
        a, b = passage.document.raw_span(start, end)
        around: Mapping[str, Any] = next(
            ({"speaker": s.speaker, "time": s.time} for s in passage.segments if s.start <= start < s.end), {}
        )
        spans.append(Span(a, b, passage.document.raw[a:b], **around))
    return tuple(spans)


def _missing(value: object) -> bool:
    """Whether a cell of a frame is empty: None, NaN or NA."""
    import pandas as pd

    return value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))
