"""Held-out texts that stand, nearly word for word, among the training texts of another corpus."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cxmining.corpora.card import load_card
from cxmining.corpora.challenge import read_cases
from cxmining.corpora.duplicates import near_duplicates_between
from cxmining.corpora.load import read_rows

Held = tuple[str, str]
"""Name for messages and text."""


def leaks(folder: Path, train: Mapping[str, Sequence[Held]]) -> Iterator[str]:
    """Yield the training texts of a corpus that repeat a held-out text of a corpus beside it.

    Parameters
    ----------
    folder : Path
        Folder of the corpus; corpora in the folder around it are looked at.
    train : mapping of str to sequence of (id, text)
        Its training texts by language.

    Yields
    ------
    str
        One sentence a pair of near-duplicates (Jaccard similarity of character 5-grams above 0.5).
    """
    if not train:
        return
    held = _held_out(folder)
    for code, own in sorted(train.items()):
        other = held.get(code, [])
        for i, j, similarity in near_duplicates_between([t for _, t in own], [t for _, t in other]):
            yield f"row {own[i][0]!r} is a near-duplicate of the held-out {other[j][0]} ({similarity:.2f})"


def _held_out(folder: Path) -> dict[str, list[Held]]:
    """Gather by language the development, test and challenge texts of the corpora beside a folder."""
    found: dict[str, list[Held]] = defaultdict(list)
    for card_path in sorted(folder.resolve().parent.glob("*/card.toml")):
        beside = card_path.parent
        if beside == folder.resolve():
            continue
        kind = load_card(beside).kind
        for path in sorted(beside.glob("*.jsonl")):
            if kind == "narratives":
                for row in read_rows(path):
                    if row.split != "train":
                        found[row.language].append((f"{beside.name}/{row.id}", row.text))
            elif kind == "cases":
                for case in read_cases(path):
                    for text in (case.text, *case.variants):
                        found[case.language].append((f"{beside.name}/{case.id}", text))
    return found
