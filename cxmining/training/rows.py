"""Corpus rows made ready to learn from: passages, gold labels, splits."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cxmining.classifiers.base import Gold, Interval
from cxmining.corpora.load import Narrative
from cxmining.errors import CorpusError, ModelError
from cxmining.records import LanguageGuess, Passage
from cxmining.taxonomy import Taxonomy
from cxmining.text import segments, to_document


@dataclass(frozen=True, slots=True)
class Examples:
    """Corpus rows made ready for a classifier."""

    passages: list[Passage]
    gold: Gold


def examples(rows: Iterable[Narrative], taxonomy: Taxonomy) -> Examples:
    """Turn corpus rows into passages and gold labels.

    Parameters
    ----------
    rows : iterable of Narrative
        Rows with labels, open labels and raw evidence.
    taxonomy : Taxonomy
        Order of the labels.

    Raises
    ------
    CorpusError
        If a row bears a label that the taxonomy does not have.
    """
    kept = list(rows)
    labels = np.zeros((len(kept), len(taxonomy)), np.bool_)
    known = np.ones_like(labels)
    passages: list[Passage] = []
    spans: list[dict[int, list[Interval]]] = []
    for i, row in enumerate(kept):
        document = to_document(row.text, LanguageGuess(row.language, 1.0))
        passages.append(Passage(document, tuple(segments(document))))
        for label in (*row.labels, *row.maybe):
            if label not in taxonomy.index:
                raise CorpusError(f"row {row.id!r}: label {label!r} is not in the codebook {taxonomy.codebook.id!r}")
        labels[i, [taxonomy.index[label] for label in row.labels]] = True
        known[i, [taxonomy.index[label] for label in row.maybe if label not in row.labels]] = False
        found: dict[int, list[Interval]] = {}
        for span in row.evidence:
            first = int(np.searchsorted(document.ends, span.start, side="right"))
            last = int(np.searchsorted(document.starts, span.end, side="left"))
            if span.label in row.labels and last > first:
                found.setdefault(taxonomy.index[span.label], []).append((first, last))
        spans.append(found)
    return Examples(passages, Gold(labels, known, spans, [r.scenario for r in kept]))


def check_labels(classes: Sequence[str], taxonomy: Taxonomy, model: str | Path) -> None:
    """Refuse a model of other labels than the codebook's.

    Raises
    ------
    ModelError
        If they differ, or stand in another order.
    """
    if tuple(classes) != tuple(taxonomy.ids):
        raise ModelError(
            f"{model}: its labels are not those of the codebook {taxonomy.codebook.id!r} in the same order; "
            "give the codebook that it was trained on with --codebook"
        )


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Rows to learn from, to tune on, and to report on (the development rows where there are no others)."""

    train: Sequence[Narrative]
    dev: Sequence[Narrative]
    test: Sequence[Narrative]

    @classmethod
    def of(cls, rows: Iterable[Narrative]) -> TrainingRows:
        """Sort rows by their split.

        Raises
        ------
        CorpusError
            If there are no rows to learn from.
        """
        by_split: dict[str, list[Narrative]] = {"train": [], "dev": [], "test": []}
        for row in rows:
            by_split[row.split].append(row)
        if not by_split["train"]:
            raise CorpusError("training needs rows of the split train; the corpora have none")
        return cls(**by_split)

    def with_dev(self, share: float = 0.15, seed: int = 0) -> TrainingRows:
        """Give rows with some to tune on: where there are none, a share of the training rows' scenarios.

        Raises
        ------
        CorpusError
            If too few scenarios are there to divide.
        """
        if self.dev:
            return self
        scenarios = sorted({row.scenario for row in self.train})
        if len(scenarios) < 8:
            raise CorpusError(f"{len(scenarios)} training rows are too few to set some aside for tuning; give 8")
        random.Random(seed).shuffle(scenarios)
        kept = set(scenarios[: max(1, round(share * len(scenarios)))])
        train = [row for row in self.train if row.scenario not in kept]
        return TrainingRows(train, [row for row in self.train if row.scenario in kept], self.test)

    @property
    def report(self) -> Sequence[Narrative]:
        """Rows that the card's figures come from; empty where only cross-validation can tell."""
        return self.test or self.dev


def learning_key(rows: TrainingRows, taxonomy: Taxonomy, options: dict[str, Any], *origins: str) -> str:
    """Tell one learning from another: a hash of rows, labels, parameters and fingerprints of what it starts from."""
    digest = hashlib.sha256(json.dumps([taxonomy.ids, options, origins]).encode())
    for split in (rows.train, rows.dev):
        for row in split:
            spans = [[e.label, e.start, e.end] for e in row.evidence]
            said = [row.language, row.text, list(row.labels), list(row.maybe), spans]
            digest.update(json.dumps(said).encode())
        digest.update(b"\n")
    return digest.hexdigest()
