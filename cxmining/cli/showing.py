"""What ``cxmining tag`` prints: how files are read, the closing summary, the first tags of a dry run."""

from __future__ import annotations

import pyarrow as pa
from rich.table import Table

from cxmining.cli.console import errors, output
from cxmining.jobs import Outcome
from cxmining.loaders import Source
from cxmining.records import CROATIAN_FAMILY, SUPPORTED_LANGUAGES
from cxmining.scoring.job import State
from cxmining.scoring.publish import Target
from cxmining.taxonomy import Taxonomy

_SHOWN_ROWS = 10
_SHOWN_TEXT = 160


def describe(source: Source) -> str:
    """Say how a file is read: format, encoding, columns."""
    parts = [source.format]
    if source.encoding:
        note = f" ({source.encoding_note})" if source.encoding_note else ""
        parts.append(f"{source.encoding}{note}")
    if source.delimiter:
        parts.append("delimiter " + {"\t": "tab"}.get(source.delimiter, source.delimiter))
    parts += [f"{role}={name!r}" for role, name in source.columns.items()]
    if source.note:
        parts.append(source.note)
    return f"{source.file}: " + ", ".join(parts)


def show_outcome(outcome: Outcome, target: Target, taxonomy: Taxonomy) -> None:
    """Print the closing summary."""
    state = outcome.state
    if outcome.status == "unchanged":
        errors.print(
            f"nothing to do: {target.path} is complete and its input, model and options are the same; "
            "--fresh makes it anew",
            markup=False,
        )
    table = Table(title="summary", show_header=False)
    table.add_row("read", f"{state.n_read:,}")
    table.add_row("tagged", f"{state.n_tagged:,}")
    table.add_row("rejected", f"{state.n_rejected:,}")
    if outcome.progress is not None and outcome.progress.n_repeated:
        table.add_row("repeated texts", f"{outcome.progress.n_repeated:,} (tagged once)")
    table.add_row("languages", ", ".join(f"{code} {n:,}" for code, n in _most_common(state.languages)) or "none")
    for title, kind in (("top failure modes", "failure_mode"), ("outcome signals", "outcome_signal")):
        found = [(label, n) for label, n in _most_common(state.labels) if taxonomy[label].kind == kind]
        for i, (label, n) in enumerate(found[:8]):
            table.add_row(title if i == 0 else "", f"{n:>7,}  {label}")
    table.add_row("output", str(target.path))
    errors.print(table)
    if outcome.n_cut:
        errors.print(
            f"{outcome.n_cut:,} cells were longer than a worksheet cell can be and were cut; use .csv or .parquet"
        )
    others = sum(n for code, n in state.languages.items() if code not in SUPPORTED_LANGUAGES + CROATIAN_FAMILY)
    if others:
        errors.print(
            f"without tags, in no language that is tagged or too short to tell: {others:,}; "
            "if they are dialect or loanwords, state the language with --language"
        )
    if state.n_rejected and not state.n_tagged:
        errors.print("[bold red]no row could be read[/]; the reasons tell why")
    if state.n_rejected:
        errors.print(f"rejected rows with reasons: {target.quarantine}", markup=False, highlight=False)


def show_preview(state: State, rows: pa.RecordBatch) -> None:
    """Print the first tags of a dry run."""
    table = Table(title=f"dry run: {state.n_read:,} rows read, {state.n_rejected:,} rejected, nothing written")
    for name in ("id", "language", "text", "tags"):
        table.add_column(name, overflow="fold")
    for row in rows.slice(0, _SHOWN_ROWS).to_pylist():
        tags = "; ".join(f"{t['label']} {t['score']:.2f} «{t['evidence'][0]['quote']}»" for t in row["tags"])
        text = row["text"] if len(row["text"]) <= _SHOWN_TEXT else row["text"][:_SHOWN_TEXT] + "…"
        table.add_row(*(cell.replace("[", "\\[") for cell in (row["id"], row["language"], text, tags)))
    output.print(table)


def _most_common(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Sort counts, highest first, then by name."""
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
