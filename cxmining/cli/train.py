"""``cxmining train``: learns a model from a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from cxmining.cli.console import errors, output
from cxmining.errors import UsageError
from cxmining.evaluation.multilabel import F1Report
from cxmining.taxonomy import Taxonomy, load_taxonomy
from cxmining.training import (
    TrainingRows,
    keep_codebook,
    train_linear_head,
    train_tfidf,
    train_transformer,
    training_rows,
)


def command(
    corpus: Annotated[
        list[str], typer.Option(help="Shipped corpus, corpus folder or labelled file; repeatable.")
    ] = [  # noqa: B006
        "failure_modes"
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Model folder to write.")] = Path("model"),
    codebook: Annotated[Path | None, typer.Option(help="Codebook file of your own.")] = None,
    kind: Annotated[
        Literal["linear-head", "tfidf", "transformer"],
        typer.Option(
            help="linear-head: minutes, no torch; tfidf: a baseline; transformer: best, slow, extra [transformers]."
        ),
    ] = "linear-head",
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of the transformer.")] = 10,
    seed: Annotated[int, typer.Option(help="Seed of every random choice.")] = 0,
) -> None:
    """Train a tagger on annotated narratives; without test or development rows its card is cross-validated."""
    taxonomy = load_taxonomy(codebook)
    rows = TrainingRows.of(row for name in corpus for row in training_rows(name, taxonomy))
    if kind == "transformer":
        rows = rows.with_dev(seed=seed)
    errors.print(f"{len(rows.train):,} narratives to learn from, {len(rows.dev):,} to tune on")
    if kind == "transformer":
        card = _transformer(rows, taxonomy, out, epochs, seed)
    else:
        train = train_tfidf if kind == "tfidf" else train_linear_head
        with errors.status("training"):
            card = train(rows, taxonomy, out, seed)
    keep_codebook(out, codebook)
    table = Table(title=f"{out}: F1 on {card['metrics']['data']}")
    for name in ("rows", "n", "micro F1", "macro F1"):
        table.add_column(name, justify="left" if name == "rows" else "right")
    for key, figures in card["metrics"].items():
        if isinstance(figures, dict) and "micro_f1" in figures:
            table.add_row(key, str(figures["n"]), f"{figures['micro_f1']:.3f}", f"{figures['macro_f1']:.3f}")
    output.print(table)


def _transformer(rows: TrainingRows, taxonomy: Taxonomy, out: Path, epochs: int, seed: int) -> dict[str, Any]:
    """Fine-tune with a line an epoch."""
    try:
        from cxmining.classifiers.transformer.fit import FitOptions
    except ImportError as error:
        raise UsageError("the transformer needs torch and onnx: pip install 'cxmining[transformers]'") from error

    def show(epoch: int, loss: float, report: F1Report) -> None:
        errors.print(f"epoch {epoch + 1}: loss {loss:.3f}, development macro F1 {report.macro:.3f}")

    with errors.status("training"):
        return train_transformer(rows, taxonomy, out, FitOptions(epochs=epochs, seed=seed), show)
