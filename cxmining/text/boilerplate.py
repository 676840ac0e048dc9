"""Lines of a saved web page that are not the narrative: bylines, contents lists, captions, links to other articles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from cxmining.text.resources import table

_MARKER = re.compile(r"^(?:[-•・*‣◦●]|\d{1,2}[.)]|[①-⑳])\s*")
_LONGEST_LINE = 300


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    """Compile one list of the data file."""
    return re.compile("|".join(f"(?:{rule})" for rule in table("boilerplate")[kind]), re.IGNORECASE)


def boilerplate(lines: Sequence[str], headings: frozenset[int]) -> frozenset[int]:
    """Find the lines that no reader would call part of the narrative.

    Parameters
    ----------
    lines : sequence of str
        Non-empty lines, stripped.
    headings : frozenset of int
        Indices of the lines that look like headings.

    Returns
    -------
    frozenset of int
        Indices of boilerplate lines.

    Notes
    -----
    A line is boilerplate by its words (data file), as an entry of the contents list, as the caption of a film named
    twice, as the title said again, or as a teaser for another article: a heading after the last one that the contents
    list announces begins those.
    """
    found = {
        index for index, line in enumerate(lines) if len(line) <= _LONGEST_LINE and _pattern("line").fullmatch(line)
    }
    found |= _captions(lines)
    entries, announced = _contents(lines)
    found |= entries
    if announced:
        found |= _teasers(lines, headings, announced, max(entries))
    return frozenset(found | _repeated_title(lines, headings, found))


def _captions(lines: Sequence[str]) -> set[int]:
    """Find captions, and the lines that only say a caption's title."""
    found: set[int] = set()
    titles: set[str] = set()
    for index, line in enumerate(lines):
        match = _pattern("caption").fullmatch(line) if len(line) <= _LONGEST_LINE else None
        # A caption names; it does not tell ("Video: ne mogu ga otvoriti." is a complaint).
        if match is not None and not line.endswith((".", "!", "?", "。", "！")):
            found.add(index)
            titles.add(match["title"])
    if titles:
        found |= {index for index, line in enumerate(lines) if line in titles}
    return found


def _contents(lines: Sequence[str]) -> tuple[set[int], set[str]]:
    """Find contents lists: the header, the entries, and the headings that they announce."""
    found: set[int] = set()
    announced: set[str] = set()
    for index, line in enumerate(lines):
        if index in found or not _pattern("contents").fullmatch(line):
            continue
        found.add(index)
        later: dict[str, int] = {}
        for place, other in enumerate(lines[index + 1 :], start=index + 1):
            later[_bare(other)] = place
        for place, entry in enumerate(lines[index + 1 :], start=index + 1):
            if later[_bare(entry)] == place:
                break
            found.add(place)
            announced.add(_bare(entry))
    return found, announced


def _teasers(lines: Sequence[str], headings: frozenset[int], announced: set[str], contents_end: int) -> set[int]:
    """Find what follows the article: headings that its contents list does not know, each with one blurb."""
    said = [index for index, line in enumerate(lines) if index > contents_end and _bare(line) in announced]
    if not said:
        return set()
    last = said[-1]
    start = next((index for index in range(last + 1, len(lines)) if index in headings), None)
    return set() if start is None else set(range(start, len(lines)))


def _repeated_title(lines: Sequence[str], headings: frozenset[int], known: set[int]) -> set[int]:
    """Find later repetitions of the first heading, also with a counter at its end."""
    title = next((index for index in sorted(headings) if index not in known), None)
    if title is None or len(lines[title]) < 15:
        return set()
    same = _bare(lines[title])
    return {index for index in headings if index > title and _bare(lines[index]).rstrip("0123456789 ") == same}


def _bare(line: str) -> str:
    """Fold a line for comparison, without its bullet."""
    return _MARKER.sub("", line).casefold().rstrip(" :：")
