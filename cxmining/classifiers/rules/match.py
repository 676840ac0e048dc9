"""Rules over passages: which labels' patterns occur, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from cxmining.classifiers.base import FloatArray, Interval, Votes
from cxmining.classifiers.rules.grammar import Grammar, LabelRules, parse
from cxmining.classifiers.spans import whole_words
from cxmining.errors import ModelError
from cxmining.records import SUPPORTED_LANGUAGES, Passage, Segment
from cxmining.taxonomy import load_taxonomy


@dataclass(frozen=True, slots=True)
class Rules:
    """Labelling rules for a set of classes.

    Parameters
    ----------
    classes : tuple of str
        Label ids in column order; those without patterns never fire.
    grammars : mapping of str to Grammar
        Rule file by language.
    """

    classes: tuple[str, ...]
    grammars: Mapping[str, Grammar]

    @classmethod
    def load(cls, classes: Sequence[str]) -> Rules:
        """Load the shipped rules; the files are read and compiled once.

        Parameters
        ----------
        classes : sequence of str
            Label ids in column order.

        Returns
        -------
        Rules
            Rules for the supported languages.

        Raises
        ------
        ModelError
            If a shipped file is missing or breaks the format; the message names file and key.
        """
        return cls(tuple(classes), {language: _shipped(language) for language in SUPPORTED_LANGUAGES})

    def hits(self, passage: Passage, labels: Iterable[int] | None = None) -> dict[int, list[Interval]]:
        """Find what the patterns match and no cue takes back.

        Parameters
        ----------
        passage : Passage
            Normalised text with segments; boilerplate is skipped.
        labels : iterable of int, optional
            Look for these label indices only.

        Returns
        -------
        dict of int to list of Interval
            For each label index with a hit its half-open normalised intervals, in text order and disjoint. Empty for
            a language without rules.
        """
        meant = ((i, [hit for hit, is_meant in found if is_meant]) for i, found in self._matched(passage, labels))
        return {i: _joined(hits) for i, hits in meant if hits}

    def votes(self, passage: Passage, labels: Iterable[int] | None = None) -> Votes:
        """Tell what the rules say of each label.

        Parameters
        ----------
        passage : Passage
            Normalised text with segments; boilerplate is skipped.
        labels : iterable of int, optional
            Ask for these label indices only.

        Returns
        -------
        ndarray of int8, shape (n_labels,)
            1 where a pattern occurs and is meant, -1 where every occurrence is taken back by a cue (negation,
            condition, question), 0 where none occurs, none was asked for, or the language has no rules.
        """
        votes = np.zeros(len(self.classes), np.int8)
        for i, found in self._matched(passage, labels):
            votes[i] = (1 if any(is_meant for _, is_meant in found) else -1) if found else 0
        return votes

    def _matched(
        self, passage: Passage, labels: Iterable[int] | None
    ) -> Iterator[tuple[int, list[tuple[Interval, bool]]]]:
        """Yield for each label index that has rules its hits, and whether each is meant."""
        grammar = self.grammars.get(passage.language)
        if grammar is None:
            return
        text = grammar.fold(passage.document.text)
        read = [segment for segment in passage.segments if segment.kind != "boilerplate"]
        for i in range(len(self.classes)) if labels is None else labels:
            if rules := grammar.labels.get(self.classes[i]):
                yield int(i), [hit for segment in read for hit in _matches(grammar, rules, text, segment)]

    def precision(self, language: str) -> FloatArray:
        """Give the share of right hits by label.

        Parameters
        ----------
        language : str
            Language of the rules.

        Returns
        -------
        ndarray of shape (n_labels,)
            Zero where there are no rules.
        """
        grammar = self.grammars.get(language)
        labels = grammar.labels if grammar else {}
        return np.array([labels[c].precision if c in labels else 0.0 for c in self.classes], np.float32)


@cache
def _shipped(language: str) -> Grammar:
    """Read the rule file of a language."""
    name = f"{language}.toml"
    try:
        content = (files(__package__) / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{name}: the rules cannot be read ({error})") from error
    return parse(name, content, load_taxonomy().index)


def _matches(grammar: Grammar, rules: LabelRules, text: str, segment: Segment) -> Iterator[tuple[Interval, bool]]:
    """Match the patterns of a label within a segment: whole words, and whether they are meant, not taken back."""
    bounds = segment.start, segment.end
    if not any(gate.search(text, *bounds) for gate in rules.gates):
        return
    for pattern in rules.patterns:
        for match in pattern.regex.finditer(text, *bounds):
            meant = not grammar.scope.blocks(text, match.span(), bounds, pattern.blocked_by)
            yield whole_words(text, *match.span(), segment), meant


def _joined(hits: list[Interval]) -> list[Interval]:
    """Sort intervals and join those that overlap."""
    joined: list[Interval] = []
    for start, end in sorted(hits):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
