"""The paper: tables as young as their inputs, no literal results in the text, nothing cited that is not there."""

import importlib
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAPER = ROOT / "paper"


@pytest.fixture(scope="module", autouse=True)
def paper_on_path():
    sys.path.insert(0, str(PAPER))
    yield
    sys.path.remove(str(PAPER))


def module(name):
    return importlib.import_module(name)


@pytest.fixture
def manifest_of(tmp_path):
    """A small paper folder with one input, one absent input and one output."""
    build_manifest, build_sources = module("build_manifest"), module("build_sources")
    (tmp_path / "paper" / "tables").mkdir(parents=True)
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    out = tmp_path / "paper" / "tables" / "t.tex"
    out.write_text("x", encoding="utf-8")
    told = {
        "inputs": {"a.json": build_sources.sha256(tmp_path / "a.json")},
        "absent": ["b.json"],
        "outputs": {"tables/t.tex": build_sources.sha256(out)},
    }
    path = tmp_path / "paper" / "tables" / "manifest.json"
    build_manifest.write(told, path)
    return path


def test_tables_are_as_young_as_their_inputs():
    stale = module("build_manifest").stale(PAPER / "tables" / "manifest.json", ROOT)
    assert not stale, f"run `make -C paper tables`: {stale}"


def test_tables_rebuilt_from_scratch_are_the_committed_ones():
    tables = module("build_tables")
    sources = module("build_sources").Sources(ROOT)
    made = tables.texts(tables.gather(sources))
    kept = {p.name: p.read_text(encoding="utf-8") for p in (PAPER / "tables").glob("*.tex")}
    assert made == kept, "run `make -C paper tables`"


def test_text_has_no_literal_results_and_names_nothing_that_is_not_there():
    assert module("build_check").problems(PAPER) == []


def test_the_default_is_what_auto_stands_for():
    from cxmining.models import AUTO

    assert module("build_systems").DEFAULT == AUTO


def test_manifest_tells_seeds_data_and_versions():
    told = json.loads((PAPER / "tables" / "manifest.json").read_text(encoding="utf-8"))
    assert {"bootstrap", "bootstrap_samples"} <= told["seeds"].keys()
    assert {"failure_modes", "real_eval", "training data of transformer"} <= told["data"].keys()
    assert "paper/experiments/main_results.py" in told["scripts"]
    assert {"python", "numpy", "onnxruntime"} <= told["versions"].keys()
    assert any(name.endswith("main_results.json") for name in told["inputs"])


def test_pdf_is_set_without_tex_in_three_scripts():
    pytest.importorskip("pypandoc", reason="needs the extra paper")
    pytest.importorskip("typst", reason="needs the extra paper")
    pypdfium2 = pytest.importorskip("pypdfium2", reason="needs the extra paper")
    document = pypdfium2.PdfDocument(module("build_pdf").typeset(PAPER))
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    for words in ("Dugo čekanje", "Долгое ожидание", "たらい回し", "References", "Failure Modes with Evidence"):
        assert words in text
    assert "??" not in text


def test_every_reference_has_a_doi_or_an_address():
    entries = re.split(r"^@", (PAPER / "references.bib").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert len(entries) >= 20
    assert [e.split(",")[0] for e in entries if not re.search(r"^\s*(doi|url) = \{\S+\}", e, re.MULTILINE)] == []


def test_stale_finds_changed_new_and_edited_files(manifest_of):
    build_manifest = module("build_manifest")
    root = manifest_of.parents[2]
    assert build_manifest.stale(manifest_of, root) == []
    (root / "a.json").write_text("[]", encoding="utf-8")
    (root / "b.json").write_text("[]", encoding="utf-8")
    (manifest_of.parent / "t.tex").write_text("edited", encoding="utf-8")
    assert build_manifest.stale(manifest_of, root) == ["a.json changed", "b.json is new", "tables/t.tex was edited"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a micro-F$_1$ of 0.79 on 548 rows", ["0.79", "548"]),
        ("rose by 12 points, 3,000 in all", ["12", "3,000"]),
        (r"a share of 44\,\% and $\alpha = 0.9$", ["44", "0.9"]),
        (r"reaches \transformerTestAllMicro{} % 0.79 in a comment", []),
        (r"\citet{li2023synthetic}, Table~\ref{tab:x1}, \texttt{cp1250}, UTF-8, Windows-1250, F$_1$ and e5", []),
    ],
)
def test_literal_numbers(text, found):
    assert module("build_check").literal_numbers(text) == found


def test_figures_are_found_however_results_are_nested():
    rows = module("build_experiments")
    nested = {"fast": {"test": {"all": {"micro_f1": 0.5, "interval": {"micro_f1": 9}}}, "rows_per_second": 40}, "n": 3}
    assert rows.joined(list(rows.figure_rows(nested))) == {"fast": {r"micro F$_1$": 0.5, "texts/s": 40.0}}
    assert rows.joined(list(rows.figure_rows([{"share": 0.1, "macro_f1": 0.2}]))) == {"0.1": {r"macro F$_1$": 0.2}}


def test_results_that_are_not_there_leave_their_section_out(tmp_path):
    build_experiments, build_sources = module("build_experiments"), module("build_sources")
    sources = build_sources.Sources(tmp_path)
    part = build_experiments.experiments(sources)
    assert not part.tables
    assert not part.sections
    assert "paper/experiments/results/ablations.json" in sources.absent_


@pytest.fixture
def results(tmp_path):
    """Write results under a repository of their own."""
    folder = tmp_path / "paper" / "experiments" / "results"
    folder.mkdir(parents=True)

    def write(name, value):
        (folder / name).write_text(json.dumps(value), encoding="utf-8")
        return module("build_sources").Sources(tmp_path)

    return write


def test_comparison_is_ordered_and_names_the_tools_that_are_not_beaten(results):
    def record(title, score):
        figures = {"micro_f1": score, "macro_f1": score, "interval": {"micro": [0.1, 0.9], "macro": [0.1, 0.9]}}
        speed = {"test": {"documents_per_s": 1234.4}, "survey": {"documents_per_s": 20.0}}
        test = dict.fromkeys(("all", "hr", "ru", "ja"), figures)
        return {"title": title, "test": test, "speed": speed, "load_s": 1.25, "peak_mb": 300}

    systems = {"slow": record("slow_one", 0.5), "ours": record("ours", 0.75)}
    ahead = {"slow": ["ours"], "other": []} | {"gone": []}
    sources = results("classifier_comparison.json", {"systems": systems, "ahead_of": ahead})
    part = module("build_comparison").classifiers(sources)
    text = part.tables["classifier_comparison"]
    assert text.index("ours & 0.750 [0.10, 0.90]") < text.index(r"slow\_one & 0.500")
    assert "1,234 & 20 & 1.2 & 300" in text
    assert (part.macros["nPeers"], part.macros["nPeersBeaten"]) == ("3", "1")
    assert part.sections == {"classifier_comparison"}


def test_rounds_of_training_narratives_are_set_step_by_step(results):
    scores = {"all": 0.6123, "hr": 0.5, "ru": 0.6, "ja": 0.7}
    step = {"round": "round 1", "n_added": 10, "n": 1234, "dev": scores, "test": scores}
    part = module("build_comparison").silver_rounds(results("silver_rounds.json", {"linear-head": [step]}))
    assert "linear-head & round 1 & 1,234 & 0.612 & 0.612 & 0.500" in part.tables["silver_rounds"]


def test_languages_left_out_and_seed_articles(results):
    comparison = module("build_comparison")
    table = {"hr": {"two_others": 0.4123, "own": 0.5, "all_three": 0.6}, "ru": {"two_others": 0.3}, "ja": {}}
    text = comparison.cross_lingual(results("cross_lingual.json", {"model": "m", "table": table})).tables[
        "cross_lingual"
    ]
    assert "Croatian & 0.412 & 0.500 & 0.600" in text
    assert "Russian & 0.300 & -- & --" in text
    assert "Japanese" not in text
    labels = {"hr": ["long_wait", "contempt"], "ru": ["long_wait"], "ja": ["long_wait"]}
    found = {"labels": labels, "jaccard": {"hr-ru": 0.5}}
    part = comparison.seed_articles(results("seed_articles.json", found))
    assert part.macros == {"seedShared": "1", "seedJaccard": "0.50 (hr-ru)"}


def test_macro_names_are_letters_only():
    macro_name = module("build_latex").macro_name
    assert macro_name("linear-head", "test", "hr", "micro") == "linearHeadTestHrMicro"
    assert macro_name("top 10") == "topOneZero"
    assert all(
        name.isascii() and name.isalpha()
        for name in re.findall(r"\\newcommand\{\\([^}]+)\}", (PAPER / "tables" / "numbers.tex").read_text("utf-8"))
    )
