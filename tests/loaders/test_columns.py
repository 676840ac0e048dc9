from pathlib import Path

import pytest

from cxmining.errors import InputError
from cxmining.loaders.columns import decide_roles, fold, is_header_name, language_code
from cxmining.loaders.source import Input, ReadOptions

FILE = Input(Path("a.csv"), "a.csv", "a.csv")
ROWS = [{"x": "kratko", "y": "Ovo je nešto duži tekst korisnika", "z": "2024-01-01", "w": "17"}]


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        (["ID", "Comment_Text", "Created At"], {"text": "Comment_Text", "id": "ID", "time": "Created At"}),
        (["Šifra", "KOMENTAR", "Datum"], {"text": "KOMENTAR", "id": "Šifra", "time": "Datum"}),
        (["sifra", "prituzba", "jezik"], {"text": "prituzba", "id": "sifra", "language": "jezik"}),
        (["Номер обращения", "Текст отзыва", "Дата"],
         {"text": "Текст отзыва", "id": "Номер обращения", "time": "Дата"}),
        (["受付番号", "レビュー本文", "受付日", "話者"],
         {"text": "レビュー本文", "id": "受付番号", "time": "受付日", "speaker": "話者"}),
    ],
)  # fmt: skip
def test_common_headers(names, roles):
    assert decide_roles(FILE, names, [], ReadOptions()) == roles


def test_longest_text_like_column_is_the_text():
    assert decide_roles(FILE, list("xyzw"), ROWS, ReadOptions())["text"] == "y"


def test_stated_columns_win_and_may_be_written_loosely():
    assert decide_roles(FILE, list("xyzw"), ROWS, ReadOptions(text="X", id="w")) == {"text": "x", "id": "w"}


def test_repeating_ids_are_no_ids():
    rows = [{"id": "1", "text": "a"}, {"id": "1", "text": "b"}]
    assert decide_roles(FILE, ["id", "text"], rows, ReadOptions()) == {"text": "text"}
    assert decide_roles(FILE, ["id", "text"], rows, ReadOptions(id="id"))["id"] == "id"


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([{"p": "1", "q": "2"}], "no column looks like text"),
        ([{"p": "jedan dva", "q": "dva jedan"}], "several columns may hold the text"),
    ],
)
def test_undecidable_columns_are_listed(rows, problem):
    with pytest.raises(InputError, match=rf"a\.csv: {problem}; the columns are 'p', 'q'; say --text NAME"):
        decide_roles(FILE, ["p", "q"], rows, ReadOptions())


def test_missing_stated_column_is_named():
    with pytest.raises(InputError, match=r"there is no column 'nema' for --time; the columns are 'x'"):
        decide_roles(FILE, ["x"], [], ReadOptions(time="nema"))


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("hr", "hr"),
        ("HR-hr", "hr"),
        ("Hrvatski", "hr"),
        ("русский", "ru"),
        ("日本語", "ja"),
        ("jpn", "ja"),
        ("fr_FR", "fr"),
        (" ", None),
    ],
)
def test_languages_by_many_names(stated, code):
    assert language_code(stated) == code


def test_folding_and_known_names():
    assert fold("Žalba_ Kupca!") == "zalbakupca"
    assert is_header_name("Đ") is False
    assert is_header_name("Комментарий")
