"""``cxmining evaluate``: scores predictions against gold labels."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from cxmining.cli.console import errors
from cxmining.cli.reports import print_json, show_evaluation
from cxmining.errors import UsageError
from cxmining.evaluating import Selection, evaluate_files
from cxmining.evaluation.report import Bootstrap
from cxmining.matching import check_files
from cxmining.taxonomy import load_taxonomy


def command(  # noqa: PLR0913, PLR0917 - options of a command line
    gold: Annotated[Path, typer.Argument(help="Gold labels: a labelled file or a corpus folder.")],
    pred: Annotated[Path, typer.Argument(help="Predictions: what `cxmining tag` wrote, or a file of the same shape.")],
    against: Annotated[list[Path] | None, typer.Option(help="Predictions of another system; repeat for more.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Column to report by; repeat for more.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="Score only rows with COLUMN=VALUE; repeat for more.")] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Column whose rows belong together; default: scenario, where there is one.")
    ] = None,
    common: Annotated[bool, typer.Option("--common", help="Score the ids that all files hold; drop others.")] = False,
    id_: Annotated[str | None, typer.Option("--id", help="Column that holds the id.")] = None,
    codebook: Annotated[Path | None, typer.Option(help="Codebook file of your own.")] = None,
    samples: Annotated[int, typer.Option(min=0, help="Bootstrap samples; 0 gives no intervals.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page with figures to this file.")] = None,
    fail_under: Annotated[
        list[str] | None, typer.Option(help="NAME=NUMBER, e.g. macro_f1=0.8; exit with 1 if the figure is lower.")
    ] = None,
) -> None:
    """Score predictions against gold labels, with intervals."""
    files = [pred, *(against or ())]
    check_files([gold, *files])
    floors = [_floor(text) for text in fail_under or ()]
    if html is not None:
        _check_page(html, [gold, *files])
    selection = Selection(tuple(by or ()), tuple(_pair(w, "--where") for w in where or ()), cluster, common, id_)
    with errors.status("scoring"):
        report = evaluate_files(gold, files, load_taxonomy(codebook), selection, Bootstrap(samples, seed=seed))
        if html is not None:
            from cxmining.evaluation.page import evaluation_page

            html.write_text(evaluation_page(report), encoding="utf-8")
    for note in report["notes"]:
        errors.print(f"note: {note}", markup=False, highlight=False)
    if json:
        print_json(report)
    else:
        show_evaluation(report)
    if html is not None:
        errors.print(f"page: {html}", markup=False, highlight=False)
    failed = [text for name, least in floors if (text := _under(report, name, least))]
    for text in failed:
        errors.print(text, markup=False, highlight=False)
    if failed:
        raise typer.Exit(1)


def _check_page(html: Path, inputs: list[Path]) -> None:
    """Refuse a page that cannot be written or would replace an input, and a missing extra, before any work."""
    from cxmining.evaluation.figures import style

    if any(html.resolve() == path.resolve() for path in inputs):
        raise UsageError(f"{html}: the page would replace its own input; name another file with --html")
    if html.is_dir() or not html.resolve().parent.is_dir():
        raise UsageError(f"{html}: no file can be written here; name a file in a folder that exists with --html")
    with style():
        pass


def _pair(text: str, option: str) -> tuple[str, str]:
    """Split NAME=VALUE."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip() or not value.strip():
        raise UsageError(f"{option} {text!r}: write NAME=VALUE, such as {option} {_EXAMPLES[option]}")
    return name.strip(), value.strip()


_EXAMPLES = {"--where": "split=test", "--fail-under": "macro_f1=0.8"}


def _floor(text: str) -> tuple[str, float]:
    """Read a floor."""
    name, value = _pair(text, "--fail-under")
    try:
        least = float(value)
    except ValueError:
        least = math.nan
    if not math.isfinite(least):
        raise UsageError(f"--fail-under {text!r}: {value!r} is no number; write it as in macro_f1=0.8")
    return name, least


def _under(report: dict[str, Any], name: str, least: float) -> str:
    """Say that a figure is under its floor; empty where it is not."""
    node: Any = report
    for key in name.split("."):
        node = node.get(key) if isinstance(node, dict) else None
    if isinstance(node, bool) or not isinstance(node, int | float):
        figures = ", ".join(k for k, v in report.items() if isinstance(v, float))
        raise UsageError(
            f"--fail-under: there is no figure {name!r}; choose one of {figures}, or a path such as labels.ID.f1"
        )
    if math.isnan(node):
        return f"{name} is not defined on these rows, so it cannot reach {least:g}"
    return f"{name} is {node:.4f}, under {least:g}" if node < least else ""
