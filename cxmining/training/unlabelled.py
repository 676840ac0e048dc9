"""Texts without labels, which a teacher reads to the fast tier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cxmining.errors import InputError
from cxmining.loaders import Source, read
from cxmining.passages import languages, passage
from cxmining.paths import shipped
from cxmining.records import Passage, Record, Rejected


def unlabelled_passages(
    sources: Sequence[str], on_source: Callable[[Source], None] | None = None
) -> tuple[list[Passage], int]:
    """Read texts to learn from without labels.

    Parameters
    ----------
    sources : sequence of str
        Files or folders of any supported format, corpus folders or names of shipped corpora; labels that they hold are
        not read.
    on_source : callable, optional
        Told how each file was understood.

    Returns
    -------
    passages : list of Passage
        Texts in Croatian, Russian or Japanese.
    n_left_out : int
        Rows without a text, in other languages, or that could not be read.

    Raises
    ------
    InputError
        If a file cannot be read, or there is no text to learn from.
    """
    if not sources:
        return [], 0
    rows = list(read([file for source in sources for file in _files(source)], on_source=on_source))
    records = [row for row in rows if isinstance(row, Record) and row.text.strip()]
    guesses = languages([r.text for r in records], [r.language for r in records], [None] * len(records))
    found = [passage(r.text, g, r.blocks) for r, g in zip(records, guesses, strict=True) if g.supported]
    if not found:
        first = next((row for row in rows if isinstance(row, Rejected)), None)
        why = f" ({first.reason})" if first else ""
        raise InputError(
            f"{', '.join(sources)}: no text in Croatian, Russian or Japanese to learn from{why}; "
            "check the files, or leave --unlabelled out"
        )
    return found, len(rows) - len(found)


def _files(source: str) -> list[Path]:
    """Give the data files of a corpus, beside which a card and a description lie; else the path itself."""
    path = Path(source)
    if not path.exists() and (shipped("corpora") / source / "card.toml").is_file():
        path = shipped("corpora") / source
    return sorted(path.glob("*.jsonl")) if (path / "card.toml").is_file() else [path]
