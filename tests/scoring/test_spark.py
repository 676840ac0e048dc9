"""Spark in local mode with two Python workers: the same rows as on one machine."""

import json
import os
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxmining import Tagger
from cxmining.errors import UsageError
from cxmining.jobs import run_job
from cxmining.loaders import ReadOptions
from cxmining.requests import Request, TaggerChoice
from cxmining.scoring.publish import Target

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

REQUIRED = os.environ.get("CXMINING_SPARK") == "required"
if not REQUIRED:
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("there is no Java", allow_module_level=True)

MODEL = "transformer"
TEXTS = [
    "Čekao sam tri sata na liniji i nitko se nije javio.", "ok", "Мне нагрубили и бросили трубку.", "hvala", None, "",
    "担当者が休みで誰も分からないと言われた。", "I waited for three hours on the phone and nobody came.", "12345", "ok",
    "Obećali su doći u utorak, nisu došli ni u petak. Računi stižu dvostruki.", "対応不満", "非常不満",
]  # fmt: skip


@pytest.fixture(scope="module")
def session():
    from pyspark.sql import SparkSession

    made = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "7")
        .getOrCreate()
    )
    yield made
    made.stop()


@pytest.fixture
def table(tmp_path):
    rows = {
        "id": [f"c{i}" for i in range(len(TEXTS) * 2)],
        "comment": TEXTS * 2,
        "labels": ["own"] * len(TEXTS) * 2,
        "score": list(range(len(TEXTS) * 2)),
    }
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table(rows), path, row_group_size=10)
    return path


def submit(*args):
    from cxmining.scoring import spark

    return spark.main([str(a) for a in args])


def test_spark_gives_the_rows_of_one_machine(session, table, tmp_path, capsys):
    out = tmp_path / "spark"
    args = (table, "-o", out, "--text", "comment", "--model", MODEL, "--partitions", 4)
    assert submit(*args) == 0
    alone = tmp_path / "alone.parquet"
    request = Request((table,), Target(alone), ReadOptions(text="comment"), TaggerChoice(MODEL))
    state = run_job(request, workers=1).state
    one = {r["id"]: r for r in pq.read_table(alone).to_pylist()}
    many = {r["id"]: r for r in pq.read_table(out).to_pylist()}
    assert len(many) == len(one) == len(TEXTS) * 2
    assert sum(len(r["tags"]) for r in many.values()) > 5
    for id_, row in many.items():
        assert [row[k] for k in ("language", "labels", "tags")] == [one[id_][k] for k in ("language", "labels", "tags")]
        assert (row["comment"] or "", row["input_labels"], row["score"]) == (
            one[id_]["text"],
            one[id_]["input_labels"],
            one[id_]["score"],
        )
    counts = json.loads((tmp_path / "spark.job" / "checkpoint.json").read_text())
    for key in ("n_read", "n_tagged", "n_rejected", "languages", "labels"):
        assert counts[key] == getattr(state, key)
    assert not (tmp_path / "spark.staged").exists()
    capsys.readouterr()
    assert submit(*args) == 0
    assert "nothing to do" in capsys.readouterr().err
    assert submit(*args, "--threshold", 0.9) == 2
    assert "--threshold was None, now 0.9" in capsys.readouterr().err


def test_rows_that_cannot_be_parsed_are_set_aside(session, tmp_path):
    source = tmp_path / "in.jsonl"
    lines = [json.dumps({"id": i, "text": "Čekao sam tri sata."}, ensure_ascii=False) for i in range(5)]
    source.write_text("\n".join([*lines, '{"id": broken']) + "\n", encoding="utf-8")
    assert submit(source, "-o", tmp_path / "out", "--model", MODEL) == 0
    counts = json.loads((tmp_path / "out.job" / "checkpoint.json").read_text())
    assert (counts["n_read"], counts["n_tagged"], counts["n_rejected"]) == (6, 5, 1)
    rejected = [json.loads(x) for p in (tmp_path / "out.rejected").glob("*.json") for x in p.open(encoding="utf-8")]
    assert rejected[0]["_corrupt_record"] == '{"id": broken'
    assert "cannot be parsed" in rejected[0]["rejected"]
    assert pq.read_table(tmp_path / "out").num_rows == 5


def test_a_data_frame_in_a_notebook(session, monkeypatch):
    from cxmining.scoring.spark import loader, tag_dataframe

    frame = session.createDataFrame(
        [(1, "Čekao sam tri sata na liniji.", "hr"), (2, None, None)], "n int, t string, l string"
    )
    tagged = tag_dataframe(frame, loader(MODEL), text="t", language="l").orderBy("n").collect()
    expected = Tagger.load(MODEL).tag("Čekao sam tri sata na liniji.", language="hr")[0]
    assert tagged[0]["labels"] == expected.labels
    assert tagged[0]["tags"][0]["evidence"][0]["quote"] == expected.tags[0].evidence[0].quote
    assert [r["rejected"] for r in tagged] == [None, None]
    with pytest.raises(UsageError, match="no column 'x'"):
        tag_dataframe(frame, text="x")
    with pytest.raises(UsageError, match="holds int where text is expected"):
        tag_dataframe(frame, text="n")


def test_a_model_folder_of_ones_own_is_sent_to_the_workers(session, table, tmp_path):
    from cxmining.paths import shipped

    shutil.copytree(shipped("models") / "linear-head", tmp_path / "mine")
    args = (table, "-o", tmp_path / "out", "--text", "comment", "--model", tmp_path / "mine")
    assert submit(*args) == 0
    assert pq.read_table(tmp_path / "out").num_rows == len(TEXTS) * 2


def test_wrong_use(session, table, tmp_path, capsys):
    assert submit(table, "-o", tmp_path / "o", "--text", "nema") == 2
    assert "there is no column 'nema'" in capsys.readouterr().err
    assert submit(tmp_path / "none.parquet", "-o", tmp_path / "o") == 2
    assert "cannot be read" in capsys.readouterr().err
    assert submit(table, "-o", "hdfs://nowhere/o", "--text", "comment") == 2
    assert "--job" in capsys.readouterr().err


def test_long_texts_are_rejected_and_batches_cut(monkeypatch):
    from scoring_stub import make, tags_of

    from cxmining.scoring import spark

    monkeypatch.setattr(spark, "MAX_TEXT", 5)
    monkeypatch.setattr(spark, "CHUNK_ROWS", 3)
    texts = ["a", "bb", "ccc", "dddddddd", None, "a"]
    batch = pa.RecordBatch.from_pydict({"t": texts, "tags": range(6)})
    out = list(spark._tag_partition(iter([batch]), lambda: make(1), ("t", None), None))
    assert [b.num_rows for b in out] == [3, 3]
    rows = [row for b in out for row in b.to_pylist()]
    assert [r["input_tags"] for r in rows] == list(range(6))
    assert [r["rejected"] is None for r in rows] == [True, True, True, False, True, True]
    assert rows[3]["tags"] is None
    assert [r["labels"] for r in rows if r["tags"] is not None] == [
        [t.label for t in tags_of(x or "")] for x in texts if x != "dddddddd"
    ]
