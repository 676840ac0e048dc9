"""Plain text, Markdown and HTML: a file is a record, or each line of a text is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cxmining.loaders.encoding import Encoding, decide, open_text
from cxmining.loaders.html import fragment_text, page_text
from cxmining.loaders.rows import has_surrogate, repaired
from cxmining.loaders.source import MAX_TEXT, Input, ReadOptions, Report, Row, Source
from cxmining.records import Origin, Record

_HTML = frozenset({".html", ".htm"})
_PAGE = re.compile(r"<(?:!doctype\s+html|html|body)\b", re.IGNORECASE)
_META_CHARSET = re.compile(rb"""<meta[^>]+charset=["']?([\w-]+)""", re.IGNORECASE)


def load(file: Input, options: ReadOptions, report: Report) -> Iterator[Row]:
    """Read a text file.

    Parameters
    ----------
    file : Input
        File at hand.
    options : ReadOptions
        The user's options; ``per_line`` makes each line a record.
    report : callable
        Told how the file was understood, before the first row.

    Yields
    ------
    Record or Rejected
        One for the file, or one for each line that is not blank.

    Raises
    ------
    InputError
        If the file is not text.
    """
    is_html = file.path.suffix.lower() in _HTML
    encoding = (
        _stated_by_page(file, decide(file, options)) if is_html and not options.encoding else decide(file, options)
    )
    name = "html" if is_html else file.path.suffix.lower().removeprefix(".")
    report(Source(file.name, name, encoding.name, encoding.note))
    if options.per_line and not is_html:
        yield from _lines(file, encoding, options)
        return
    with open_text(file.path, encoding) as stream:
        text = stream.read(MAX_TEXT + 1)
    if len(text) > MAX_TEXT:
        yield file.reject(1, f"the file is longer than {MAX_TEXT} characters; read it line by line or split it")
        return
    if is_html and not has_surrogate(text):
        text = page_text(text) if _PAGE.search(text) else fragment_text(text)
    yield _record(file, 1, text, options)


def _stated_by_page(file: Input, detected: Encoding) -> Encoding:
    """Prefer what a page says of itself, unless a byte order mark or UTF-8 speaks against it."""
    with file.path.open("rb") as stream:
        stated = _META_CHARSET.search(stream.read(4096))
    if stated is None or "letter statistics" not in detected.note:
        return detected
    name = stated[1].decode("ascii").lower()
    name = {"shift_jis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932"}.get(name, name)
    data = file.path.read_bytes()
    try:
        data.decode(name)
    except (LookupError, UnicodeDecodeError):
        return detected
    return Encoding(name, "stated in the page")


def _lines(file: Input, encoding: Encoding, options: ReadOptions) -> Iterator[Row]:
    """Yield a record a line; blank lines are no rows."""
    number, n_rows = 0, 0
    with open_text(file.path, encoding) as stream:
        while line := stream.readline(MAX_TEXT + 1):
            number += 1
            if len(line) > MAX_TEXT:
                n_rows += 1
                yield file.reject(number, f"the line is longer than {MAX_TEXT} characters; split it", line[:500])
                while line and not line.endswith(("\n", "\r")):
                    line = stream.readline(MAX_TEXT)
            elif line.strip():
                n_rows += 1
                yield _record(file, number, line.rstrip("\r\n"), options)
    if not n_rows:
        yield file.holds_no_rows()


def _record(file: Input, number: int, text: str, options: ReadOptions) -> Row:
    """Make a record of a text."""
    if has_surrogate(text):
        problem = "bytes that the encoding of the file does not know; save it anew or state its encoding"
        return file.reject(number, problem, text[:500])
    if not text.strip() and not options.per_line:
        return file.holds_no_rows()
    return Record(file.row_id(number), repaired(text, options), Origin(file.name, number))
