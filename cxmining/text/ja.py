"""Japanese words and their dictionary forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from cxmining.text.words import Token

# The analyser refuses more than 49,149 bytes at once; pieces end where no word can go on.
_PIECE = re.compile(r"[\s\S]{1,8000}(?:(?<=[。\n！？!? ])|$)|[\s\S]{1,8000}")
_NO_WORDS = ("補助記号", "空白")
_POS = {"名詞": "NOUN", "動詞": "VERB", "形容詞": "ADJ", "形状詞": "ADJ", "副詞": "ADV"}
_NOUNS = {"固有名詞": "PROPN", "数詞": "NUM"}


def tokens(text: str) -> list[Token]:
    """Divide Japanese text into words with lemmas.

    Parameters
    ----------
    text : str
        Normalised text.

    Returns
    -------
    list of Token
        Words and numbers in order; punctuation is left out. The units are the longest that the dictionary knows
        (mode C), so that names of things stay whole; inflected words stand in their dictionary form.

    Examples
    --------
    >>> [token.lemma for token in tokens("繋がらなかった")]
    ['繋がる', 'ない', 'た']
    """
    return [token for piece in _PIECE.finditer(text) for token in _piece(piece[0], piece.start())]


def _piece(text: str, offset: int) -> Iterator[Token]:
    """Analyse what the analyser takes at once."""
    for morpheme in _tokenizer().tokenize(text):
        kind, detail, *_ = morpheme.part_of_speech()
        if kind not in _NO_WORDS:
            start, end = offset + morpheme.begin(), offset + morpheme.end()
            pos = _NOUNS.get(detail) or _POS.get(kind, "X")
            yield Token(start, end, morpheme.surface(), morpheme.dictionary_form().casefold(), pos)


@cache
def _tokenizer() -> Any:
    """Load the dictionary, once."""
    from sudachipy import Dictionary, SplitMode

    return Dictionary(dict="small").tokenizer(mode=SplitMode.C)
