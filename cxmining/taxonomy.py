"""The codebook as data: ordered labels with families, names and definitions in four languages.

A user's own file in the same format is accepted wherever a taxonomy is.
"""

from __future__ import annotations

import tomllib
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from cxmining.errors import TaxonomyError

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
NonEmpty = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Kind = Literal["failure_mode", "outcome_signal"]


class _Strict(BaseModel):
    """Base that refuses unknown keys and changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Exclusion(_Strict):
    """A case in which a label does not hold, with the neighbour that holds instead."""

    when: NonEmpty
    neighbour: Identifier | None = None


class Family(_Strict):
    """A group of labels."""

    id: Identifier
    name: dict[str, NonEmpty]


class Label(_Strict):
    """One code of the codebook.

    Attributes
    ----------
    id : str
        Stable identifier, lower case with underscores.
    family : str
        Id of its family.
    kind : {'failure_mode', 'outcome_signal'}
        Whether it names a failure or what the customer does next.
    severity : int
        1 slight, 2 serious, 3 grave.
    name, definition : dict of str to str
        Keyed by language code; every language of the codebook is present.
    includes : tuple of str
        Cases that the label covers.
    excludes : tuple of Exclusion
        Cases that it does not cover.
    neighbours : tuple of str
        Ids of labels that it is confused with.
    """

    id: Identifier
    family: Identifier
    kind: Kind = "failure_mode"
    severity: Annotated[int, Field(ge=1, le=3)] = 2
    name: dict[str, NonEmpty]
    definition: dict[str, NonEmpty]
    includes: tuple[NonEmpty, ...] = ()
    excludes: tuple[Exclusion, ...] = ()
    neighbours: tuple[Identifier, ...] = ()


class Header(_Strict):
    """Identity of a codebook."""

    id: Identifier
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    title: NonEmpty
    languages: Annotated[tuple[str, ...], Field(min_length=1)] = ("en",)


class Taxonomy(_Strict):
    """An ordered set of labels; the order is the column order of every score matrix.

    Attributes
    ----------
    codebook : Header
        Id, version (semantic), title, languages.
    families : tuple of Family
        In order.
    labels : tuple of Label
        In order.
    """

    codebook: Header
    families: tuple[Family, ...]
    labels: Annotated[tuple[Label, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_references(self) -> Taxonomy:
        """Check that ids are unique, references resolve and every language is there."""
        families = {f.id for f in self.families}
        ids = [label.id for label in self.labels]
        problems = [f"labels: id {i!r} is given twice" for i in sorted({i for i in ids if ids.count(i) > 1})]
        for label in self.labels:
            where = f"labels.{label.id}"
            if label.family not in families:
                problems.append(f"{where}.family: {label.family!r} is not among families")
            others = [*label.neighbours, *(e.neighbour for e in label.excludes if e.neighbour)]
            problems += [f"{where}.neighbours: {n!r} is not among labels" for n in others if n not in ids]
            for key in ("name", "definition"):
                missing = [c for c in self.codebook.languages if c not in getattr(label, key)]
                problems += [f"{where}.{key}.{c}: missing" for c in missing]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Label ids in order."""
        return tuple(label.id for label in self.labels)

    @cached_property
    def index(self) -> dict[str, int]:
        """Column of each label id."""
        return {label: i for i, label in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, label_id: str) -> Label:
        """Give a label by id; KeyError if there is none."""
        return self.labels[self.index[label_id]]

    def name(self, label_id: str, language: str = "en") -> str:
        """Give a label's name in a language, in the codebook's first language if it has none."""
        names = self[label_id].name
        return names.get(language) or names[self.codebook.languages[0]]


def load_taxonomy(path: Path | str | None = None) -> Taxonomy:
    """Load a codebook file.

    Parameters
    ----------
    path : Path or str, optional
        TOML file in the format of the shipped ``codebook.toml``; None loads that one.

    Returns
    -------
    Taxonomy
        Validated, immutable.

    Raises
    ------
    TaxonomyError
        If the file is missing, is no TOML or breaks the schema; the message names every offending key.
    """
    source = files("cxmining").joinpath("codebook.toml") if path is None else Path(path)
    try:
        data = tomllib.loads(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TaxonomyError(f"{path}: no such codebook file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise TaxonomyError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise TaxonomyError(f"{path}: not valid TOML: {error}") from error
    try:
        return Taxonomy.model_validate(data)
    except ValidationError as error:
        lines = "\n".join(f"  {_place(e, data)}: {_message(e)}" for e in error.errors())
        raise TaxonomyError(f"{source}: the codebook breaks the schema:\n{lines}") from error


def _place(error: Any, data: dict[str, Any]) -> str:
    """Name the offending key, list items by their id where they have one."""
    parts: list[str] = []
    node: Any = data
    for key in error["loc"]:
        node = node[key] if isinstance(node, dict | list) and _has(node, key) else None
        label = node.get("id") if isinstance(key, int) and isinstance(node, dict) else None
        parts.append(str(label or key))
    return ".".join(parts) or "codebook"


def _has(node: Any, key: Any) -> bool:
    """Whether a container holds a key or index."""
    return key in node if isinstance(node, dict) else isinstance(key, int) and key < len(node)


def _message(error: Any) -> str:
    """Give pydantic's message without its prefix."""
    return str(error["msg"]).removeprefix("Value error, ")
