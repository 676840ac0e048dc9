"""What a word is, in scripts that part words by spaces, and the type that every tokeniser gives."""

from __future__ import annotations

import re
from dataclasses import dataclass

WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
"""Letters and digits, with hyphens and apostrophes inside."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word with its dictionary form.

    Parameters
    ----------
    start, end : int
        Offsets into the text given to the tokeniser.
    surface : str
        The word as written.
    lemma : str
        Its dictionary form in small letters; the word itself where none is known.
    pos : str
        Part of speech where the dictionary tells: ``NOUN``, ``PROPN``, ``VERB``, ``ADJ``, ``ADV``, ``NUM``, or ``X``
        for function words; empty where it does not (Croatian).
    """

    start: int
    end: int
    surface: str
    lemma: str
    pos: str = ""
