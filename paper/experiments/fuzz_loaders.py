"""Fuzzes every loader with coverage guidance; whatever the bytes are, only rows or an InputError may come of them.

    pip install atheris
    python paper/experiments/fuzz_loaders.py csv [--seconds 60]      # one suffix a run

Seeds stand in ``data/fuzz_seeds/<suffix>/``: what a run finds that reaches new code is added there with ``--keep``, and
``tests/loaders/test_seeds.py`` replays all of them. An input that breaks the promise is written to the working
directory as ``crash-...``.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["cxmining.loaders"]):
    from cxmining.errors import InputError
    from cxmining.loaders import read
    from cxmining.loaders.registry import SUFFIXES, loader_of
    from cxmining.loaders.source import Input
    from cxmining.records import Record

SEEDS = Path(__file__).parent / "data" / "fuzz_seeds"
LONGEST = 8192
KEPT = 10


def promise(path: Path) -> None:
    """Read a file and check what holds of everything that is read."""
    try:
        for row in read([path]):
            assert row.origin.row >= 1
            if isinstance(row, Record):
                row.text.encode("utf-8")
                assert all(0 <= b.start < b.end <= len(row.text) for b in row.blocks)
            else:
                assert row.reason
                assert row.raw is None or len(row.raw) <= 500
    except InputError as error:
        str(error).encode("utf-8")


def main() -> None:
    """Fuzz one suffix."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suffix", choices=SUFFIXES)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", action="store_true", help="add the smallest new inputs to the seeds")
    parser.add_argument("--corpus", type=Path, default=None, help="folder to fuzz from; a copy of the seeds otherwise")
    given = parser.parse_args()
    seeds = SEEDS / given.suffix
    seeds.mkdir(parents=True, exist_ok=True)
    corpus = given.corpus or Path(shutil.copytree(seeds, Path(tempfile.mkdtemp(prefix="fuzz-")) / "corpus"))
    if given.keep:
        # The fuzzer ends its process without a word to Python, so that it runs in one of its own.
        command = [sys.executable, __file__, given.suffix, "--seconds", str(given.seconds), "--corpus", str(corpus)]
        code = subprocess.run(command, check=False).returncode
        keep(corpus, seeds)
        sys.exit(code)
    target = corpus.with_suffix(f".{given.suffix}")
    target.write_bytes(b"x")
    with atheris.instrument_imports(include=["cxmining.loaders"]):
        loader_of(Input(target, str(target), target.name))  # loads the format's module

    def once(data: bytes) -> None:
        target.write_bytes(data)
        promise(target)

    options = [f"-max_total_time={given.seconds}", f"-max_len={LONGEST}", "-timeout=20", "-seed=1", "-verbosity=1"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], once)
    atheris.Fuzz()


def keep(corpus: Path, seeds: Path) -> None:
    """Add the smallest of the inputs that reached new code to the seeds."""
    new = sorted(
        (p for p in corpus.iterdir() if not (seeds / p.name).exists()), key=lambda p: (p.stat().st_size, p.name)
    )
    for path in new[: max(0, KEPT - len(list(seeds.iterdir())))]:
        shutil.copy(path, seeds)


if __name__ == "__main__":
    main()
