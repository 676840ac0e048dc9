"""Varies training texts without moving a character, so that evidence spans stay where they are."""

from __future__ import annotations

import random

_DIACRITICS = str.maketrans("čćđšžČĆĐŠŽ", "ccdszCCDSZ")
_YO = str.maketrans("ёЁ", "еЕ")


def vary(text: str, language: str, rng: random.Random) -> str:
    """Give the text as another person might have typed it, of the same length.

    Drops diacritics (hr), writes е for ё (ru), changes the case of the whole text, swaps neighbouring letters here and
    there, each at random.

    Parameters
    ----------
    text : str
        Normalised text.
    language : str
        hr, ru or ja.
    rng : random.Random
        Source of chance.

    Returns
    -------
    str
        Text of the same length.
    """
    varied = text
    if language == "hr" and rng.random() < 0.25:
        varied = varied.translate(_DIACRITICS)
    if language == "ru" and rng.random() < 0.4:
        varied = varied.translate(_YO)
    if language != "ja":
        chance = rng.random()
        if chance < 0.12:
            varied = _same_length(varied, varied.lower())
        elif chance < 0.17:
            varied = _same_length(varied, varied.upper())
    if rng.random() < 0.2:
        varied = _typos(varied, rng, 0.03 if language != "ja" else 0.01)
    return varied


def _same_length(text: str, changed: str) -> str:
    """Give the changed text unless a character changed its length (ß, İ)."""
    return changed if len(changed) == len(text) else text


def _typos(text: str, rng: random.Random, rate: float) -> str:
    """Swap or double neighbouring letters at a rate a letter."""
    letters = list(text)
    for i in range(len(letters) - 1):
        if letters[i].isalpha() and letters[i + 1].isalpha() and rng.random() < rate:
            if rng.random() < 0.6:
                letters[i], letters[i + 1] = letters[i + 1], letters[i]
            else:
                letters[i + 1] = letters[i]
    return "".join(letters)
