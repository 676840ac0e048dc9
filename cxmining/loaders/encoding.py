"""In which encoding a text file is written: decided here and nowhere else.

Byte order marks and valid UTF-8 decide at once. Otherwise every encoding of the list below is tried, and the reading
that is the likeliest Croatian, Russian or Japanese wins. Bytes that cannot be decoded become lone surrogates, by which
the loaders reject the row and nothing but the row.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cxmining.loaders.plausibility import best_language
from cxmining.loaders.source import Input, ReadOptions

ENCODINGS = (
    "cp1250", "iso8859_2", "cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic", "cp932", "euc_jp", "iso2022_jp",
    "utf-16-le", "utf-16-be",
)  # fmt: skip
"""Encodings that are told apart, beside UTF-8; of two that read a file alike, the first is named."""

_RARITY = {"mac_cyrillic": 3.0, "utf-16-le": 3.0, "utf-16-be": 3.0, "iso8859_5": 2.0, "cp866": 1.0, "iso8859_2": 1.0}
"""Handicap of encodings that files of today seldom have (natural logarithm); it decides among a few letters only."""

_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})
"""Python's codecs that are notations and not encodings of files."""

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HEAD = 64 * 2**10
_WINDOW = 8 * 2**10
_N_WINDOWS = 16
_SCORED = 6_000
"""Bytes that are scored; more evidence changes no decision."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffd\udc00-\udcff]")
_MAX_CONTROL_SHARE = 0.05
_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")
_ERRORS = "cxmining.escape"


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Stand a lone surrogate for each byte that cannot be decoded."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_ERRORS, _escape)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A decision.

    Parameters
    ----------
    name : str
        Name of Python's codec.
    note : str
        How it was decided.
    """

    name: str
    note: str

    def decode(self, data: bytes) -> str:
        """Decode bytes; those that cannot be become lone surrogates."""
        return data.decode(self.name, _ERRORS)


def detect(data: bytes) -> Encoding:
    """Decide the encoding of a text.

    Parameters
    ----------
    data : bytes
        The text, or enough of it: whole lines as far as possible.

    Returns
    -------
    Encoding
        The likeliest one and how it was decided.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Encoding(name, "byte order mark")
    if data.isascii() and not _CONTROL.search(data.decode("ascii")) and b"\x1b" not in data:
        return Encoding("utf-8", "ASCII only")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        if _mostly_utf8(data):
            return Encoding("utf-8", "UTF-8 with damaged places")
    else:
        if not data.isascii() and not _CONTROL.search(text):
            return Encoding("utf-8", "valid UTF-8")
    return _likeliest(data)


def _mostly_utf8(data: bytes) -> bool:
    """Tell whether the non-ASCII bytes of a text are UTF-8 but for a few damaged places."""
    n_good = len(_MULTIBYTE.findall(data))
    n_bad = data.decode("utf-8", "replace").count("\ufffd") - data.count(b"\xef\xbf\xbd")
    return n_good > 20 * n_bad


def _likeliest(data: bytes) -> Encoding:
    """Try every encoding; the likeliest reading wins."""
    sample = _telling(data)
    readings: dict[str, tuple[float, str, str]] = {}
    for name in ("utf-8", *ENCODINGS):
        text = sample.decode(name, "replace")
        score, language = best_language(text)
        if text not in readings:
            readings[text] = (score - _RARITY.get(name, 0.0), name, language)
    ranked = sorted(readings.values(), key=lambda reading: -reading[0])
    (best, name, language), (second, runner_up, _) = ranked[0], ranked[1]
    margin = (best - second) / max(1, len(sample))
    confidence = "clearly" if margin > 0.2 else "narrowly"
    return Encoding(name, f"letter statistics, as {language}, {confidence} before {runner_up}")


def _telling(data: bytes) -> bytes:
    """Keep the lines that tell encodings apart, at most about 6,000 bytes; wide encodings keep their beginning."""
    if len(data) <= _SCORED:
        return data
    if data.count(0) > len(data) // 50:
        return data[:_SCORED]
    lines = [line for line in data.splitlines(keepends=True) if not line.isascii() or b"\x1b" in line]
    kept = b"".join(line[:_SCORED] for line in lines[:: max(1, len(lines) * 60 // _SCORED)])
    return kept[:_SCORED] if kept else data[:_SCORED]


def detect_file(path: Path) -> Encoding:
    """Decide the encoding of a file from its head and windows spread over the rest.

    Parameters
    ----------
    path : Path
        Text file.

    Returns
    -------
    Encoding
        The likeliest one and how it was decided.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        if size <= _HEAD or head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return detect(head)
        head = head[: len(head) - len(head) % 2]
        # In a wide encoding NUL bytes and line ends cut lines apart; its head alone decides.
        first = detect(head if head.count(0) > len(head) // 50 else _whole_lines(head, first=True))
        if first.name.startswith("utf-16"):
            return first
        step = (size - _HEAD) // _N_WINDOWS
        sample = b"".join([_whole_lines(head, first=True), *_windows(stream, range(_HEAD, size, max(step, _WINDOW)))])
        if sample.isascii() and b"\x1b" not in sample:
            sample += b"".join(_first_non_ascii(stream))
        return detect(sample)


def _windows(stream: BinaryIO, offsets: Iterable[int]) -> Iterable[bytes]:
    """Read whole lines at the offsets."""
    for offset in offsets:
        stream.seek(offset)
        yield _whole_lines(stream.read(_WINDOW), first=False)


def _first_non_ascii(stream: BinaryIO) -> Iterable[bytes]:
    """Search a file that looks like ASCII for the lines that are not, up to a handful."""
    stream.seek(0)
    n_found = 0
    while n_found < 64 and (lines := stream.readlines(2**20)):
        if not all(map(bytes.isascii, lines)):
            for line in lines:
                if not line.isascii():
                    n_found += 1
                    yield line[:_WINDOW]


def _whole_lines(data: bytes, *, first: bool) -> bytes:
    """Cut a window to whole lines; one without line ends loses the few bytes that may be parts of characters."""
    start = 0 if first else data.find(b"\n") + 1
    end = data.rfind(b"\n") + 1
    if end > start:
        return data[start:end]
    for begin in range(1 if first else 4):
        for cut in range(4):
            try:
                data[begin : len(data) - cut].decode("utf-8")
            except UnicodeDecodeError:
                continue
            return data[begin : len(data) - cut]
    return data


def decide(file: Input, options: ReadOptions) -> Encoding:
    """Decide the encoding of a text file, or take the user's word.

    Parameters
    ----------
    file : Input
        Text file.
    options : ReadOptions
        May state the encoding.

    Returns
    -------
    Encoding
        Decision.

    Raises
    ------
    InputError
        If the stated encoding is unknown or the file is not text.
    """
    if options.encoding is None:
        found = detect_file(file.path)
    else:
        try:
            "".encode(options.encoding)
            found = Encoding(codecs.lookup(options.encoding).name, "as stated")
            if found.name.replace("_", "-") in _NO_CHARSETS:
                raise LookupError(found.name)
        except (LookupError, UnicodeError, ValueError) as error:
            problem = f"the encoding {options.encoding!r} is unknown"
            raise file.error(f"{problem}; say one that Python knows, e.g. cp1250, or leave it out") from error
        if found.name == "utf-8":
            found = Encoding("utf-8-sig", "as stated")
    with file.path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head.startswith((b"PK\x03\x04", b"PAR1", b"%PDF", b"\x89PNG", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")):
        raise file.error("this is no text file, its first bytes are another format's; export it as text")
    try:
        sample = codecs.getincrementaldecoder(found.name)(_ERRORS).decode(head)
    except UnicodeError as error:
        # utf-16 without a byte order mark, or a codec that knows no error handler.
        raise file.error(f"the file is not {found.name} ({error}); state another encoding or none") from error
    if options.encoding is None and len(_CONTROL.findall(sample)) > max(3, _MAX_CONTROL_SHARE * len(sample)):
        raise file.error("this does not look like text in any known encoding; export it as UTF-8")
    return found


def open_text(path: Path, encoding: Encoding) -> io.TextIOWrapper:
    """Open a text file; line ends stay as they are and undecodable bytes become lone surrogates.

    Parameters
    ----------
    path : Path
        Text file.
    encoding : Encoding
        Decision.

    Returns
    -------
    TextIOWrapper
        Readable stream.
    """
    return path.open(encoding=encoding.name, errors=_ERRORS, newline="")
