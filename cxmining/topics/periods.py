"""Periods of dates as exports write them: ISO, ``12.03.2026.``, ``2026/3/12``, ``2026年3月12日``."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

Period = Literal["day", "week", "month", "quarter", "year"]

_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s*(?:[-/.年])\s*(\d{1,2})\s*(?:[-/.月])\s*(\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{4})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)")


def parse_date(value: object) -> date | None:
    """Read a date; what follows it (a time) is passed over.

    Parameters
    ----------
    value : object
        Cell of a table. Where the year stands last, the day stands first, as in Croatian and Russian.

    Returns
    -------
    date or None
        None where no date is written, or no possible one.

    Examples
    --------
    >>> parse_date("12.03.2026. 14:05"), parse_date("2026年3月12日"), parse_date("soon")
    (datetime.date(2026, 3, 12), datetime.date(2026, 3, 12), None)
    """
    text = str(value)
    for pattern, order in ((_YEAR_FIRST, (1, 2, 3)), (_DAY_FIRST, (3, 2, 1)), (_COMPACT, (1, 2, 3))):
        match = pattern.search(text)
        if match:
            try:
                return date(*(int(match[i]) for i in order))
            except ValueError:
                return None
    return None


def period_of(value: object, period: Period = "month") -> str | None:
    """Name the period of a date.

    Parameters
    ----------
    value : object
        As for :func:`parse_date`.
    period : {'day', 'week', 'month', 'quarter', 'year'}, default 'month'
        Length; weeks are ISO weeks.

    Returns
    -------
    str or None
        A name that sorts by time: ``2026-03-12``, ``2026-W11``, ``2026-03``, ``2026-Q1``, ``2026``.
    """
    day = parse_date(value)
    if day is None:
        return None
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    if period == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    return {"day": day.isoformat(), "month": f"{day.year}-{day.month:02d}", "year": str(day.year)}[period]
