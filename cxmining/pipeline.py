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

from cxmining.batch import RESULT_COLUMNS, free_name, input_batch, output_batch, read_input, read_tags
from cxmining.classifiers.base import Classifier, FloatArray
from cxmining.classifiers.operating import OperatingPoint, Threshold
from cxmining.errors import ModelError, UsageError
from cxmining.models import held_out, load_classifier
from cxmining.passages import check_options, column_language, languages, passage, turn_numbers
from cxmining.pieces import cut, raw_spans
from cxmining.records import Passage, Tag
from cxmining.taxonomy import Taxonomy, load_taxonomy
from cxmining.text import stated_language
from cxmining.text.roles import Role

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
    speaker : {'customer', 'agent'}, optional
        Party of conversations whose statements are tagged; None tags what everybody says.

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
        speaker: Role | None = None,
    ) -> None:
        check_options(threshold, language, speaker)
        self.classifier = classifier
        self.taxonomy = taxonomy
        self.language = language
        self.speaker = speaker
        n = len(classifier.classes_)
        self.thresholds: FloatArray = classifier.thresholds_ if threshold is None else np.full(n, threshold, np.float32)

    @classmethod
    def load(
        cls,
        model: str | Path = "auto",
        threshold: Threshold | None = None,
        language: str | None = None,
        threads: int = 0,
        speaker: Role | None = None,
    ) -> Tagger:
        """Load a shipped model by name, or a model folder by path.

        Parameters
        ----------
        model : str or Path, default 'auto'
            Name of a shipped model or a folder; ``auto`` is the shipped ``cascade``.
        threshold : float or OperatingPoint, optional
            One threshold for all labels, or the precision, recall or share of missed labels that the thresholds are
            to reach on the rows that the model's folder keeps for it.
        language
            As in the constructor.
        threads : int, default 0
            Threads of the encoder; 0 takes the cores there are.
        speaker
            As in the constructor.

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
        check_options(threshold, language, speaker)
        fixed = None if isinstance(threshold, OperatingPoint) else threshold
        tagger = cls(classifier, taxonomy, fixed, language, speaker)
        if isinstance(threshold, OperatingPoint):
            tagger.thresholds = threshold.thresholds(held_out(model, len(classifier.classes_)))
        return tagger

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
        return self._tag_rows(rows, [language] * len(rows))

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
        rows = self._tag_rows(values, stated)
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
            (see :data:`cxmining.batch.BLOCKS_TYPE`), ``language_hint`` (what :func:`column_language` says of the file
            or column that a row is from); others are carried through. A row's result depends on the row alone.

        Returns
        -------
        RecordBatch
            The same rows in the same order: all columns but the last two, and ``language``, ``labels``, ``tags``
            (see :data:`cxmining.batch.TAGS_TYPE`). A column of the input by one of these names is kept as
            ``input_<name>``.

        Raises
        ------
        UsageError
            If there is no ``text`` column.
        """
        texts, stated, hints, blocks = read_input(batch)
        guesses = languages(texts, stated, hints, self.language)
        passages: list[Passage] = []
        owners: list[int] = []
        turns: list[dict[int, int]] = [{} for _ in texts]
        for i, (text, guess) in enumerate(zip(texts, guesses, strict=True)):
            if guess.supported and text.strip():
                whole = passage(text, guess, blocks[i], self.speaker)
                turns[i] = turn_numbers(whole)
                for piece in cut(whole):
                    passages.append(piece)
                    owners.append(i)
        tags = self._tags(passages, owners, turns)
        return output_batch(batch, [g.code for g in guesses], tags)

    def passages(self, texts: Sequence[str], language: str | None = None) -> list[Passage]:
        """Give documents with their segments, as the classifiers see them; unsupported languages included."""
        n = len(texts)
        guesses = languages(texts, [language] * n, [column_language(texts)] * n, self.language)
        return [passage(text, guess, ()) for text, guess in zip(texts, guesses, strict=True)]

    def _tag_rows(self, texts: Sequence[str], stated: Sequence[str | None]) -> list[Tagged]:
        """Tag the rows of one column in batches."""
        hint = None if self.language or all(stated) else column_language(texts)
        rows: list[Tagged] = []
        for at in range(0, len(texts), _BATCH_ROWS):
            part = texts[at : at + _BATCH_ROWS]
            ids = [str(i) for i in range(at, at + len(part))]
            batch = input_batch(ids, part, stated[at : at + _BATCH_ROWS])
            out = self.tag_batch(batch.append_column("language_hint", pa.array([hint] * len(part), pa.string())))
            rows += [Tagged(i, t, code, tags) for i, t, code, tags in read_tags(out)]
        return rows

    def _tags(self, passages: list[Passage], owners: list[int], turns: list[dict[int, int]]) -> list[tuple[Tag, ...]]:
        """Score passages, decide, and turn evidence into raw spans; a row's tag comes from its best piece."""
        best: list[dict[int, tuple[float, int]]] = [{} for _ in turns]
        scores = self.classifier.score(passages) if passages else None
        for p, owner in enumerate(owners):
            assert scores is not None
            for k in np.flatnonzero(scores.documents[p] >= self.thresholds):
                value = float(scores.documents[p, k])
                if value > best[owner].get(int(k), (0.0, 0))[0]:
                    best[owner][int(k)] = (value, p)
        rows: list[tuple[Tag, ...]] = []
        for found, numbers in zip(best, turns, strict=True):
            ranked = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
            rows.append(
                tuple(
                    Tag(
                        self.classifier.classes_[k],
                        value,
                        raw_spans(passages[p], scores.evidence(p, k), numbers),
                        self.classifier.name,
                    )
                    for k, (value, p) in ranked
                    if scores is not None
                )
            )
        return rows


def _missing(value: object) -> bool:
    """Whether a cell of a frame is empty: None, NaN or NA."""
    import pandas as pd

    missing = pd.isna(value) if pd.api.types.is_scalar(value) else False  # type: ignore[call-overload]
    return bool(missing)
