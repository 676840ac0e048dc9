"""``cxmining explain``: one text with its evidence marked."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from cxmining.cli.console import output
from cxmining.cli.operating import MaxMissed, MinPrecision, MinRecall, ThresholdOption, chosen
from cxmining.pipeline import Tagged, Tagger
from cxmining.taxonomy import Taxonomy

_COLOURS = ("yellow", "cyan", "magenta", "green", "red", "blue", "bright_yellow", "bright_cyan")


def command(  # noqa: PLR0913, PLR0917 - options of a command line
    text: Annotated[str, typer.Argument(help="The text to explain.")],
    language: Annotated[str, typer.Option(help="auto, hr, ru or ja.")] = "auto",
    model: Annotated[str, typer.Option(help="Model name or folder.")] = "auto",
    threshold: ThresholdOption = None,
    min_precision: MinPrecision = None,
    min_recall: MinRecall = None,
    max_missed: MaxMissed = None,
) -> None:
    """Tag one text and show the words that prove each tag."""
    point = chosen(threshold, min_precision, min_recall, max_missed)
    tagger = Tagger.load(model, point, None if language == "auto" else language)
    result = tagger.tag(text)[0]
    output.print(_marked(result))
    output.print(_legend(result, tagger.taxonomy))


def _marked(result: Tagged) -> Text:
    """Colour the evidence inside the text."""
    marked = Text(result.text)
    for i, tag in enumerate(result.tags):
        for span in tag.evidence:
            marked.stylize(f"bold {_COLOURS[i % len(_COLOURS)]} underline", span.start, span.end)
    return marked


def _legend(result: Tagged, taxonomy: Taxonomy) -> Text:
    """List the tags with probability, name and quotes."""
    if not result.tags:
        why = "no failure mode told"
        if result.language == "other":
            why = "not a language that is tagged, or too short to tell; --language states it"
        if not result.text.strip():
            why = "no text"
        return Text(f"\nlanguage {result.language}: {why}")
    legend = Text(f"\nlanguage {result.language}\n")
    width = max(len(tag.label) for tag in result.tags)
    for i, tag in enumerate(result.tags):
        quotes = " | ".join(f"«{quote}»" for quote in tag.quotes())
        legend.append(f"{tag.label:<{width}}", f"bold {_COLOURS[i % len(_COLOURS)]}")
        legend.append(f"  {tag.score:.2f}  {taxonomy.name(tag.label, result.language)}: {quotes}\n")
    return legend
