"""``cxmining topics``: finds what customers talk and complain about, without a codebook."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from cxmining.cli.console import errors, output
from cxmining.cli.showing import describe
from cxmining.errors import UsageError
from cxmining.loaders import ReadOptions, read
from cxmining.records import Record, Rejected
from cxmining.topic_report import Breakdown
from cxmining.topic_run import Guidance, Inquiry, run_topics
from cxmining.topics.periods import Period


def command(  # noqa: PLR0913, PLR0917 - options of a command line
    files: Annotated[list[Path], typer.Argument(help="Files or folders of feedback.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write into; made where it does not exist.")],
    text: Annotated[str | None, typer.Option(help="Column that holds the text.")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Column that holds the id.")] = None,
    time: Annotated[str | None, typer.Option(help="Column that holds the time.")] = None,
    language: Annotated[str, typer.Option(help="auto, hr, ru or ja: language of every text.")] = "auto",
    topics: Annotated[
        int | None, typer.Option(min=1, help="Number of topics; default: as many as the texts call for.")
    ] = None,
    method: Annotated[
        Literal["embedding", "nmf", "lda"], typer.Option(help="embedding: shared by languages; nmf, lda: by words.")
    ] = "embedding",
    seeds: Annotated[
        Path | None,
        typer.Option(help="Guided topics: TOML or JSON, phrases by name; or `codebook`."),
    ] = None,
    fitted: Annotated[Path | None, typer.Option(help="Folder of an earlier run whose topics are used again.")] = None,
    model: Annotated[str, typer.Option(help="Model that tells failure modes; `none` leaves them out.")] = "auto",
    by: Annotated[list[str] | None, typer.Option(help="Column to count by; repeat for more.")] = None,
    period: Annotated[Period, typer.Option(help="Length of a period of time.")] = "month",
    smallest: Annotated[int, typer.Option(min=0, help="Suppress counts below this; 0 shows all.")] = 0,
    outliers: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share of sentences that may belong to no topic.")
    ] = 0.1,
    assign_outliers: Annotated[
        bool, typer.Option("--assign-outliers", help="Give every sentence its nearest topic.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of nmf and lda; embedding needs none.")] = 0,
) -> None:
    """Find topics across the three languages; writes topics.json, segments.jsonl, documents.jsonl and index.html."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: this is a file; name a folder with -o")
    options = ReadOptions(text=text, id=id_, time=time)
    records: list[Record] = []
    rejected: list[Rejected] = []
    for item in read(files, options, lambda s: errors.print(describe(s), markup=False, highlight=False)):
        (rejected if isinstance(item, Rejected) else records).append(item)  # type: ignore[arg-type]
    inquiry = Inquiry(
        language=None if language == "auto" else language,
        n_topics=topics,
        method=method,
        outlier_share=outliers,
        assign_outliers=assign_outliers,
        model=None if model == "none" else model,
        seed=seed,
    )
    guidance = Guidance(_seeds(seeds), seeds is not None and str(seeds) == "codebook", fitted)
    breakdown = Breakdown(tuple(by or ()), period=period, smallest=smallest)
    with errors.status("reading sentences") as status:

        def show(stage: str, n: int) -> None:
            status.update(f"{stage}: {n:,} of {len(records):,} texts")

        report = run_topics(records, out, inquiry, guidance, breakdown, show)
    _write_rejected(out, rejected)
    table = Table(title=f"{report['n_documents']:,} texts, {len(report['topics'])} topics, "
                        f"{report['outlier_share']:.1%} of sentences in none")  # fmt: skip
    for name in ("topic", "sentences", "name"):
        table.add_column(name, justify="left" if name == "name" else "right", overflow="fold")
    for topic in report["topics"][:25]:
        table.add_row(str(topic["id"]), f"{topic['n_segments']:,}", topic["label"].replace("[", "\\["))
    output.print(table)
    errors.print(f"read {len(records) + len(rejected):,}, rejected {len(rejected):,}; written to {out}", markup=False)


def _seeds(path: Path | None) -> dict[str, list[str]]:
    """Read guided topics."""
    if path is None or str(path) == "codebook":
        return {}
    try:
        raw = path.read_text(encoding="utf-8")
        table = tomllib.loads(raw) if path.suffix.lower() == ".toml" else json.loads(raw)
    except OSError as error:
        raise UsageError(f"{path}: the seeds cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise UsageError(f"{path}: the seeds are neither TOML nor JSON ({error})") from error
    sound = isinstance(table, dict) and all(
        isinstance(v, list) and v and all(isinstance(p, str) and p.strip() for p in v) for v in table.values()
    )
    if not sound or not table:
        raise UsageError(f'{path}: write each guided topic as NAME = ["phrase", "phrase"]')
    return dict(table)


def _write_rejected(out: Path, rejected: Sequence[Rejected]) -> None:
    """Write rows that could not be read; nothing where there are none."""
    path = out / "rejected.jsonl"
    path.unlink(missing_ok=True)
    if rejected:
        lines = (
            json.dumps({"file": r.origin.file, "row": r.origin.row, "reason": r.reason, "raw": r.raw}) for r in rejected
        )
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
