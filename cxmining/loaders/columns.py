"""Which column plays which role: as the user says, else by common header names, else by what the cells look like."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from statistics import median

from cxmining.loaders.source import Input, ReadOptions

ROLES = ("text", "id", "time", "language", "speaker")
SAMPLE_ROWS = 200
"""Rows that are looked at before the roles are decided."""

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_WORDS = re.compile(r"[^\W\d_]+\s+\S*[^\W\d_]")
_NOT_TEXT = re.compile(r"\s*(?:https?://\S+|[\w.+-]+@[\w.-]+|[\d\s.,:;/+()T-]+Z?)\s*")


@cache
def _tables() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Read the header names."""
    path = resources.files("cxmining.loaders") / "columns.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def _rank(role: str) -> Mapping[str, int]:
    """Map the folded header names of a role to how telling they are (0 is most)."""
    ranks: dict[str, int] = {}
    for rank, name in enumerate(_tables()[role]["names"]):
        ranks.setdefault(fold(name), rank)
    return ranks


@cache
def _languages() -> Mapping[str, str]:
    """Map folded names of languages to codes."""
    return {fold(name): code for code, names in _tables()["language_names"].items() for name in names}


def fold(name: str) -> str:
    """Fold a header name: no case, diacritics, blanks, underscores or punctuation.

    Parameters
    ----------
    name : str
        Header name as written.

    Returns
    -------
    str
        Form under which names are compared.
    """
    text = unicodedata.normalize("NFKD", name.casefold().replace("đ", "d"))
    return "".join(c for c in text if c in "#№" or unicodedata.category(c)[0] in "LN")


def is_header_name(name: str) -> bool:
    """Tell whether a cell is a known header name of any role."""
    folded = fold(name)
    return any(folded in _rank(role) for role in ROLES)


def language_code(value: str) -> str | None:
    """Give the code of a language as a file states it.

    Parameters
    ----------
    value : str
        Code, locale or name: ``hr``, ``hr-HR``, ``hrvatski``, ``日本語``.

    Returns
    -------
    str or None
        ISO 639-1 code where the name is known, else the primary subtag; None where the cell is empty.
    """
    stated = value.strip()
    if not stated:
        return None
    primary = re.split(r"[-_]", stated.lower(), maxsplit=1)[0]
    return _languages().get(fold(stated)) or _languages().get(fold(primary)) or primary


def decide_roles(
    file: Input, names: Sequence[str], rows: Sequence[Mapping[str, object]], options: ReadOptions
) -> dict[str, str]:
    """Decide which column plays which role.

    Parameters
    ----------
    file : Input
        File at hand, for messages.
    names : sequence of str
        Columns there.
    rows : sequence of mapping
        The first rows.
    options : ReadOptions
        Roles that the user states.

    Returns
    -------
    dict
        Role to column name; ``text`` is always there.

    Raises
    ------
    InputError
        If a stated column is missing or no column can be told to hold the text.
    """
    roles: dict[str, str] = {}
    for role in ROLES:
        stated = getattr(options, role)
        if stated is not None:
            roles[role] = _stated(file, names, role, stated)
    for role in ROLES[1:]:
        if role not in roles:
            found = _best_named(role, [n for n in names if n not in roles.values()])
            if found is not None and (role != "id" or _distinct(found, rows)):
                roles[role] = found
    if "text" not in roles:
        free = [n for n in names if n not in roles.values()]
        roles["text"] = _best_named("text", free) or _longest(file, names, free, rows)
    return {role: roles[role] for role in ROLES if role in roles}


def _stated(file: Input, names: Sequence[str], role: str, stated: str) -> str:
    """Find the column that the user names."""
    if stated in names:
        return stated
    alike = [n for n in names if fold(n) == fold(stated)]
    if len(alike) == 1:
        return alike[0]
    option = f"--{role}-column" if role in ("language", "speaker") else f"--{role}"
    raise file.error(f"there is no column {stated!r} for {option}; {_listing(names)}; say {option} NAME")


def _listing(names: Sequence[str]) -> str:
    """List columns for a message."""
    return f"the columns are {', '.join(map(repr, names))}" if names else "there are no columns"


def _best_named(role: str, names: Sequence[str]) -> str | None:
    """Give the column with the most telling header name."""
    known = [(_rank(role)[fold(n)], i, n) for i, n in enumerate(names) if fold(n) in _rank(role)]
    return min(known)[2] if known else None


def _distinct(name: str, rows: Sequence[Mapping[str, object]]) -> bool:
    """Tell whether a column can identify rows; a customer's number repeats and cannot."""
    values = [str(v) for row in rows if (v := row.get(name)) not in (None, "")]
    return len(set(values)) == len(values)


def _longest(file: Input, names: Sequence[str], free: Sequence[str], rows: Sequence[Mapping[str, object]]) -> str:
    """Give the text-like column with the longest median length."""
    if len(names) == 1 and free:
        return free[0]
    lengths = {}
    for name in free:
        cells = [v for row in rows if isinstance(v := row.get(name), str) and v.strip()]
        if cells and 2 * sum(map(_is_text, cells)) >= len(cells):
            lengths[name] = median(map(len, cells))
    best = [name for name, length in lengths.items() if length == max(lengths.values())]
    if len(best) == 1:
        return best[0]
    problem = "several columns may hold the text" if best else "no column looks like text"
    raise file.error(f"{problem}; {_listing(names)}; say --text NAME")


def _is_text(cell: str) -> bool:
    """Tell whether a cell reads like something a person wrote."""
    if _NOT_TEXT.fullmatch(cell):
        return False
    return bool(_WORDS.search(cell)) or len(_CJK.findall(cell)) >= 4
