"""Broken input of every kind under every suffix: a clear message, nothing lost, nothing but InputError escapes."""

import io
import json
import random

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather

from cxmining.errors import InputError
from cxmining.loaders import ReadOptions, read
from cxmining.loaders.registry import SUFFIXES
from cxmining.records import Record, Rejected

TEXTS = ["Paket kasni već pet dana.", "Посылка не пришла, жду.", "荷物がまだ届きません。"]


def _parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"id": ["a", "b", "c"], "text": TEXTS}), sink)
    return sink.getvalue()


def _feather() -> bytes:
    sink = io.BytesIO()
    feather.write_feather(pa.table({"id": ["a", "b", "c"], "text": TEXTS}), sink)
    return sink.getvalue()


def _xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["id", "text"])
    for i, text in enumerate(TEXTS):
        book.active.append([i, text])
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def _csv(delimiter: str) -> bytes:
    return "\n".join(
        ["id,text".replace(",", delimiter), *(f'{i}{delimiter}"{t}"' for i, t in enumerate(TEXTS))]
    ).encode()


_OBJECTS = [{"id": i, "text": t} for i, t in enumerate(TEXTS)]
_JSONL = "\n".join(json.dumps(o, ensure_ascii=False) for o in _OBJECTS).encode()
_CUES = "".join(f"00:00:0{i}.000 --> 00:00:0{i}.900\n<v Govornik {i}>{t}\n\n" for i, t in enumerate(TEXTS))
_EML = f"Subject: x\nContent-Type: text/plain; charset=utf-8\n\n{TEXTS[0]}\n".encode()

# Suffix to a whole file and the number of rows in it.
WHOLE: dict[str, tuple[bytes, int]] = {
    "csv": (_csv(","), 3), "tsv": (_csv("\t"), 3), "tab": (_csv("\t"), 3),
    "jsonl": (_JSONL, 3), "ndjson": (_JSONL, 3), "json": (json.dumps(_OBJECTS).encode(), 3),
    "parquet": (_parquet(), 3), "pq": (_parquet(), 3), "feather": (_feather(), 3), "arrow": (_feather(), 3),
    "xlsx": (_xlsx(), 3), "xlsm": (_xlsx(), 3),
    "txt": (TEXTS[0].encode(), 1), "text": (TEXTS[0].encode(), 1),
    "md": (TEXTS[1].encode(), 1), "markdown": (TEXTS[1].encode(), 1),
    "html": (f"<p>{TEXTS[2]}</p>".encode(), 1), "htm": (f"<p>{TEXTS[2]}</p>".encode(), 1),
    "vtt": (("WEBVTT\n\n" + _CUES).encode(), 1), "srt": (_CUES.replace(".", ",").encode(), 1),
    "eml": (_EML, 1), "mbox": (b"".join(b"From x\n" + _EML + b"\n" for _ in TEXTS), 3),
}  # fmt: skip
TABULAR = ("csv", "tsv", "jsonl", "json", "parquet", "feather", "xlsx")
COLUMNAR = ("parquet", "pq", "feather", "arrow", "xlsx", "xlsm")


def attempt(path, data, **options) -> list[Record | Rejected] | InputError:
    """Read a file; whatever comes of it must be sound."""
    path.write_bytes(data)
    try:
        rows = list(read([path], ReadOptions(**options)))
    except InputError as error:
        assert str(path) in str(error)
        str(error).encode("utf-8")
        return error
    for row in rows:
        assert row.origin.file == str(path)
        assert row.origin.row >= 1
        if isinstance(row, Rejected):
            assert row.reason
            assert row.raw is None or len(row.raw.encode("utf-8").decode("utf-8")) <= 500
        else:
            row.text.encode("utf-8")
            assert all(0 <= b.start < b.end <= len(row.text) for b in row.blocks)
    return rows


def test_the_table_is_whole():
    assert set(WHOLE) == set(SUFFIXES)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_whole_files(tmp_path, suffix):
    data, n_rows = WHOLE[suffix]
    rows = attempt(tmp_path / f"a.{suffix}", data)
    assert [type(row) for row in rows] == [Record] * n_rows


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_empty_files(tmp_path, suffix):
    (row,) = attempt(tmp_path / f"a.{suffix}", b"")
    assert row.reason == "the file holds no rows"


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("seed", range(3))
def test_binary_garbage(tmp_path, suffix, seed):
    data = random.Random(seed).randbytes(5000)
    assert isinstance(attempt(tmp_path / f"a.{suffix}", data), InputError)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("disguise", ["parquet", "xlsx"])
def test_another_formats_content(tmp_path, suffix, disguise):
    same = {"parquet": ("parquet", "pq", "feather", "arrow"), "xlsx": ("xlsx", "xlsm")}[disguise]
    got = attempt(tmp_path / f"a.{suffix}", WHOLE[disguise][0])
    assert isinstance(got, InputError) == (suffix not in same)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.75, 0.95])
def test_truncated_files(tmp_path, suffix, share):
    data, n_rows = WHOLE[suffix]
    got = attempt(tmp_path / f"a.{suffix}", data[: int(len(data) * share)])
    if suffix in COLUMNAR:
        assert isinstance(got, InputError)
    elif not isinstance(got, InputError):
        assert 1 <= len(got) <= n_rows + 1


@pytest.mark.parametrize("suffix", TABULAR)
def test_missing_column(tmp_path, suffix):
    got = attempt(tmp_path / f"a.{suffix}", WHOLE[suffix][0], text="nema")
    assert "there is no column 'nema' for --text; the columns are 'id', 'text'; say --text NAME" in str(got)


@pytest.mark.parametrize("suffix", [s for s in SUFFIXES if s not in (*COLUMNAR, "eml", "mbox")])
@pytest.mark.parametrize("encoding", ["ascii", "utf-16", "iso2022_jp", "klingon", "base64", "idna", "unicode_escape"])
def test_wrong_encoding_given(tmp_path, suffix, encoding):
    data, n_rows = WHOLE[suffix]
    if suffix == "json":
        data = json.dumps(_OBJECTS, ensure_ascii=False).encode()
    got = attempt(tmp_path / f"a.{suffix}", data, encoding=encoding)
    if isinstance(got, InputError):
        return
    assert 1 <= len(got) <= n_rows + 2
    assert any(isinstance(row, Rejected) for row in got)


@pytest.mark.parametrize("suffix", [s for s in SUFFIXES if s not in COLUMNAR])
def test_nul_bytes(tmp_path, suffix):
    data, n_rows = WHOLE[suffix]
    got = attempt(tmp_path / f"a.{suffix}", data.replace(b"a", b"a\x00", 2) if suffix != "json" else data + b"\x00")
    assert isinstance(got, InputError) or len(got) >= n_rows


@pytest.mark.parametrize("suffix", [s for s in SUFFIXES if s not in COLUMNAR])
def test_surrogates_and_stray_bytes(tmp_path, suffix):
    data, n_rows = WHOLE[suffix]
    at = data.rindex(b".") if b"." in data else len(data) // 2
    for stray in (b"\xed\xa0\x80", b"\xff", b"\xc3"):
        got = attempt(tmp_path / f"a.{suffix}", data[:at] + stray + data[at:])
        assert isinstance(got, InputError) or len(got) >= n_rows


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "txt", "html", "vtt", "srt", "eml", "mbox"])
def test_ten_megabytes_in_one_text(tmp_path, suffix):
    data, n_rows = WHOLE[suffix]
    rows = attempt(
        tmp_path / f"a.{suffix}",
        data.replace(TEXTS[0][:5].encode(), b"dugo " * 2_000_000).replace(TEXTS[2][:5].encode(), b"dugo " * 2_000_000),
    )
    assert len(rows) == n_rows
    assert max(len(row.text) for row in rows) >= 10_000_000 - 1


@given(data=st.data(), suffix=st.sampled_from(SUFFIXES))
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_mutated_files_never_raise_anything_else(tmp_path, data, suffix):
    whole = bytearray(WHOLE[suffix][0])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 3))] = data.draw(
            st.binary(max_size=4) | st.sampled_from([b'"', b"\n", b"<", b"{"])
        )
    attempt(tmp_path / f"a.{suffix}", bytes(whole))
