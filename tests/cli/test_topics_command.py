import json
import re
import subprocess
import sys

import pytest
from rich.cells import cell_len


def run(*args, cwd=None):
    done = subprocess.run(
        [sys.executable, "-m", "cxmining.cli", *map(str, args)], capture_output=True, text=True, cwd=cwd, check=False
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


def test_topics_of_the_samples(samples, tmp_path):
    out = tmp_path / "topics"
    done = run(
        "topics", samples / "survey_hr.csv", samples / "survey_ja.csv", "--topics", 3, "--by", "Kanal", "-o", out
    )
    if done.returncode:
        done = run("topics", samples / "survey_hr.csv", samples / "survey_ja.csv", "--topics", 3, "-o", out)
    assert done.returncode == 0, done.stderr
    report = json.loads((out / "topics.json").read_text(encoding="utf-8"))
    assert len(report["topics"]) == 3
    assert {"modes", "uncovered", "prevalence", "quality"} <= report.keys()
    rows = [json.loads(line) for line in (out / "segments.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all(row.keys() == {"id", "start", "end", "topic", "weight"} for row in rows)
    assert all(row["start"] < row["end"] and 0 <= row["weight"] <= 1 for row in rows)
    page = (out / "index.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 3
    assert "<script" not in page
    again = run("topics", samples / "survey_ru.csv", "--fitted", out, "--model", "none", "-o", tmp_path / "later")
    assert again.returncode == 0, again.stderr
    assert len(json.loads((tmp_path / "later" / "topics.json").read_text(encoding="utf-8"))["topics"]) == 3


def test_guided_and_lexical_topics(samples, tmp_path):
    seeds = tmp_path / "seeds.toml"
    seeds.write_text('waiting = ["čekanje u redu", "ожидание в очереди", "待ち時間が長い"]\n', encoding="utf-8")
    done = run("topics", samples, "--seeds", seeds, "--model", "none", "-o", tmp_path / "a")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "a" / "topics.json").read_text(encoding="utf-8"))["topics"][0]["seed"] == "waiting"
    assert (
        run("topics", samples, "--method", "nmf", "--topics", 4, "--model", "none", "-o", tmp_path / "b").returncode
        == 0
    )


def test_rejected_rows_are_kept(tmp_path):
    source = tmp_path / "s.jsonl"
    lines = [json.dumps({"id": n, "text": f"Čekao sam {n} sata na šalteru banke u redu."}) for n in range(2, 8)]
    source.write_text("\n".join([*lines, "{broken"]) + "\n", encoding="utf-8")
    done = run("topics", source, "--model", "none", "-o", tmp_path / "o")
    assert done.returncode == 0, done.stderr
    rejected = json.loads((tmp_path / "o" / "rejected.jsonl").read_text(encoding="utf-8"))
    assert rejected["row"] == 7


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["topics", "SAMPLE"], "Missing option"),
        (["topics", "SAMPLE", "-o", "o", "--by", "Nema"], "no column 'Nema'"),
        (["topics", "SAMPLE", "-o", "o", "--seeds", "none.toml"], "none.toml"),
        (["topics", "SAMPLE", "-o", "o", "--fitted", "none"], "no topic model"),
        (["topics", "SAMPLE", "-o", "SAMPLE"], "name a folder"),
        (["topics", "SAMPLE", "-o", "o", "--method", "lda", "--seeds", "codebook"], "embedding only"),
        (["kwic", " ", "SAMPLE"], "no word"),
        (["kwic", "red", "none.csv"], "none.csv"),
        (["kwic", "red", "SAMPLE", "--language", "de"], "not served"),
    ],
)
def test_wrong_use_is_told_with_a_remedy(samples, tmp_path, args, message):
    done = run(*(str(samples / "survey_hr.csv") if a == "SAMPLE" else a for a in args), cwd=tmp_path)
    assert done.returncode == 2
    assert message in re.sub(r"\s+", " ", done.stderr)


def test_kwic(samples):
    done = run("kwic", "ждать", samples / "survey_ru.csv", "--width", 20)
    assert done.returncode == 0, done.stderr
    assert "places in" in done.stderr
    japanese = run("kwic", "電話", samples / "survey_ja.csv", "--width", 16)
    lines = japanese.stdout.splitlines()
    assert lines
    assert {cell_len(line[: line.index("電話")]) for line in lines} == {18}
