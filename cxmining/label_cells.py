"""Parses the cells of one row of a labelled file: labels, labels left open, scores, evidence."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from cxmining.errors import InputError
from cxmining.records import Origin

Spans = dict[int, list[tuple[int, int]]]
"""Raw evidence intervals by label index."""

_SEPARATORS = re.compile(r"[;,|\s]+")
_YES, _NO, _OPEN = {"1", "1.0", "true", "yes", "x"}, {"", "0", "0.0", "false", "no"}, {"?", "maybe"}


@dataclass(frozen=True, slots=True)
class RowParser:
    """Parses the cells of one row.

    Parameters
    ----------
    origin : Origin
        File and row, for messages.
    index : mapping of str to int
        Column of each label.
    codebook : str
        Name of the codebook, for messages.
    """

    origin: Origin
    index: Mapping[str, int]
    codebook: str

    def labels(self, cells: Mapping[str, Any]) -> tuple[list[int], list[int]]:
        """Give the labels of the row and those left open."""
        maybe = self._list(cells.get("maybe"))
        if "labels" in cells:
            return self._list(cells["labels"]), maybe
        columns = [name for name in cells if name.startswith("label:")]
        if not columns:
            have = ", ".join(map(repr, cells)) or "none"
            problem = f"there is no column 'labels' and none named 'label:<id>' (columns beside id and text: {have})"
            raise InputError(f"{self.origin}: {problem}; name the column of labels 'labels'")
        yes: list[int] = []
        for name in columns:
            k, value = self._label(name.removeprefix("label:")), cells[name]
            folded = "" if _is_missing(value) else str(value).strip().lower()
            if folded in _YES:
                yes.append(k)
            elif folded in _OPEN:
                maybe.append(k)
            elif folded not in _NO:
                raise InputError(f"{self.origin}: column {name!r} holds {value!r}; write 1, 0 or ? (left open)")
        return yes, maybe

    def _list(self, value: object) -> list[int]:
        """Parse a cell of several labels."""
        if _is_missing(value):
            return []
        if isinstance(value, str) and value.lstrip().startswith("["):
            value = self._json(value)
        if isinstance(value, str):
            value = [part for part in _SEPARATORS.split(value) if part]
        if not isinstance(value, list | tuple):
            raise InputError(
                f"{self.origin}: the labels are a {type(value).__name__}; write a list, or ids joined by ;"
            )
        return [self._label(item) for item in value]

    def _json(self, value: str) -> object:
        """Parse a list that stands in a cell as text."""
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            raise InputError(f"{self.origin}: {value[:80]!r} is no list of labels; write ids joined by ;") from None

    def _label(self, label: object) -> int:
        """Give the column of a label."""
        k = self.index.get(label) if isinstance(label, str) else None
        if k is None:
            near = get_close_matches(str(label), self.index, 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            remedy = f"{hint}mend it, or name the codebook that it comes from with --codebook FILE"
            raise InputError(f"{self.origin}: the label {label!r} is not in the codebook {self.codebook!r}; {remedy}")
        return k

    def scores(self, cells: Mapping[str, Any]) -> dict[int, float]:
        """Give the probabilities that the row tells."""
        found: dict[object, object] = {}
        tags, scores = cells.get("tags"), cells.get("scores")
        if isinstance(tags, list):
            found = {t.get("label"): t.get("score") for t in tags if isinstance(t, Mapping)}
        if isinstance(scores, Mapping):
            found |= scores
        found |= {name.removeprefix("score:"): v for name, v in cells.items() if name.startswith("score:")}
        return {self._label(label): self._score(v, label) for label, v in found.items() if not _is_missing(v)}

    def _score(self, value: object, label: object) -> float:
        """Parse a probability."""
        try:
            score = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            score = math.nan
        if not 0 <= score <= 1:
            raise InputError(f"{self.origin}: the score {value!r} of {label!r} is no probability; write 0 to 1")
        return score

    def evidence(self, cells: Mapping[str, Any]) -> Spans:
        """Give the raw spans that the row tells."""
        tags, own = cells.get("tags"), cells.get("evidence")
        items = [(s.get("label"), s) for s in own if isinstance(s, Mapping)] if isinstance(own, list) else []
        if isinstance(tags, list):
            items += [(t.get("label"), s) for t in tags if isinstance(t, Mapping) for s in t.get("evidence") or ()]
        spans: Spans = {}
        for label, span in items:
            start, end = span.get("start"), span.get("end")
            if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end:
                problem = f"the evidence of {label!r} is {start}:{end}"
                raise InputError(f"{self.origin}: {problem}; write start and end as offsets, start before end")
            spans.setdefault(self._label(label), []).append((start, end))
        return spans


def _is_missing(value: object) -> bool:
    """Whether a cell is empty."""
    return value is None or (isinstance(value, float) and math.isnan(value)) or (isinstance(value, str) and not value)
