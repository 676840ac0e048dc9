"""``cxmining taxonomy``: shows the codebook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from cxmining.cli.console import output
from cxmining.errors import UsageError
from cxmining.taxonomy import load_taxonomy


def command(
    language: Annotated[
        str | None, typer.Option(help="Language of names and definitions: en (default of the table), hr, ru, ja.")
    ] = None,
    format_: Annotated[Literal["table", "json"], typer.Option("--format", help="How to print.")] = "table",
    codebook: Annotated[Path | None, typer.Option(help="Codebook file in place of the shipped one.")] = None,
) -> None:
    """Show the labels of the codebook, with their definitions."""
    taxonomy = load_taxonomy(codebook)
    if language is not None and language not in taxonomy.codebook.languages:
        have = ", ".join(taxonomy.codebook.languages)
        raise UsageError(f"the codebook {taxonomy.codebook.id!r} has no language {language!r}; it has {have}")
    if format_ == "json":
        content = taxonomy.model_dump(mode="json")
        typer.echo(json.dumps(content if language is None else _only(content, language), ensure_ascii=False, indent=2))
        return
    language = language or "en"
    header = taxonomy.codebook
    table = Table(title=f"{header.title}, version {header.version}", show_lines=False, pad_edge=False)
    for name in ("family", "id", "name", "definition"):
        table.add_column(name, no_wrap=name == "id", overflow="fold")
    families = {f.id: f.name.get(language, f.id) for f in taxonomy.families}
    last = ""
    for label in taxonomy.labels:
        family = "" if label.family == last else families[label.family]
        last = label.family
        table.add_row(family, label.id, label.name[language], label.definition[language], end_section=False)
    output.print(table)


def _only(content: dict[str, Any], language: str) -> dict[str, Any]:
    """Keep one language of the names and definitions, which become plain strings."""
    found = dict(content)
    for section in ("families", "labels"):
        found[section] = [
            {key: value.get(language) if isinstance(value, dict) else value for key, value in entry.items()}
            for entry in content[section]
        ]
    return found
