"""JSON Lines, and JSON that is an array of objects or an object around one; exports of help desks are handed over."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice

from cxmining.loaders import tickets
from cxmining.loaders.columns import SAMPLE_ROWS, decide_roles
from cxmining.loaders.encoding import Encoding, decide, open_text
from cxmining.loaders.rows import RowReader, has_surrogate, repaired
from cxmining.loaders.source import MAX_TEXT, Input, ReadOptions, Report, Row, Source
from cxmining.records import Origin, Record

MAX_JSON = 512 * 2**20
"""Largest JSON file that is read as a whole, in bytes."""

_WRAPPERS = ("tickets", "conversations", "data", "items", "records", "results", "rows", "reviews", "comments")
_BLANKS = re.compile(r"[\s\ufeff]*")
_MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class _Item:
    """A value read, or why it cannot be."""

    number: int
    value: object = None
    problem: str | None = None
    raw: str = ""


def load(file: Input, options: ReadOptions, report: Report) -> Iterator[Row]:
    """Read a JSON Lines or JSON file.

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
        One for each line or element that is not blank.

    Raises
    ------
    InputError
        If the file as a whole cannot be used.
    """
    encoding = decide(file, options)
    is_lines = _is_lines(file, encoding)
    items = _lines(file, encoding) if is_lines else _elements(file, encoding)
    head = list(islice(items, SAMPLE_ROWS))
    objects = [item.value for item in head if isinstance(item.value, Mapping)]
    name = "jsonl" if is_lines else "json"
    n_tickets = sum(tickets.is_ticket(value) for value in objects)
    if objects and 2 * n_tickets > len(objects) and options.text is None:
        report(Source(file.name, f"{name}, tickets", encoding.name, encoding.note))
        yield from (_ticket(file, item, options) for item in chain(head, items))
        return
    columns = list(dict.fromkeys(str(key) for value in objects for key in value))
    roles = decide_roles(file, columns, objects, options) if objects else {}
    report(Source(file.name, name, encoding.name, encoding.note, roles))
    if not head:
        yield file.holds_no_rows()
    reader = RowReader(file, roles, options)
    yield from (_row(reader, item) for item in chain(head, items))


def _is_lines(file: Input, encoding: Encoding) -> bool:
    """Tell JSON Lines from a document: the first line is a whole value, no array, and not the only one of a .json."""
    with open_text(file.path, encoding) as stream:
        line = ""
        while not line.strip("\ufeff \t\r\n"):
            line = stream.readline(MAX_TEXT)
            if not line:
                return True
        has_more = bool(stream.read(2**16).strip())
    line = line.strip("\ufeff \t\r\n")
    if line.startswith("[") or line == "{":
        return False
    if file.path.suffix.lower() != ".json":
        return True
    return has_more and _parse(1, line, json.loads).problem is None


def _lines(file: Input, encoding: Encoding) -> Iterator[_Item]:
    """Parse line by line; blank lines are no rows."""
    with open_text(file.path, encoding) as stream:
        number = 0
        while line := stream.readline(MAX_TEXT + 1):
            number += 1
            if len(line) > MAX_TEXT and not line.endswith("\n"):
                raw = line[:500]
                while line and not line.endswith("\n"):
                    line = stream.readline(MAX_TEXT)
                yield _Item(number, problem=f"the line is longer than {MAX_TEXT} characters; split it", raw=raw)
            elif line := line.strip("\ufeff \t\r\n"):
                yield _parse(number, line, json.loads)


def _parse(number: int, text: str, loads: Callable[[str], object]) -> _Item:
    """Parse one value."""
    try:
        value = loads(text)
    except json.JSONDecodeError as error:
        problem = f"no valid JSON at character {error.pos + 1} ({error.msg}); mend or remove the line"
        return _Item(number, problem=problem, raw=text[:500])
    except RecursionError:
        return _Item(number, problem="the value is nested too deeply; flatten it", raw=text[:500])
    except ValueError as error:
        return _Item(number, problem=f"a value cannot be read ({error}); mend the line", raw=text[:500])
    return _checked(number, value, text)


def _checked(number: int, value: object, text: str) -> _Item:
    """Reject what no later stage could write."""
    if _too_deep(value):
        return _Item(number, problem="the value is nested too deeply; flatten it", raw=text[:500])
    if has_surrogate(value):
        problem = "a lone surrogate or bytes that the encoding does not know; export the file as valid UTF-8"
        return _Item(number, problem=problem, raw=text[:500])
    return _Item(number, value, raw=text[:500])


def _too_deep(value: object) -> bool:
    """Tell whether a value is nested beyond what any export needs."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True


def _elements(file: Input, encoding: Encoding) -> Iterator[_Item]:
    """Parse the elements of the array of a JSON document, one at a time."""
    size = file.path.stat().st_size
    if size > MAX_JSON:
        problem = f"a JSON file of {size >> 20} MiB is more than the {MAX_JSON >> 20} MiB that are read as a whole"
        raise file.error(f"{problem}; write it as JSON Lines, one object a line")
    with open_text(file.path, encoding) as stream:
        text = stream.read()
    start = _end_of_blanks(text, 0)
    if text[start] == "[":
        yield from _array(text, start + 1)
        return
    whole = _parse(1, text[start:], json.loads)
    if not isinstance(whole.value, dict):
        raise file.error(f"no table can be read: {whole.problem or 'neither an array nor an object'}")
    document = whole.value
    arrays = {k: v for k, v in document.items() if isinstance(v, list) and v and isinstance(v[0], dict)}
    if arrays and not tickets.is_ticket(document):
        name = next((name for name in _WRAPPERS if name in arrays), next(iter(arrays)))
        if len(arrays) > 1 and name not in _WRAPPERS:
            names = ", ".join(map(repr, arrays))
            raise file.error(f"several arrays may be the table ({names}); write the right one as JSON Lines")
        yield from (_checked(i, value, str(value)[:500]) for i, value in enumerate(arrays[name], start=1))
    elif not any(document.get(name) == [] for name in _WRAPPERS):
        yield whole


def _end_of_blanks(text: str, position: int) -> int:
    """Give the first position that is not blank."""
    match = _BLANKS.match(text, position)
    return match.end() if match else position


def _array(text: str, position: int) -> Iterator[_Item]:
    """Parse an array element by element, so that damage at the end does not cost the beginning."""
    scan = json.JSONDecoder().raw_decode
    number = 0
    position = _end_of_blanks(text, position)
    while position < len(text) and text[position] != "]":
        number += 1
        begin = position

        def element(_: str, begin: int = begin) -> object:
            nonlocal position
            value, position = scan(text, begin)
            return value

        item = _parse(number, text[begin : begin + 500], element)
        if item.problem and position == begin:
            yield _Item(number, problem=f"{item.problem}; nothing after it could be read", raw=item.raw)
            return
        yield item
        position = _end_of_blanks(text, position)
        if position < len(text) and text[position] == ",":
            position = _end_of_blanks(text, position + 1)
        elif position < len(text) and text[position] != "]":
            problem = f"a comma is missing at character {position + 1}; nothing after it could be read"
            yield _Item(number + 1, problem=problem, raw=text[position : position + 500])
            return
    if position >= len(text):
        yield _Item(number + 1, problem="the array is not closed; the file seems to be cut off")


def _row(reader: RowReader, item: _Item) -> Row:
    """Make a record of an object or of a bare string."""
    where = f"row {item.number}: "
    if item.problem:
        return reader.file.reject(item.number, item.problem, item.raw)
    if isinstance(item.value, str):
        origin = Origin(reader.file.name, item.number)
        return Record(reader.file.row_id(item.number), repaired(item.value, reader.options), origin)
    if isinstance(item.value, dict):
        if not reader.roles:
            return reader.file.reject(item.number, f"{where}an object among texts; say --text NAME", item.raw)
        return reader.record(item.value, item.number)
    kind = type(item.value).__name__
    return reader.file.reject(item.number, f"a {kind} where an object or a text is expected", item.raw)


def _ticket(file: Input, item: _Item, options: ReadOptions) -> Row:
    """Make a record of a help desk's ticket."""
    if item.problem:
        return file.reject(item.number, item.problem, item.raw)
    if isinstance(item.value, dict) and tickets.is_ticket(item.value):
        return tickets.record(file, item.number, item.value, options)
    return file.reject(item.number, "this is no ticket like the others in the file; export it apart", item.raw)
