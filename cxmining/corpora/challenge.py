"""The challenge suite: behavioural cases that each state what must hold.

References
----------
Ribeiro, Wu, Guestrin and Singh (2020). Beyond Accuracy: Behavioral Testing of NLP Models with CheckList. ACL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from cxmining.corpora.lines import read_lines
from cxmining.errors import CorpusError
from cxmining.paths import shipped

Kind = Literal["negation", "hypothetical", "advice", "neighbours", "noise", "substitution", "turns", "long"]


class Case(BaseModel):
    """One case: every text of it must bear the labels ``present`` and none of ``absent``.

    Attributes
    ----------
    id, language, kind : str
        Identity and what the case probes.
    text : str
        The text.
    variants : tuple of str
        The same story in another spelling, script, name or number, for which the same must hold.
    present, absent : tuple of str
        Labels that must be given, and that must not; others are free.
    note : str
        Why, in English.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    language: str
    kind: Kind
    text: str
    variants: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    note: str

    @model_validator(mode="after")
    def _must_ask_something(self) -> Case:
        """Refuse a case that cannot fail or contradicts itself."""
        if not self.present and not self.absent:
            raise ValueError("a case must state a label that is present or absent")
        if set(self.present) & set(self.absent):
            raise ValueError("a label cannot be both present and absent")
        return self

    @property
    def texts(self) -> tuple[str, ...]:
        """The text and its variants."""
        return (self.text, *self.variants)

    def holds(self, labels: Sequence[Sequence[str]]) -> bool:
        """Tell whether the labels given to each of :attr:`texts` are as they must be."""
        return all(set(self.present) <= set(given) and not set(self.absent) & set(given) for given in labels)


def read_cases(path: Path) -> Iterator[Case]:
    """Yield the cases of one file.

    Raises
    ------
    CorpusError
        If a line breaks the schema; the message names file and row.
    """
    for _, row in read_lines(path, Case):
        yield row


def load_challenge(language: str | None = None, kind: Kind | None = None, root: Path | None = None) -> list[Case]:
    """Load the cases of the suite.

    Parameters
    ----------
    language, kind : str, optional
        Keep these only.
    root : Path, optional
        Folder that holds corpora; default: the shipped ones.

    Raises
    ------
    CorpusError
        If there is no suite or a row breaks the schema.
    """
    folder = (root or shipped("corpora")) / "challenge"
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise CorpusError(f"{folder}: no challenge suite here")
    cases = [case for path in files for case in read_cases(path)]
    return [c for c in cases if language in (None, c.language) and kind in (None, c.kind)]


def pass_rates(
    cases: Sequence[Case], tag: Callable[[list[str]], Sequence[Sequence[str]]]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Run a tagger over cases.

    Parameters
    ----------
    cases : sequence of Case
        Cases.
    tag : callable
        Gives the labels of each text of a list.

    Returns
    -------
    dict
        For each (kind, language) the cases that hold and all cases.
    """
    given = iter(tag([text for case in cases for text in case.texts]))
    table: dict[tuple[str, str], tuple[int, int]] = {}
    for case in cases:
        held = case.holds([next(given) for _ in case.texts])
        n_held, n = table.get((case.kind, case.language), (0, 0))
        table[case.kind, case.language] = (n_held + held, n + 1)
    return table
