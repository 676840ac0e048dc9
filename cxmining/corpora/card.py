"""The card of a corpus: where it comes from, how it was annotated, what is in it, with hashes."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from cxmining.errors import CorpusError


class _Strict(BaseModel):
    """Base that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Agreement(_Strict):
    """Agreement of the blind readings of one language."""

    n: int
    alpha_masi: float
    exact_match: float
    kappa: dict[str, float]


class CorpusCard(_Strict):
    """What ``card.toml`` must hold.

    Attributes
    ----------
    kind : {'narratives', 'cases', 'references', 'texts'}
        Schema of the rows: texts with labels, behavioural cases, labels of texts that are elsewhere, or texts alone.
    name, version, title, licence, origin, annotation, intended_use : str
        Prose.
    limits : list of str
        What the corpus cannot show.
    languages : list of str
        Language codes.
    codebook : str
        Id and version of the codebook that the labels follow.
    n : dict
        Rows by language and split, or by language and kind of case.
    labels : dict
        Rows that bear each label, by language.
    files : dict
        SHA-256 of each data file.
    splits : dict
        SHA-256 of the sorted ids of each split.
    agreement : dict
        By language, where texts were read twice.
    """

    kind: Literal["narratives", "cases", "references", "texts"] = "narratives"
    name: str
    version: str
    title: str
    licence: str
    origin: str
    annotation: str
    intended_use: str
    limits: list[str]
    languages: list[str]
    codebook: str
    n: dict[str, dict[str, int]]
    labels: dict[str, dict[str, int]]
    files: dict[str, str]
    splits: dict[str, str] = {}
    agreement: dict[str, Agreement] = {}


def load_card(folder: Path) -> CorpusCard:
    """Read the card of a corpus folder.

    Raises
    ------
    CorpusError
        If the card is missing or breaks the schema.
    """
    path = folder / "card.toml"
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return CorpusCard.model_validate(data)
    except FileNotFoundError:
        raise CorpusError(f"{path}: missing; every corpus has a card") from None
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise CorpusError(f"{path}: {error}") from error


def file_hash(path: Path) -> str:
    """Give the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def ids_hash(ids: list[str]) -> str:
    """Give the SHA-256 of sorted ids, one a line: the fingerprint of a frozen split."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
