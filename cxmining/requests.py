"""What a job is asked to do: which files, rows and tagger, into which output; checked before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from cxmining.classifiers.operating import OperatingPoint, Threshold
from cxmining.errors import UsageError
from cxmining.loaders import ReadOptions, Source, input_files, read
from cxmining.model_files import model_files
from cxmining.models import held_out, model_folder
from cxmining.passages import check_options
from cxmining.pipeline import Tagger
from cxmining.records import Record, Rejected
from cxmining.scoring.chunks import limited, sampled
from cxmining.scoring.deduplicate import TagBatch
from cxmining.scoring.estimate import estimate_rows
from cxmining.scoring.manifest import Manifest, make_manifest
from cxmining.scoring.publish import Target
from cxmining.scoring.writers.xlsx import XLSX_ROWS, check_rows
from cxmining.taxonomy import Taxonomy, load_taxonomy
from cxmining.text.roles import Role

_COLUMN_OPTIONS = {"language": "language_column", "speaker": "speaker_column"}


@dataclass(frozen=True, slots=True)
class TaggerChoice:
    """Which tagger a job uses; arguments of :meth:`cxmining.Tagger.load`, ready to be sent to other processes."""

    model: str | Path = "auto"
    threshold: Threshold | None = None
    language: str | None = None
    speaker: Role | None = None

    def load(self, threads: int = 0) -> Tagger:
        """Load the tagger."""
        return Tagger.load(self.model, self.threshold, self.language, threads, self.speaker)

    def tag_batch(self, threads: int) -> TagBatch:
        """Load the tagger and give its function."""
        return self.load(threads).tag_batch

    def never_given(self) -> list[str]:
        """Name the labels that no threshold brings to the precision that was asked for.

        Raises
        ------
        ModelError
            If the model keeps no held-out scores to choose thresholds from.
        """
        if not isinstance(self.threshold, OperatingPoint):
            return []
        ids = self.taxonomy().ids
        thresholds = self.threshold.thresholds(held_out(self.model, len(ids)))
        return [label for label, threshold in zip(ids, thresholds, strict=True) if threshold > 1]

    def taxonomy(self) -> Taxonomy:
        """Read the codebook of the model."""
        own = model_folder(self.model) / "codebook.toml"
        return load_taxonomy(own if own.is_file() else None)


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows of the input are tagged: all, the first ``limit``, or ``sample`` drawn at random with ``seed``."""

    limit: int | None = None
    sample: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What a job is asked to do.

    Parameters
    ----------
    files : tuple of Path
        Files and folders.
    target : Target
        Output.
    options : ReadOptions
        How files are read.
    tagger : TaggerChoice
        How texts are tagged.
    rows : Rows
        Which rows.
    job : Path or None
        The job's folder; None takes ``<output>.job``.
    """

    files: tuple[Path, ...]
    target: Target
    options: ReadOptions = field(default_factory=ReadOptions)
    tagger: TaggerChoice = TaggerChoice()
    rows: Rows = Rows()
    job: Path | None = None

    @property
    def folder(self) -> Path:
        """The job's folder."""
        return self.job or self.target.job

    def items(self, on_source: Callable[[Source], None] | None = None) -> Iterator[Record | Rejected]:
        """Read the chosen rows."""
        if self.rows.sample is not None:
            # Told about sources once, not in both passes.
            tell = iter([on_source, None])
            return sampled(lambda: read(self.files, self.options, next(tell, None)), self.rows.sample, self.rows.seed)
        stream = read(self.files, self.options, on_source)
        return stream if self.rows.limit is None else limited(stream, self.rows.limit)


def check(request: Request) -> None:
    """Refuse outputs in the way of inputs, and options that do not go together.

    Raises
    ------
    UsageError
        With the remedy.
    """
    target, folder = request.target.path, request.folder
    request.target.check()
    if not folder.resolve().parent.is_dir():
        raise UsageError(f"{folder.parent}: the folder for the job's folder does not exist; make it first")
    for file in request.files:
        if target.resolve() == file.resolve():
            raise UsageError(f"{target}: the output would replace its own input; name another file with -o")
        if not file.is_dir():
            continue
        if file.resolve() in target.resolve().parents:
            raise UsageError(f"{target}: the output lies in the folder that is read; name a file outside it with -o")
        if file.resolve() in (folder.resolve(), *folder.resolve().parents):
            raise UsageError(f"{folder}: the job lies in the folder that is read; name one outside it with --job")
    if request.rows.limit is not None and request.rows.sample is not None:
        raise UsageError("--limit and --sample do not go together; say one of them")
    for name, value in (("--limit", request.rows.limit), ("--sample", request.rows.sample)):
        if value is not None and value < 1:
            raise UsageError(f"{name} takes a number of rows, at least 1")
    check_options(request.tagger.threshold, request.tagger.language, request.tagger.speaker)


def check_worksheet(request: Request) -> None:
    """Refuse, before any row is tagged, what no worksheet holds.

    Raises
    ------
    UsageError
        With the remedy.
    """
    if request.target.suffix != ".xlsx" or (request.rows.limit or request.rows.sample or XLSX_ROWS + 1) <= XLSX_ROWS:
        return
    if (estimate_rows(request.files) or 0) > XLSX_ROWS:
        # Line breaks inside quotes make the guess too high, so that rows are counted before they are refused.
        check_rows(sum(isinstance(item, Record) for item in request.items()))


def manifest_of(request: Request) -> Manifest:
    """Describe what the rows of a job's output follow from."""
    tagger = {f.name: getattr(request.tagger, f.name) for f in fields(request.tagger) if f.name != "model"}
    read_as = {_COLUMN_OPTIONS.get(k, k): v for k, v in asdict(request.options).items()}
    told = {**read_as, **asdict(request.rows), **{k: None if v is None else str(v) for k, v in tagger.items()}}
    # Under the names that the command line has, since a refusal shows them.
    options: dict[str, object] = {f"--{name.replace('_', '-')}": value for name, value in told.items()}
    options["files"] = [str(file) for file in request.files]
    taxonomy = request.tagger.taxonomy()
    return make_manifest(
        input_files(request.files), model_files(request.tagger.model), options, taxonomy.model_dump_json()
    )
