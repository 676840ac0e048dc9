import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmining.records import LanguageGuess
from cxmining.text import blocks, identify, normalise, segments, to_document

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"


def shape(text, language="hr"):
    return [(block.kind, block.speaker, block.time, text[block.start : block.end]) for block in blocks(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Agent: Dobar dan. Korisnik: Imam problem.",
            [("Agent", None, "Dobar dan."), ("Korisnik", None, "Imam problem.")],
        ),
        ("Djelatnica: Izvolite?", [("Djelatnica", None, "Izvolite?")]),
        (
            "Агент: Слушаю вас.\nКлиент: Не работает связь.\nУже неделю.",
            [("Агент", None, "Слушаю вас."), ("Клиент", None, "Не работает связь.\nУже неделю.")],
        ),
        (
            "Клиент: где заказ? Оператор: не знаю.",
            [("Клиент", None, "где заказ?"), ("Оператор", None, "не знаю.")],
        ),
        (
            "О: Слушаю. К: Нет связи. О: Понял.",
            [("О", None, "Слушаю."), ("К", None, "Нет связи."), ("О", None, "Понял.")],
        ),
        (
            "客：解約したい。オペレーター：承知しました。",
            [("客", None, "解約したい。"), ("オペレーター", None, "承知しました。")],
        ),
        ("担当: はい\n客: 5日待っています", [("担当", None, "はい"), ("客", None, "5日待っています")]),
        ("[12:01] Ana: bok\n[12:02] Marko: ne radi", [("Ana", "12:01", "bok"), ("Marko", "12:02", "ne radi")]),
        ("Ana (12:01): Dobar dan.\nMarko (12:02): bok", [("Ana", "12:01", "Dobar dan."), ("Marko", "12:02", "bok")]),
        ("xy: kako ste?\nab: dobro", [("xy", None, "kako ste?"), ("ab", None, "dobro")]),
        ("Agent:\nDobar dan.\nKorisnik:\nNe radi.", [("Agent", None, "Dobar dan."), ("Korisnik", None, "Ne radi.")]),
        ("Ana: Dobar dan.\n\nMarko: Imam problem.", [("Ana", None, "Dobar dan."), ("Marko", None, "Imam problem.")]),
    ],
)
def test_turns(text, expected):
    assert shape(text) == [("turn", *turn[:2], turn[2]) for turn in expected]


@pytest.mark.parametrize(
    "text",
    [
        "Napomena: ne radi internet.",
        "Zaključak: katastrofa. Napomena: ne kupujte.",
        "P.S.: hvala",
        "Prednosti: brzo\nNedostaci: skupo",
        "Достоинства: нет\nНедостатки: всё",
        "良い点：安い\n悪い点：遅い",
        "Rekli su mi: čekajte.",
        "Nazvao sam agenta. Agent mi je rekao: nema ništa.",
        "Došao sam u 12:30 i čekao.",
        "Vidi https://primjer.hr/stranica",
        "Ivan: nikad više.",
        "Podrška: nula bodova.",
        "スタッフ：親切\n部屋：狭い",
    ],
)
def test_a_colon_in_prose_is_no_turn(text):
    assert {block.kind for block in blocks(text, "hr")} == {"text"}


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        ("- prvo\n- drugo", ["prvo", "drugo"]),
        ("• 一つ目\n・二つ目", ["一つ目", "二つ目"]),
        ("1. prvo\n2. drugo", ["prvo", "drugo"]),
        ("① はい\n②いいえ", ["はい", "いいえ"]),
    ],
)
def test_bullets(text, contents):
    assert shape(text) == [("bullet", None, None, content) for content in contents]


ARTICLE = """Kako nas pošta čeka
Autor: Pero Perić
12.03.2024.
Video: Snimka reda
Sadržaj:
- Prvi dan
- Drugi dan

Prvi dan
Došli smo ujutro i stajali u redu dva sata, a nitko nam nije rekao zašto otvoren ostaje samo jedan šalter od pet.
Drugi dan
Opet smo čekali, ovaj put tri sata, a djelatnica je u međuvremenu otišla na pauzu i više se nije vratila do kraja.
Pročitajte i: Zašto kasne paketi
Deset savjeta za putovanja
Savjeti za sve koji vole putovati i štedjeti novac na kartama.
"""


def test_an_article():
    kinds = [(kind, content.split("\n")[0][:18]) for kind, _, _, content in shape(ARTICLE)]
    assert kinds == [
        ("heading", "Kako nas pošta ček"),
        ("boilerplate", "Autor: Pero Perić"),
        ("boilerplate", "12.03.2024."),
        ("boilerplate", "Video: Snimka reda"),
        ("boilerplate", "Sadržaj:"),
        ("boilerplate", "- Prvi dan"),
        ("boilerplate", "- Drugi dan"),
        ("heading", "Prvi dan"),
        ("text", "Došli smo ujutro i"),
        ("heading", "Drugi dan"),
        ("text", "Opet smo čekali, o"),
        ("boilerplate", "Pročitajte i: Zašt"),
        ("boilerplate", "Deset savjeta za p"),
        ("boilerplate", "Savjeti za sve koj"),
    ]


def test_a_comment_on_a_film_is_no_caption():
    text = "Kupio sam tečaj preko interneta.\nVideo: ne mogu ga otvoriti."
    assert {block.kind for block in blocks(text, "hr")} == {"text"}


def test_hard_wrapped_lines_are_one_paragraph():
    assert len(blocks("Čekao sam jako dugo\nna odgovor službe.\nNisu se javili.", "hr")) == 2


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the articles are not here")
@pytest.mark.parametrize(
    ("language", "form", "headings", "bullets", "first", "last"),
    [
        ("hr", "NFC", 7, 7, "boilerplate", "boilerplate"),
        ("ru", "NFC", 4, 0, "boilerplate", "boilerplate"),
        ("ja", "NFKC", 8, 7, "heading", "text"),
    ],
)
def test_real_articles(language, form, headings, bullets, first, last):
    raw = (SEEDS / f"article_{language}.txt").read_text(encoding="utf-8")
    found = blocks(normalise(raw, form)[0], language)
    kinds = [block.kind for block in found]
    assert (kinds.count("heading"), kinds.count("bullet"), kinds[0], kinds[-1]) == (headings, bullets, first, last)
    assert "turn" not in kinds
    assert kinds.count("text") >= 10


@given(
    st.text(st.sampled_from("aB: .\n-•1?!：客Agent|[]()12:01「。"), max_size=80),
    st.sampled_from(["hr", "ru", "ja", "other"]),
)
def test_blocks_are_in_order_and_inside(text, language):
    place = 0
    for block in blocks(text, language):
        assert place <= block.start < block.end <= len(text)
        place = block.end


@pytest.mark.parametrize(
    "text",
    [
        "Podijeli" + " " * 200 + "ovo s nama x",
        "! " + " " * 20_000 + "x",
        "(a。b)" * 5_000,
        "a: " * 5_000,
        "Sadržaj:\nJedan\nDva\nJedan\nSadržaj:\nTri",
        "\n".join("Sadržaj:" for _ in range(300)),
        "početna > " * 40,
        "." * 20_000,
        ") " * 10_000,
    ],
)
def test_awkward_texts_take_no_time(text):
    # Regular expressions must not go back and forth over such texts; a minute here would be a day in production.
    began = time.perf_counter()
    made = to_document(text, LanguageGuess("hr", 1.0))
    segments(made)
    segments(to_document(text, LanguageGuess("ja", 1.0)))
    identify(text)
    assert time.perf_counter() - began < 5
