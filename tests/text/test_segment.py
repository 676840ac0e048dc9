import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmining.records import Block, LanguageGuess
from cxmining.text import blocks, segments, to_document


def document(text, language="hr"):
    return to_document(text, LanguageGuess(language, 1.0))


def cut(text, language, known=()):
    made = document(text, language)
    return [made.text[segment.start : segment.end] for segment in segments(made, known)]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "hr",
            [
                "Bio sam kod dr. Horvat u ul. Ilica br. 5 u Zagrebu.",
                "Platio sam 25. svibnja 2023. godine 30 eura tj. previše.",
            ],
        ),
        ("hr", ["ne radi.", "zvao sam tri puta...nista.", "javite se!!!", "a vi šutite :)"]),
        ("hr", ["Tvrtka d.o.o. nije odgovorila.", "Plaćeno je npr. u petak itd.", "Nakon toga ništa."]),
        ("hr", ["Vidi na www.primjer.hr.", "Mail je info@primjer.hr.", "Hvala na svemu!😀"]),
        ("hr", ['"Ne može." rekla je.', "(Nije htjela reći.)", "I to je to."]),
        ("hr", ["Čekam... i čekam... i ništa?", "Zašto?"]),
        ("ru", ["не работает.", "ответьте!!!", "а вы молчите :)"]),
        ("ru", ["Живу на ул. Ленина д. 5 в г. Москве.", "Отдал 300 руб.", "Потом т.к. и т.д.", "Всё"]),
        ("ru", ["Чётко, быстро)", "Спасибо!", "Всё ок)))", "Ещё приду"]),
        ("ru", ["Кошмар!😡", "Никому не советую 👎", "ужас"]),
    ],
)
def test_sentences_with_spaces(language, expected):
    assert cut(" ".join(expected), language) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["最悪です。", "二度と使いません!!"],
        ["「申し訳ありません。確認します。」と言われたが、連絡なし。"],
        ["電話が繋がらないww", "もう無理(笑)", "解約します😡", "さようなら"],
        ["値段は3.5倍。", "「無理です」。", "そう言われた"],
        ["(担当者は不在でした。)", "残念。"],
    ],
)
def test_japanese_sentences(expected):
    assert cut("".join(expected), "ja") == expected


def test_japanese_lines_end_sentences():
    assert cut("配送が遅い\nもう頼まない", "ja") == ["配送が遅い", "もう頼まない"]


def test_missing_space_after_a_full_stop():
    assert cut("Internet ne radi.Zvao sam.Nitko se ne javlja.", "hr") == [
        "Internet ne radi.",
        "Zvao sam.",
        "Nitko se ne javlja.",
    ]


@pytest.mark.parametrize(
    ("language", "word", "longest"), [("hr", "čekam i ne znam ", 400), ("ja", "待っているのに", 200), ("hr", "a", 400)]
)
def test_run_on_text_is_cut_without_loss(language, word, longest):
    text = word * 300
    pieces = cut(text, language)
    assert max(map(len, pieces)) <= longest
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_turns_share_a_block():
    made = document("Agent: Dobar dan. Izvolite?\nKorisnik: Ne radi.")
    found = segments(made)
    assert [(segment.speaker, segment.block) for segment in found] == [("Agent", 0), ("Agent", 0), ("Korisnik", 1)]


def test_known_blocks_replace_layout_and_gaps_are_text():
    raw = "\ufeffAna: c\u030cekam. Dugo.\nMarko: zasto?"
    first, second = raw.index("c\u030c"), raw.index("zasto")
    known = [
        Block(first, raw.index("\n"), "turn", "Ana", "00:00:01.000"),
        Block(second, len(raw), "turn", "Marko"),
    ]
    made = document(raw)
    found = [(s.kind, s.speaker, s.time, made.text[s.start : s.end]) for s in segments(made, known)]
    assert found == [
        ("text", None, None, "Ana:"),
        ("turn", "Ana", "00:00:01.000", "čekam."),
        ("turn", "Ana", "00:00:01.000", "Dugo."),
        ("text", None, None, "Marko:"),
        ("turn", "Marko", None, "zasto?"),
    ]


def test_boilerplate_is_one_segment():
    raw = "Jedan. Dva. Tri."
    assert cut(raw, "hr", [Block(0, len(raw), "boilerplate")]) == [raw]


TEXT = st.text(st.sampled_from("abČж. ,!?…\n:;)(-\"「」。、wｗ笑😀１2客Agt'»«\u3099ｶﾞ\u200b"), max_size=120)


@settings(max_examples=400)
@given(TEXT, st.sampled_from(["hr", "ru", "ja", "other"]))
def test_segments_cover_their_blocks(text, language):
    made = document(text, language)
    covered = set()
    place = 0
    for segment in segments(made):
        assert place <= segment.start < segment.end <= len(made.text)
        place = segment.end
        covered.update(range(segment.start, segment.end))
    for block in blocks(made.text, language if language != "other" else "other"):
        for index in range(block.start, block.end):
            assert made.text[index].isspace() or index in covered


@settings(max_examples=200)
@given(TEXT, st.lists(st.integers(0, 120), max_size=6))
def test_known_blocks_lose_nothing(text, cuts):
    edges = sorted({min(cut_at, len(text)) for cut_at in cuts})
    known = [Block(start, end, "turn", "A") for start, end in zip(edges[::2], edges[1::2], strict=False)]
    made = document(text)
    found = segments(made, known) if known else []
    covered = {index for segment in found for index in range(segment.start, segment.end)}
    place = 0
    for segment in found:
        assert segment.start >= place
        place = segment.end
        first, last = made.raw_span(segment.start, segment.end)
        assert 0 <= first < last <= len(text)
    if known:
        assert all(character.isspace() or index in covered for index, character in enumerate(made.text))
