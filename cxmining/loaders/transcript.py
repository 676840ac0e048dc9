"""WebVTT and SRT: one record a file, the turns of its speakers as blocks.

Cues are parsed here and not by webvtt-py: that library drops a damaged cue without a word, knows one voice a cue and
leaves character references as they are.
"""

from __future__ import annotations

import html
import itertools
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from cxmining.loaders.encoding import decide, open_text
from cxmining.loaders.rows import has_surrogate, repaired
from cxmining.loaders.source import MAX_TEXT, Input, ReadOptions, Report, Row, Source
from cxmining.records import Block, Origin, Record

_TIME = r"(?:(\d{1,3}):)?([0-5]?\d):([0-5]?\d)[.,](\d{3})"
_TIMING = re.compile(rf"\s*{_TIME}\s+-->\s+{_TIME}(?:\s+\S.*)?\s*")
_SECTIONS = ("WEBVTT", "NOTE", "STYLE", "REGION")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_MARKUP = re.compile(r"</?(?:[cibuv]|ruby|lang|font)\b[^>]*>|</?rt>|<[\d:.]+>|\{\\[^}]*\}", re.IGNORECASE)
_READING = re.compile(r"<rt>.*?</rt>", re.DOTALL)
_PREFIX = re.compile(r"(?:[-–—>]+\s*)?([^\W\d_][^:：\n]{0,39}?)\s*(?::\s+|：\s*)(?=\S)")
_SENTENCE_END = re.compile(r"[.!?…。！？]['\"”»」』)]*$")
_MAX_NAME_WORDS = 4


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one speaker says without a break."""

    speaker: str | None
    time: str
    text: str


@cache
def _roles() -> frozenset[str]:
    """Read the words that name the parties of a conversation."""
    path = resources.files("cxmining.loaders") / "conversation.toml"
    words = tomllib.loads(path.read_text(encoding="utf-8"))["speakers"]
    return frozenset(word for language in words.values() for word in language)


def load(file: Input, options: ReadOptions, report: Report) -> Iterator[Row]:
    """Read a transcript.

    Parameters
    ----------
    file : Input
        File at hand.
    options : ReadOptions
        The user's options.
    report : callable
        Told how the file was understood, before the first row.

    Yields
    ------
    Record or Rejected
        One record for the file, whose text is what is said and whose blocks are the turns, then one rejected row for
        each damaged cue.

    Raises
    ------
    InputError
        If the file is not text or holds no cue at all.
    """
    encoding = decide(file, options)
    with open_text(file.path, encoding) as stream:
        content = stream.read(MAX_TEXT + 1)
    if len(content) > MAX_TEXT:
        raise file.error(f"the transcript is longer than {MAX_TEXT} characters; split it")
    report(Source(file.name, file.path.suffix.lower().removeprefix("."), encoding.name, encoding.note))
    cues: list[_Turn] = []
    damaged: list[Row] = []
    for number, lines in enumerate(_cues(content), start=1):
        cue = _cue(lines)
        if isinstance(cue, str):
            damaged.append(file.reject(number, f"cue {number}: {cue}", "\n".join(lines)[:500]))
        else:
            cues.extend(cue)
    if cues:
        turns = _merge(_named(cues))
        text, blocks = "", []
        for turn in turns:
            said = repaired(turn.text, options)
            text += "\n" if text else ""
            blocks.append(Block(len(text), len(text) + len(said), "turn", turn.speaker, turn.time))
            text += said
        yield Record(file.row_id(1), text, Origin(file.name, 1), blocks=tuple(blocks))
    elif not damaged:
        yield file.holds_no_rows()
    yield from damaged


def _cues(content: str) -> Iterator[list[str]]:
    """Yield the lines of each cue; blank lines part them, and so does a timing that follows no blank line."""
    content = content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for part in re.split(r"\n[ \t]*\n+", content):
        lines = [line for line in part.split("\n") if line.strip()]
        if not lines or (lines[0].startswith(_SECTIONS) and not any("-->" in line for line in lines)):
            continue
        if lines[0].startswith("WEBVTT"):
            lines = lines[1:]
        starts = [i for i, line in enumerate(lines) if "-->" in line]
        # The line before a timing is the cue's name.
        cuts = [0] + [i - (i > 0 and lines[i - 1].strip().isdigit()) for i in starts[1:]] + [len(lines)]
        for begin, end in itertools.pairwise(cuts):
            yield lines[begin:end]


def _cue(lines: Sequence[str]) -> list[_Turn] | str:
    """Parse a cue into what its voices say, or say what is wrong with it."""
    at = next((i for i, line in enumerate(lines) if "-->" in line), None)
    if at is None:
        return "there is no timing line (00:00:00.000 --> 00:00:00.000); add it"
    timing = _TIMING.fullmatch(lines[at])
    if timing is None or at > 1:
        return f"the timing {lines[at].strip()!r} cannot be read; write it as 00:00:00.000 --> 00:00:00.000"
    payload = "\n".join(lines[at + 1 :])
    if has_surrogate(payload):
        return "bytes that the encoding of the file does not know; save it anew or state its encoding"
    hours, minutes, seconds, fraction = timing.groups()[:4]
    time = f"{int(hours or 0):02}:{int(minutes):02}:{int(seconds):02}.{fraction}"
    pieces = _VOICE.split(payload)
    voices = [(None, pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=True)]
    turns = [_Turn(html.unescape(v).strip() if v else None, time, _plain(said)) for v, said in voices if _plain(said)]
    return turns or "the cue holds no text; remove it"


def _plain(said: str) -> str:
    """Strip markup and join the lines of a cue."""
    text = html.unescape(_MARKUP.sub("", _READING.sub("", said)))
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    # Japanese is written without blanks, so a line end inside it stands for nothing.
    joined = lines[:1]
    for line in lines[1:]:
        glue = "" if joined[-1][-1] > "\u2fff" and line[0] > "\u2fff" else " "
        joined.append(glue + line) if not _PREFIX.match(line) else joined.append("\n" + line)
    return "".join(joined)


def _named(cues: Sequence[_Turn]) -> Iterator[_Turn]:
    """Take speakers from ``Name: `` prefixes: those that recur, name a party, or begin nearly every cue."""
    lines = [_Turn(cue.speaker, cue.time, line) for cue in cues for line in cue.text.split("\n")]
    if any(cue.speaker for cue in cues):
        yield from (_Turn(cue.speaker, cue.time, cue.text.replace("\n", " ")) for cue in cues)
        return
    found = [_PREFIX.match(line.text) for line in lines]
    counts = Counter(match[1] for match in found if match)
    is_habit = 2 * counts.total() >= len(lines)
    speaker = None
    for line, match in zip(lines, found, strict=True):
        is_name = match and len(match[1].split()) <= _MAX_NAME_WORDS
        if match and is_name and (is_habit or counts[match[1]] > 1 or match[1].casefold() in _roles()):
            speaker = match[1]
            yield _Turn(speaker, line.time, line.text[match.end() :])
        else:
            # A cue without a prefix goes on with the speaker before it.
            yield _Turn(speaker, line.time, line.text)


def _merge(cues: Iterator[_Turn]) -> list[_Turn]:
    """Join consecutive cues of a speaker; without speakers, the cues of a sentence."""
    turns: list[_Turn] = []
    for cue in cues:
        last = turns[-1] if turns else None
        if last and last.speaker == cue.speaker and (cue.speaker or not _SENTENCE_END.search(last.text)):
            glue = "" if last.text[-1] > "\u2fff" and cue.text[0] > "\u2fff" else " "
            turns[-1] = _Turn(last.speaker, last.time, last.text + glue + cue.text)
        else:
            turns.append(cue)
    return turns
