import pyarrow as pa
import pyarrow.parquet as pq

from cxmining.scoring.estimate import estimate_rows


def test_rows_are_guessed_where_they_can_be(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n2\n")
    (tmp_path / "b.jsonl").write_text("{}\n{}\n")
    (tmp_path / "c.txt").write_text("x\ny\n")
    pq.write_table(pa.table({"x": [1, 2, 3, 4]}), tmp_path / "d.parquet")
    assert estimate_rows([tmp_path]) == 2 + 2 + 1 + 4
    (tmp_path / "e.xlsx").write_bytes(b"PK")
    assert estimate_rows([tmp_path]) is None
    (tmp_path / "f.parquet").write_bytes(b"PAR1")
    assert estimate_rows([tmp_path / "f.parquet"]) is None
    assert estimate_rows([tmp_path / "missing.csv"]) is None
