"""``cxmining train``: learns a model from labelled narratives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from cxmining.classifiers.state import read_settings
from cxmining.cli.console import errors, output
from cxmining.cli.showing import describe
from cxmining.cli.train_config import Options, has_learning, learning_options, take_config
from cxmining.errors import UsageError
from cxmining.evaluation.multilabel import F1Report
from cxmining.models import model_folder
from cxmining.taxonomy import Taxonomy, load_taxonomy
from cxmining.training import (
    CASCADE_LOSS,
    Teaching,
    TrainingRows,
    calibrate_fast,
    calibrate_transformer,
    check_labels,
    forget_unfinished,
    keep_codebook,
    train_cascade,
    train_definitions,
    train_distilled,
    train_fast,
    train_linear_head,
    train_stacked,
    train_tfidf,
    train_transformer,
    training_rows,
    unlabelled_passages,
)

Kind = Literal["stacked", "linear-head", "tfidf", "definitions", "transformer", "distilled", "fast", "cascade"]

_KINDS = (
    "stacked: from a few texts a label, minutes, no torch; linear-head and tfidf: its parts alone; definitions: the "
    "codebook alone; transformer: best with thousands of texts, slow; distilled: some of its layers, taught by it; "
    "fast: no layers, taught by it; cascade: quick models before better ones. transformer, distilled and fast need the "
    "extra named transformers."
)

_ENOUGH = 8
"""Rows from which a label begins to be learned, see ``paper/experiments/definitions.py``."""

_CROSS_VALIDATED = ("stacked", "linear-head", "tfidf")
_NETWORKS = ("transformer", "distilled", "fast")
_STUDENTS = ("distilled", "fast")
_TIERS = ("fast", "distilled", "transformer")


def command(  # noqa: PLR0913, PLR0917 - options of a command line
    corpus: Annotated[list[str] | None, typer.Option(help="Shipped corpus, folder or labelled file.")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Model folder to write.")] = Path("model"),
    codebook: Annotated[Path | None, typer.Option(help="Codebook file of your own.")] = None,
    kind: Annotated[Kind, typer.Option(help=_KINDS)] = "stacked",
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Epochs of transformer (10), distilled (8) or fast (9).")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random choice; 0 where none is given.")] = None,
    teacher: Annotated[
        str | None, typer.Option(help="Transformer that teaches distilled and fast (transformer).")
    ] = None,
    tier: Annotated[
        list[str] | None,
        typer.Option(help="Tier of cascade, the quickest first, the best last (fast, distilled, transformer)."),
    ] = None,
    unlabelled: Annotated[
        list[str] | None,
        typer.Option(help="File, folder or shipped corpus of texts without labels that the teacher reads out."),
    ] = None,
    loss: Annotated[
        list[float] | None,
        typer.Option(
            help="Macro-F1 that a tier of cascade may lose against passing everything on: one for each tier but the "
            f"last, or one for all ({CASCADE_LOSS})."
        ),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget an unfinished training in --out.")] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            help="TOML file with these options by name, and parameters of learning in its table learning.",
            callback=take_config,
            is_eager=True,
        ),
    ] = None,
    calibrate_only: Annotated[
        bool,
        typer.Option("--calibrate-only", help="Keep what the network in --out learned; calibrate and tune anew."),
    ] = False,
) -> None:
    """Train a tagger; without test or development rows its card is cross-validated.

    A network's training that was cut off goes on where it was when the same command is given again.
    """
    how = _Learning(epochs, seed, config, fresh, calibrate_only, tuple(unlabelled or ()))
    how.check(kind)
    if kind != "cascade" and (tier or loss):
        raise UsageError(f"--tier and --loss are for the kind cascade, not {kind}")
    if teacher is not None and kind not in _STUDENTS:
        raise UsageError(f"--teacher goes with --kind {' or '.join(_STUDENTS)} alone, not {kind}")
    if teacher is not None and calibrate_only:
        raise UsageError("--calibrate-only learns nothing; leave --teacher out")
    taught_by = "transformer" if teacher is None else teacher
    kept = out / "codebook.toml"
    if calibrate_only and codebook is None and kept.is_file():
        codebook = kept
    taxonomy = load_taxonomy(codebook)
    if kind == "definitions":
        if corpus:
            raise UsageError("--kind definitions reads the codebook alone; leave --corpus out")
        with errors.status("reading definitions"):
            card = train_definitions(taxonomy, out)
        keep_codebook(out, codebook)
        output.print_json(data=card["metrics"])
        return
    rows = TrainingRows.of(row for name in corpus or ["failure_modes"] for row in training_rows(name, taxonomy))
    if calibrate_only and not rows.dev:
        raise UsageError("--calibrate-only needs rows of the split dev: the model has learned from the others")
    tuned_on = "folds of them"
    if kind not in _CROSS_VALIDATED:
        rows = rows.with_dev(seed=seed or 0)
        tuned_on = f"{len(rows.dev):,}"
    errors.print(f"{len(rows.train):,} narratives to learn from, {tuned_on} to tune on")
    if few := _few(rows, taxonomy):
        errors.print(
            f"borne by fewer than {_ENOUGH} of them, or by all but so few: {', '.join(few)}; add examples of either "
            "kind, or check each such tag",
            markup=False,
            highlight=False,
        )
    jobs: dict[Kind, Callable[[], dict[str, Any]]] = {
        "stacked": lambda: train_stacked(rows, taxonomy, out, seed or 0),
        "linear-head": lambda: train_linear_head(rows, taxonomy, out, seed or 0),
        "tfidf": lambda: train_tfidf(rows, taxonomy, out, seed or 0),
        "transformer": lambda: _transformer(rows, taxonomy, out, how),
        "distilled": lambda: _distilled(rows, taxonomy, out, how, model_folder(taught_by)),
        "fast": lambda: _fast(rows, taxonomy, out, how, model_folder(taught_by)),
        "cascade": lambda: train_cascade(rows, taxonomy, out, tier or _TIERS, loss or [CASCADE_LOSS]),
    }
    with errors.status("training"):
        card = _calibrated(rows, taxonomy, out, kind) if calibrate_only else jobs[kind]()
    keep_codebook(out, codebook)
    if "learned_beside" in card:
        errors.print(f"learned beside {card['learned_beside']}")
    _show(out, card["metrics"])


def _few(rows: TrainingRows, taxonomy: Taxonomy) -> list[str]:
    """Name the labels that too few training rows bear, or too few do not, with how many bear them."""
    bearing = Counter(label for row in rows.train for label in set(row.labels))
    counts = {label: bearing[label] for label in taxonomy.ids}
    return [f"{label} ({n})" for label, n in counts.items() if min(n, len(rows.train) - n) < _ENOUGH]


def _show(out: Path, metrics: dict[str, Any]) -> None:
    """Print the metrics of a card."""
    output.print(f"{out}: F1 on {metrics['data']}, with 95 % intervals", markup=False, highlight=False)
    table = Table()
    for name in ("rows", "n", "micro F1", "macro F1"):
        table.add_column(name, justify="left" if name == "rows" else "right")
    for key, figures in metrics.items():
        if isinstance(figures, dict) and "micro_f1" in figures:
            shown = [_with_interval(figures, name) for name in ("micro_f1", "macro_f1")]
            table.add_row(key, str(figures["n"]), *shown)
    output.print(table)


def _with_interval(figures: dict[str, Any], name: str) -> str:
    """Write a figure with its interval."""
    low, high = figures[f"{name}_interval"]
    return f"{figures[name]:.3f} ({low:.2f}-{high:.2f})"


@dataclass(frozen=True, slots=True)
class _Learning:
    """What the command line says of learning a network."""

    epochs: int | None
    seed: int | None
    config: Path | None
    fresh: bool
    calibrate_only: bool
    unlabelled: tuple[str, ...]

    def check(self, kind: Kind) -> None:
        """Refuse options that the kind does not have."""
        if self.calibrate_only and kind not in _NETWORKS:
            raise UsageError(f"--calibrate-only goes with --kind {', '.join(_NETWORKS)} alone")
        if self.calibrate_only and self.unlabelled:
            raise UsageError("--calibrate-only learns nothing; leave --unlabelled out")
        if self.calibrate_only and (self.fresh or self.epochs is not None):
            raise UsageError("--calibrate-only learns nothing; leave --fresh and --epochs out")
        if self.unlabelled and kind not in _STUDENTS:
            raise UsageError(
                f"--unlabelled goes with --kind {' or '.join(_STUDENTS)} alone: only a teacher can read texts without "
                "labels"
            )
        if kind not in _NETWORKS and (self.fresh or self.epochs is not None or has_learning(self.config)):
            raise UsageError(
                f"--fresh, --epochs and the table [learning] are for the kinds {', '.join(_NETWORKS)}, not {kind}"
            )

    def options(self, kind: type[Options]) -> Options:
        """Build the parameters of learning."""
        return learning_options(self.config, kind, epochs=self.epochs, seed=self.seed)


def _calibrated(rows: TrainingRows, taxonomy: Taxonomy, out: Path, kind: Kind) -> dict[str, Any]:
    """Calibrate the network that stands."""
    check_labels(read_settings(out)["classes"], taxonomy, out)
    calibrate = calibrate_fast if kind == "fast" else calibrate_transformer
    return calibrate(rows, taxonomy, out)


def _transformer(rows: TrainingRows, taxonomy: Taxonomy, out: Path, how: _Learning) -> dict[str, Any]:
    """Fine-tune with a line an epoch."""
    try:
        from cxmining.classifiers.transformer.fit import FitOptions
    except ImportError as error:
        raise _no_torch(error) from error
    options = how.options(FitOptions)
    if how.fresh:
        forget_unfinished(out)
    return train_transformer(rows, taxonomy, out, options, _show_epoch)


def _distilled(rows: TrainingRows, taxonomy: Taxonomy, out: Path, how: _Learning, teacher: Path) -> dict[str, Any]:
    """Distil into a transformer of fewer layers with a line an epoch."""
    try:
        from cxmining.classifiers.transformer.distil import DistilOptions
    except ImportError as error:
        raise _no_torch(error) from error
    options = how.options(DistilOptions)
    teaching = _teaching(teacher, out, how)
    return train_distilled(rows, taxonomy, out, teaching, options, _show_epoch)


def _fast(rows: TrainingRows, taxonomy: Taxonomy, out: Path, how: _Learning, teacher: Path) -> dict[str, Any]:
    """Distil into the fast tier with a line an epoch."""
    try:
        from cxmining.classifiers.fast.fit import StudyOptions
    except ImportError as error:
        raise _no_torch(error) from error
    options = how.options(StudyOptions)
    teaching = _teaching(teacher, out, how)

    def show(epoch: int, loss: float) -> None:
        errors.print(f"epoch {epoch + 1}: loss {loss:.3f}")

    return train_fast(rows, taxonomy, out, teaching, options, show)


def _teaching(teacher: Path, out: Path, how: _Learning) -> Teaching:
    """Read the texts without labels, tell of them, and forget an unfinished training if asked to."""
    texts, n_left_out = unlabelled_passages(
        how.unlabelled, lambda source: errors.print(describe(source), markup=False, highlight=False)
    )
    if how.fresh:
        forget_unfinished(out)
    if how.unlabelled:
        errors.print(f"{len(texts):,} texts without labels")
    if n_left_out:
        errors.print(f"{n_left_out:,} rows left out: unreadable, without a text, or in another language")
    return Teaching(teacher, texts)


def _show_epoch(epoch: int, loss: float, report: F1Report) -> None:
    """Print a line on an epoch."""
    errors.print(f"epoch {epoch + 1}: loss {loss:.3f}, development macro F1 {report.macro:.3f}")


def _no_torch(error: ImportError) -> UsageError:
    """Say what a network's training needs."""
    return UsageError(f"training a network needs torch and onnx ({error}): pip install 'cxmining[transformers]'")
