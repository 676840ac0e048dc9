"""The front door: paths in, records and rejected rows out, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxmining.errors import InputError
from cxmining.loaders.registry import SUFFIXES, loader_of
from cxmining.loaders.source import Input, ReadOptions, Row, Source


@dataclass(frozen=True, slots=True)
class _Found:
    """A file to read; one found in a folder must not stop the others."""

    file: Input
    in_folder: bool


def read(
    paths: str | Path | Sequence[str | Path],
    options: ReadOptions = ReadOptions(),  # noqa: B008 -- frozen
    on_source: Callable[[Source], None] | None = None,
) -> Iterator[Row]:
    """Read files and folders, streaming.

    Parameters
    ----------
    paths : str, Path or sequence of them
        Files, or folders that are walked in sorted order; hidden files, ``*.tagged.*``,
        ``*.rejected.jsonl`` and ``*.job`` are skipped there.
    options : ReadOptions
        What the user knows better.
    on_source : callable, optional
        Told how each file was understood, before its first row.

    Returns
    -------
    iterator of Record or Rejected
        Exactly one for each row of the input.

    Raises
    ------
    InputError
        If a path does not exist, at once; if a file that is named directly cannot be used as a whole, when its turn
        comes. In a folder such a file becomes one :class:`~cxmining.records.Rejected`.
    """
    named = [paths] if isinstance(paths, str | Path) else list(paths)
    for path in named:
        if not Path(path).exists():
            raise InputError(f"{path}: there is no such file or folder; check the path")
        if Path(path).is_dir() and next(_walk(Path(path), set()), None) is None:
            raise InputError(f"{path}: the folder holds no files to read; check the path")
    return _rows([str(path) for path in named], options, on_source or _ignore)


def input_files(paths: Sequence[str | Path]) -> list[Path]:
    """List the files that :func:`read` reads, in its order.

    Parameters
    ----------
    paths : sequence of str or Path
        Files and folders.

    Returns
    -------
    list of Path
        Files as named or found; those that cannot be read are among them.
    """
    return [found.file.path for path in paths for found in _files(str(path))]


def _ignore(source: Source) -> None:
    """Report to nobody."""


def _rows(paths: Sequence[str], options: ReadOptions, report: Callable[[Source], None]) -> Iterator[Row]:
    """Yield the rows of every file."""
    for path in paths:
        for found in _files(path):
            file = found.file
            try:
                yield from _load(file, options, report)
            except InputError as error:
                if not found.in_folder:
                    raise
                yield file.reject(1, str(error).removeprefix(f"{file.name}: "))


def _load(file: Input, options: ReadOptions, report: Callable[[Source], None]) -> Iterator[Row]:
    """Yield the rows of one file."""
    try:
        if not file.path.is_file():
            raise file.error("this is neither a file nor a folder; save it to a file first")
        loader = loader_of(file)
        if loader is None:
            known = " ".join(SUFFIXES)
            raise file.error(f"the format is not known; convert it to one of these: {known}")
        if file.path.stat().st_size == 0:
            report(Source(file.name, file.path.suffix.lower().removeprefix(".")))
            yield file.holds_no_rows()
            return
        yield from loader(file, options, report)
    except OSError as error:
        raise file.error(f"the file cannot be read ({error.strerror or error})") from error


def _files(path: str) -> Iterator[_Found]:
    """Yield the file, or the files of the folder."""
    root = Path(path)
    if not root.is_dir():
        yield _Found(Input(root, path, root.name), in_folder=False)
        return
    for file in _walk(root, {root.resolve()}):
        yield _Found(Input(file, str(file), file.relative_to(root).as_posix()), in_folder=True)


def _walk(folder: Path, seen: set[Path]) -> Iterator[Path]:
    """Yield the files below a folder in sorted order; a folder that was seen before, by a link, is not read again."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        # Yielded as if it were a file, so that it is rejected with a reason and not passed over.
        yield folder
        return
    for entry in entries:
        if entry.name.startswith(".") or ".tagged." in entry.name or entry.name.endswith((".rejected.jsonl", ".job")):
            continue
        if entry.is_dir():
            target = entry.resolve()
            if target not in seen:
                seen.add(target)
                yield from _walk(entry, seen)
        else:
            yield entry
