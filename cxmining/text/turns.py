"""Speaker turns: which lines, and which stretches of a line, somebody is named to say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from cxmining.text.resources import table

Line = tuple[int, int]
"""Interval of a line without the white space around it."""

_TIME = r"[\[(]?(?P<{0}>\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:[.,]\d{{1,3}})?)?)[\])]?"
# A name: up to four words, no sentence punctuation inside, full stops only after initials.
_NAME = r"(?P<name>[^\W_](?:[\w'’&/#-]|\.(?=[ \w:：(\[])| (?=[\w(#])){0,39}?\.?)"
_START = re.compile(
    rf"(?:{_TIME.format('before')} {{0,3}}[-–—]? {{0,3}})?(?:\*\*)?{_NAME}(?: {{0,3}}{_TIME.format('after')})?"
    r" {0,3}(?:\*\*)?(?::(?!//|\d)|：)(?:\*\*)?\s*"
)
_INNER = re.compile(
    r"(?<=[.!?…。！？)）\]\"»”」])\s{0,3}[-–—]?\s{0,3}"
    r"(?P<name>[^\W\d_](?:[^\W_]|[ '’-]){0,30}?) {0,3}(?::(?!//|\d)|：)\s*"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says without a break.

    Parameters
    ----------
    start, end : int
        Interval of the words, without the speaker's name.
    prefix : int
        Where the name, or the time before it, begins.
    speaker : str
        Name as written.
    time : str or None
        Time as written.
    """

    start: int
    end: int
    prefix: int
    speaker: str
    time: str | None


@cache
def _roles() -> frozenset[str]:
    """Names that speak in any transcript."""
    return frozenset(name.casefold() for name in table("speakers")["roles"])


@cache
def _labels() -> frozenset[str]:
    """Words before a colon that are no names."""
    return frozenset(name.casefold() for name in table("speakers")["labels"])


def turns(text: str, lines: Sequence[Line]) -> list[Turn]:
    """Find the turns of a transcript, a chat or an interview.

    Parameters
    ----------
    text : str
        Normalised text.
    lines : sequence of (int, int)
        Its non-empty lines.

    Returns
    -------
    list of Turn
        In order; empty where the text is no transcript. A turn ends with its line or before the next turn on the line.

    Notes
    -----
    A known role speaks wherever it begins a line. An unknown name counts only where the pattern recurs: two turns by
    one name, or two names, on at least a third of the lines. A colon in prose names nobody.
    """
    if ":" not in text and "：" not in text:
        return []
    starts = {line: match for line in lines if (match := _begin(text, line)) is not None}
    if not starts:
        return []
    names = Counter(match["name"].casefold() for match in starts.values())
    unknown = {name for name in names if name not in _roles()}
    n_turns = len(starts) + (_initials_within(text, starts) if len(starts) == 1 else 0)
    recurs = n_turns >= 2 and (3 * n_turns >= len(lines) or max(names.values()) >= 3)
    if unknown and not recurs:
        starts = {line: match for line, match in starts.items() if match["name"].casefold() not in unknown}
    found: list[Turn] = []
    places = {line: place for place, line in enumerate(lines)}
    for line, match in starts.items():
        after = places[line] + 1
        if match.end() >= line[1] and after < len(lines) and lines[after] not in starts:
            # The name has a line of its own.
            found.append(Turn(*lines[after], match.start(), match["name"], match["before"] or match["after"]))
        else:
            found.extend(_within(text, match, line[1], names))
    return [turn for turn in found if turn.start < turn.end]


def _begin(text: str, line: Line) -> re.Match[str] | None:
    """Match a speaker at the beginning of a line."""
    match = _START.match(text, *line)
    if match is None:
        return None
    name = match["name"].casefold()
    if name in _roles():
        return match
    timed = match["before"] is not None or match["after"] is not None
    if name in _labels() or name.rstrip(".") in _labels() or name[0].isdigit() or name.count(" ") > 3:
        return None
    # Names are written large; two small letters are the initials of an interview.
    return match if timed or match["name"][0].isupper() or _is_wide(name) or len(name) <= 2 else None


def _initials_within(text: str, starts: dict[Line, re.Match[str]]) -> int:
    """Count single-letter speakers inside the one line that begins with such a letter."""
    ((_, end), match), *_ = starts.items()
    if len(match["name"]) != 1:
        return 0
    return sum(len(following["name"]) == 1 for following in _INNER.finditer(text, match.end(), end))


def _is_wide(name: str) -> bool:
    """Tell a short name in a script without capitals; long ones are clauses."""
    return not name[0].isascii() and name[0].lower() == name[0].upper() and len(name) <= 12


def _within(text: str, match: re.Match[str], end: int, names: Counter[str]) -> list[Turn]:
    """Cut a line that begins with a turn where another known speaker follows a finished sentence."""
    initials = len(match["name"]) == 1
    found: list[Turn] = []
    prefix, start, speaker = match.start(), match.end(), match["name"]
    time = match["before"] or match["after"]
    for following in _INNER.finditer(text, start, end):
        name = following["name"].casefold()
        if name not in names and name not in _roles() and not (initials and len(name) == 1):
            continue
        found.append(Turn(start, _rstrip(text, start, following.start()), prefix, speaker, time))
        prefix, start, speaker, time = following.start("name"), following.end(), following["name"], None
    found.append(Turn(start, end, prefix, speaker, time))
    return found


def _rstrip(text: str, start: int, end: int) -> int:
    """Move an end before the white space that it follows."""
    while end > start and text[end - 1].isspace():
        end -= 1
    return end
