"""E-mail messages and mailboxes: one record a message; history and signatures are marked, never cut."""

from __future__ import annotations

import email
import email.policy
import re
import tomllib
from collections.abc import Iterator, Sequence
from email.message import Message
from functools import cache
from importlib import resources
from itertools import groupby
from typing import BinaryIO, cast

from cxmining.loaders.encoding import detect
from cxmining.loaders.html import fragment_text
from cxmining.loaders.rows import has_surrogate, repaired
from cxmining.loaders.source import MAX_TEXT, Input, ReadOptions, Report, Row, Source
from cxmining.records import Block, Origin, Record

_HEADERS = ("subject", "from", "to", "cc", "date")
_HEADER_ERRORS = (ValueError, LookupError, AttributeError, TypeError)
"""What the standard library raises on headers that break their grammar."""

_SIGNATURE = re.compile(r"-- ?")
_MAX_INTRODUCTION = 300
_ALIASES = {"shift_jis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932", "us-ascii": "utf-8", "ascii": "utf-8"}


@cache
def _patterns(kind: str) -> re.Pattern[str]:
    """Compile the lines that introduce quoted history."""
    path = resources.files("cxmining.loaders") / "conversation.toml"
    sources = tomllib.loads(path.read_text(encoding="utf-8"))["quotes"][kind]
    return re.compile("|".join(f"(?:{source})" for source in sources), re.IGNORECASE)


def load(file: Input, options: ReadOptions, report: Report) -> Iterator[Row]:
    """Read a message or a mailbox.

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
        One for each message.

    Raises
    ------
    InputError
        If the file holds no message.
    """
    with file.path.open("rb") as stream:
        head = stream.read(4096)
        stream.seek(0)
        is_mailbox = head.startswith(b"From ")
        if not is_mailbox and not re.match(rb"(?:\xef\xbb\xbf)?(?:[\x21-\x39\x3b-\x7e]+:.*\r?\n)", head):
            raise file.error("this is no e-mail: there is no header line; export it as .eml or .mbox")
        report(Source(file.name, "mbox" if is_mailbox else "eml", encoding_note="stated by each message"))
        messages = _mailbox(stream) if is_mailbox else iter([stream.read(MAX_TEXT + 1)])
        for number, data in enumerate(messages, start=1):
            if len(data) > MAX_TEXT:
                problem = f"the message is larger than {MAX_TEXT >> 20} MiB; remove its attachments"
                yield file.reject(number, problem, data[:300].decode("ascii", "replace"))
            else:
                yield _record(file, number, data, options)


def _mailbox(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the messages of a mailbox; of one that is too large only the beginning is kept."""
    lines: list[bytes] = []
    size, after_blank, is_open = 0, True, False
    while line := stream.readline(MAX_TEXT):
        if after_blank and line.startswith(b"From "):
            if is_open:
                yield b"".join(lines)
            lines, size, is_open = [], 0, True
            after_blank = False
            continue
        after_blank = not line.strip()
        if size <= MAX_TEXT:
            size += len(line)
            lines.append(line[1:] if re.match(rb">+From ", line) else line)
    if is_open:
        yield b"".join(lines)


def _record(file: Input, number: int, data: bytes, options: ReadOptions) -> Row:
    """Make a record of a message."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not message.keys():
        problem = "the message has no headers; export it as .eml or .mbox"
        return file.reject(number, problem, data[:500].decode("utf-8", "replace"))
    columns: dict[str, object] = {name: v for name in _HEADERS if (v := _header(message, name)) is not None}
    try:
        text = _body(message)
    except _HEADER_ERRORS as error:
        problem = f"the message's body cannot be read ({error}); export it anew"
        return file.reject(number, problem, data[:500].decode("utf-8", "replace"))
    if has_surrogate([text, columns]):
        problem = "the message holds bytes that no encoding explains; export it anew"
        return file.reject(number, problem, data[:500].decode("utf-8", "replace"))
    text = repaired(text, options)
    identifier = _header(message, "message-id")
    return Record(
        id=(identifier or "").strip().strip("<>") or file.row_id(number),
        text=text,
        origin=Origin(file.name, number),
        time=cast("str | None", columns.get("date")),
        blocks=tuple(_blocks(text)),
        columns=columns,
    )


def _header(message: Message, name: str) -> str | None:
    """Give a header; one that breaks the grammar is given as it stands."""
    try:
        value = message[name]
        return None if value is None else str(value)
    except _HEADER_ERRORS:
        return next((str(raw) for key, raw in message.raw_items() if key.lower() == name), None)


def _body(message: Message) -> str:
    """Give the plain body, else the HTML body as text."""
    parts = list(_parts(message))
    for wanted in ("text/plain", "text/html"):
        texts = [_decode(part) for part in parts if part.get_content_type() == wanted]
        if any(text.strip() for text in texts):
            joined = "\n".join(text if wanted == "text/plain" else fragment_text(text) for text in texts)
            return joined.replace("\r\n", "\n").replace("\r", "\n")
    return ""


def _parts(message: Message) -> Iterator[Message]:
    """Yield the parts that are shown; attachments and attached messages are not."""
    if message.get_content_disposition() == "attachment" or message.get_content_maintype() == "message":
        return
    payload = message.get_payload()
    if isinstance(payload, list):
        for part in payload:
            yield from _parts(cast(Message, part))
    else:
        yield message


def _decode(part: Message) -> str:
    """Decode a part as it states, else by detection."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return str(part.get_payload())
    stated = str(part.get_content_charset() or "").lower()
    try:
        return data.decode(_ALIASES.get(stated, stated or "utf-8"))
    except (LookupError, UnicodeDecodeError):
        return detect(data).decode(data)


def _blocks(text: str) -> list[Block]:
    """Tell what the sender wrote from history and signature; nothing where all is the sender's."""
    lines = text.split("\n")
    kinds = _boilerplate(lines)
    if not any(kinds):
        return []
    blocks, position = [], 0
    for is_boilerplate, group in groupby(zip(kinds, lines, strict=True), key=lambda pair: pair[0]):
        stretch = "\n".join(line for _, line in group)
        start = position + len(stretch) - len(stretch.lstrip())
        end = position + len(stretch.rstrip())
        if end > start:
            blocks.append(Block(start, end, "boilerplate" if is_boilerplate else "text"))
        position += len(stretch) + 1
    return blocks


def _is(kind: str, line: str) -> bool:
    """Tell whether a line introduces or separates quoted history; long lines never do."""
    return len(line) <= _MAX_INTRODUCTION and _patterns(kind).fullmatch(line) is not None


def _boilerplate(lines: Sequence[str]) -> list[bool]:
    """Tell for each line whether it is quoted, introduces a quotation or belongs to a signature."""
    marks = [line.lstrip().startswith((">", "＞")) for line in lines]
    introductions = []
    rest = len(lines)
    for i, line in enumerate(map(str.strip, lines)):
        following = lines[i + 1].strip() if i + 1 < len(lines) else ""
        if _is("introductions", line):
            marks[i] = True
            introductions.append(i)
        elif line and following and not marks[i] and _is("introductions", f"{line} {following}"):
            marks[i] = marks[i + 1] = True
            introductions.append(i + 1)
        elif _is("separators", line):
            rest = min(rest, i)
        elif _SIGNATURE.fullmatch(line):
            # A signature ends where a quotation begins; answers below quotations stay the sender's.
            for j in range(i, len(lines)):
                if j > i and marks[j]:
                    break
                marks[j] = True
    # An introduction without quotation marks after it, as web mail writes it, is followed by nothing but history.
    if introductions and not any(marks[introductions[-1] + 1 :]):
        rest = min(rest, introductions[-1])
    return [mark or i >= rest for i, mark in enumerate(marks)]
