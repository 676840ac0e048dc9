"""The wheel carries every shipped model."""

import tomllib
from pathlib import Path

import pytest

from cxmining.models import model_names

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


@pytest.mark.skipif(not PROJECT.is_file(), reason="runs in a checkout")
def test_the_wheel_takes_every_model_along():
    told = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    taken = {Path(source).name for source in told["force-include"] if source.startswith("models/")}
    assert taken == {*model_names(), "encoder"}
