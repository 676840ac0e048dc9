import json
import shutil

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmining import load_taxonomy
from cxmining.corpora import load_corpus
from cxmining.corpora.card import file_hash, ids_hash
from cxmining.corpora.describe import agreement, confusions, count_labels, count_rows, text_statistics
from cxmining.corpora.duplicates import grams, near_duplicates
from cxmining.corpora.split import stratified_split
from cxmining.corpora.validate import problems
from cxmining.errors import CorpusError

TAXONOMY = load_taxonomy()


def row(number, text="Čekao sam tri sata na liniji, strašno.", **changes):
    return {
        "id": f"x-{number}",
        "language": "hr",
        "channel": "survey",
        "sector": "bank",
        "scenario": f"s-{number}",
        "text": text,
        "labels": ["long_wait"],
        "maybe": [],
        "evidence": [{"label": "long_wait", "start": 0, "end": 18}],
        "annotators": {"a": {"labels": ["long_wait"]}, "b": {"labels": ["contempt"], "maybe": ["long_wait"]}},
        "split": "train",
        **changes,
    }


def write(folder, rows, **card):
    folder.mkdir(exist_ok=True)
    path = folder / "hr.jsonl"
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    narratives = load_corpus(folder).rows if all("labels" in r for r in rows) else ()
    data = {
        **dict.fromkeys(
            ("name", "version", "title", "licence", "origin", "annotation", "intended_use", "codebook"), "x"
        ),
        "limits": [],
        "languages": ["hr"],
        "n": count_rows(narratives),
        "labels": count_labels(narratives, TAXONOMY.ids),
        "files": {path.name: file_hash(path)},
        "splits": {s: ids_hash([r.id for r in narratives if r.split == s]) for s in ("train", "dev", "test")},
        **card,
    }
    (folder / "card.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    return folder


def test_a_sound_corpus_has_no_problems(tmp_path):
    assert (
        list(
            problems(write(tmp_path / "c", [row(1), row(2, "Sve je prošlo glatko.", labels=[], evidence=[])]), TAXONOMY)
        )
        == []
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row(1), row(1, "Nešto sasvim drugo stoji ovdje.")], "stands 2 times"),
        ([row(1), row(2, "Drugi tekst o nečem trećem.", scenario="s-1", split="test")], "several splits"),
        ([row(1, labels=["lateness"], evidence=[])], "not in the codebook"),
        ([row(1, maybe=["long_wait"])], "both given and open"),
        ([row(1, evidence=[])], "no evidence span"),
        ([row(1, evidence=[{"label": "long_wait", "start": 5, "end": 6}])], "quotes nothing"),
        ([row(1), row(2)], "near-duplicates"),
    ],
)
def test_problems_are_found(tmp_path, rows, message):
    assert any(message in line for line in problems(write(tmp_path / "c", rows), TAXONOMY))


def test_card_and_files_must_fit(tmp_path):
    folder = write(tmp_path / "c", [row(1)], n={"hr": {"all": 2, "train": 2, "dev": 0, "test": 0}})
    assert any("card.n" in line for line in problems(folder, TAXONOMY))
    with (folder / "hr.jsonl").open("a", encoding="utf-8") as f:
        f.write(json.dumps(row(9, "Treći, posve nov tekst.")) + "\n")
    found = list(problems(folder, TAXONOMY))
    assert any("hashes differ for hr.jsonl" in line for line in found)
    assert any("not the frozen one" in line for line in found)


@pytest.mark.parametrize(
    "line", ["{", '{"id": 1}', json.dumps(row(1, evidence=[{"label": "long_wait", "start": 3, "end": 999}]))]
)
def test_broken_rows_name_file_and_row(tmp_path, line):
    (tmp_path / "bad.jsonl").write_text(line + "\n")
    with pytest.raises(CorpusError, match=r"bad\.jsonl, row 1"):
        load_corpus(tmp_path)


def test_missing_corpus_and_card(tmp_path):
    with pytest.raises(CorpusError, match="no corpus here"):
        load_corpus("nothing-of-the-kind")
    folder = write(tmp_path / "c", [row(1)])
    (folder / "card.toml").unlink()
    assert any("missing" in line for line in problems(folder, TAXONOMY))


def test_shipped_corpus_is_sound_and_loads():
    from cxmining.paths import shipped

    folder = shipped("corpora") / "failure_modes"
    assert list(problems(folder, TAXONOMY)) == []
    train = load_corpus("failure_modes", split="train", language="ja")
    assert {r.split for r in train} == {"train"}
    assert {r.language for r in train} == {"ja"}
    assert len(train.records) == len(train.frame()) == len(train)
    span = next(s for r in train for s in r.evidence)
    assert span.label in TAXONOMY.index


def test_agreement_counts_open_labels_as_not_given(tmp_path):
    folder = write(tmp_path / "c", [row(1), row(2, "Sasvim različita priča o nečem.")])
    rows = load_corpus(folder).rows
    assert agreement(rows, TAXONOMY.ids)["hr"]["exact_match"] == 0.0
    assert confusions(rows) == [("contempt", "long_wait", 2)]


def test_near_duplicates_agree_with_brute_force():
    texts = [
        "Čekao sam tri sata na liniji.",
        "Čekala sam tri sata na liniji!",
        "Paket je stigao oštećen.",
        "paket je stigao  oštećen",
    ]
    found = {(i, j) for i, j, _ in near_duplicates(texts)}
    brute = {
        (i, j)
        for j in range(4)
        for i in range(j)
        if len(grams(texts[i]) & grams(texts[j])) / len(grams(texts[i]) | grams(texts[j])) > 0.5
    }
    assert found == brute == {(0, 1), (2, 3)}


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 60)), min_size=60, max_size=120), st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_splits_keep_groups_whole(rows, seed):
    shares = {"train": 0.7, "dev": 0.1, "test": 0.2}
    groups = [str(g) for _, g in rows]
    split = stratified_split([[label] for label, _ in rows], groups, shares, seed)
    assert len({(g, s) for g, s in zip(groups, split, strict=True)}) == len(set(groups))
    assert split == stratified_split([[label] for label, _ in rows], groups, shares, seed)


def test_splits_keep_shares():
    strata = [["rare"] if i % 20 == 0 else ["common"] for i in range(1000)]
    split = stratified_split(strata, [str(i) for i in range(1000)], {"train": 0.7, "dev": 0.1, "test": 0.2})
    rare = [s for s, row_ in zip(split, strata, strict=True) if row_ == ["rare"]]
    assert (rare.count("train"), rare.count("dev"), rare.count("test")) == (35, 5, 10)
    assert abs(split.count("train") - 700) <= 2


def test_text_statistics():
    found = text_statistics(["NE RADI NISTA", "Čekao sam 3 sata! 😡"], "hr")
    assert (found["all_capitals"], found["emoji"], found["digits"], found["no_diacritics"]) == (0.5, 0.5, 0.5, 0.5)


def test_corpus_command(tmp_path):
    from typer.testing import CliRunner

    from cxmining.cli.main import app

    folder = write(tmp_path / "c", [row(1)])
    assert CliRunner().invoke(app, ["corpus", "validate", str(folder)]).exit_code == 0
    shutil.copy(folder / "hr.jsonl", folder / "more.jsonl")
    result = CliRunner().invoke(app, ["corpus", "validate", str(folder)])
    assert result.exit_code == 1
    assert "stands 2 times" in result.output
    assert "long_wait" in CliRunner().invoke(app, ["corpus", "describe", str(folder)]).output


def test_a_training_text_that_repeats_a_held_out_one_is_reported(tmp_path):
    write(tmp_path / "held", [row(1, split="test")])
    write(tmp_path / "near", [row(2, "Čekao sam tri sata na liniji, strašno!"), row(3, "Čekao sam na šalteru.")])
    found = list(problems(tmp_path / "near", TAXONOMY))
    assert [line for line in found if "held-out" in line] == [
        "row 'x-2' is a near-duplicate of the held-out held/x-1 (0.94)"
    ]
    assert not list(problems(tmp_path / "held", TAXONOMY))
