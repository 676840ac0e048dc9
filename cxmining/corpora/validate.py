"""Holds a corpus folder against its schema, its card and itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cxmining.corpora.card import CorpusCard, file_hash, ids_hash, load_card
from cxmining.corpora.challenge import read_cases
from cxmining.corpora.describe import count_labels, count_rows
from cxmining.corpora.duplicates import near_duplicates
from cxmining.corpora.leaks import Held, leaks
from cxmining.corpora.load import Narrative, read_rows
from cxmining.corpora.real import read_references
from cxmining.corpora.texts import PlainText, read_texts
from cxmining.errors import CorpusError
from cxmining.taxonomy import Taxonomy


def problems(folder: Path, taxonomy: Taxonomy) -> Iterator[str]:
    """Yield what is wrong with a corpus folder, one sentence each; nothing where all is well.

    Parameters
    ----------
    folder : Path
        Folder with ``*.jsonl`` and ``card.toml``.
    taxonomy : Taxonomy
        Labels that the rows may bear.
    """
    try:
        card = load_card(folder)
        files = sorted(folder.glob("*.jsonl"))
        if card.kind == "texts":
            yield from _text_problems(folder, card, files)
            return
        if card.kind != "narratives":
            yield from _other_problems(card, files, taxonomy)
            return
        rows = [row for path in files for row in read_rows(path)]
    except CorpusError as error:
        yield str(error)
        return
    yield from _identity_problems(rows)
    yield from _label_problems(rows, taxonomy)
    yield from _card_problems(card, files, rows, taxonomy)
    yield from _duplicate_problems(_by_language(rows))
    yield from leaks(folder, _by_language([row for row in rows if row.split == "train"]))


def _identity_problems(rows: list[Narrative]) -> Iterator[str]:
    """Check that ids are unique and scenarios stay within a split."""
    yield from _repeated(Counter(row.id for row in rows))
    splits: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        splits[row.scenario].add(row.split)
    for scenario, found in splits.items():
        if len(found) > 1:
            yield f"scenario {scenario!r} stands in several splits: {', '.join(sorted(found))}"


def _repeated(ids: Counter[str]) -> Iterator[str]:
    """Tell which ids stand more than once."""
    for name, n in ids.items():
        if n > 1:
            yield f"id {name!r} stands {n} times"


def _label_problems(rows: list[Narrative], taxonomy: Taxonomy) -> Iterator[str]:
    """Check labels, and that each has evidence inside the text."""
    for row in rows:
        for label in {*row.labels, *row.maybe} - set(taxonomy.ids):
            yield f"row {row.id!r}: label {label!r} is not in the codebook"
        for label in sorted({*row.labels} & {*row.maybe}):
            yield f"row {row.id!r}: label {label!r} is both given and open"
        proven = {span.label for span in row.evidence}
        for label in sorted(proven - {*row.labels}):
            yield f"row {row.id!r}: evidence for {label!r}, which the row does not bear"
        for label in row.labels:
            if label not in proven:
                yield f"row {row.id!r}: label {label!r} has no evidence span"
        for span in row.evidence:
            if not row.text[span.start : span.end].strip():
                yield f"row {row.id!r}: evidence {span.start}:{span.end} quotes nothing"


def _other_problems(card: CorpusCard, files: list[Path], taxonomy: Taxonomy) -> Iterator[str]:
    """Check cases or references: schema, labels, identity, and the card's counts and hashes."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    seen: Counter[str] = Counter()
    if card.kind == "cases":
        for case in (c for path in files for c in read_cases(path)):
            seen[case.id] += 1
            counts[case.language].update(("all", case.kind))
            for label in {*case.present, *case.absent} - set(taxonomy.ids):
                yield f"case {case.id!r}: label {label!r} is not in the codebook"
    else:
        for ref in (r for path in files for r in read_references(path)):
            seen[f"{ref.language}/{ref.source}/{ref.source_id}"] += 1
            counts[ref.language].update(("all", "test"))
            for label in {*ref.labels, *ref.maybe, *(s.label for s in ref.evidence)} - set(taxonomy.ids):
                yield f"text {ref.source}/{ref.source_id}: label {label!r} is not in the codebook"
    yield from _repeated(seen)
    yield from _hash_problems(card, files)
    if {code: dict(c) for code, c in counts.items()} != card.n:
        yield f"card.n: says {card.n}, the files hold { {code: dict(c) for code, c in counts.items()} }"


def _hash_problems(card: CorpusCard, files: list[Path]) -> Iterator[str]:
    """Hold the card's hashes against the files."""
    found = {path.name: file_hash(path) for path in files}
    changed = sorted({name for name, _ in set(found.items()) ^ set(card.files.items())})
    if changed:
        yield f"card.files: hashes differ for {', '.join(changed)}"


def _card_problems(card: CorpusCard, files: list[Path], rows: list[Narrative], taxonomy: Taxonomy) -> Iterator[str]:
    """Hold the card's counts and hashes against the files."""
    yield from _hash_problems(card, files)
    if count_rows(rows) != card.n:
        yield f"card.n: says {card.n}, the files hold {count_rows(rows)}"
    if count_labels(rows, taxonomy.ids) != card.labels:
        yield "card.labels: the counts differ from the files"
    for split, value in card.splits.items():
        if ids_hash([row.id for row in rows if row.split == split]) != value:
            yield f"card.splits.{split}: the split is not the frozen one"


def _text_problems(folder: Path, card: CorpusCard, files: list[Path]) -> Iterator[str]:
    """Check texts without labels: identity, the card's counts and hashes, near-duplicates, leaks."""
    rows = [row for path in files for row in read_texts(path)]
    yield from _repeated(Counter(row.id for row in rows))
    for row in rows:
        if not row.text.strip():
            yield f"row {row.id!r}: there is no text"
        if row.language not in card.languages:
            yield f"row {row.id!r}: language {row.language!r} is not among the card's"
    if card.labels:
        yield "card.labels: texts of this kind bear none"
    yield from _hash_problems(card, files)
    own = _by_language(rows)
    counts = {code: {"all": len(texts)} for code, texts in own.items()}
    if counts != card.n:
        yield f"card.n: says {card.n}, the files hold {counts}"
    yield from _duplicate_problems(own)
    yield from leaks(folder, own)


def _by_language(rows: Sequence[Narrative] | Sequence[PlainText]) -> dict[str, list[Held]]:
    """Sort ids and texts by language."""
    found: dict[str, list[Held]] = defaultdict(list)
    for row in rows:
        found[row.language].append((row.id, row.text))
    return dict(found)


def _duplicate_problems(texts: Mapping[str, Sequence[Held]]) -> Iterator[str]:
    """Look for near-duplicates within each language."""
    for _, own in sorted(texts.items()):
        for i, j, similarity in near_duplicates([text for _, text in own]):
            yield f"rows {own[i][0]!r} and {own[j][0]!r} are near-duplicates ({similarity:.2f})"
