"""Inputs that fuzzing found to reach new code: read again, nothing but rows or an InputError may come of them."""

from pathlib import Path

import pytest

from cxmining.errors import InputError
from cxmining.loaders import read
from cxmining.loaders.registry import SUFFIXES
from cxmining.records import Record, Rejected

SEEDS = Path(__file__).parents[2] / "paper" / "experiments" / "data" / "fuzz_seeds"


def test_every_loader_has_seeds():
    assert {p.name for p in SEEDS.iterdir()} == set(SUFFIXES)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_seeds(suffix, tmp_path):
    seeds = sorted((SEEDS / suffix).iterdir())
    assert seeds
    for seed in seeds:
        path = tmp_path / f"seed.{suffix}"
        path.write_bytes(seed.read_bytes())
        try:
            rows = list(read([path]))
        except InputError as error:
            assert str(path) in str(error)
            continue
        assert rows, seed
        for row in rows:
            assert isinstance(row, Record | Rejected)
            (row.text if isinstance(row, Record) else row.reason).encode("utf-8")
