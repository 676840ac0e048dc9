"""Sentences, and windows where a sentence runs on without end.

Customers write "ne radi. zvao sam tri puta...nista" and "не работает.Звонил": no capital, no space. Tokenisers made
for edited text miss those ends, and cut quotations and brackets off from their sentence; the rules here ask only
whether the word before the full stop is an abbreviation, a number or an address. They are rules for text without marks
too: line ends, emoji and smileys close a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from cxmining.text.resources import table, words

Interval = tuple[int, int]

_EMOJI = "\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b55\u203c\u2049\ufe0f\u200d\U0001f1e6-\U0001f1ff"
_CLOSE = "\"'»”’)\\]}"
# Ends in text that is written with spaces; the groups say what has to be checked.
_WORDS_END = re.compile(
    rf"(?P<stop>(?<!\.)\.(?!\.))[{_CLOSE}]*(?=\s|$|(?P<tight>[^\W\d_]))"
    rf"|(?P<mark>[!?…]+[.!?…]*|\.{{2,}}[!?…]*)[{_CLOSE}]*(?:\s*[{_EMOJI}]+)*"
    rf"|[{_EMOJI}]+(?=\s|\w|$)"
    r"|(?<=\s)(?:[:;=]-?[()DPdp]+|<3|\)+|xD+)(?=\s|$)|(?P<smile>(?<=[^\W\d_])\)+)(?=\s+[^\W\d_a-zа-яёčćžšđ]|$)|(?<=\w)\){2,}(?=\s|$)"
)
# Every such end begins with one of these; a class is searched many times faster than alternatives that look behind.
_WORDS_END_BEGINS = re.compile(rf"[.!?…:;=<)x{_EMOJI}]")
_WIDE_END = re.compile(
    rf"(?:[。！？!?…]+|(?<=[^\x00-\x7f])\.(?=\s|$|[^\x00-\x7f])|(?<=[^\x00-\x7fA-Za-z])(?:[wｗ]+|[(（][笑泣汗怒爆涙][)）]|笑(?=\s|$|\n)|♪+)|[{_EMOJI}]+)+"
    rf"(?:[」』）)\]】\"”]*(?:[(（][笑泣汗怒爆涙][)）]|[wｗ]+(?![A-Za-z])|[{_EMOJI}♪]+)*)|\n+"
)
_QUOTE_GOES_ON = re.compile(r"[」』）)\]】\"”]+(?=[とっをがのはもにで、，,という])")
_OPEN, _SHUT = "「『（([【", "」』）)]】"
_LAST_WORD = re.compile(r"[^\s(\"'«„“/,;:]*$")
_WORD = re.compile(r"[^\W_]")
_AFTER_NUMBER = re.compile(r"\d\.?\s*[^\W\d_]+$")
_CUT = re.compile(r"[,;:–—]\s|\s(?=(?:ali|no|a|pa|te|jer|da|kad|dok|što|i|но|а|и|что|потому|когда|или)\s)")
_WIDE_CUT = re.compile(r"[、，,;；\s]|(?<=[がてでしけ])(?=[^ぁ-ん])")
LONGEST = {"ja": (150, 200)}
_LONGEST_WORDS = (300, 400)


def sentences(text: str, start: int, end: int, language: str) -> Iterator[Interval]:
    """Cut an interval of a text into sentences.

    Parameters
    ----------
    text : str
        Normalised text.
    start, end : int
        The interval to cut.
    language : str
        Language whose rules hold; Chinese and Korean go by the Japanese ones.

    Yields
    ------
    tuple of int
        Non-empty intervals in order, without white space at their ends, that cover every other character. None is
        longer than about 400 characters (200 in Japanese): longer ones are cut at a comma, a conjunction or a space.
    """
    wide = language in ("ja", "zh")
    ends = _wide_ends(text, start, end) if wide else _word_ends(text, start, end, language)
    soft, hard = LONGEST.get(language, _LONGEST_WORDS)
    previous: Interval | None = None
    done = start
    for stop in (*ends, end):
        first, last = trim(text, done, stop)
        done = max(done, stop)
        if first >= last:
            continue
        # Marks and emoji on their own belong to what they comment on.
        if previous is not None and not _WORD.search(text, first, last):
            previous = (previous[0], last)
            continue
        if previous is not None:
            yield from _windows(text, *previous, soft, hard)
        previous = (first, last)
    if previous is not None:
        yield from _windows(text, *previous, soft, hard)


def trim(text: str, start: int, end: int) -> Interval:
    """Move an interval's ends to its first and last character that is not white space.

    Parameters
    ----------
    text : str
        The text.
    start, end : int
        The interval.

    Returns
    -------
    tuple of int
        The trimmed interval; empty (start == end) where there is white space only.
    """
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


@cache
def _abbreviations(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Give the abbreviations that stay inside a sentence, and those that may end one."""
    lists = table("abbreviations").get(language, {"inside": "", "either": ""})
    return words(lists["inside"]), words(lists["either"])


def _word_ends(text: str, start: int, end: int, language: str) -> Iterator[int]:
    """Find where sentences end in text with spaces."""
    for match in _word_end_matches(text, start, end):
        if match["stop"] is None:
            if match["smile"] is not None and _closes_bracket(text, start, match.start()):
                continue
            # An ellipsis or a bracketed mark in the middle of a clause ends nothing.
            if match["mark"] is not None and not _mark_ends(text, match, end):
                continue
            yield match.end()
        elif _stop_ends(text, match, start, end, language):
            yield match.end()


def _word_end_matches(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Match what may end a sentence, as a search through the whole text would."""
    place = start
    while (begins := _WORDS_END_BEGINS.search(text, place, end)) is not None:
        match = _WORDS_END.match(text, begins.start(), end)
        place = begins.end() if match is None else match.end()
        if match is not None:
            yield match


def _closes_bracket(text: str, start: int, place: int) -> bool:
    """Tell a closing bracket from a smile: some bracket is open."""
    opened = text.rfind("(", max(start, place - 200), place)
    return opened > text.rfind(")", max(start, place - 200), place)


def _mark_ends(text: str, match: re.Match[str], end: int) -> bool:
    """Decide on marks other than a single full stop."""
    after = text[match.end() : min(end, match.end() + 2)].lstrip()
    if match["mark"][0] in ".…":
        return not (after[:1].islower() or after[:1] in ",;:)")
    return after[:1] not in (",", ")", ";")


def _stop_ends(text: str, match: re.Match[str], start: int, end: int, language: str) -> bool:
    """Decide whether a full stop ends a sentence or belongs to an abbreviation, a number or an address."""
    stop = match.start("stop")
    found = _LAST_WORD.search(text, max(start, stop - 40), stop)
    before = found[0] if found else ""
    after = text[match.end() : min(end, match.end() + 3)].lstrip(" \n\"'«„“(")[:1]
    if match["tight"] is not None:
        # "radi.Zvao" is two sentences; "d.o.o", "www.hep.hr" and "Setup.exe" are not.
        small = len(before) >= 2 and before[-2:].islower() and "." not in before and "@" not in before
        return small and match["tight"].isupper() and not before.startswith("http")
    if not after:
        return True
    folded = before.casefold().rstrip(".")
    inside, either = _abbreviations(language)
    if folded in either and (folded not in inside or _AFTER_NUMBER.search(text, max(start, stop - 50), stop)):
        return after.isupper()
    if folded in inside or (len(before) == 1 and before.isalpha()):
        return False
    # "15. ožujka" and "a.m. u hotelu" go on; "u 2023. Nakon" and "platio 50. Nista" do not.
    if before[-1:].isdigit() or ("." in before and len(before.split(".")[-1]) <= 1):
        return after.isupper() and len(before) > 1
    # A quotation that ends inside its sentence is followed by a small letter.
    quoted = match.end() > match.end("stop") and after.islower()
    return not quoted and after not in (",", ";", ")")


def _wide_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Find where sentences end in Japanese, not inside brackets that close within reach."""
    done = start
    for match in _WIDE_END.finditer(text, start, end):
        stop = match.end()
        if stop <= done:
            continue
        if match[0][0] != "\n" and _within_brackets(text, done, match.start(), end):
            continue
        if _QUOTE_GOES_ON.match(text, _closers_start(text, match), end):
            continue
        done = stop
        yield stop


def _closers_start(text: str, match: re.Match[str]) -> int:
    """Find where the closing brackets at the end of a match begin."""
    place = match.end()
    while place > match.start() and text[place - 1] in '」』）)]】"”':
        place -= 1
    return place


def _within_brackets(text: str, start: int, place: int, end: int) -> bool:
    """Tell whether a bracket opened in this sentence is still open and closes on this line within 120 characters."""
    start = max(start, place - 300)
    opened = sum(text.count(sign, start, place) for sign in _OPEN)
    if not opened:
        return False
    depth = opened - sum(text.count(sign, start, place) for sign in _SHUT)
    if depth <= 0:
        return False
    ahead = text[place : min(end, place + 120)].split("\n", 1)[0]
    return any(sign in ahead.lstrip("。！？!?…") for sign in _SHUT) and ahead.lstrip("。！？!?…")[:1] not in _SHUT


def _windows(text: str, start: int, end: int, soft: int, hard: int) -> Iterator[Interval]:
    """Cut what is longer than ``soft`` near its best joint; nothing is lost."""
    while end - start > soft:
        joints = _WIDE_CUT if soft < _LONGEST_WORDS[0] else _CUT
        cuts = [match.end() for match in joints.finditer(text, start + soft // 2, min(end, start + soft))]
        if not cuts:
            space = text.rfind(" ", start + soft // 2, min(end, start + hard))
            cuts = [space + 1 if space >= 0 else start + soft]
        first, last = trim(text, start, cuts[-1])
        yield first, last
        start, end = trim(text, cuts[-1], end)
    if start < end:
        yield start, end
