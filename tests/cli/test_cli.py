import csv
import json
import re
import subprocess
import sys

import pytest


def run(*args, cwd=None):
    done = subprocess.run(
        [sys.executable, "-m", "cxmining.cli", *map(str, args)], capture_output=True, text=True, cwd=cwd, check=False
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


def test_tag_samples_to_jsonl(samples, tmp_path):
    out = tmp_path / "o.jsonl"
    done = run("tag", samples, "-o", out)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 47
    assert {"hr", "ru", "ja", "other"} >= {r["language"] for r in rows} >= {"hr", "ru", "ja"}
    for row in rows:
        assert row["labels"] == [t["label"] for t in row["tags"]]
        for tag in row["tags"]:
            assert 0 < tag["score"] <= 1
            for span in tag["evidence"]:
                assert row["text"][span["start"] : span["end"]] == span["quote"]
    first = next(r for r in rows if r["id"] == "HR-1001")
    assert first["Datum"] == "12.03.2026."
    assert first["NPS"] in (2, "2")
    call = next(r for r in rows if r["id"].startswith("call_hr"))
    assert {s.get("speaker") for t in call["tags"] for s in t["evidence"]} & {"Agent", "Korisnik"}
    shown = re.sub(r"\s+", " ", done.stderr)
    for part in ("cp1250", "Komentar", "read", "47", "rejected", "top failure modes"):
        assert part in shown


@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx", "tsv"])
def test_every_output_format(samples, tmp_path, suffix):
    out = tmp_path / f"o.{suffix}"
    assert run("tag", samples / "survey_ja.csv", "-o", out).returncode == 0
    assert out.stat().st_size > 500


def test_default_output_stands_beside_the_input(samples, tmp_path):
    source = tmp_path / "survey.csv"
    source.write_bytes((samples / "survey_ru.csv").read_bytes())
    assert run("tag", source).returncode == 0
    with (tmp_path / "survey.tagged.csv").open(encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f))
    assert [r["id"] for r in rows] == [f"RU-{n}" for n in range(501, 513)]
    assert rows[0]["Канал"] == "call-центр"
    assert set(rows[0]["labels"].split("; ")) == {
        k[6:] for k, v in rows[0].items() if k.startswith("label:") and v == "1"
    }


def test_rejected_rows_and_strict(tmp_path):
    source = tmp_path / "s.jsonl"
    source.write_text('{"id": 1, "text": "Čekao sam tri sata na šalteru."}\n{broken\n', encoding="utf-8")
    done = run("tag", source, "-o", tmp_path / "o.jsonl", "--strict")
    assert done.returncode == 3
    rejected = [json.loads(line) for line in (tmp_path / "o.jsonl.rejected.jsonl").read_text().splitlines()]
    assert rejected[0]["row"] == 2
    assert len((tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    again = run("tag", source, "-o", tmp_path / "o.jsonl")
    assert again.returncode == 0
    assert "nothing to do" in again.stderr


def test_a_changed_job_is_refused_and_started_over_on_request(tmp_path):
    source = tmp_path / "s.csv"
    source.write_text("id,text\n1,Čekao sam tri sata na šalteru.\n2,ok\n3,ok\n", encoding="utf-8")
    args = ("score", source, "-o", tmp_path / "o.parquet", "--log-json", "--model", "linear-head")
    events = [json.loads(line) for line in run(*args).stderr.splitlines()]
    assert [e["event"] for e in events if e["event"] != "progress"] == ["source", "done"]
    assert (events[-1]["n_tagged"], events[-1]["n_repeated"]) == (3, 1)
    refused = run(*args, "--limit", "2")
    assert refused.returncode == 2
    assert "--limit was None, now 2" in re.sub(r"\s+", " ", refused.stderr)
    assert run(*args, "--limit", "2", "--fresh").returncode == 0


def test_dry_run_writes_nothing(samples, tmp_path):
    done = run("tag", samples / "survey_hr.csv", "--dry-run", "--model", "linear-head", cwd=tmp_path)
    assert done.returncode == 0
    assert "12 rows read" in re.sub(r"\s+", " ", done.stdout)
    assert "Komentar" in re.sub(r"\s+", " ", done.stderr)
    assert not list(tmp_path.iterdir())
    assert not list(samples.glob("*.tagged*"))


def test_statements_of_one_party(samples, tmp_path):
    speakers = {}
    for party in ("customer", "agent"):
        out = tmp_path / f"{party}.jsonl"
        assert run("tag", samples / "call_hr.vtt", "--speaker", party, "-o", out).returncode == 0
        row = json.loads(out.read_text(encoding="utf-8"))
        speakers[party] = {s["speaker"] for t in row["tags"] for s in t["evidence"]}
        assert all(s["turn"] >= 1 for t in row["tags"] for s in t["evidence"])
    assert speakers == {"customer": {"Korisnik"}, "agent": {"Agent"}}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["tag", "nothing.csv"], "nothing.csv"),
        (["tag", "SAMPLE", "--text", "Opis"], "Komentar"),
        (["tag", "SAMPLE", "-o", "x.docx"], ".parquet"),
        (["tag", "SAMPLE", "--model", "no-such"], "auto"),
        (["tag", "SAMPLE", "--threshold", "7"], "between 0 and 1"),
        (["tag", "SAMPLE", "--language", "de"], "not tagged"),
        (["tag"], "Missing argument"),
        (["tag", "SAMPLE", "-o", "SAMPLE"], "replace its own input"),
        (["tag", "SAMPLE", "-o", "none/o.csv"], "make it first"),
        (["taxonomy", "--language", "de"], "has no language"),
        (["taxonomy", "--codebook", "none.toml"], "none.toml"),
        (["train", "--corpus", "none"], "no corpus here"),
    ],
)
def test_wrong_use_is_told_with_a_remedy(samples, tmp_path, args, message):
    done = run(*(str(samples / "survey_hr.csv") if a == "SAMPLE" else a for a in args), cwd=tmp_path)
    assert done.returncode == 2
    assert message in re.sub(r"\s+", " ", done.stderr)


def test_explain():
    done = run("explain", "Djelatnica mi je spustila slušalicu, a onda sam čekao još dva sata.")
    assert done.returncode == 0
    assert "language hr" in done.stdout
    assert "«" in done.stdout
    assert "not a language that is tagged" in run("explain", "I waited for three hours on the phone yesterday.").stdout


def test_taxonomy():
    assert "Dugo čekanje" in run("taxonomy", "--language", "hr").stdout
    data = json.loads(run("taxonomy", "--format", "json").stdout)
    assert len(data["labels"]) == 27
    assert set(data["labels"][0]["name"]) == {"en", "hr", "ru", "ja"}
    only = json.loads(run("taxonomy", "--format", "json", "--language", "ja").stdout)
    assert [label["id"] for label in only["labels"]] == [label["id"] for label in data["labels"]]
    assert only["labels"][0]["name"] == data["labels"][0]["name"]["ja"]
    assert only["families"][0]["name"] == data["families"][0]["name"]["ja"]


def test_train_on_a_corpus_and_codebook_of_ones_own(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    wait = [
        "Čekao sam {} sata na liniji.",
        "Red je stajao {} sati.",
        "Već {} dana nema odgovora.",
        "Čekamo {} tjedana.",
    ]
    rude = [
        "Konobar me {} puta izvrijeđao.",
        "{} puta se izderala na nas.",
        "Vozač je {} put opsovao.",
        "Rugali su se {} dana.",
    ]
    with (folder / "hr.jsonl").open("w", encoding="utf-8") as f:
        for n in range(80):
            text = (wait if n % 2 else rude)[n // 2 % 4].format(n)
            row = {
                "id": f"o{n}",
                "language": "hr",
                "channel": "survey",
                "sector": "x",
                "scenario": f"s{n}",
                "text": text,
            }
            row |= {"labels": ["slow" if n % 2 else "rude"], "split": "dev" if n % 5 == 0 else "train"}
            f.write(json.dumps(row, ensure_ascii=False) + "\n")
    codebook = tmp_path / "own.toml"
    labels = "".join(
        f'[[labels]]\nid = "{i}"\nfamily = "f"\nname = {{ en = "{i}" }}\ndefinition = {{ en = "{i}" }}\n'
        for i in ("slow", "rude")
    )
    codebook.write_text(
        '[codebook]\nid = "own"\nversion = "0.1.0"\ntitle = "Own"\n[[families]]\nid = "f"\nname = { en = "F" }\n'
        + labels
    )
    model = tmp_path / "model"
    done = run("train", "--corpus", folder, "--codebook", codebook, "-o", model)
    assert done.returncode == 0, done.stderr
    assert "borne by fewer" not in done.stderr
    files = {"card.toml", "codebook.toml", "head.safetensors", "held_out.safetensors", "model.json", "vocabulary.json"}
    assert {p.name for p in model.iterdir()} == files
    source = tmp_path / "c.csv"
    source.write_text("komentar\nČekala sam cijelo jutro na odgovor.\n", encoding="utf-8")
    assert run("tag", source, "--model", model, "-o", tmp_path / "o.jsonl").returncode == 0
    assert json.loads((tmp_path / "o.jsonl").read_text(encoding="utf-8"))["labels"] == ["slow"]


def test_training_names_the_labels_that_too_few_rows_bear(tmp_path):
    labelled = tmp_path / "labelled.csv"
    rows = [(f"Čekao sam {n} sata u redu.", "long_wait" if n % 3 else "") for n in range(2, 17)]
    labelled.write_text("text,labels,language\n" + "".join(f"{t},{k},hr\n" for t, k in rows), encoding="utf-8")
    done = run("train", "--kind", "tfidf", "--corpus", labelled, "-o", tmp_path / "m")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stderr.split())
    assert "15 narratives to learn from" in said
    assert "long_wait (10)" in said and "praise (0)" in said


def test_a_higher_precision_tags_less(samples, tmp_path):
    counts = {}
    for name, option in (("usual", ()), ("sure", ("--min-precision", "0.97")), ("all", ("--max-missed", "0.05"))):
        out = tmp_path / f"{name}.jsonl"
        done = run("tag", samples / "survey_hr.csv", "-o", out, *option)
        assert done.returncode == 0, done.stderr
        counts[name] = sum(len(json.loads(line)["labels"]) for line in out.read_text(encoding="utf-8").splitlines())
    assert counts["sure"] <= counts["usual"] <= counts["all"]
    assert counts["sure"] < counts["all"]


def test_two_ways_to_draw_the_line_are_refused(samples):
    done = run("tag", samples / "survey_hr.csv", "--threshold", "0.5", "--min-recall", "0.8")
    assert done.returncode == 2
    assert "give one of" in done.stderr
