"""Names of languages as exports state them."""

from __future__ import annotations

import re

from cxmining.text.resources import table


def stated_language(value: str | None) -> str | None:
    """Read a language that a source states.

    Parameters
    ----------
    value : str or None
        A code (``hr``, ``hrv``, ``hr-HR``, ``ja_JP.UTF-8``) or a name (``Croatian``, ``русский``), in any case.

    Returns
    -------
    str or None
        ``hr``, ``bs``, ``sr``, ``ru`` or ``ja``; None where the value is no served language, so that the text itself
        decides.

    Examples
    --------
    >>> stated_language("hr-HR"), stated_language("Japanese"), stated_language("klingon")
    ('hr', 'ja', None)
    """
    if value is None:
        return None
    name = value.strip().casefold()
    names: dict[str, str] = table("language_names")["names"]
    # Serbian in its own script is not served.
    if "cyr" in name:
        return None
    return names.get(name) or names.get(re.split(r"[-_.@ (]", name, maxsplit=1)[0])
