"""The import graph: stages do not see each other; only the two joining files see several."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "cxmining"
STAGES = {"loaders", "text", "encoders", "classifiers", "topics", "evaluation", "scoring", "corpora"}
SHARED = {"records", "errors", "taxonomy", "paths", "batch", "pieces"}
# A stage may read these beside the shared types; each is a step further down the one-way flow.
ALLOWED = {"classifiers": {"encoders"}, "corpora": {"evaluation"}, "topics": {"evaluation"}}


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cxmining."):
            rooms.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            rooms |= {a.name.split(".")[1] for a in node.names if a.name.startswith("cxmining.")}
    return rooms


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_stages_do_not_see_each_other(path):
    parts = path.relative_to(PACKAGE).parts
    room = parts[0].removesuffix(".py")
    if room not in STAGES:
        return
    assert imported_rooms(path) <= SHARED | {room} | ALLOWED.get(room, set())


def test_records_import_nothing_of_ours():
    assert imported_rooms(PACKAGE / "records.py") == set()


def test_importing_the_package_loads_no_heavy_library():
    code = "import sys, cxmining; print([m for m in ('torch', 'sklearn', 'onnxruntime', 'pandas') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_tagging_needs_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None; from cxmining import Tagger;"
        "print(len(Tagger.load().tag('Čekao sam tri sata.')))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "1"
