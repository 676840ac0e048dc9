"""The ``cxmining`` command."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import cxmining
from cxmining.cli import agreement, corpus, evaluate, explain, kwic, tag, taxonomy, topics, train
from cxmining.cli.console import errors
from cxmining.errors import CxminingError

app = typer.Typer(
    name="cxmining",
    help="Failure modes with evidence from customer feedback in Croatian, Russian and Japanese.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("tag")(tag.command)
app.command("score", help="The same as tag, under the name that batch jobs know it by.")(tag.command)
app.command("explain")(explain.command)
app.command("taxonomy")(taxonomy.command)
app.command("train")(train.command)
app.command("topics")(topics.command)
app.command("kwic")(kwic.command)
app.command("evaluate")(evaluate.command)
app.command("agreement")(agreement.command)
app.add_typer(corpus.app, name="corpus")


def _show_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f"cxmining {cxmining.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Hold the options of the whole program."""


def run() -> None:
    """Run the command line; errors made on purpose are printed without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal with a narrow encoding must not end a run over one character.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        app()
    except CxminingError as error:
        errors.print(f"[bold red]error:[/] {_escaped(str(error))}", highlight=False)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
    except KeyboardInterrupt:
        errors.print("interrupted")
        sys.exit(130)
    except OSError as error:
        errors.print(f"[bold red]error:[/] {_escaped(str(error))}", highlight=False)
        sys.exit(2)


def _escaped(text: str) -> str:
    """Keep brackets of a message from being read as markup."""
    from rich.markup import escape

    return escape(text)
