"""Labels of real texts, kept by reference: the texts themselves are the user's and never part of the project."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cxmining.corpora.lines import read_lines
from cxmining.corpora.load import Annotation, Corpus, EvidenceSpan, Narrative
from cxmining.errors import CorpusError
from cxmining.paths import shipped


class Reference(BaseModel):
    """Labels of one text that is elsewhere.

    Attributes
    ----------
    source, source_id : str
        Where the text comes from and its id there.
    language : str
        Its language.
    sha256 : str
        Hash of the text in UTF-8; a text with another hash is not the one that was read.
    labels, maybe, evidence, annotators
        As in :class:`~cxmining.corpora.load.Narrative`; offsets into the raw text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    source_id: str
    language: str
    sha256: str
    labels: tuple[str, ...]
    maybe: tuple[str, ...] = ()
    evidence: tuple[EvidenceSpan, ...] = ()
    annotators: dict[str, Annotation] = {}


def read_references(path: Path) -> Iterator[Reference]:
    """Yield the references of one file.

    Raises
    ------
    CorpusError
        If a line breaks the schema.
    """
    for _, row in read_lines(path, Reference):
        yield row


def load_real_eval(texts: Path, root: Path | None = None) -> Corpus:
    """Join the labels of real texts with the texts.

    Parameters
    ----------
    texts : Path
        Folder with ``*.jsonl`` whose rows hold ``source``, ``id``, ``language`` and ``text``.
    root : Path, optional
        Folder that holds corpora; default: the shipped ones.

    Returns
    -------
    Corpus
        Every labelled text that was found, all in the split ``test``.

    Raises
    ------
    CorpusError
        If the folder holds none of the texts. Texts whose hash differs from the labelled ones are passed over.
    """
    folder = (root or shipped("corpora")) / "real_eval"
    references = [ref for path in sorted(folder.glob("*.jsonl")) for ref in read_references(path)]
    wanted = {(ref.language, ref.source, ref.source_id): ref for ref in references}
    rows: list[Narrative] = []
    for path in sorted(texts.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                data = json.loads(line)
                key = (str(data.get("language")), str(data.get("source")), str(data.get("id")))
                ref = wanted.get(key)
                if ref is None or hashlib.sha256(data["text"].encode()).hexdigest() != ref.sha256:
                    continue
                rows.append(_narrative(ref, data["text"]))
                del wanted[key]
    if not rows:
        missing = f"none of the {len(references)} labelled texts"
        raise CorpusError(f"{texts}: holds {missing}; see corpora/real_eval/README.md")
    return Corpus("real_eval", tuple(rows))


def _narrative(ref: Reference, text: str) -> Narrative:
    """Put a reference and its text together."""
    name = f"{ref.source}/{ref.source_id}"
    shared = ref.model_dump(include={"language", "labels", "maybe", "evidence", "annotators"})
    strata = {"channel": "review", "sector": ref.source, "scenario": name, "split": "test"}
    return Narrative.model_validate({"id": name, "text": text, **strata, **shared})
