"""Keyword in context: every place of a word in all its forms, in columns that line up, full-width letters included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cxmining.topics.terms import Word


@dataclass(frozen=True, slots=True)
class Hit:
    """One place of the word.

    Parameters
    ----------
    id : str
        Text that it stands in.
    start, end : int
        Raw offsets, half-open.
    left, keyword, right : str
        The words before, the word itself, the words after, on one line.
    """

    id: str
    start: int
    end: int
    left: str
    keyword: str
    right: str


def find_lemmas(words: Sequence[Word], wanted: Sequence[Word]) -> list[tuple[int, int]]:
    """Find a word or a run of words by dictionary form.

    Parameters
    ----------
    words : sequence of Word
        Words of a text.
    wanted : sequence of Word
        The word that is looked for, or several in a row. Each matches a word with the same dictionary form or the
        same letters.

    Returns
    -------
    list of (first, last)
        Runs of words, half-open, not overlapping.
    """
    found: list[tuple[int, int]] = []
    at, n = 0, len(wanted)
    while n and at + n <= len(words):
        if all(_same(words[at + k], wanted[k]) for k in range(n)):
            found.append((at, at + n))
            at += n
        else:
            at += 1
    return found


def _same(word: Word, wanted: Word) -> bool:
    """Tell whether two words are forms of one."""
    return word.lemma == wanted.lemma or word.surface.casefold() == wanted.surface.casefold()


def layout(hits: Sequence[Hit], width: int = 40) -> list[str]:
    """Set hits in columns.

    Parameters
    ----------
    hits : sequence of Hit
        Any number.
    width : int, default 40
        Columns of a terminal on either side of the word; a full-width letter takes two.

    Returns
    -------
    list of str
        One line a hit: left context flush right, the word, right context. Every keyword begins in the same column.
    """
    from rich.cells import cell_len, set_cell_size

    middle = max((cell_len(hit.keyword) for hit in hits), default=0)
    lines = []
    for hit in hits:
        left = hit.left
        while cell_len(left) > width:
            left = left[1:]
        left = " " * (width - cell_len(left)) + left
        lines.append(f"{left}  {set_cell_size(hit.keyword, middle)}  {set_cell_size(hit.right, width)}".rstrip())
    return lines
