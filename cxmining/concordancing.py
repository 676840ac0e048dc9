"""Finds a word in all its forms in records: joins text and concordance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from cxmining.records import LanguageGuess, Record
from cxmining.text import Token, identify_many, stated_language, to_document, tokenize
from cxmining.topics.concordance import Hit, find_lemmas

_SPACE = re.compile(r"\s+")


def find_hits(records: Sequence[Record], word: str, language: str | None = None, width: int = 40) -> list[Hit]:
    """Find every place of a word or a run of words.

    Parameters
    ----------
    records : sequence of Record
        Texts.
    word : str
        Any form of the word; several words are looked for in a row.
    language : str, optional
        Language of every text; None takes what a record states and identifies the others. The word is read in the
        language of each text.
    width : int, default 40
        Letters of context on either side, at most.

    Returns
    -------
    list of Hit
        In the order of the records, raw offsets.
    """

    @cache
    def wanted(code: str) -> list[Token]:
        normalised = to_document(word.strip(), LanguageGuess(code, 1.0)).text
        return tokenize(normalised, code)

    hits: list[Hit] = []
    for record, guess in zip(records, _languages(records, language), strict=True):
        document = to_document(record.text, guess)
        words = tokenize(document.text, guess.model_language)
        for first, last in find_lemmas(words, wanted(guess.model_language)):
            start, end = words[first].start, words[last - 1].end
            left = document.text[max(0, start - width) : start]
            right = document.text[end : end + width]
            shown = (_SPACE.sub(" ", part) for part in (left, document.text[start:end], right))
            before, keyword, after = shown
            hits.append(Hit(record.id, *document.raw_span(start, end), before.strip(), keyword, after.strip()))
    return hits


def _languages(records: Sequence[Record], language: str | None) -> list[LanguageGuess]:
    """Take stated languages where they are known ones, identify the others."""
    fixed = [language or stated_language(r.language) for r in records]
    todo = [i for i, code in enumerate(fixed) if code is None]
    found = dict(zip(todo, identify_many([records[i].text for i in todo]), strict=True)) if todo else {}
    return [LanguageGuess(code, 1.0) if code else found[i] for i, code in enumerate(fixed)]
