"""Who is the customer and who the agent: told by the name that a transcript gives a speaker."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Literal

from cxmining.text.resources import table

Role = Literal["customer", "agent"]
ROLES: tuple[Role, ...] = ("customer", "agent")

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


@cache
def _names() -> dict[str, Role]:
    """Map the folded names to their parties."""
    return {name.casefold(): role for role in ROLES for name in table("speaker_roles")[role]}


@lru_cache(maxsize=10_000)
def role_of(speaker: str) -> Role | None:
    """Tell the party of a speaker by name.

    Parameters
    ----------
    speaker : str
        Name as written: ``Agent Ana``, ``КЛИЕНТ``, ``オペレーター1``.

    Returns
    -------
    {'customer', 'agent'} or None
        None for names that say nothing, such as first names.
    """
    words = [word.casefold() for word in _WORD.findall(speaker)]
    whole = _names().get(" ".join(words))
    return whole or next((_names()[word] for word in words if word in _names()), None)


def parties(speakers: Iterable[str | None]) -> dict[str, Role]:
    """Tell the parties of all speakers of one conversation.

    Parameters
    ----------
    speakers : iterable of (str or None)
        Names that occur.

    Returns
    -------
    dict
        Name to party. A name that says nothing is an agent's where only a customer is named beside it, and a
        customer's otherwise: most of what is written without a name is.
    """
    found = {name: role_of(name) for name in speakers if name is not None}
    known = set(found.values())
    rest: Role = "agent" if "customer" in known and "agent" not in known else "customer"
    return {name: role or rest for name, role in found.items()}
