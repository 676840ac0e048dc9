"""``cxmining train``: learns a model from a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cxmining.cli.console import errors, output
from cxmining.corpora import load_corpus
from cxmining.errors import CorpusError
from cxmining.taxonomy import load_taxonomy
from cxmining.training import keep_codebook, train_linear_head


def command(
    corpus: Annotated[list[str], typer.Option(help="Shipped corpus name or folder with *.jsonl; may be repeated.")] = [  # noqa: B006
        "failure_modes"
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Model folder to write.")] = Path("model"),
    codebook: Annotated[Path | None, typer.Option(help="Codebook file of your own.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the folds.")] = 0,
) -> None:
    """Train a tagger on annotated narratives and report it on the development rows."""
    taxonomy = load_taxonomy(codebook)
    rows = [row for name in corpus for row in load_corpus(name)]
    train = [r for r in rows if r.split == "train"]
    dev = [r for r in rows if r.split == "dev"]
    if not train or not dev:
        have = f"has {len(train)} and {len(dev)}"
        raise CorpusError(f"{', '.join(corpus)}: needs rows of the splits train and dev, {have}")
    with errors.status(f"training on {len(train):,} narratives"):
        card = train_linear_head(train, dev, taxonomy, out, seed)
        keep_codebook(out, codebook)
    table = Table(title=f"{out}: F1 on {len(dev):,} development rows")
    for name in ("rows", "n", "micro F1", "macro F1"):
        table.add_column(name, justify="left" if name == "rows" else "right")
    for key, figures in card["metrics"].items():
        if isinstance(figures, dict) and "micro_f1" in figures:
            table.add_row(key, str(figures["n"]), f"{figures['micro_f1']:.3f}", f"{figures['macro_f1']:.3f}")
    output.print(table)
