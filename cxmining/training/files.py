"""A user's own labelled files as rows to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cxmining.corpora import load_corpus
from cxmining.corpora.load import EvidenceSpan, Narrative, Split
from cxmining.errors import InputError
from cxmining.labelled import LabelledRows, read_labelled
from cxmining.taxonomy import Taxonomy
from cxmining.text import identify_many, stated_language

_SPLITS: tuple[Split, ...] = ("train", "dev", "test")


def training_rows(source: str, taxonomy: Taxonomy) -> Sequence[Narrative]:
    """Read rows to learn from.

    Parameters
    ----------
    source : str
        Name of a shipped corpus, a corpus folder, or a labelled file of any supported format: a text column, labels in
        a column ``labels`` (ids joined by ``;``) or in columns ``label:<id>``, and if known ``language``, ``split``
        and ``evidence``.
    taxonomy : Taxonomy
        Labels.

    Returns
    -------
    sequence of Narrative
        Rows of a file without a column ``split`` all count as training rows.

    Raises
    ------
    InputError
        If a row has no text, a language that is not tagged, or an unknown split; file, row and remedy are named.
    CorpusError
        If there is no such corpus.
    """
    path = Path(source)
    if not path.is_file():
        return load_corpus(source).rows
    return narratives(read_labelled(path, taxonomy.ids, taxonomy.codebook.id))


def narratives(rows: LabelledRows) -> list[Narrative]:
    """Turn labelled rows into corpus rows; languages that no cell states are identified."""
    guesses = identify_many(rows.texts)
    found = []
    for i, text in enumerate(rows.texts):
        origin, cells = rows.origins[i], rows.cells[i]
        if not text.strip():
            raise InputError(f"{origin}: the row has no text to learn from; fill it in or leave the row out")
        said = cells.get("language")
        language = stated_language(str(said) if said is not None else None) or guesses[i].code
        if not guesses[i].supported and language == guesses[i].code:
            raise InputError(
                f"{origin}: the language is neither stated nor recognised as Croatian, Russian or Japanese; "
                "add a column 'language' with hr, ru or ja"
            )
        split = str(cells.get("split") or "train")
        if split not in _SPLITS:
            raise InputError(f"{origin}: split {split!r} is none of {', '.join(_SPLITS)}")
        found.append(
            Narrative(
                id=rows.ids[i],
                language=language,
                channel=str(cells.get("channel") or "unknown"),
                sector=str(cells.get("sector") or "unknown"),
                scenario=str(cells.get("scenario") or rows.ids[i]),
                text=text,
                labels=_labels(rows, i, True),
                maybe=_labels(rows, i, False),
                evidence=_evidence(rows, i),
                split=split,
            )
        )
    return found


def _labels(rows: LabelledRows, i: int, given: bool) -> tuple[str, ...]:
    """Give the labels of a row, or those left open."""
    mask = rows.given[i] if given else ~rows.known[i] & ~rows.given[i]
    return tuple(label for label, holds in zip(rows.labels, mask, strict=True) if holds)


def _evidence(rows: LabelledRows, i: int) -> tuple[EvidenceSpan, ...]:
    """Give the evidence of a row's labels, where the file tells any."""
    if rows.evidence is None:
        return ()
    return tuple(
        EvidenceSpan(label=rows.labels[k], start=start, end=end)
        for k, spans in sorted(rows.evidence[i].items())
        for start, end in spans
    )
