"""The room's word lists: TOML files beside the code, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """Read ``data/<name>.toml``.

    Parameters
    ----------
    name : str
        File name without its ending.

    Returns
    -------
    dict
        The parsed file; shared, not to be changed.
    """
    return tomllib.loads((files(__package__) / "data" / f"{name}.toml").read_text(encoding="utf-8"))


def words(text: str) -> frozenset[str]:
    """Split a multi-line entry into its words.

    Parameters
    ----------
    text : str
        Words separated by white space.

    Returns
    -------
    frozenset of str
        The words.
    """
    return frozenset(text.split())
