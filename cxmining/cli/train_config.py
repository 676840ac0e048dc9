"""The configuration file of ``cxmining train``: the command's options by name, and parameters of learning."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any, TypeVar, cast, get_type_hints

import typer
from pydantic import TypeAdapter, ValidationError

from cxmining.errors import UsageError

Options = TypeVar("Options")
LEARNING = "learning"


def take_config(context: typer.Context, path: Path | None) -> Path | None:
    """Make the file's values the defaults of the command's options; what stands on the command line wins.

    Raises
    ------
    UsageError
        If the file cannot be read, is no TOML, or names an option that the command does not have.
    """
    if path is None:
        return None
    values = _read(path)
    values.pop(LEARNING, None)
    names = {p.name: p for p in context.command.params if p.name and p.name not in {"config", "help"}}
    defaults = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if name not in names:
            known = ", ".join(sorted(n.replace("_", "-") for n in names))
            raise UsageError(f"{path}: {key}: no such option; there are {known}, and the table [{LEARNING}]")
        many = getattr(names[name], "multiple", False)
        defaults[name] = [value] if many and not isinstance(value, list) else value
    context.default_map = {**(context.default_map or {}), **defaults}
    return path


def has_learning(path: Path | None) -> bool:
    """Tell whether the file sets parameters of learning."""
    return path is not None and LEARNING in _read(path)


def learning_options(path: Path | None, kind: type[Options], **given: Any) -> Options:
    """Build the parameters of learning from the file's table ``[learning]``; what is given wins, None is not given.

    Parameters
    ----------
    path : Path or None
        Configuration file.
    kind : type
        Dataclass of the parameters.
    **given
        Values from the command line, or from the file outside the table.

    Raises
    ------
    UsageError
        If the table has a key that the dataclass does not have, a value of the wrong kind or out of range, or one that
        is given elsewhere as well.
    """
    table = _read(path).get(LEARNING, {}) if path else {}
    if not isinstance(table, dict):
        raise UsageError(f"{path}: {LEARNING}: must be a table")
    _known(f"{path}: {LEARNING}", table, kind)
    chosen = {key: value for key, value in given.items() if value is not None}
    if twice := sorted(table.keys() & chosen.keys()):
        raise UsageError(f"{path}: {LEARNING}.{twice[0]}: given as an option as well; say it in one place")
    try:
        return TypeAdapter(kind).validate_python(table | chosen)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise UsageError(f"{path}: {LEARNING}.{place}: {first['msg'].lower()}, got {first['input']!r}") from error
    except UsageError as error:
        raise UsageError(f"{path}: {LEARNING}: {error}" if path else str(error)) from error


def _known(place: str, table: dict[str, Any], kind: type[Any]) -> None:
    """Refuse keys that a dataclass, or one inside it, does not have, and truth values where numbers belong."""
    types = get_type_hints(kind)
    for key, value in table.items():
        if key not in types:
            raise UsageError(f"{place}.{key}: no such parameter; there are {', '.join(sorted(types))}")
        if dataclasses.is_dataclass(types[key]) and isinstance(value, dict):
            _known(f"{place}.{key}", value, cast("type[Any]", types[key]))
        elif isinstance(value, bool) is not (types[key] is bool):
            raise UsageError(f"{place}.{key}: must be {types[key].__name__}, got {value!r}")


def _read(path: Path) -> dict[str, Any]:
    """Read the file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error
