import json
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from cxmining.cli import main


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command in this process, which is quicker; test_json runs it as a process of its own."""

    def call(*args, cwd=None):
        monkeypatch.setattr(sys, "argv", ["cxmining", *map(str, args)])
        if cwd:
            monkeypatch.chdir(cwd)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main.run()
        out, err = capsys.readouterr()
        return SimpleNamespace(returncode=ended.value.code or 0, stdout=out, stderr=err)

    return call


GOLD = [
    ("a", "Čekao sam tri sata na telefonu.", "long_wait", "hr"),
    ("b", "Djelatnica je bila bezobrazna i spustila slušalicu.", "contempt", "hr"),
    ("c", "Три часа ждал ответа оператора.", "long_wait", "ru"),
    ("d", "一時間以上も電話で待たされました。", "long_wait", "ja"),
]


@pytest.fixture
def gold(tmp_path):
    rows = [
        {"id": i, "text": t, "labels": [x], "evidence": [{"label": x, "start": 0, "end": 5}], "language": c,
         "channel": "<b>&call"} for i, t, x, c in GOLD
    ]  # fmt: skip
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    return path


@pytest.fixture
def pred(tmp_path):
    path = tmp_path / "pred.csv"
    lines = ["id,text,labels", *(f"{i},{t},{x if i != 'b' else 'praise'}" for i, t, x, _ in GOLD)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_json_on_standard_output(run, gold, pred):
    done = run("evaluate", gold, pred, "--by", "language", "--by", "channel", "--json", "--samples", 50)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["micro_f1"] == pytest.approx(0.75)
    assert report["macro_f1"] == pytest.approx(1 / 3, abs=1e-6)
    assert report["labels"]["long_wait"] | {"interval": 0} == {
        "precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 3, "predicted": 3, "n_open": 0, "interval": 0
    }  # fmt: skip
    assert report["labels"]["no_cover"]["f1"] is None
    low, high = report["intervals"]["macro_f1"]
    assert 0 <= low <= high <= 1
    assert {k: v["micro_f1"] for k, v in report["by"]["language"].items()} == {"hr": 0.5, "ja": 1.0, "ru": 1.0}
    command = [sys.executable, "-m", "cxmining.cli", "evaluate", gold, pred, "--by", "language", "--by", "channel"]
    again = subprocess.run([*command, "--json", "--samples", "50"], capture_output=True, check=True)
    assert again.stdout.decode("utf-8") == done.stdout


def test_tables_page_and_floor(run, gold, pred, tmp_path):
    page = tmp_path / "report.html"
    done = run("evaluate", gold, pred, "--by", "channel", "--html", page, "--samples", 50, "--fail-under",
               "micro_f1=0.7", "--fail-under", "labels.long_wait.f1=1")  # fmt: skip
    assert done.returncode == 0, done.stderr
    for part in ("micro_f1", "0.750", "<b>&call", "long_wait", "contempt → praise"):
        assert part in done.stdout
    written = page.read_text(encoding="utf-8")
    assert "<svg" in written
    assert "<b>&call" not in written
    assert "&lt;b&gt;&amp;call" in written
    low = run("evaluate", gold, pred, "--samples", 0, "--fail-under", "macro_f1=0.8")
    assert low.returncode == 1
    assert "macro_f1 is 0.3333, under 0.8" in low.stderr
    undefined = run("evaluate", gold, pred, "--samples", 0, "--fail-under", "labels.no_cover.f1=0.1")
    assert undefined.returncode == 1
    assert "not defined" in undefined.stderr


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet", "xlsx"])
def test_what_tag_writes_can_be_scored(run, gold, tmp_path, suffix):
    out = tmp_path / f"tagged.{suffix}"
    assert run("tag", gold, "-o", out).returncode == 0
    done = run("evaluate", gold, out, "--by", "language", "--json", "--samples", 20)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["n_rows"], report["notes"]) == (4, [])
    assert set(report["by"]["language"]) == {"hr", "ja", "ru"}
    nested = suffix in {"jsonl", "parquet"}
    assert ("probabilities" in report and report["probabilities"] != {}) == nested


def test_agreement(run, gold, pred):
    done = run("agreement", gold, pred, "--json", "--samples", 20)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["exact"] == 0.75
    assert report["labels"]["long_wait"]["cohen_kappa"] == 1.0
    shown = run("agreement", gold, pred, "--samples", 20)
    assert "contempt / praise 1" in shown.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["evaluate", "GOLD", "none.csv"], "none.csv: there is no such file"),
        (["evaluate", "GOLD", "PRED", "--fail-under", "macro_f1"], "write NAME=VALUE"),
        (["evaluate", "GOLD", "PRED", "--fail-under", "macro_f1=nan"], "is no number"),
        (["evaluate", "GOLD", "PRED", "--fail-under", "f2=0.5"], "there is no figure 'f2'"),
        (["evaluate", "GOLD", "PRED", "--where", "x"], "such as --where split=test"),
        (["evaluate", "GOLD", "PRED", "--by", "sector"], "no file has a column 'sector'"),
        (["evaluate", "GOLD", "PRED", "--html", "GOLD"], "replace its own input"),
        (["evaluate", "GOLD", "PRED", "--html", "none/page.html"], "a folder that exists"),
        (["evaluate", "GOLD", "PRED", "--codebook", "none.toml"], "none.toml"),
        (["evaluate", "GOLD", "EMPTY"], "holds no rows"),
        (["agreement", "GOLD"], "at least two readings"),
        (["agreement", "GOLD", "EMPTY"], "holds no rows"),
    ],
)
def test_wrong_use_is_told_with_a_remedy(run, gold, pred, tmp_path, args, message):
    (tmp_path / "empty.csv").write_text("")
    names = {"GOLD": gold, "PRED": pred, "EMPTY": tmp_path / "empty.csv"}
    done = run(*(names.get(a, a) for a in args), cwd=tmp_path)
    assert done.returncode == 2
    assert message in re.sub(r"\s+", " ", done.stderr)
