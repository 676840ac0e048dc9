"""A corpus of texts without labels is held against its card, itself and held-out texts."""

import json

import pytest
import tomli_w

from cxmining import load_corpus, load_taxonomy
from cxmining.corpora.card import file_hash
from cxmining.corpora.texts import read_texts
from cxmining.corpora.validate import problems
from cxmining.errors import CorpusError


def corpus(folder, texts, n=None):
    folder.mkdir()
    rows = [{"id": f"hr-{i}", "language": "hr", "channel": "survey", "text": t} for i, t in enumerate(texts)]
    path = folder / "hr.jsonl"
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    prose = dict.fromkeys(("name", "version", "title", "licence", "origin", "annotation", "intended_use"), "x")
    counts = {"hr": {"all": n or len(rows)}}
    card = {**prose, "kind": "texts", "limits": [], "languages": ["hr"], "codebook": "none", "n": counts}
    card |= {"labels": {}, "files": {"hr.jsonl": file_hash(path)}}
    (folder / "card.toml").write_text(tomli_w.dumps(card), encoding="utf-8")
    return folder


def test_a_sound_corpus_has_no_problems(tmp_path):
    folder = corpus(tmp_path / "plain", ["Nitko se ne javlja na telefon.", "Kava je bila hladna, konobar ljubazan."])
    assert list(problems(folder, load_taxonomy())) == []


def test_wrong_counts_and_near_duplicates_are_told(tmp_path):
    text = "Nitko se ne javlja na telefon već treći dan zaredom, a račun stiže na vrijeme."
    found = list(problems(corpus(tmp_path / "plain", [text, text + "!"], n=5), load_taxonomy()))
    assert any(line.startswith("card.n") for line in found)
    assert any("near-duplicates" in line for line in found)


def test_a_held_out_text_among_them_is_a_leak(tmp_path):
    held = load_corpus("failure_modes", split="test", language="hr").rows[0]
    beside = tmp_path / "failure_modes"
    beside.mkdir()
    source = load_corpus("failure_modes", split="test", language="hr").rows[:1]
    lines = [json.dumps(row.model_dump(mode="json"), ensure_ascii=False) for row in source]
    (beside / "hr.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    prose = dict.fromkeys(("name", "version", "title", "licence", "origin", "annotation", "intended_use"), "x")
    card = {**prose, "limits": [], "languages": ["hr"], "codebook": "x", "n": {}, "labels": {}, "files": {}}
    (beside / "card.toml").write_text(tomli_w.dumps(card), encoding="utf-8")
    found = list(problems(corpus(tmp_path / "plain", [held.text]), load_taxonomy()))
    assert [line for line in found if "near-duplicate of the held-out" in line]


def test_a_row_with_other_keys_is_refused(tmp_path):
    path = tmp_path / "hr.jsonl"
    path.write_text('{"id": "a", "language": "hr", "text": "x"}\n', encoding="utf-8")
    with pytest.raises(CorpusError, match="row 1"):
        list(read_texts(path))
