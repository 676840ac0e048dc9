"""Croatian, Bosnian or Serbian: told by marker words, and Croatian where they are silent."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from cxmining.text.resources import table

_BAR = 1.5


@cache
def _markers() -> dict[str, tuple[str, float]]:
    """List each marker with its group and weight."""
    return {
        word: (group, weight) for group, entries in table("croatian_family").items() for word, weight in entries.items()
    }


def member(words: Sequence[str]) -> tuple[str, str | None]:
    """Tell the members of the Croatian family apart.

    Parameters
    ----------
    words : sequence of str
        Words in small letters.

    Returns
    -------
    code : {"hr", "bs", "sr"}
        The language; Croatian unless markers of another outweigh its own.
    detail : str or None
        The words that decided.
    """
    totals = dict.fromkeys(table("croatian_family"), 0.0)
    seen: dict[str, list[str]] = {group: [] for group in totals}
    for word in words:
        group, weight = _markers().get(word, (None, 0.0))
        if group is not None and word not in seen[group]:
            totals[group] += weight
            seen[group].append(word)
    against = totals["croatian"]
    serbian = totals["ekavian"] + totals["serbian"]
    bosnian = totals["bosnian"]
    eastern = totals["eastern"]
    if serbian >= max(bosnian, 0.5) and serbian + eastern >= _BAR and serbian + eastern > 1.3 * against:
        return "sr", " ".join(seen["ekavian"] + seen["serbian"] + seen["eastern"])
    if serbian < 0.5 and bosnian + eastern >= _BAR and bosnian + 0.8 * eastern > 1.3 * against:
        return "bs", " ".join(seen["bosnian"] + seen["eastern"])
    return "hr", None
