"""Whether a hit is meant: cues of negation, condition and question in its clause take it back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cxmining.classifiers.base import Interval

CueKind = Literal["negation", "hypothetical", "question"]
CUE_KINDS: tuple[CueKind, ...] = ("negation", "hypothetical", "question")
REACH = 80
"""Characters to either side of a hit that are searched for cues; clauses are rarely longer."""

Cues = Mapping[CueKind, tuple[re.Pattern[str], ...]]


@dataclass(frozen=True, slots=True)
class Scope:
    r"""Cues and what ends a clause.

    Parameters
    ----------
    boundary : re.Pattern
        What parts clauses.
    before, after : mapping of CueKind to tuple of re.Pattern
        Cues by kind, searched between the clause's beginning and the hit, and between the hit and the clause's end.
        Anchors hold: ``\Z`` in a cue before, ``\A`` in a cue after stand for the hit's edge.
    """

    boundary: re.Pattern[str]
    before: Cues
    after: Cues

    def blocks(self, text: str, hit: Interval, bounds: Interval, kinds: Sequence[CueKind]) -> bool:
        """Tell whether a cue takes a hit back.

        Parameters
        ----------
        text : str
            Folded text.
        hit : Interval
            Where the pattern matched.
        bounds : Interval
            Segment that holds the hit.
        kinds : sequence of CueKind
            Kinds of cues that count.

        Returns
        -------
        bool
            True if any cue of these kinds stands in the hit's clause, on its side of the hit.
        """
        head = text[max(bounds[0], hit[0] - REACH) : hit[0]]
        tail = text[hit[1] : min(bounds[1], hit[1] + REACH)]
        parts = list(self.boundary.finditer(head))
        if parts:
            head = head[parts[-1].end() :]
        if end := self.boundary.search(tail):
            tail = tail[: end.end()]
        return any(
            any(cue.search(head) for cue in self.before.get(kind, ()))
            or any(cue.search(tail) for cue in self.after.get(kind, ()))
            for kind in kinds
        )
