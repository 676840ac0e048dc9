"""Layout: what each stretch of a text is — paragraph, heading, bullet, speaker turn or boilerplate."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cxmining.records import Block, BlockKind
from cxmining.text.boilerplate import boilerplate
from cxmining.text.turns import Line, Turn, turns

_LINE = re.compile(r"[^\n]+")
_BULLET = re.compile(r"(?:[-–•・*‣◦●▪■□◆◇★☆○→✓✔]\s+|[•・●■◆①-⑳⑴-⑽]\s*|\d{1,2}[.)]\s+(?!\d)|[(（]\d{1,2}[)）]\s*)(?=\S)")
_NUMBERED = re.compile(r"\d{1,2}[.)]\s|[①-⑳]")
_FINAL = re.compile(r"[.!?…。！？,;:、：；)）\]」』\"»”~〜ｗw笑^:;\U0001f300-\U0001faff☀-➿♪]$")
_HEADING_LENGTH = {"ja": 32}
_LONGEST_HEADING = 90


def blocks(text: str, language: str) -> list[Block]:
    """Divide a normalised text into blocks.

    Parameters
    ----------
    text : str
        Normalised text.
    language : str
        Language whose conventions hold (``hr``, ``ru``, ``ja``; others are treated as written in words).

    Returns
    -------
    list of Block
        In order, not overlapping, with *normalised* offsets. Speakers' names and bullets lie outside the blocks; all
        other characters that are not white space lie inside.
    """
    lines = _lines(text)
    if len(lines) <= 1 and ":" not in text and "：" not in text and not (lines and _BULLET.match(text, *lines[0])):
        return [Block(*line) for line in lines]
    spoken = turns(text, lines)
    if spoken:
        return _transcript(text, lines, spoken)
    contents = [text[start:end] for start, end in lines]
    titles = _headings(text, lines, language)
    dropped = boilerplate(contents, titles) if len(lines) > 1 else frozenset[int]()
    found: list[Block] = []
    for index, (first, end) in enumerate(lines):
        start = first
        bullet = _BULLET.match(text, start, end)
        kind: BlockKind = "text"
        if index in dropped:
            kind = "boilerplate"
        elif index in titles:
            kind = "heading"
        elif bullet is not None:
            kind, start = "bullet", bullet.end()
        elif found and _continues(text, found[-1], start, language):
            found[-1] = Block(found[-1].start, end, found[-1].kind)
            continue
        found.append(Block(start, end, kind))
    return found


def _lines(text: str) -> list[Line]:
    """List the lines that hold more than white space, without the white space around them."""
    found = []
    for match in _LINE.finditer(text):
        line = match[0]
        bare = line.strip()
        if bare:
            start = match.start() + len(line) - len(line.lstrip())
            found.append((start, start + len(bare)))
    return found


def _headings(text: str, lines: Sequence[Line], language: str) -> frozenset[int]:
    """Find short lines without a final mark that stand over a paragraph."""
    limit = _HEADING_LENGTH.get(language, _LONGEST_HEADING)
    found: set[int] = set()
    for index, (start, end) in enumerate(lines):
        if end - start > limit or _FINAL.search(text, start, end) or not text[start:end].strip("-–—=_*#~ "):
            continue
        follows = lines[index + 1] if index + 1 < len(lines) else None
        if follows is None:
            # The last line heads nothing, but a saved page often ends with its title.
            if index > 1 and any(text.startswith(text[start:end].rstrip("0123456789 "), lines[k][0]) for k in found):
                found.add(index)
            continue
        bullet = _BULLET.match(text, start, end)
        if bullet is not None and not (_NUMBERED.match(text, start, end) and _stands_alone(text, lines, index)):
            continue
        first = text[bullet.end() if bullet else start]
        if first.islower() or (first.isdigit() and bullet is None and language != "ja"):
            continue
        if index == 0 or _is_paragraph(text, follows, limit) or "\n\n" in text[end : follows[0]]:
            found.add(index)
    return _plausible(text, lines, found)


def _is_paragraph(text: str, line: Line, limit: int) -> bool:
    """Tell a line that a heading may stand over: long, or a finished sentence."""
    start, end = line
    return end - start > limit or text[end - 1] in ".!?。！？:："


def _plausible(text: str, lines: Sequence[Line], found: set[int]) -> frozenset[int]:
    """Keep headings only where paragraphs outweigh them; a poem of a complaint has none."""
    paragraphs = sum(end - start > _LONGEST_HEADING for start, end in lines)
    return frozenset(found) if paragraphs >= 2 and 3 * len(found) <= 2 * len(lines) else frozenset()


def _stands_alone(text: str, lines: Sequence[Line], index: int) -> bool:
    """Tell a numbered line with no other numbered line next to it."""
    return not any(_BULLET.match(text, *lines[place]) for place in (index - 1, index + 1) if 0 <= place < len(lines))


def _continues(text: str, before: Block, start: int, language: str) -> bool:
    """Tell whether a line goes on with the sentence of the block before it (hard-wrapped text)."""
    if language == "ja" or before.kind not in ("text", "bullet") or text.count("\n", before.end, start) > 1:
        return False
    return text[start].islower() and text[before.end - 1] not in ".!?…:;"


def _transcript(text: str, lines: Sequence[Line], spoken: Sequence[Turn]) -> list[Block]:
    """Lay turns and the lines between them; a turn goes on over lines that name nobody."""
    found: list[Block] = []
    last = spoken[-1].start
    following = iter(spoken)
    turn = next(following, None)
    for start, end in lines:
        if turn is not None and start <= turn.prefix < end <= turn.start:
            continue
        if turn is None or turn.start > end:
            before = found[-1] if found else None
            near = before is not None and text.count("\n", before.end, start) == 1
            if before is not None and before.kind == "turn" and (near or start < last):
                found[-1] = Block(before.start, end, "turn", before.speaker, before.time)
            else:
                found.append(Block(start, end, "text"))
            continue
        while turn is not None and turn.start < end:
            found.append(Block(turn.start, turn.end, "turn", turn.speaker, turn.time))
            turn = next(following, None)
    return found
