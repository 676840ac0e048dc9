"""``cxmining tag`` and ``cxmining score``: files in, tagged file out."""

from __future__ import annotations

from errno import ENOSPC
from pathlib import Path
from typing import Annotated, Literal

import typer

from cxmining.cli.operating import MaxMissed, MinPrecision, MinRecall, ThresholdOption, chosen
from cxmining.cli.progress import JsonReporter, Reporter, ScreenReporter
from cxmining.cli.showing import show_preview
from cxmining.errors import CxminingError
from cxmining.jobs import Listeners, preview, run_job
from cxmining.loaders import ReadOptions
from cxmining.requests import Request, Rows, TaggerChoice
from cxmining.scoring.estimate import estimate_rows
from cxmining.scoring.publish import Target, default_output


def command(  # noqa: PLR0913, PLR0917 - options of a command line
    files: Annotated[list[Path], typer.Argument(help="Files or folders of feedback.", show_default=False)],
    text: Annotated[str | None, typer.Option(help="Column that holds the text.")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Column that holds the id.")] = None,
    time: Annotated[str | None, typer.Option(help="Column that holds the time.")] = None,
    language_column: Annotated[str | None, typer.Option(help="Column that holds the language.")] = None,
    speaker_column: Annotated[str | None, typer.Option(help="Column that holds the speaker.")] = None,
    speaker: Annotated[
        Literal["all", "customer", "agent"], typer.Option(help="Whose statements in conversations are tagged.")
    ] = "all",
    language: Annotated[str, typer.Option(help="auto, hr, ru or ja: language of every text.")] = "auto",
    model: Annotated[str, typer.Option(help="Model name or folder.")] = "auto",
    threshold: ThresholdOption = None,
    min_precision: MinPrecision = None,
    min_recall: MinRecall = None,
    max_missed: MaxMissed = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the files, where detection is wrong.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="Delimiter of CSV files, where sniffing is wrong.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Worksheet to read.")] = None,
    per_line: Annotated[bool, typer.Option("--per-line", help="Take each line of a text file as a comment.")] = False,
    repair_mojibake: Annotated[bool, typer.Option("--repair-mojibake", help="Mend twice-encoded UTF-8.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Output: .csv, .tsv, .jsonl, .parquet or .xlsx.")
    ] = None,
    wide: Annotated[
        bool | None, typer.Option("--wide/--nested", help="One column a label, or nested tags; else as the format is.")
    ] = None,
    partition_by: Annotated[
        list[str] | None, typer.Option(help="Write a directory of Parquet files, parted by this column; repeatable.")
    ] = None,
    job: Annotated[Path | None, typer.Option(help="Folder that keeps the work; OUT.job otherwise.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over, whatever an earlier run left.")] = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 takes the cores there are.")] = 0,
    limit: Annotated[int | None, typer.Option(help="Tag the first rows only.")] = None,
    sample: Annotated[int | None, typer.Option(help="Tag this many rows drawn at random.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the sample.")] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and tag 200 rows, show them, write nothing.")
    ] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Report on standard error as JSON Lines.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 if a row was rejected.")] = False,
) -> None:
    """Tag feedback with failure modes and the words that prove them; an interrupted run goes on where it stopped."""
    request = Request(
        tuple(files),
        Target(out or default_output(files[0], directory=bool(partition_by)), wide, tuple(partition_by or ())),
        ReadOptions(
            text=text,
            id=id_,
            time=time,
            language=language_column,
            speaker=speaker_column,
            encoding=encoding,
            delimiter="\t" if delimiter in {"\\t", "tab"} else delimiter,
            sheet=sheet,
            per_line=per_line,
            repair_mojibake=repair_mojibake,
        ),
        TaggerChoice(
            model,
            chosen(threshold, min_precision, min_recall, max_missed),
            None if language == "auto" else language,
            None if speaker == "all" else speaker,
        ),
        Rows(limit, sample, seed),
        job,
    )
    reporter = JsonReporter(request.target) if log_json else ScreenReporter(request.target, request.tagger.taxonomy())
    if never := request.tagger.never_given():
        reporter.never_given(never)
    if dry_run:
        show_preview(*preview(request, Listeners(reporter.source)))
        return
    n_rejected = _run(request, workers, fresh, reporter)
    if strict and n_rejected:
        raise typer.Exit(3)


def _run(request: Request, workers: int, fresh: bool, reporter: Reporter) -> int:
    """Run the job under a reporter; give the number of rejected rows."""
    rows = request.rows.limit or request.rows.sample
    reporter.expected = rows if rows is not None else estimate_rows(request.files)
    try:
        with reporter:
            heard = Listeners(reporter.source, reporter.progress, reporter.resumed)
            outcome = run_job(request, workers, fresh, heard)
    except KeyboardInterrupt:
        reporter.interrupted(request.folder)
        raise typer.Exit(130) from None
    except OSError as error:
        remedy = f"free some space for {request.target.path} and {request.folder}; " if error.errno == ENOSPC else ""
        raise CxminingError(f"{_what(error)}; {remedy}the same command goes on where this run stopped") from error
    reporter.done(outcome)
    return outcome.state.n_rejected


def _what(error: OSError) -> str:
    """Say what the system refused, and where."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"
