"""N-grams of words and of Japanese characters as numbers, found in whole batches of texts at once.

References
----------
Karp and Rabin (1987). Efficient Randomized Pattern-Matching Algorithms (hashes of substrings from prefix sums). IBM
Journal of Research and Development 31(2). Weinberger et al. (2009). Feature Hashing for Large Scale Multitask Learning.
ICML.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

BITS = 22
"""Codes are whole numbers of so many bits; single precision holds them exactly."""

LONGEST = 1 << 18
"""Characters that are read at once, line breaks between texts included."""

STEM = 4
"""Letters of a word that stand for it in n-grams: endings of Croatian and Russian words change, beginnings do not."""

ORDERS = {"words": 3, "characters": 4}
"""Longest n-grams, in words, and in characters where the first one is Japanese."""

SENTENCE = 32
"""Words (Japanese characters) after which a sentence ends at the latest: many people write, and speech is written down,
without stops. Chosen on development rows with their stops and without."""

FIRST_IDEOGRAM = 0x3005
"""Code point from which on, up to 0x9FFF, letters are read one by one."""

_SEPARATOR, _LETTER, _IDEOGRAM, _END = range(4)
_TABLE = 1 << 16
_Codes = NDArray[np.uint64]
_Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NGrams:
    """N-grams of some texts, in no order.

    Parameters
    ----------
    codes : ndarray of shape (n_ngrams,)
        Hashes in 0 to 2 ** :data:`BITS` - 1.
    left, right : ndarray of shape (n_ngrams,)
        First and last word of each n-gram, counted over all texts.
    words : ndarray of shape (n_words, 2)
        Half-open character intervals of the words, each in its own text.
    sentences : ndarray of shape (n_ngrams,)
        Sentence of each n-gram.
    texts : ndarray of shape (n_sentences,)
        Text of each sentence, ascending; a sentence without a letter or digit is none.
    first : ndarray of shape (n_sentences,)
        Where the first word of each sentence begins in its text.
    """

    codes: NDArray[np.int64]
    left: _Places
    right: _Places
    words: _Places
    sentences: _Places
    texts: _Places
    first: _Places


def ngrams(texts: Sequence[str]) -> NGrams:
    """Find the n-grams of texts.

    Of a word count its first :data:`STEM` letters without diacritics and, where it is longer, the whole; of a run of
    words up to three such beginnings in a row; of Japanese up to four characters in a row. Every digit counts as 0.
    None crosses the end of a sentence: a full stop, a question or exclamation mark, a semicolon, a line break, or
    :data:`SENTENCE` words.

    Parameters
    ----------
    texts : sequence of str
        Normalised texts; with a line break after each they have :data:`LONGEST` characters or fewer.

    Returns
    -------
    NGrams
        What was found.
    """
    points = np.frombuffer(("\n".join(texts) + "\n").encode("utf-32-le", "surrogatepass"), np.uint32)
    folded, kinds = _tables()
    points = np.where(points < _TABLE, points, 0)
    kind = kinds.take(points)
    sums = np.zeros(len(points) + 1, np.uint64)
    powers, inverses = _powers()
    np.cumsum(folded.take(points) * powers[: len(points)], out=sums[1:])

    def hashes(start: _Places, end: _Places) -> _Codes:
        return (sums.take(end) - sums.take(start)) * inverses.take(start)

    starts, ends, japanese = _units(kind)
    stops = np.flatnonzero(kind == _END)
    sentence_of = np.searchsorted(stops, starts)
    fresh = np.flatnonzero(np.diff(sentence_of, prepend=-1))
    place = np.arange(len(starts)) - np.repeat(fresh, np.diff(fresh, append=len(starts)))
    fresh = np.flatnonzero(place % SENTENCE == 0)
    numbers = np.cumsum(np.bincount(fresh, minlength=len(starts))) - 1
    stems = _mixed(hashes(starts, np.minimum(ends, starts + STEM)), 0)
    whole = np.flatnonzero(ends - starts > STEM)
    found = [(_mixed(hashes(starts[whole], ends[whole]), 9), whole, whole)]
    longer = stems
    for order in range(1, max(ORDERS.values()) + 1):
        n = max(0, len(stems) - order + 1)
        if order > 1:
            longer = _mixed(longer[:n] * np.uint64(31) + stems[order - 1 :], order)
        inside = numbers[:n] == numbers[order - 1 :]
        if order > ORDERS["words"]:
            inside &= japanese[:n]
        at = np.flatnonzero(inside)
        found.append((longer.take(at), at, at + order - 1))
    codes = np.concatenate([code for code, _, _ in found]) >> np.uint64(64 - BITS)
    left, right = (np.concatenate([part[i] for part in found]) for i in (1, 2))
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
    begins = np.cumsum(lengths) - lengths
    owners = np.searchsorted(begins, starts[fresh], side="right") - 1
    shift = begins[owners]
    words = np.stack([starts, ends], axis=1) - shift.take(numbers)[:, None]
    return NGrams(codes.view(np.int64), left, right, words, numbers.take(left), owners, starts[fresh] - shift)


def _units(kind: NDArray[np.uint8]) -> tuple[_Places, _Places, NDArray[np.bool_]]:
    """Give where words and single Japanese characters begin and end, in order, and which are Japanese."""
    letters = np.diff((kind == _LETTER).astype(np.int8), prepend=0, append=0)
    first, last = np.flatnonzero(letters == 1), np.flatnonzero(letters == -1)
    characters = np.flatnonzero(kind == _IDEOGRAM)
    starts = np.concatenate([first, characters])
    order = np.argsort(starts, kind="stable")
    ends = np.concatenate([last, characters + 1])
    return starts.take(order), ends.take(order), order >= len(first)


def _mixed(codes: _Codes, salt: int) -> _Codes:
    """Scatter hashes, other ones for another salt (the finaliser of MurmurHash3, one multiplication more)."""
    mixed = (codes ^ (codes >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    mixed += np.uint64(salt * 0x9E3779B97F4A7C15 % (1 << 64))
    return (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xC4CEB9FE1A85EC53)


@lru_cache(maxsize=1)
def _powers() -> tuple[_Codes, _Codes]:
    """Give the powers of an odd base modulo 2 ** 64, and their inverses."""
    base = 0x9E3779B97F4A7C15
    both = []
    for factor in (base, pow(base, -1, 1 << 64)):
        steps = np.full(LONGEST, factor, np.uint64)
        steps[0] = 1
        both.append(np.cumprod(steps, dtype=np.uint64))
    return both[0], both[1]


@lru_cache(maxsize=1)
def _tables() -> tuple[_Codes, NDArray[np.uint8]]:
    """Give for each character of the basic plane what it counts as, from 1 up, and its kind."""
    folded = np.zeros(_TABLE, np.uint64)
    kinds = np.zeros(_TABLE, np.uint8)
    for point in range(_TABLE):
        if 0xD800 <= point < 0xE000:
            continue
        character = chr(point)
        plain = _folded(character)
        folded[point] = ord(plain) + 1
        if character in ".!?。！？…;；\n":
            kinds[point] = _END
        elif plain.isalnum() or plain == "ー":
            kinds[point] = _IDEOGRAM if FIRST_IDEOGRAM <= ord(plain) < 0xA000 else _LETTER
    return folded, kinds


def _folded(character: str) -> str:
    """Give a character's lower case without diacritics, full-width forms as plain ones, digits as 0."""
    plain = unicodedata.normalize("NFKC", character).lower()
    if len(plain) != 1:
        return character
    if plain.isdigit():
        return "0"
    # Of Japanese letters the marks make other letters; й is a letter of its own.
    if ord(plain) < 0x0530 and plain not in "й":
        plain = unicodedata.normalize("NFD", plain)[0]
    return {"đ": "d"}.get(plain, plain)
