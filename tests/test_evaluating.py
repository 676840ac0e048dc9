import json

import numpy as np
import pytest

from cxmining.annotating import Grouping, agree_files
from cxmining.errors import InputError, UsageError
from cxmining.evaluating import Selection, evaluate_files
from cxmining.evaluation.multilabel import f1_report
from cxmining.evaluation.report import Bootstrap
from cxmining.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
FEW = Bootstrap(40)


def write(path, rows):
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    return path


def rows(n=24, wrong=0.2, seed=0):
    rng = np.random.default_rng(seed)
    ids = TAXONOMY.ids
    for i in range(n):
        labels = [ids[i % 5]] if rng.random() > wrong else [ids[7]]
        yield {"id": f"r{i}", "text": f"Čekao sam {i} sati.", "labels": labels, "language": ("hr", "ru")[i % 2]}


@pytest.fixture
def gold(tmp_path):
    made = [r | {"maybe": [TAXONOMY.ids[9]], "scenario": f"s{i // 2}"} for i, r in enumerate(rows(wrong=0.0))]
    return write(tmp_path / "gold.jsonl", made)


@pytest.fixture
def pred(tmp_path):
    return write(tmp_path / "pred.jsonl", reversed(list(rows())))


def test_rows_are_matched_by_id_whatever_their_order(gold, pred):
    report = evaluate_files(gold, [pred], TAXONOMY, Selection(by=("language",)), FEW)
    truth, given = (
        np.array([[label in r["labels"] for label in TAXONOMY.ids] for r in rows(wrong=wrong)]) for wrong in (0.0, 0.2)
    )
    assert report["micro_f1"] == pytest.approx(f1_report(truth, given).micro)
    assert (report["n_rows"], report["n_clusters"], report["n_open"]) == (24, 12, 24)
    assert report["bootstrap"]["cluster"] == "scenario"
    assert {k: v["n_rows"] for k, v in report["by"]["language"].items()} == {"hr": 12, "ru": 12}
    assert set(report["labels"]) == set(TAXONOMY.ids)
    assert report["notes"] == []


def test_open_labels_are_scored_neither_way(gold, tmp_path):
    extra = [r | {"labels": [*r["labels"], TAXONOMY.ids[9]]} for r in rows(wrong=0.0)]
    report = evaluate_files(gold, [write(tmp_path / "p.jsonl", extra)], TAXONOMY, bootstrap=FEW)
    assert (report["micro_f1"], report["macro_f1"], report["subset_accuracy"]) == (1.0, 1.0, 1.0)
    assert report["labels"][TAXONOMY.ids[9]]["n_open"] == 24


def test_where_and_common(gold, pred, tmp_path):
    report = evaluate_files(gold, [pred], TAXONOMY, Selection(where=(("language", "hr"),)), FEW)
    assert report["n_rows"] == 12
    some = write(tmp_path / "some.jsonl", list(rows())[:9])
    report = evaluate_files(gold, [some], TAXONOMY, Selection(common=True), FEW)
    assert report["n_rows"] == 9
    assert "15 of 24" in report["notes"][0]
    with pytest.raises(InputError, match=r"lacks 15 of the 24 ids.*'r9'.*row 10.*--common"):
        evaluate_files(gold, [some], TAXONOMY, bootstrap=FEW)
    with pytest.raises(InputError, match=r"gold\.jsonl: lacks 15 of the 24 ids"):
        evaluate_files(write(tmp_path / "gold.jsonl", list(rows())[:9]), [pred], TAXONOMY, bootstrap=FEW)


def test_nothing_in_common(gold, tmp_path):
    other = write(tmp_path / "p.jsonl", [r | {"id": "x" + r["id"]} for r in rows()])
    with pytest.raises(InputError, match=r"no id in common.*'r0'.*'xr0'.*--id"):
        evaluate_files(gold, [other], TAXONOMY, Selection(common=True), FEW)


def test_wrong_columns_are_told(gold, pred):
    with pytest.raises(UsageError, match=r"no file has a column 'sector' for --by; the columns are.*language"):
        evaluate_files(gold, [pred], TAXONOMY, Selection(by=("sector",)), FEW)
    with pytest.raises(UsageError, match="no row has language=xx"):
        evaluate_files(gold, [pred], TAXONOMY, Selection(where=(("language", "xx"),)), FEW)
    with pytest.raises(UsageError, match="--cluster"):
        evaluate_files(gold, [pred], TAXONOMY, Selection(cluster="none"), FEW)


def test_a_column_of_many_values_is_refused(tmp_path):
    many = [r | {"key": f"k{i}"} for i, r in enumerate(rows(150))]
    path = write(tmp_path / "g.jsonl", many)
    with pytest.raises(UsageError, match="150 different values"):
        evaluate_files(path, [path], TAXONOMY, Selection(by=("key",)), FEW)


def test_evidence_is_scored_where_texts_are_the_same(tmp_path):
    spans = [{"label": TAXONOMY.ids[0], "start": 0, "end": 9}]
    base = {"text": "Čekao sam tri sata.", "labels": [TAXONOMY.ids[0]]}
    gold = write(tmp_path / "g.jsonl", [base | {"id": i, "evidence": spans} for i in range(3)])
    tags = [{"label": TAXONOMY.ids[0], "score": 0.9, "evidence": [{"start": 0, "end": 18, "quote": "x"}], "model": "m"}]
    tagged = [base | {"id": i, "tags": tags} for i in range(3)]
    tagged[2]["text"] = "Drugi tekst."
    report = evaluate_files(gold, [write(tmp_path / "p.jsonl", tagged)], TAXONOMY, bootstrap=FEW)
    assert "1 texts differ" in report["notes"][0]
    assert report["evidence_character_f1"] == pytest.approx(2 / 3)
    assert report["evidence_span_half_f1"] == 1.0
    assert report["evidence_span_f1"] == 0.0
    assert report["probabilities"]["cells"] == "given"


def test_several_systems_are_compared(gold, pred, tmp_path):
    other = write(tmp_path / "other.jsonl", rows(wrong=0.9, seed=1))
    report = evaluate_files(gold, [pred, other], TAXONOMY, bootstrap=Bootstrap(200))
    (entry,) = report["comparison"]
    assert entry["name"].endswith("other.jsonl")
    assert entry["micro_f1"]["first"] == pytest.approx(report["micro_f1"])
    assert entry["micro_f1"]["p_holm"] < 0.05


def test_agreement_of_files_and_of_readings_inside_one(gold, pred, tmp_path):
    outer = agree_files([gold, pred], TAXONOMY, Grouping(by=("language",)), FEW)
    first = {r["id"]: r["labels"] for r in rows()}
    both = [
        {
            "id": r["id"], "text": r["text"], "labels": [], "scenario": f"s{i // 2}",
            "annotators": {"a": {"labels": r["labels"], "maybe": [TAXONOMY.ids[9]]}, "b": {"labels": first[r["id"]]}},
        }
        for i, r in enumerate(rows(wrong=0.0))
    ]  # fmt: skip
    inner = agree_files([write(tmp_path / "both.jsonl", both)], TAXONOMY, bootstrap=FEW)
    assert inner["alpha"] == outer["alpha"]
    assert inner["intervals"] == outer["intervals"]
    assert inner["annotators"] == ["a", "b"]
    assert set(outer["by"]["language"]) == {"hr", "ru"}
    assert outer["by"]["language"]["hr"]["n_texts"] == 12


def test_agreement_tells_what_is_missing(gold, tmp_path):
    some = write(tmp_path / "some.jsonl", list(rows())[:9])
    with pytest.raises(InputError, match="lacks 15 of the 24"):
        agree_files([gold, some], TAXONOMY, bootstrap=FEW)
    partial = agree_files([gold, some], TAXONOMY, Grouping(partial=True), FEW)
    assert (partial["n_texts"], partial["n_read"]) == (9, [24, 9])
    with pytest.raises(InputError, match="at least two readings"):
        agree_files([some], TAXONOMY, bootstrap=FEW)
