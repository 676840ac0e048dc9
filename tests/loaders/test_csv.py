import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxmining.errors import InputError
from cxmining.loaders import ReadOptions, read
from cxmining.loaders.source import MAX_TEXT

HR = "Čekala sam sat vremena, a šef kaže: „Žao mi je“."
RU = "Ждала час, а начальник говорит: «Мне жаль»."
JA = "一時間待たされました。とても残念です。"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_reads_every_delimiter_and_encoding(load, delimiter, encoding):
    stream = io.StringIO(newline="")
    rows = [[1, HR, "2024-05-01"], [2, f"{RU}\nvторой ред", ""], [3, f'„"{JA}"”; a, b | c\td', "x"]]
    csv.writer(stream, delimiter=delimiter).writerows([["id", "comment", "datum"], *rows])
    got = load("a.csv", stream.getvalue().encode(encoding))
    assert got.texts == [row[1] for row in rows]
    assert [r.id for r in got.records] == ["1", "2", "3"]
    assert got.records[0].time == "2024-05-01"
    assert got.records[0].columns == {"datum": "2024-05-01"}
    assert got.sources[0].delimiter == delimiter
    assert got.sources[0].columns == {"text": "comment", "id": "id", "time": "datum"}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(HR.replace("„", "").replace("“", ""), "cp1250"), (HR.replace("„", "").replace("“", ""), "iso8859_2")]
    + [(RU.replace("«", "").replace("»", ""), e) for e in ("cp1251", "koi8_r", "cp866", "iso8859_5")]
    + [(JA, e) for e in ("cp932", "euc_jp", "iso2022_jp", "utf-16-le", "utf-16-be")],
)
def test_detects_legacy_encodings(load, text, encoding):
    got = load("a.csv", f"id;comment\n7;{text}\n8;{text}\n".encode(encoding))
    assert got.texts == [text, text]
    assert got.sources[0].encoding == encoding
    assert "letter statistics" in got.sources[0].encoding_note


def test_sep_line_states_the_delimiter(load):
    got = load("a.csv", "sep=;\r\nid;text\r\n1;a, b\r\n2;c\r\n3;d;e\r\n")
    assert got.texts == ["a, b", "c"]
    assert "line 5: 3 fields where the header has 2" in got.rejected[0].reason


def test_ragged_rows_are_rejected_with_counts_line_and_row(load):
    got = load("a.csv", "id,text\n1,a\n2,b,c\n3\n4,d\n")
    assert got.texts == ["a", "d"]
    assert [(r.origin.row, r.reason.split(";")[0]) for r in got.rejected] == [
        (2, "line 3: 3 fields where the header has 2"),
        (3, "line 4: 1 fields where the header has 2"),
    ]


@pytest.mark.parametrize("tail", ["", "4,d\n", '4,"d"\n', '4,"d"\n5,e\n'])
def test_runaway_quote_costs_one_row(load, tail):
    got = load("a.csv", 'id,text\n1,a\n2,"never closed\n3,c\n' + tail)
    assert [r.origin.row for r in got.rejected] == [2]
    assert "line 3: a quote is opened and not closed" in got.rejected[0].reason
    assert got.texts[:2] == ["a", "c"]
    assert len(got.rows) == 3 + tail.count("\n")


def test_runaway_quote_in_the_last_row(load):
    got = load("a.csv", 'id,text\n1,a\n2,"never closed')
    assert got.texts == ["a"]
    assert "line 3: a quote is opened" in got.rejected[0].reason


def test_undoubled_quote_is_rejected_and_the_rest_is_read(load):
    got = load("a.csv", 'id,text\n1,"he said "no" to me"\n2,b\n3,"two\nlines, ok"\n')
    assert got.texts == ["b", "two\nlines, ok"]
    assert "not doubled" in got.rejected[0].reason


def test_one_column_is_never_split(load):
    got = load("a.csv", 'komentar\nSkupo, sporo; loše\n\n"Dobro, ali\nkasno"\n')
    assert got.texts == ["Skupo, sporo; loše", "Dobro, ali\nkasno"]
    assert got.sources[0].delimiter == ""


def test_one_column_without_header_keeps_its_first_row(load):
    got = load("a.csv", "Jako sam nezadovoljna ovom uslugom.\nDostava kasni pet dana.\n")
    assert len(got.records) == 2
    assert got.sources[0].note == "no header"


def test_table_without_header_keeps_its_first_row(load):
    got = load("a.csv", f"17;{HR};2024-01-02\n18;{HR};2024-01-03\n")
    assert got.texts == [HR, HR]


def test_survey_question_is_a_header(load):
    got = load("a.csv", "Ocjena;Što bismo mogli poboljšati? Obrazložite.\n5;Brže dostavljati pakete kupcima\n")
    assert got.texts == ["Brže dostavljati pakete kupcima"]


def test_blanks_before_quotes(load):
    got = load("a.csv", 'id, text\n1, "a, b"\n2, "c, d"\n')
    assert got.texts == ["a, b", "c, d"]


def test_empty_text_and_nul_are_kept(load):
    got = load("a.csv", "id,text\n1,\n2,a\x00b\n")
    assert got.texts == ["", "a\x00b"]


def test_undecodable_row_is_rejected_with_its_line(load):
    rows = [f"{i},Čekanje je predugo i šalter je zatvoren".encode() for i in range(1, 50)]
    rows[6] = b"7,bad \xff\xfe bytes"
    got = load("a.csv", b"id,text\n" + b"\n".join(rows) + b"\n")
    assert len(got.records) == 48
    assert got.rejected[0].origin.row == 7
    assert "line 8: bytes that the encoding" in got.rejected[0].reason
    got.rejected[0].raw.encode("utf-8")


def test_damage_far_behind_the_sample(load):
    head = "id,text\n" + "".join(f"{i},Račun je pogrešan već treći mjesec\n" for i in range(30_000))
    got = load("a.csv", head.encode() + b"x,\xc8ekanje\n" + "y,Žao mi je\n".encode())
    assert (len(got.records), len(got.rejected)) == (30_001, 1)


def test_non_ascii_far_behind_the_sample(load):
    head = "id,text\n" + "".join(f"{i},plain text only\n" for i in range(60_000))
    got = load("a.csv", head.encode() + "x,Чек не пришёл\n".encode("cp1251"))
    assert got.texts[-1] == "Чек не пришёл"


def test_field_of_ten_megabytes(load):
    big = "жалоба " * 1_500_000
    got = load("a.csv", f'id,text\n1,"{big}"\n2,b\n')
    assert got.texts == [big, "b"]


@pytest.mark.parametrize("quote", ['"', ""])
def test_field_beyond_the_limit_is_rejected(load, quote, monkeypatch):
    got = load("a.csv", f"id,text\n1,{quote}{'a' * (MAX_TEXT + 5)}{quote}\n2,b\n")
    assert got.texts == ["b"]
    assert f"longer than {MAX_TEXT}" in got.rejected[0].reason
    assert len(got.rejected[0].raw) <= 500


def test_wrong_delimiter_says_so(load):
    with pytest.raises(InputError, match=r"a\.csv: with the delimiter ';' .* ',' seems to be the delimiter"):
        load("a.csv", "id,text\n1,a\n", delimiter=";")


def test_wrong_encoding_rejects_rows_or_names_the_problem(load):
    got = load("a.csv", f"id;text\n1;{RU}\n2;ok\n".encode("cp1251"), encoding="utf-8")
    assert (len(got.records), len(got.rejected)) == (1, 1)
    with pytest.raises(InputError, match="the header holds bytes"):
        load("a.csv", f"номер;текст\n1;{RU}\n".encode("cp1251"), encoding="utf-8")
    with pytest.raises(InputError, match="the encoding 'klingon' is unknown"):
        load("a.csv", "id;text\n1;a\n", encoding="klingon")
    with pytest.raises(InputError, match="the encoding 'rot13' is unknown"):
        load("a.csv", "id;text\n1;a\n", encoding="rot13")


def test_header_only_holds_no_rows(load):
    got = load("a.csv", "id,text\n")
    assert got.rejected[0].reason == "the file holds no rows"


def test_repeated_and_blank_headers_keep_every_column(load):
    got = load("a.csv", "text,a,a,\nx,1,2,3\n")
    assert got.records[0].columns == {"a": "1", "a_2": "2", "column_4": "3"}


def test_mojibake_is_repaired_on_request_only(load):
    whole = "Žao mi je što kasnite"
    broken = whole.encode().decode("latin-1")
    assert load("a.csv", f"id,text\n1,{broken}\n").texts == [broken]
    assert load("a.csv", f"id,text\n1,{broken}\n2,ﾊﾟｿｺﾝ“x”\n", repair_mojibake=True).texts == [whole, "ﾊﾟｿｺﾝ“x”"]


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=20) | st.sampled_from(
    ['"', '""', ",", ";", "\n", "\r\n", "a\nb", "「はい」", "čćđšž", "ёж", ' "x" ', "'", "\t", "|"]
)


@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_csv_writer_writes_comes_back(tmp_path, rows, delimiter, quoting, end, encoding):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(["text", "note"])
    writer.writerows(rows)
    path = tmp_path / "round.csv"
    path.write_bytes(stream.getvalue().encode(encoding))
    got = list(read([path], ReadOptions(encoding=encoding)))
    assert [(r.text, r.columns["note"]) for r in got] == rows


@given(
    texts=st.lists(st.text("abcčćđšž \n,;\"'", max_size=30), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["cp1250", "iso8859_2", "utf-8", "utf-16-le"]),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_minimal_quoting_in_a_stated_encoding_comes_back(tmp_path, texts, delimiter, encoding):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([["id", "text"], *enumerate(texts, start=1)])
    path = tmp_path / "round.csv"
    path.write_bytes(stream.getvalue().encode(encoding))
    assert [r.text for r in read([path], ReadOptions(encoding=encoding))] == texts
