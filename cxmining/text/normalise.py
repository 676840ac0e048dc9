"""Normalisation that keeps, for every character, the raw interval behind it.

Two passes, each a rewriting by a regular expression: *cleaning* (controls, invisible characters, odd spaces and line
ends) and then *composition* (NFC or NFKC). Cleaning goes first because an invisible character between a letter and its
mark would otherwise keep the two apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Form = Literal["NFC", "NFKC"]
Offsets = NDArray[np.int32]

# Pictographs that NFKC leaves alone; only after these may a variation selector or a joiner stay.
_PICTOGRAPH = (
    "\u00a9\u00ae\u231a-\u23ff\u25aa-\u2767\u2794-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\U0001f004\U0001f0cf\U0001f170-\U0001f171\U0001f17e-\U0001f17f\U0001f18e\U0001f1e6-\U0001f1ff"
    "\U0001f300-\U0001faff"
)
_EMOJI_GLUE = (
    # a joiner between two pictographs (families, professions)
    rf"(?<=[{_PICTOGRAPH}])\ufe0f?\u200d(?=[{_PICTOGRAPH}])"
    # the request for a colourful form, also within a keycap
    rf"|(?<=[{_PICTOGRAPH}])\ufe0f|(?<=[0-9#*])\ufe0f(?=\u20e3)"
    # flags of regions, spelt in tag characters
    r"|(?<=\U0001f3f4)[\U000e0020-\U000e007e]+\U000e007f"
)
_LINE_END = "\r\n|[\r\x0b\x0c\x85\u2028\u2029]"
_SPACE = "[\t\x1c-\x1f\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]"
_SURROGATE = "[\ud800-\udfff]"
_INVISIBLE = (
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_CLEANABLE = re.compile(
    f"(?P<keep>{_EMOJI_GLUE})|(?P<line>{_LINE_END})|(?P<space>{_SPACE})|(?P<broken>{_SURROGATE})|{_INVISIBLE}"
)
_ANY_CLEANABLE = re.compile(
    "[\r\x0b\x0c\x85\u2028\u2029" + "".join(group[1:-1] for group in (_SPACE, _SURROGATE, _INVISIBLE)) + "]"
)
"""One class of all that is cleaned, a quick look before the careful one."""

_ANY_SPACE = re.compile(_SPACE)
_APART_RANGES = (
    "\x00-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u205f\u2100-\u218f\u2460-\u24ff\u3000-\u3029\u3030-\u3098"
    "\u309b-\u30ff\u3200-\u33ff\u4e00-\u9fff\uff01-\uff9d\uffe0-\uffe6"
)
_APART = re.compile(f"[{_APART_RANGES}]*")
"""Characters none of which joins the one before it under any form: each is normalised by itself."""

_PLACES = np.arange((1 << 16) + 1, dtype=np.int32)
_PLACES.flags.writeable = False
"""Shared by texts whose characters are where they were."""

_REPLACEMENT = {"line": "\n", "space": " ", "broken": "\ufffd", None: ""}


def normalise(raw: str, form: Form) -> tuple[str, Offsets, Offsets]:
    r"""Clean and compose a text and map every resulting character to the raw text.

    Parameters
    ----------
    raw : str
        Text as loaded, of length n_raw.
    form : {"NFC", "NFKC"}
        Unicode normalisation form: NFC for Croatian and Russian, NFKC for Japanese.

    Returns
    -------
    text : str
        Normalised text, of length n. Spaces of any width and tabs are plain spaces, line ends are ``\n``, control and
        invisible characters are gone (emoji keep their joiners), lone surrogates are U+FFFD.
    starts, ends : ndarray of int32, shape (n,)
        Half-open raw interval behind each character, non-decreasing. Characters that were composed cover all that they
        were made from; characters of one expansion share its interval.

    Examples
    --------
    >>> text, starts, ends = normalise("ｶﾞｽ", "NFKC")
    >>> text, starts.tolist(), ends.tolist()
    ('ガス', [0, 2], [2, 3])
    """
    places = _PLACES if len(raw) < len(_PLACES) else np.arange(len(raw) + 1, dtype=np.int32)
    starts, ends = places[: len(raw)], places[1 : len(raw) + 1]
    text = raw
    if _ANY_CLEANABLE.search(text):
        # Odd spaces, the most frequent finding, move nothing.
        text = _ANY_SPACE.sub(" ", text)
        if _ANY_CLEANABLE.search(text):
            text, starts, ends = _rewrite(text, _CLEANABLE, _clean, starts, ends)
    if not unicodedata.is_normalized(form, text):
        pattern = _changing(form) if _APART.fullmatch(text) else _unstable(text, form)
        found = {c: _compose(c, form) for c in set(pattern.findall(text))}
        if all(len(old) == len(new) == 1 for old, new in found.items()):
            for old, new in found.items():
                text = text.replace(old, new)
            return text, starts, ends
        text, starts, ends = _rewrite(text, pattern, lambda match: _compose(match[0], form), starts, ends)
    return text, starts, ends


def _clean(match: re.Match[str]) -> str:
    """Give what stands for a cleanable stretch."""
    return match[0] if match.lastgroup == "keep" else _REPLACEMENT[match.lastgroup]


@lru_cache(maxsize=65536)
def _compose(cluster: str, form: Form) -> str:
    """Normalise one cluster; few differ within a text."""
    return unicodedata.normalize(form, cluster)


def _rewrite(
    text: str, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str], starts: Offsets, ends: Offsets
) -> tuple[str, Offsets, Offsets]:
    """Replace what matches and carry the map along: one Python step a match, the rest vectorised."""
    pieces: list[str] = []
    edits: list[tuple[int, int, int]] = []
    done = 0
    for match in pattern.finditer(text):
        new = replace(match)
        if new == match[0]:
            continue
        start, end = match.span()
        pieces.append(text[done:start])
        pieces.append(new)
        edits.append((start, end, len(new)))
        done = end
    if not edits:
        return text, starts, ends
    pieces.append(text[done:])
    table = np.array(edits, dtype=np.int64)
    first, last, length = table[:, 0], table[:, 1] - 1, table[:, 2]
    if (first == last).all():
        counts = np.ones(len(text), dtype=np.int64)
        counts[first] = length
        return "".join(pieces), np.repeat(starts, counts), np.repeat(ends, counts)
    # Of a cluster only the first character is repeated, len(new) times, and it reaches to the cluster's end.
    inside = np.zeros(len(text) + 1, dtype=np.int32)
    inside[first] += 1
    np.subtract.at(inside, last + 1, 1)
    counts = (1 - np.cumsum(inside)[:-1]).astype(np.int64)
    counts[first] = length
    reach = ends.copy()
    reach[first] = ends[last]
    return "".join(pieces), np.repeat(starts, counts), np.repeat(reach, counts)


@lru_cache(maxsize=2)
def _changing(form: Form) -> re.Pattern[str]:
    """Build the pattern of the characters that change by themselves, of those that never join another."""
    basic = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x10000))))
    found = (c for c in re.findall(f"[{_APART_RANGES}]", basic) if not unicodedata.is_normalized(form, c))
    return re.compile(f"[{re.escape(''.join(found))}]")


def _unstable(text: str, form: Form) -> re.Pattern[str]:
    """Build the pattern of the clusters of this text that may change under the form.

    A cluster is a character with all that may join it; between clusters normalisation never reaches across.
    """
    joining: list[str] = []
    changing: list[str] = []
    for character in sorted(set(text)):
        role = _role(character, form)
        if role == "joins":
            joining.append(character)
        elif role == "changes":
            changing.append(character)
    return _cluster_pattern("".join(joining), "".join(changing))


@lru_cache(maxsize=256)
def _cluster_pattern(joining: str, changing: str) -> re.Pattern[str]:
    """Compile the clusters of given characters."""
    options = []
    if joining:
        inner = re.escape(joining)
        options.append(f"[^{inner}]?[{inner}]+")
    if changing:
        options.append(f"[{re.escape(changing)}]")
    return re.compile("|".join(options), re.DOTALL)


@lru_cache(maxsize=65536)
def _role(character: str, form: Form) -> str | None:
    """Tell whether a character may join the one before it, or else changes by itself; few differ in all texts."""
    if character.isascii():
        return None
    if _joins(unicodedata.normalize("NFKD", character)[0]):
        return "joins"
    return None if unicodedata.is_normalized(form, character) else "changes"


def _joins(character: str) -> bool:
    """Tell whether a character may compose or be reordered with the one before it."""
    return (
        unicodedata.category(character).startswith("M")
        or "\u1160" <= character <= "\u11ff"  # Hangul vowels and finals
        or "\U00016d63" <= character <= "\U00016d6a"  # Kirat Rai vowel signs
    )
