"""Loads an annotated corpus: JSON Lines checked row by row against one schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from cxmining.corpora.lines import read_lines
from cxmining.errors import CorpusError
from cxmining.paths import shipped
from cxmining.records import Origin, Record

Split = Literal["train", "dev", "test"]


class _Row(BaseModel):
    """Base that refuses unknown keys and changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EvidenceSpan(_Row):
    """Raw half-open interval whose words prove a label."""

    label: str
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(gt=0)]


class Annotation(_Row):
    """One reader's labels; ``maybe`` holds what the reader left open."""

    labels: tuple[str, ...]
    maybe: tuple[str, ...] = ()
    evidence: tuple[EvidenceSpan, ...] = ()


class Narrative(_Row):
    """One row of a corpus.

    Attributes
    ----------
    id, language, channel, sector, scenario : str
        Identity and strata; rows of one scenario stand in one split.
    text : str
        The narrative.
    labels, maybe, evidence
        Adjudicated labels, labels left open (scored neither way), and raw evidence spans.
    annotators : dict of str to Annotation
        Independent readings before adjudication, keyed by annotator.
    split : {'train', 'dev', 'test'}
        Frozen split.
    """

    id: str
    language: str
    channel: str
    sector: str
    scenario: str
    text: str
    labels: tuple[str, ...]
    maybe: tuple[str, ...] = ()
    evidence: tuple[EvidenceSpan, ...] = ()
    annotators: dict[str, Annotation] = {}
    split: Split


@dataclass(frozen=True)
class Corpus:
    """Rows of a corpus with views for training and analysis."""

    name: str
    rows: tuple[Narrative, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Narrative]:
        return iter(self.rows)

    @property
    def records(self) -> list[Record]:
        """Rows as Records, labels and strata among the columns."""
        return [
            Record(
                id=row.id,
                text=row.text,
                origin=Origin(self.name, i),
                language=row.language,
                columns={
                    "channel": row.channel,
                    "sector": row.sector,
                    "scenario": row.scenario,
                    "labels": list(row.labels),
                    "split": row.split,
                },
            )
            for i, row in enumerate(self.rows, 1)
        ]

    def frame(self) -> pd.DataFrame:
        """Rows as a data frame; ``labels`` and ``maybe`` hold lists, ``evidence`` lists of dicts."""
        columns = ["id", "language", "channel", "sector", "scenario", "text", "labels", "maybe", "evidence", "split"]
        data = [{**row.model_dump(include=set(columns)), "labels": list(row.labels)} for row in self.rows]
        return pd.DataFrame(data, columns=columns)


def load_corpus(
    name: str | Path = "failure_modes",
    split: Split | Sequence[Split] | None = None,
    language: str | Sequence[str] | None = None,
    root: Path | None = None,
) -> Corpus:
    """Load a corpus, or the part of it in some splits and languages.

    Parameters
    ----------
    name : str or Path, default 'failure_modes'
        Name of a shipped corpus, or a folder that holds ``*.jsonl`` in the same schema.
    split : str or sequence of str, optional
        Keep these splits: ``train``, ``dev``, ``test``.
    language : str or sequence of str, optional
        Keep these languages.
    root : Path, optional
        Folder that holds corpora; default: the shipped ones.

    Returns
    -------
    Corpus
        Rows in file order (files sorted by name).

    Raises
    ------
    CorpusError
        If there is no such corpus, or a row breaks the schema; the message names file and row.
    """
    folder = Path(name) if Path(name).is_dir() else (root or shipped("corpora")) / str(name)
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise CorpusError(f"{folder}: no corpus here (a folder with *.jsonl files is wanted)")
    splits = _as_set(split)
    languages = _as_set(language)
    rows = (row for file in files for row in read_rows(file))
    kept = tuple(
        r for r in rows if (splits is None or r.split in splits) and (languages is None or r.language in languages)
    )
    return Corpus(folder.name, kept)


def read_rows(path: Path) -> Iterator[Narrative]:
    """Yield the rows of one corpus file, each checked.

    Raises
    ------
    CorpusError
        If a line is no JSON or breaks the schema, or a span lies outside its text.
    """
    for number, row in read_lines(path, Narrative):
        for span in row.evidence:
            if not span.start < span.end <= len(row.text):
                raise CorpusError(f"{path}, row {number}: evidence {span.start}:{span.end} lies outside the text")
        yield row


def _as_set(value: str | Sequence[str] | None) -> set[str] | None:
    """Turn one value or several into a set; None stays None."""
    return None if value is None else {value} if isinstance(value, str) else set(value)
