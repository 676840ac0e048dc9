"""``cxmining agreement``: how far annotators agree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cxmining.annotating import Grouping, agree_files
from cxmining.cli.console import errors
from cxmining.cli.reports import print_json, show_agreement
from cxmining.evaluation.report import Bootstrap
from cxmining.matching import check_files
from cxmining.taxonomy import load_taxonomy


def command(  # noqa: PLR0913, PLR0917 - options of a command line
    files: Annotated[
        list[Path],
        typer.Argument(help="A labelled file an annotator, or one with an object of readings in 'annotators'."),
    ],
    by: Annotated[list[str] | None, typer.Option(help="Column to report by; repeat for more.")] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Column whose rows belong together; default: scenario, where there is one.")
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Annotators may have read different texts.")] = False,
    id_: Annotated[str | None, typer.Option("--id", help="Column that holds the id.")] = None,
    codebook: Annotated[Path | None, typer.Option(help="Codebook file of your own.")] = None,
    samples: Annotated[int, typer.Option(min=0, help="Bootstrap samples; 0 gives no intervals.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")] = False,
) -> None:
    """Measure how far annotators agree: alpha, kappa by label, the ceiling for systems."""
    check_files(files)
    grouping = Grouping(tuple(by or ()), cluster, partial, id_)
    with errors.status("comparing"):
        report = agree_files(files, load_taxonomy(codebook), grouping, Bootstrap(samples, seed=seed))
    if json:
        print_json(report)
    else:
        show_agreement(report)
