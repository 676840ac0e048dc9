import pytest

from cxmining.passages import SAMPLE_ROWS, column_language, languages, passage, turn_numbers
from cxmining.records import Block, LanguageGuess

CALL = "Dobar dan, izvolite.\nČekao sam tri sata.\nŽao mi je."
BLOCKS = (
    Block(0, 20, "turn", "Agent", "00:00:01"),
    Block(21, 40, "turn", "Korisnik", "00:00:05"),
    Block(41, 51, "turn", "Agent", "00:00:09"),
)
CROATIAN = LanguageGuess("hr", 1.0)


def test_a_hint_helps_what_is_in_doubt_and_only_that():
    texts = ["非常不満", "Мне никто не ответил", "12345"]
    free = [g.code for g in languages(texts, [None] * 3, [None] * 3)]
    hinted = [g.code for g in languages(texts, [None] * 3, ["ja"] * 3)]
    assert hinted == ["ja", "ru", "ja"]
    assert free[2] == "other"


def test_what_is_stated_or_fixed_holds():
    assert languages(["x", "x"], ["ru", "klingon"], [None, "hr"])[0].code == "ru"
    assert [g.code for g in languages(["Мне никто не ответил"], ["ru"], [None], "hr")] == ["hr"]


def test_the_language_of_a_column():
    assert column_language(["Čekao sam tri sata na šalteru."] * 3 + ["ok"]) == "hr"
    assert column_language(["Čekao sam tri sata na šalteru.", "Мне никто не ответил"]) is None
    assert column_language(["Čekao sam tri sata na šalteru."]) is None
    assert column_language(["Čekao sam"] * SAMPLE_ROWS + ["Мне никто не ответил"] * 1000) == "hr"


@pytest.mark.parametrize(
    ("speaker", "read"), [(None, {"Agent", "Korisnik"}), ("customer", {"Korisnik"}), ("agent", {"Agent"})]
)
def test_whose_statements_are_read(speaker, read):
    found = passage(CALL, CROATIAN, BLOCKS, speaker)
    assert {s.speaker for s in found.segments if s.kind != "boilerplate"} == read
    assert turn_numbers(found) == {0: 1, 1: 2, 2: 3}


def test_what_nobody_is_named_to_say_is_the_customers():
    for speaker, n in (("customer", 1), ("agent", 0)):
        found = passage("Čekao sam tri sata.", CROATIAN, (), speaker)
        assert sum(s.kind != "boilerplate" for s in found.segments) == n
    assert turn_numbers(passage("Čekao sam.", CROATIAN, ())) == {}
