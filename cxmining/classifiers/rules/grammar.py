"""The format of a rule file: folding, fragments, cues and the patterns of each label.

A pattern is a regular expression over folded text. ``<name>`` in it stands for the fragment of that name, so that a
bounded gap or a list of verbs is written once. Named groups are therefore not available.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cxmining.classifiers.rules.scope import CUE_KINDS, CueKind, Scope
from cxmining.errors import ModelError

_FRAGMENT = re.compile(r"<([a-z_]+)>")


class _Strict(BaseModel):
    """Base that refuses unknown keys and changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Fold(_Strict):
    """Letters that count as one: ``replace[i]`` is read as ``by[i]``."""

    replace: str
    by: str


class _Cues(_Strict):
    """Cues of one kind, before or after a hit in its clause."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class _Pattern(_Strict):
    """A pattern that says how it takes negation."""

    regex: str
    negated: Literal["block", "ignore"] = "block"


class _Label(_Strict):
    """Patterns of a label and how often a hit of theirs is right."""

    precision: Annotated[float, Field(gt=0, lt=1)]
    patterns: Annotated[tuple[str | _Pattern, ...], Field(min_length=1)]


class _File(_Strict):
    """A rule file."""

    fold: _Fold
    boundary: str
    fragments: dict[str, str] = {}
    cues: dict[CueKind, _Cues]
    labels: dict[str, _Label]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern; ``blocked_by`` names the kinds of cues that take a hit back."""

    regex: re.Pattern[str]
    blocked_by: tuple[CueKind, ...]


@dataclass(frozen=True, slots=True)
class LabelRules:
    """Patterns of one label, the share of their hits that is right, and gates: one of them occurs where a pattern does.

    The patterns as one expression are half as long in finding that none occurs, which is so of nearly every sentence.
    """

    precision: float
    patterns: tuple[Pattern, ...]
    gates: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a rule file says.

    Parameters
    ----------
    letters : dict of int to int
        Code points that are read as another.
    scope : Scope
        Cues and clause boundaries.
    labels : dict of str to LabelRules
        Rules by label id.
    """

    letters: dict[int, int]
    scope: Scope
    labels: dict[str, LabelRules]

    def fold(self, text: str) -> str:
        """Lower the case and fold letters, character for character.

        Parameters
        ----------
        text : str
            Normalised text.

        Returns
        -------
        str
            Text of the same length.
        """
        lowered = text.lower()
        if len(lowered) != len(text):  # a few capitals, such as the dotted I, grow when lowered
            lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        return lowered.translate(self.letters)


def parse(name: str, content: str, known: Collection[str]) -> Grammar:
    """Read and check a rule file.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    content : str
        Its text.
    known : collection of str
        Label ids that may occur.

    Returns
    -------
    Grammar
        Every pattern compiled.

    Raises
    ------
    ModelError
        If the file is no TOML, breaks the schema, names an unknown label or fragment, or holds a pattern that does not
        compile or matches the empty text; the message names file and key.
    """
    try:
        data = _File.model_validate(tomllib.loads(content))
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{name}: not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ModelError(f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if len(data.fold.replace) != len(data.fold.by):
        raise ModelError(f"{name}: fold: replace and by must have the same length")
    letters = dict(zip(map(ord, data.fold.replace), map(ord, data.fold.by), strict=True))

    def compiled(key: str, pattern: str) -> re.Pattern[str]:
        return _compile(f"{name}: {key}", pattern.translate(letters), fragments)

    fragments = {key: value.translate(letters) for key, value in data.fragments.items()}
    labels: dict[str, LabelRules] = {}
    for label, rules in data.labels.items():
        if label not in known:
            raise ModelError(f"{name}: labels.{label}: no such label in the codebook")
        patterns: list[Pattern] = []
        for i, entry in enumerate(rules.patterns):
            pattern = entry if isinstance(entry, _Pattern) else _Pattern(regex=entry)
            kinds = tuple(k for k in CUE_KINDS if k != "negation" or pattern.negated == "block")
            patterns.append(Pattern(compiled(f"labels.{label}.patterns.{i}", pattern.regex), kinds))
        labels[label] = LabelRules(rules.precision, tuple(patterns), _gates(patterns))
    cues = data.cues.items()
    scope = Scope(
        compiled("boundary", data.boundary),
        {k: tuple(compiled(f"cues.{k}.before.{i}", p) for i, p in enumerate(c.before)) for k, c in cues},
        {k: tuple(compiled(f"cues.{k}.after.{i}", p) for i, p in enumerate(c.after)) for k, c in cues},
    )
    return Grammar(letters, scope, labels)


def _gates(patterns: list[Pattern]) -> tuple[re.Pattern[str], ...]:
    """Join the patterns into one; those with flags, or with groups, which are referred to by number, stay apart."""
    apart = [p.regex for p in patterns if p.regex.groups or p.regex.flags != re.UNICODE]
    plain = [f"(?:{p.regex.pattern})" for p in patterns if p.regex not in apart]
    return (*([re.compile("|".join(plain))] if plain else []), *apart)


def _compile(place: str, pattern: str, fragments: dict[str, str]) -> re.Pattern[str]:
    """Put fragments in and compile; the place stands at the head of a message."""
    for fragment in _FRAGMENT.findall(pattern):
        if fragment not in fragments:
            raise ModelError(f"{place}: no such fragment: <{fragment}>")
    try:
        regex = re.compile(_FRAGMENT.sub(lambda m: f"(?:{fragments[m[1]]})", pattern))
    except re.error as error:
        raise ModelError(f"{place}: bad regular expression {pattern!r}: {error}") from error
    if regex.match(""):
        raise ModelError(f"{place}: the pattern {pattern!r} matches the empty text")
    return regex
