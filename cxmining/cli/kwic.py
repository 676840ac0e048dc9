"""``cxmining kwic``: a word in all its forms, in context."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from cxmining.cli.console import errors
from cxmining.concordancing import find_hits
from cxmining.errors import UsageError
from cxmining.loaders import ReadOptions, read
from cxmining.records import Record
from cxmining.topics.concordance import layout


def command(  # noqa: PLR0913, PLR0917 - options of a command line
    word: Annotated[str, typer.Argument(help="Word or run of words, in any form.")],
    files: Annotated[list[Path], typer.Argument(help="Files or folders of feedback.", show_default=False)],
    text: Annotated[str | None, typer.Option(help="Column that holds the text.")] = None,
    language: Annotated[str, typer.Option(help="auto, hr, ru or ja: language of every text.")] = "auto",
    width: Annotated[int, typer.Option(min=5, max=400, help="Terminal columns on either side of the word.")] = 40,
    limit: Annotated[int | None, typer.Option(min=1, help="Most lines.")] = None,
    ids: Annotated[bool, typer.Option("--ids", help="Put id and raw offsets behind each line.")] = False,
) -> None:
    """Show every place of a word, whatever its form, in columns that line up."""
    if not word.strip():
        raise UsageError("there is no word to look for")
    if language not in {"auto", "hr", "ru", "ja"}:
        raise UsageError(f"language {language!r} is not served; choose hr, ru, ja or auto")
    items = list(read(files, ReadOptions(text=text)))
    records = [item for item in items if isinstance(item, Record)]
    hits = find_hits(records, word, None if language == "auto" else language, width)
    shown = hits[:limit]
    for hit, line in zip(shown, layout(shown, width), strict=True):
        typer.echo(f"{line}    {hit.id}:{hit.start}-{hit.end}" if ids else line)
    forms = Counter(hit.keyword.casefold() for hit in hits)
    told = ", ".join(f"{form} {n}" for form, n in sorted(forms.items(), key=lambda item: (-item[1], item[0]))[:20])
    errors.print(f"{len(hits):,} places in {len({h.id for h in hits}):,} of {len(records):,} texts: {told or 'none'}",
                 markup=False, highlight=False)  # fmt: skip
    if len(items) > len(records):
        errors.print(f"{len(items) - len(records):,} rows could not be read")
