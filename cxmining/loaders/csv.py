"""CSV and TSV: the delimiter is sniffed from parsed records, a runaway quote costs one row and not the file."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from cxmining.loaders.columns import SAMPLE_ROWS, decide_roles, is_header_name
from cxmining.loaders.encoding import decide, open_text
from cxmining.loaders.rows import RowReader, has_surrogate
from cxmining.loaders.source import MAX_TEXT, Input, ReadOptions, Report, Row, Source

DELIMITERS = (",", ";", "\t", "|")
_NO_DELIMITER = "\uffff"  # a noncharacter: a file of one column is never split
_SAMPLE = 2**18
_MIN_CONSISTENCY = 0.3
_DATA_CELL = re.compile(r"[-+]?[\d.,]+%?|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*")
_SENTENCE_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{8,}")


class _TextStream(Protocol):
    """The one method of a text stream that is needed."""

    def readline(self, size: int, /) -> str: ...


class _TooLong(csv.Error):
    """A record is longer than any sane one."""


class _Lines:
    """Feeds physical lines to the parser and can give those of a damaged record back."""

    def __init__(self, stream: _TextStream, skipped: int = 0) -> None:
        self.number = skipped
        self.held: list[str] = []
        self._size = 0
        self._stream = stream
        self._again: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._stream.readline(MAX_TEXT + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self.held.append(line)
        self._size += len(line)
        if self._size > MAX_TEXT:
            while line and len(line) > MAX_TEXT and not line.endswith(("\n", "\r")):
                line = self._stream.readline(MAX_TEXT + 1)
            raise _TooLong
        return line

    def begin(self) -> int:
        """Begin a record; give the number of its first line."""
        self.held.clear()
        self._size = 0
        return self.number + 1

    def give_back(self, keep: int) -> None:
        """Give back the held lines but for the first ones."""
        rest = self.held[keep:]
        self._again.extendleft(reversed(rest))
        self.number -= len(rest)


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a file is written."""

    delimiter: str
    skip_blanks: bool = False


@dataclass(frozen=True, slots=True)
class _Damaged:
    """A record that cannot be parsed."""

    problem: str
    raw: str


def _parse_line(line: str, shape: _Shape) -> list[str] | None:
    """Parse a line on its own; None where it is no whole record."""
    try:
        return next(csv.reader([line], delimiter=shape.delimiter, skipinitialspace=shape.skip_blanks, strict=True), [])
    except csv.Error:
        return None


def _records(lines: _Lines, shape: _Shape, n_fields: int = 0) -> Iterator[tuple[int, list[str] | _Damaged]]:
    """Yield the first line and the fields of each record; blank lines hold none."""
    if csv.field_size_limit() < MAX_TEXT:
        csv.field_size_limit(MAX_TEXT)
    reader = csv.reader(lines, delimiter=shape.delimiter, skipinitialspace=shape.skip_blanks, strict=True)
    while True:
        start = lines.begin()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield start, _damage(lines, shape, error, n_fields)
        else:
            if fields:
                yield start, fields


def _damage(lines: _Lines, shape: _Shape, error: csv.Error, n_fields: int) -> _Damaged:
    """Say what is wrong with the record at hand and decide where to go on.

    A quote that is never closed swallows the rows after it; if the second line is a row in its own right, only the
    first is given up. Otherwise the damage lies inside a field of several lines, which goes as a whole.
    """
    raw = "".join(line[:500] for line in lines.held[:3])
    if len(lines.held) > 1:
        second = _parse_line(lines.held[1], shape)
        if second is not None and len(second) == (n_fields or len(second)):
            lines.give_back(1)
            return _Damaged("a quote is opened and not closed; close it or double it", raw)
    if isinstance(error, _TooLong) or "field limit" in str(error):
        return _Damaged(f"a field is longer than {MAX_TEXT} characters; split it or close the quote", raw)
    if "end of data" in str(error):
        return _Damaged("a quote is opened and not closed before the file ends; close it or double it", raw)
    return _Damaged("a quote inside a quoted field is not doubled; write it twice", raw)


def _sniff(sample: str, *, truncated: bool) -> _Shape:
    """Choose the delimiter under which most records have as many fields as the first one."""
    best, best_rank = _Shape(_NO_DELIMITER), (_MIN_CONSISTENCY, 1)
    for delimiter in DELIMITERS:
        for skip_blanks in (False, True):
            shape = _Shape(delimiter, skip_blanks)
            parsed = [fields for _, fields in islice(_records(_Lines(io.StringIO(sample, newline="")), shape), 400)]
            if truncated and 1 < len(parsed) < 400:
                parsed.pop()
            if not parsed or isinstance(parsed[0], _Damaged) or len(parsed[0]) < 2:
                continue
            n_fields, others = len(parsed[0]), parsed[1:]
            n_agree = sum(not isinstance(p, _Damaged) and len(p) == n_fields for p in others)
            # Known names in the first record outweigh fields that happen to agree.
            named = sum(map(is_header_name, parsed[0]))
            consistency = (n_agree / len(others) if others else 1.0) + named / n_fields
            if (round(consistency, 6), n_fields) > best_rank:
                best, best_rank = shape, (round(consistency, 6), n_fields)
    return best


def _is_header(fields: Sequence[str]) -> bool:
    """Tell whether the first record names the columns; numbers and dates never do, nor does a lone statement."""
    if any(map(is_header_name, fields)):
        return True
    if len(fields) > 1:
        return not any(_DATA_CELL.fullmatch(f.strip()) for f in fields)
    cell = fields[0].strip()
    if cell.endswith(("?", "？", ":", "：")):
        return True
    return not (cell.endswith((".", "!", "。", "！", "…")) or len(cell.split()) > 4 or _SENTENCE_CJK.search(cell))


def _unique(names: Sequence[str]) -> list[str]:
    """Name blank columns by their number and tell repeated names apart."""
    seen: dict[str, int] = {}
    result = []
    for i, raw in enumerate(names, start=1):
        name = raw.strip() or f"column_{i}"
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return result


@dataclass(frozen=True, slots=True)
class _Table:
    """What the beginning of a file tells about the rest."""

    shape: _Shape
    names: list[str]
    n_skipped: int
    has_header: bool
    sample: list[dict[str, object]]


def _table(file: Input, stream: io.TextIOWrapper, options: ReadOptions) -> _Table | None:
    """Read the beginning of a file; None where there is no record."""
    sample = stream.read(_SAMPLE)
    truncated = len(sample) == _SAMPLE
    n_skipped, given = 0, options.delimiter
    stated = re.match(r"sep=(.)\r?\n?", sample, re.IGNORECASE)
    if stated:
        sample, n_skipped, given = sample[stated.end() :], 1, given or stated[1]
    if given is not None and (len(given) != 1 or given in '"\r\n'):
        raise file.error(f"the delimiter {given!r} cannot be used; say one character, e.g. ';'")
    sniffed = _sniff(sample, truncated=truncated)
    shape = sniffed if given is None or given == sniffed.delimiter else _Shape(given)
    parsed = list(islice(_records(_Lines(io.StringIO(sample, newline="")), shape), SAMPLE_ROWS + 1))
    if not parsed:
        return None
    first = parsed[0][1]
    if isinstance(first, _Damaged):
        raise file.error(f"the header (line {n_skipped + 1}) cannot be read: {first.problem}")
    if has_surrogate(first):
        raise file.error("the header holds bytes that the encoding does not know; state another encoding or none")
    if options.delimiter and len(first) == 1 and sniffed.delimiter not in (_NO_DELIMITER, given):
        problem = f"with the delimiter {given!r} the header is one column, {first[0]!r}"
        raise file.error(f"{problem}; {sniffed.delimiter!r} seems to be the delimiter")
    stated_names = {options.text, options.id, options.time, options.language, options.speaker}
    has_header = _is_header(first) or bool(stated_names & set(first))
    names = _unique(first if has_header else [] if len(first) == 1 else [""] * len(first)) or ["text"]
    rows = [fields for _, fields in parsed[has_header:] if not isinstance(fields, _Damaged)]
    return _Table(shape, names, n_skipped, has_header, [dict(zip(names, row, strict=False)) for row in rows])


def load(file: Input, options: ReadOptions, report: Report) -> Iterator[Row]:
    """Read a CSV or TSV file.

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
        One for each data row.

    Raises
    ------
    InputError
        If the file as a whole cannot be used.
    """
    encoding = decide(file, options)
    with open_text(file.path, encoding) as stream:
        table = _table(file, stream, options)
    if table is None:
        report(Source(file.name, "csv", encoding.name, encoding.note))
        yield file.holds_no_rows()
        return
    roles: dict[str, str] = {}
    with open_text(file.path, encoding) as stream:
        for _ in range(table.n_skipped):
            stream.readline()
        records = _records(_Lines(stream, table.n_skipped), table.shape, len(table.names))
        if table.has_header:
            next(records)
        pending = list(islice(records, 1))
        delimiter = "" if table.shape.delimiter == _NO_DELIMITER else table.shape.delimiter
        # A header alone is an empty file, whatever its columns are called.
        if pending:
            roles = decide_roles(file, table.names, table.sample, options)
        note = "" if table.has_header else "no header"
        report(Source(file.name, "csv", encoding.name, encoding.note, roles, delimiter, note))
        if not pending:
            # The one line there is may be a comment taken for a header; it must not be lost.
            yield file.reject(1, "the file holds no rows", " | ".join(table.names)[:500])
        reader = RowReader(file, roles, options)
        number = 0
        for records_part in (pending, records):
            for line, fields in records_part:
                number += 1
                yield _row(reader, table.names, number, (line, fields))


def _row(reader: RowReader, names: Sequence[str], number: int, record: tuple[int, list[str] | _Damaged]) -> Row:
    """Make a record of the fields of a row."""
    line, fields = record
    if isinstance(fields, _Damaged):
        return reader.file.reject(number, f"line {line}: {fields.problem}", fields.raw)
    if len(fields) != len(names):
        problem = f"line {line}: {len(fields)} fields where the header has {len(names)}"
        return reader.file.reject(number, f"{problem}; quote fields that hold the delimiter", " | ".join(fields)[:500])
    if has_surrogate(fields):
        problem = f"line {line}: bytes that the encoding of the file does not know"
        return reader.file.reject(number, f"{problem}; export the file anew or state its encoding", " | ".join(fields))
    return reader.record(dict(zip(names, fields, strict=True)), number, f"line {line}: ")
