"""Checks of parameters of learning."""

from __future__ import annotations

import math

from cxmining.errors import UsageError


def require_positive(**values: float) -> None:
    """Refuse a parameter that is not a finite number above 0.

    Raises
    ------
    UsageError
        With its name.
    """
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise UsageError(f"{name} must be a number above 0, got {value!r}")
