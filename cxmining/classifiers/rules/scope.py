"""Whether a hit is meant: cues of negation, condition and question in its clause take it back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cxmining.classifiers.base import Interval

CueKind = Literal["negation", "denial", "hypothetical", "question"]
CUE_KINDS: tuple[CueKind, ...] = ("negation", "denial", "hypothetical", "question")
"""A negation turns a word about; a denial says of something told, negative by nature or not, that it was not so."""

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
        Cues by kind, searched between the clause's beginning and the hit, and between the hit and the clause's end; a
        denial, which often stands in a clause of its own, within the segment.
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
            True if any cue of these kinds stands on its side of the hit: a denial in its segment, another in its
            clause.
        """
        before = text[max(bounds[0], hit[0] - REACH) : hit[0]]
        after = text[hit[1] : min(bounds[1], hit[1] + REACH)]
        parts = list(self.boundary.finditer(before))
        head = before[parts[-1].end() :] if parts else before
        end = self.boundary.search(after)
        tail = after[: end.end()] if end else after
        for kind in kinds:
            left, right = (before, after) if kind == "denial" else (head, tail)
            if any(cue.search(left) for cue in self.before.get(kind, ())):
                return True
            if any(cue.search(right) for cue in self.after.get(kind, ())):
                return True
        return False
