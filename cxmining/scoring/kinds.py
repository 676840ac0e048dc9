"""What the carried columns hold: one kind a column, found while rows pass, and the Arrow type that it is written as."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa

ARROW = {
    "null": pa.string(),
    "bool": pa.bool_(),
    "int": pa.int64(),
    "bigint": pa.int64(),
    "float": pa.float64(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "string": pa.string(),
}
"""Arrow type of each kind; a column of several kinds is text."""

_EXACT_FLOAT = 2**53
_JOINS = {
    frozenset(("int", "float")): "float",
    frozenset(("int", "bigint")): "bigint",
}


def kind_of(value: object) -> str:  # noqa: PLR0911 -- one return a type
    """Give the kind of a value.

    Parameters
    ----------
    value : object
        Cell as the loader gives it.

    Returns
    -------
    str
        Key of :data:`ARROW`.
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        # Beyond 2**53 a float would lose digits, beyond 64 bits Arrow would.
        return "int" if abs(value) <= _EXACT_FLOAT else "bigint" if -(2**63) <= value < 2**63 else "string"
    if isinstance(value, float):
        return "float" if math.isfinite(value) else "null"
    if isinstance(value, datetime):
        nanoseconds: Any = getattr(value, "nanosecond", None)
        return "string" if value.tzinfo or nanoseconds else "datetime"
    return "date" if isinstance(value, date) else "string"


def note(kinds: dict[str, str], columns: Mapping[str, object]) -> None:
    """Widen the kinds of columns, in place, by one row's cells."""
    for name, value in columns.items():
        known = kinds.get(name)
        if known == "string" or (known is not None and value is None):
            continue
        new = kind_of(value)
        if known is None or known == "null":
            kinds[name] = new
        elif new not in (known, "null"):
            kinds[name] = _JOINS.get(frozenset((known, new)), "string")


def as_json(columns: Mapping[str, object]) -> str:
    """Write a row's carried cells as JSON; numbers that JSON does not have become null."""
    try:
        return _ENCODER.encode(columns)
    except ValueError:
        return _ENCODER.encode(_finite(dict(columns)))


def column(values: list[Any], kind: str) -> pa.Array:
    """Make an Arrow column of cells as they come back from JSON.

    Parameters
    ----------
    values : list
        Cells; None where a row has none.
    kind : str
        Kind of the column.

    Returns
    -------
    Array
        Of type ``ARROW[kind]``.
    """
    if kind in ("string", "null"):
        values = [v if v is None or isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in values]
    elif kind == "date":
        values = [None if v is None else date.fromisoformat(v) for v in values]
    elif kind == "datetime":
        values = [None if v is None else datetime.fromisoformat(v) for v in values]
    elif kind == "float":
        values = [None if v is None else float(v) for v in values]
    return pa.array(values, ARROW[kind])


def _finite(value: object) -> object:
    """Give None for numbers that JSON does not have, at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    return [_finite(v) for v in value] if isinstance(value, list | tuple) else value


def _plain(value: object) -> object:
    """Write dates, decimals and bytes as text."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


# json.dumps would make a new one for every row.
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=_plain, allow_nan=False)
