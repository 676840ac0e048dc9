"""``cxmining tag``: files in, tagged file out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from cxmining.cli.console import errors
from cxmining.errors import UsageError
from cxmining.loaders import ReadOptions, Source, read
from cxmining.pipeline import Tagger
from cxmining.scoring.estimate import estimate_rows
from cxmining.scoring.files import Target, tag_stream
from cxmining.scoring.runner import Summary, default_output
from cxmining.scoring.tables import check_suffix
from cxmining.taxonomy import Taxonomy


def command(  # noqa: PLR0913, PLR0917 - options of a command line
    files: Annotated[list[Path], typer.Argument(help="Files or folders of feedback.", show_default=False)],
    text: Annotated[str | None, typer.Option(help="Column that holds the text.")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Column that holds the id.")] = None,
    time: Annotated[str | None, typer.Option(help="Column that holds the time.")] = None,
    language_column: Annotated[str | None, typer.Option(help="Column that holds the language.")] = None,
    speaker: Annotated[str | None, typer.Option(help="Column that holds the speaker.")] = None,
    language: Annotated[str, typer.Option(help="auto, hr, ru or ja: language of every text.")] = "auto",
    model: Annotated[str, typer.Option(help="Model name or folder.")] = "auto",
    threshold: Annotated[float | None, typer.Option(help="One threshold for all labels, between 0 and 1.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the files, where detection is wrong.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="Delimiter of CSV files, where sniffing is wrong.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Worksheet to read.")] = None,
    per_line: Annotated[bool, typer.Option("--per-line", help="Take each line of a text file as a comment.")] = False,
    repair_mojibake: Annotated[bool, typer.Option("--repair-mojibake", help="Mend twice-encoded UTF-8.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Output: .csv, .tsv, .jsonl, .parquet or .xlsx.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if a row was rejected.")] = False,
) -> None:
    """Tag feedback with failure modes and the words that prove them."""
    target = out or default_output(files[0])
    check_suffix(target)
    for file in files:
        if target.resolve() == file.resolve():
            raise UsageError(f"{target}: the output would replace its own input; name another file with -o")
        if file.is_dir() and file.resolve() in target.resolve().parents:
            raise UsageError(f"{target}: the output lies in the folder that is read; name a file outside it with -o")
    options = ReadOptions(
        text=text,
        id=id_,
        time=time,
        language=language_column,
        speaker=speaker,
        encoding=encoding,
        delimiter="\t" if delimiter in {"\\t", "tab"} else delimiter,
        sheet=sheet,
        per_line=per_line,
        repair_mojibake=repair_mojibake,
    )
    with errors.status("loading the model"):
        tagger = Tagger.load(model, threshold, None if language == "auto" else language)
    with _progress() as progress:
        task = progress.add_task("tagging", total=estimate_rows(files), rows=0, rejected=0, rate=0.0)

        def show(summary: Summary) -> None:
            elapsed = progress.tasks[task].elapsed or 1e-9
            rate = summary.n_read / elapsed
            progress.update(task, completed=summary.n_read, rows=summary.n_read, rejected=summary.n_rejected, rate=rate)

        stream = read(files, options, _show_source)
        summary = tag_stream(stream, tagger.tag_batch, Target(target, tagger.taxonomy.ids), show)
    _closing(summary, target, tagger.taxonomy)
    if strict and summary.n_rejected:
        raise typer.Exit(3)


def _progress() -> Progress:
    """Make the progress line."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[rows]:,} rows, {task.fields[rejected]:,} rejected, {task.fields[rate]:.0f} rows/s"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=errors,
    )


def _show_source(source: Source) -> None:
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
    errors.print(f"{source.file}: " + ", ".join(parts), markup=False, highlight=False)


def _closing(summary: Summary, target: Path, taxonomy: Taxonomy) -> None:
    """Print the closing summary."""
    table = Table(title="summary", show_header=False)
    table.add_row("read", f"{summary.n_read:,}")
    table.add_row("tagged", f"{summary.n_tagged:,}")
    table.add_row("rejected", f"{summary.n_rejected:,}")
    table.add_row("languages", ", ".join(f"{code} {n:,}" for code, n in summary.languages.most_common()) or "none")
    for title, kind in (("top failure modes", "failure_mode"), ("outcome signals", "outcome_signal")):
        found = [(label, n) for label, n in summary.labels.most_common() if taxonomy[label].kind == kind]
        for i, (label, n) in enumerate(found[:8]):
            table.add_row(title if i == 0 else "", f"{n:>7,}  {label}")
    table.add_row("output", str(target))
    errors.print(table)
    if summary.n_cut:
        errors.print(
            f"{summary.n_cut:,} cells were longer than a worksheet cell can be and were cut; use .csv or .parquet"
        )
    if summary.n_rejected and not summary.n_tagged:
        errors.print("[bold red]no row could be read[/]; the reasons tell why")
    if summary.n_rejected:
        errors.print(f"rejected rows with reasons: {target}.rejected.jsonl", markup=False, highlight=False)
