"""Writes the comparison's splits as plain files, so that a system's process loads nothing but its own libraries."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from cxmining import load_corpus, load_taxonomy
from cxmining.corpora.load import Narrative
from cxmining.training import examples

TRAIN_CORPORA = ("failure_modes", "failure_modes_silver")
N_SURVEYS = 600


def write(folder: Path, limit: int | None = None) -> str:
    """Write train, dev and test, and survey comments for timing; give a hash of what systems learn and are tested on.

    Parameters
    ----------
    folder : Path
        Where to write.
    limit : int, optional
        Keep about so many texts of each split, evenly spaced; for trials.

    Returns
    -------
    str
        First 16 hex digits of a SHA-256 over ids, texts and labels.
    """
    splits = {
        "train": [row for name in TRAIN_CORPORA for row in load_corpus(name, split="train")],
        "dev": list(load_corpus("failure_modes", split="dev")),
        "test": list(load_corpus("failure_modes", split="test")),
    }
    digest = hashlib.sha256()
    for name, rows in splits.items():
        kept = rows[:: max(1, len(rows) // limit)] if limit else rows
        _write_split(folder, name, kept)
        for row in sorted(kept, key=lambda r: r.id):
            digest.update(json.dumps([name, row.id, row.text, sorted(row.labels)], ensure_ascii=False).encode())
    surveys = [row for row in load_corpus("failure_modes") if row.channel == "survey"][: limit or N_SURVEYS]
    _write_split(folder, "survey", surveys)
    return digest.hexdigest()[:16]


def _write_split(folder: Path, name: str, rows: list[Narrative]) -> None:
    """Write one split."""
    gold = examples(rows, load_taxonomy()).gold
    columns = {
        "texts": [r.text for r in rows],
        "languages": [r.language for r in rows],
        "scenarios": [r.scenario for r in rows],
    }
    (folder / f"{name}.json").write_text(json.dumps(columns, ensure_ascii=False), encoding="utf-8")
    np.savez(folder / f"{name}.npz", labels=gold.labels, known=gold.known)
