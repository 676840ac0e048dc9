"""The notebooks are pairs: the text that is reviewed and the notebook that is run hold the same cells."""

import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"


def text_cells(path):
    """Cells of a percent script: kind and lines, comment signs of markdown and magics removed."""
    body = re.sub(r"\A# ---\n.*?\n# ---\n", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for part in re.split(r"^# %%", body, flags=re.MULTILINE)[1:]:
        head, _, source = part.partition("\n")
        kind = "markdown" if "[markdown]" in head else "code"
        lines = source.strip("\n").split("\n")
        sign = r"^# ?" if kind == "markdown" else r"^# (?=%)"
        yield kind, [re.sub(sign, "", line) for line in lines]


def notebook_cells(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        yield cell["cell_type"], "".join(cell["source"]).strip("\n").split("\n")


def test_there_are_four_lessons():
    assert [p.stem[:2] for p in sorted(FOLDER.glob("*.ipynb"))] == ["01", "02", "03", "04"]
    assert {p.stem for p in FOLDER.glob("*.py")} == {p.stem for p in FOLDER.glob("*.ipynb")}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda p: p.stem)
def test_pairs_hold_the_same_cells_and_no_outputs(path):
    assert list(notebook_cells(path)) == list(text_cells(path.with_suffix(".py")))
    data = json.loads(path.read_text(encoding="utf-8"))
    assert not [c for c in data["cells"] if c.get("outputs") or c.get("execution_count")]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda p: p.stem)
def test_links_lead_to_lessons_that_are_there(path):
    links = re.findall(r"\]\(([^)#]+\.ipynb)\)", path.read_text(encoding="utf-8"))
    assert all((FOLDER / link).exists() for link in links)
