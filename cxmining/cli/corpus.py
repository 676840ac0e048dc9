"""``cxmining corpus``: validates and describes annotated corpora."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cxmining.cli.console import output
from cxmining.corpora.describe import agreement, confusions, count_labels, count_rows
from cxmining.corpora.load import load_corpus
from cxmining.corpora.validate import problems
from cxmining.errors import CorpusError
from cxmining.paths import shipped
from cxmining.taxonomy import load_taxonomy

app = typer.Typer(help="Validate and describe annotated corpora.", no_args_is_help=True)


@app.command()
def validate(
    folders: Annotated[list[Path] | None, typer.Argument(help="Corpus folders; default: all shipped ones.")] = None,
    codebook: Annotated[Path | None, typer.Option(help="Codebook file of your own.")] = None,
) -> None:
    """Hold corpora against schema, codebook and card; exit with 1 if anything is wrong."""
    taxonomy = load_taxonomy(codebook)
    found = folders or sorted(path.parent for path in shipped("corpora").glob("*/card.toml"))
    if not found:
        raise CorpusError(f"{shipped('corpora')}: no corpora with a card here; name the folders to validate")
    wrong = 0
    for folder in found:
        lines = list(problems(folder, taxonomy))
        wrong += len(lines)
        output.print(f"{folder.name}: {'in order' if not lines else f'{len(lines)} problems'}")
        for line in lines[:50]:
            output.print(f"  {line}", markup=False)
    if wrong:
        raise typer.Exit(1)


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="Shipped corpus name or folder.")] = "failure_modes",
) -> None:
    """Print the counts, the agreement and the hardest pairs of a corpus."""
    taxonomy = load_taxonomy()
    rows = load_corpus(name).rows
    sizes = Table(title=f"{name}: rows")
    for column in ("language", "all", "train", "dev", "test", "alpha (MASI)", "equal sets"):
        sizes.add_column(column, justify="left" if column == "language" else "right")
    readings = agreement(rows, taxonomy.ids)
    for code, counts in count_rows(rows).items():
        read = readings.get(code, {})
        sizes.add_row(
            code, *(str(n) for n in counts.values()), *(str(read.get(k, "")) for k in ("alpha_masi", "exact_match"))
        )
    output.print(sizes)
    labels = count_labels(rows, taxonomy.ids)
    table = Table(title="labels: rows and kappa between blind readings")
    table.add_column("label")
    for code in labels:
        table.add_column(code, justify="right")
        table.add_column(f"kappa {code}", justify="right")
    for label in (*taxonomy.ids, "none"):
        cells = []
        for code, counts in labels.items():
            kappa = readings.get(code, {}).get("kappa", {})
            cells += [str(counts[label]), str(kappa.get(label, "")) if isinstance(kappa, dict) else ""]
        table.add_row(label, *cells)
    output.print(table)
    output.print("hardest pairs: " + ", ".join(f"{a} / {b} {n}" for a, b, n in confusions(rows)), markup=False)
