from rich.cells import cell_len

from cxmining.concordancing import find_hits
from cxmining.records import Origin, Record
from cxmining.topics.concordance import layout


def record(text, language, n=1):
    return Record(f"r{n}", text, Origin("<memory>", n), language)


def test_every_form_of_a_word_is_found():
    records = [
        record("Račun je kriv. Bez računa nema zamjene, a racunom mi mašu.", "hr"),
        record("Заблокировали карту, а без карты никак.", "ru", 2),
        record("部屋が狭かった。狭い部屋です。", "ja", 3),
    ]
    assert [h.keyword for h in find_hits(records, "račun")] == ["Račun", "računa", "racunom"]
    assert [h.keyword for h in find_hits(records, "карте")] == ["карту", "карты"]
    hits = find_hits(records, "狭い")
    assert [h.start for h in hits] == [3, 8]
    for hit in find_hits(records, "račun"):
        assert records[0].text[hit.start : hit.end] == hit.keyword


def test_runs_of_words():
    records = [record("Zovem toplu liniju. Topla linija šuti, a linija topla nije.", "hr")]
    assert [h.keyword for h in find_hits(records, "topla linija")] == ["toplu liniju", "Topla linija"]
    assert find_hits(records, "kava") == []


def test_offsets_are_raw():
    records = [record("ﾊﾟｽﾜｰﾄﾞ が違う。ﾊﾟｽﾜｰﾄﾞ を忘れた", "ja")]
    hits = find_hits(records, "パスワード")
    assert [records[0].text[h.start : h.end] for h in hits] == ["ﾊﾟｽﾜｰﾄﾞ", "ﾊﾟｽﾜｰﾄﾞ"]


def test_columns_line_up_also_with_full_width_letters():
    records = [
        record("配送が遅い。担当者が謝らない。", "ja"),
        record("フロントの担当者は親切で、説明も丁寧でした。", "ja", 2),
        record("担当者 Tanaka氏に\n伝えた", "ja", 3),
    ]
    lines = layout(find_hits(records, "担当者"), width=12)
    assert len(lines) == 3
    assert {cell_len(line[: line.index("担当者")]) for line in lines} == {14}
    assert all("\n" not in line for line in lines)
    assert layout([]) == []
