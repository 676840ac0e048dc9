"""Joins the stages: text, language, segments, scores, decisions, evidence in raw offsets.

The heart is :meth:`Tagger.tag_batch`, Arrow in and Arrow out; everything else calls it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from cxmining.batch import RESULT_COLUMNS, free_name, input_batch, output_batch, read_tags
from cxmining.classifiers.base import Classifier, FloatArray
from cxmining.errors import ModelError, UsageError
from cxmining.models import load_classifier
from cxmining.pieces import cut, raw_spans
from cxmining.records import Block, LanguageGuess, Passage, Tag
from cxmining.taxonomy import Taxonomy, load_taxonomy
from cxmining.text import identify_many, segments, stated_language, to_document

if TYPE_CHECKING:
    import pandas as pd

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
    >>> "long_wait" in tagger.tag("Čekao sam dva sata na liniji i nitko se nije javio.")[0].labels
    True
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
        taxonomy = load_taxonomy(codebook)
        unknown = [label for label in classifier.classes_ if label not in taxonomy.index]
        if unknown:
            raise ModelError(f"{model}: labels {', '.join(unknown)} are not in its codebook; train it again")
        return cls(classifier, taxonomy, threshold, language)

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

        Raises
        ------
        UsageError
            If a text is no string, or the language is not one that is tagged.
        """
        rows = [texts] if isinstance(texts, str) else list(texts)
        for i, text in enumerate(rows):
            if not isinstance(text, str):
                raise UsageError(f"text {i} is {type(text).__name__}, not a string")
        if language is not None and stated_language(language) is None:
            raise UsageError(f"language {language!r} is not tagged; choose hr, ru, ja or leave it to identification")
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
            A copy with the columns ``language``, ``labels`` (lists) and ``tags`` (lists of :class:`Tag`); columns of
            the frame by these names are kept as ``input_<name>``.

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
        out = frame.rename(columns={c: free_name(c, RESULT_COLUMNS, set(frame.columns)) for c in RESULT_COLUMNS})
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
                for piece in cut(_passage(text, guess, blocks[i])):
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
                        raw_spans(passages[p], scores.evidence(p, k)),
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


def _missing(value: object) -> bool:
    """Whether a cell of a frame is empty: None, NaN or NA."""
    import pandas as pd

    missing = pd.isna(value) if pd.api.types.is_scalar(value) else False  # type: ignore[call-overload]
    return bool(missing)
