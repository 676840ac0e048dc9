import datetime as dt
import struct

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from cxmining.errors import InputError
from cxmining.loaders import ReadOptions, read

TABLE = pa.table(
    {
        "id": [1, 2, 3],
        "отзыв": ["Плохо работает доставка", None, "Хорошо"],
        "score": [1.5, None, 3.0],
        "day": [dt.date(2024, 1, 1), None, dt.date(2024, 1, 3)],
    }
)


def test_parquet_keeps_types(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(TABLE, path)
    rows = list(read([path]))
    assert [r.text for r in rows] == ["Плохо работает доставка", "", "Хорошо"]
    assert [r.id for r in rows] == ["1", "2", "3"]
    assert rows[0].columns == {"score": 1.5, "day": dt.date(2024, 1, 1)}


@pytest.mark.parametrize("suffix", ["feather", "arrow"])
def test_feather_and_arrow(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    if suffix == "feather":
        feather.write_feather(TABLE, path)
    else:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, TABLE.schema) as writer:
            writer.write_table(TABLE)
    assert [r.id for r in read([path])] == ["1", "2", "3"]


def test_a_parquet_file_by_its_content(tmp_path):
    path = tmp_path / "export"
    pq.write_table(TABLE, path)
    assert len(list(read([path]))) == 3


@pytest.mark.parametrize("keep", [0.2, 0.9])
def test_truncated(tmp_path, keep):
    path = tmp_path / "a.parquet"
    pq.write_table(TABLE, path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(InputError, match=r"a\.parquet: this is no whole Parquet"):
        list(read([path]))


def test_damage_in_the_middle_rejects_every_row_behind_it(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table({"text": [f"tekst broj {i}" for i in range(6000)]})
    pq.write_table(table, path, row_group_size=2000, compression="snappy", use_dictionary=False)
    data = bytearray(path.read_bytes())
    middle = pq.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    data[middle : middle + 400] = b"\xff" * 400
    path.write_bytes(data)
    rows = list(read([path]))
    assert len(rows) == 6000
    assert "the file is damaged from here on" in rows[-1].reason


def test_bad_cells_cost_their_row_only(tmp_path):
    path = tmp_path / "a.parquet"
    bad = pa.array([b"good text here", b"\xff\xfe", b"more good text"], pa.binary())
    pq.write_table(pa.table({"text": bad.view(pa.string()), "n": [1, 2, 3]}), path)
    rows = list(read([path]))
    assert [getattr(r, "text", None) for r in rows] == ["good text here", None, "more good text"]
    assert "column 'text' cannot be read" in rows[1].reason


def test_no_rows_and_no_text(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(TABLE.slice(0, 0), path)
    assert [r.reason for r in read([path])] == ["the file holds no rows"]
    pq.write_table(TABLE.select(["id", "score"]), path)
    with pytest.raises(InputError, match="no column looks like text; the columns are 'id', 'score'"):
        list(read([path], ReadOptions()))


def test_false_offsets_in_an_arrow_file_do_not_end_the_process(tmp_path):
    path = tmp_path / "a.feather"
    feather.write_feather(pa.table({"text": ["prvi tekst", "drugi tekst", "treći"]}), path, compression="uncompressed")
    data = path.read_bytes()
    offsets = struct.pack("<3i", 0, 10, 21)
    assert offsets in data
    path.write_bytes(data.replace(offsets, struct.pack("<3i", 0, 10, -21)))
    with pytest.raises(InputError, match=r"a\.feather: this is no whole arrow file"):
        list(read([path]))


def test_column_names_that_are_no_utf8(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"tekst": ["a b"]}), path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"tekst", b"te\xffst"))
    with pytest.raises(InputError, match=r"a\.parquet: this is no whole"):
        list(read([path]))
