import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmining.text import identify, identify_many


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nisam dobio racun vec tri mjeseca", "hr"),
        ("Internet ne radi", "hr"),
        ("hvala", "hr"),
        ("support mi je total useless, nitko se ne javlja", "hr"),
        ("Šta reći, uvijek ljubazni i baš lipo", "hr"),
        ("Kaj je ovo? Nemrem vjerovat", "hr"),
        ("UŽASNA USLUGA!!! NIKAD VIŠE 😡😡", "hr"),
        ("Uvek kasne, gde su moji paketi", "sr"),
        ("Uposlenici su ljubazni, čekao sam hiljadu godina", "bs"),
        ("Мне никто не ответил", "ru"),
        ("не работает", "ru"),
        ("позвонил в support, сказали сделать restart", "ru"),
        ("対応が悪い", "ja"),
        ("ﾃﾞﾝﾜ ﾂﾅｶﾞﾗﾅｲ", "ja"),
        ("最悪", "ja"),
        ("wifiが全然繋がらない、supportもダメ", "ja"),
    ],
)
def test_supported(text, code):
    assert identify(text).code == code


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("Že tri tedne čakam na odgovor", "sl"),
        ("Nikdo mi nezvedá telefon", "cs"),
        ("Nikto mi nedvíha telefón, čakám už týždeň", "sk"),
        ("Czekam już trzy tygodnie na paczkę", "pl"),
        ("I have been waiting for three weeks", "en"),
        ("Ich warte seit drei Wochen auf eine Antwort", "de"),
        ("Aspetto da tre settimane una risposta", "it"),
        ("Чекаю вже три тижні на відповідь", "uk"),
        ("Чакаю ўжо тры тыдні", "be"),
        ("Чакам от три седмици и никой не отговаря", "bg"),
        ("Чекам већ три недеље, нико се не јавља", "sr-Cyrl"),
        ("Чекам веќе три недели и никој не се јавува", "mk"),
        ("我等了三个星期，没有人回复", "zh"),
        ("客服態度很差，沒有人回覆我", "zh"),
        ("3주째 기다리고 있어요", "ko"),
    ],
)
def test_others(text, detail):
    guess = identify(text)
    assert (guess.code, guess.detail, guess.supported) == ("other", detail, False)


@pytest.mark.parametrize("text", ["", "   ", "12345", "👍👍", "!!!", "https://primjer.hr"])
def test_nothing_to_go_by(text):
    assert identify(text).code == "other"
    assert identify(text, "ru").code == "ru"


def test_the_column_decides_for_short_rows():
    japanese = ["電話が繋がらない", "対応が遅いです", "解約", "5", "👍"]
    assert [guess.code for guess in identify_many(japanese)] == ["ja"] * 5
    chinese = ["客服态度很差", "我等了三个星期", "快递还没有到", "解約"]
    assert identify_many(chinese)[3].code in ("ja", "other")
    croatian = ["Nitko se ne javlja na telefon", "Čekam već tri tjedna na odgovor", "katastrofa", "10/10"]
    assert [guess.code for guess in identify_many(croatian)] == ["hr"] * 4


def test_hints_stand_in_for_the_column():
    assert [guess.code for guess in identify_many(["10", "11"], ["ja", None])] == ["ja", "other"]


def test_decomposed_text_is_the_same_language():
    assert identify("c\u030cekam vec\u0301 tri dana").code == "hr"


@given(st.text(max_size=60), st.sampled_from([None, "hr", "ru", "ja", "en", "xx"]))
def test_any_text_gets_a_guess(text, context):
    guess = identify(text, context)
    assert guess.code in {"hr", "bs", "sr", "ru", "ja", "other"}
    assert 0 <= guess.score <= 1
    assert guess.detail or guess.code != "other"


def test_what_needs_no_model_is_what_the_model_would_say(monkeypatch):
    from cxmining.text import language

    texts = [
        "Zvao sam ih tri puta i nitko mi nije znao reći kada će doći tehničar ni što je s mojim računom.",
        "Я звонил им три раза, и никто не смог мне сказать, когда придёт мастер и что с моим счётом.",
    ]
    quick = [identify(text) for text in texts]
    assert all(guess.score >= 0.8 for guess in quick)
    monkeypatch.setattr(language, "certain", lambda *_: None)
    slow = [identify(text) for text in texts]
    assert [(g.code, g.detail) for g in quick] == [(g.code, g.detail) for g in slow]
    assert all(least.score <= guess.score for least, guess in zip(quick, slow, strict=True))


def test_languages_do_not_depend_on_the_seed_of_hashes():
    import os
    import subprocess
    import sys

    code = (
        "from cxmining.text.lexicon import _weights as w; print(sorted((k, sorted(x)) for k, x in w('latin').items()))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1
