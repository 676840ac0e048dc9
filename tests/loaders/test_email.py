import email.message
import email.policy

import pytest

from cxmining.errors import InputError


def eml(body: str, charset: str = "utf-8", **headers: str) -> bytes:
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    for name, value in ({"Subject": "Prigovor", "From": "Ana <ana@example.com>"} | headers).items():
        message[name.replace("_", "-")] = value
    message.set_content(body, charset=charset)
    return bytes(message)


def kinds(record):
    return [(b.kind, record.text[b.start : b.end]) for b in record.blocks]


@pytest.mark.parametrize(
    ("text", "charset"),
    [("Čekam tjednima.\n", "windows-1250"), ("Жду неделями.\n", "koi8-r"), ("返金してください。\n", "iso-2022-jp")],
)
def test_bodies_in_their_charsets(load, text, charset):
    got = load("a.eml", eml(text, charset, Message_ID="<1@x>", Date="Fri, 01 Mar 2024 10:00:00 +0100"))
    (record,) = got.records
    assert (record.text, record.id, record.time) == (text, "1@x", "Fri, 01 Mar 2024 10:00:00 +0100")
    assert record.columns["subject"] == "Prigovor"


@pytest.mark.parametrize("charset", ["x-unknown", "utf-8", "us-ascii"])
def test_a_false_charset_falls_back_to_detection(load, charset):
    data = f"Subject: x\nContent-Type: text/plain; charset={charset}\n\nЖду ответа уже неделю.\n"
    assert load("a.eml", data.encode("cp1251")).texts == ["Жду ответа уже неделю.\n"]


@pytest.mark.parametrize(
    "introduction",
    [
        "On Fri, Mar 1, 2024 at 9:00 AM Support <s@example.com> wrote:",
        "On Fri, Mar 1, 2024 at 9:00 AM Support\n<s@example.com> wrote:",
        "Dana pet, 1. ožu 2024. u 09:00 Podrška <s@example.com> napisao/la je:",
        "пт, 1 мар. 2024 г. в 09:00, Поддержка <s@example.com>:\n".replace(":\n", " пишет:"),
        "2024年3月1日(金) 9:00 サポート <s@example.com>:",
    ],
)
def test_history_is_marked_and_answers_below_are_not(load, introduction):
    body = f"Nisam zadovoljna.\n\n{introduction}\n> Poštovana,\n> riješeno je.\n\nNije riješeno.\n-- \nAna\n099 000\n"
    (record,) = load("a.eml", eml(body)).records
    assert kinds(record) == [
        ("text", "Nisam zadovoljna."),
        ("boilerplate", f"{introduction}\n> Poštovana,\n> riješeno je."),
        ("text", "Nije riješeno."),
        ("boilerplate", "-- \nAna\n099 000"),
    ]


@pytest.mark.parametrize(
    "line", ["-----Original Message-----", "----- Исходное сообщение -----", "-----元のメッセージ-----"]
)
def test_everything_after_a_separator_is_history(load, line):
    (record,) = load("a.eml", eml(f"Еще раз.\n\n{line}\nFrom: x\n\nстарое\n")).records
    assert kinds(record) == [("text", "Еще раз."), ("boilerplate", f"{line}\nFrom: x\n\nстарое")]


def test_history_without_quotation_marks(load):
    introduction = "On Fri, Mar 1, 2024 at 9:00 AM Support <s@example.com> wrote:"
    (record,) = load("a.eml", eml(f"Не согласен.\n\n{introduction}\n\nответ службы\nещё строка\n")).records
    assert kinds(record) == [("text", "Не согласен."), ("boilerplate", f"{introduction}\n\nответ службы\nещё строка")]


def test_many_lines_take_no_longer_than_they_should(load):
    assert len(load("a.eml", eml("12 kratak redak\n" * 50_000)).records) == 1


def test_no_history_no_blocks(load):
    assert load("a.eml", eml("Samo ovo.\n")).records[0].blocks == ()


def test_html_only_and_attachments(load):
    message = email.message.EmailMessage()
    message["Subject"] = "返品"
    message.set_content("<p>返金<br>してください</p>", subtype="html")
    message.add_attachment("tajno", filename="a.txt")
    (record,) = load("a.eml", bytes(message)).records
    assert record.text == "返金\nしてください"


def test_mailbox(load):
    box = b"".join(b"From x@y Fri Mar  1 10:00:00 2024\n" + eml(f"Poruka {i}\n>From ovdje\n") + b"\n" for i in range(3))
    got = load("a.mbox", box.replace(b"\r\n", b"\n"))
    assert [r.text.strip() for r in got.records] == [f"Poruka {i}\nFrom ovdje" for i in range(3)]
    assert [r.id for r in got.records] == ["a.mbox:1", "a.mbox:2", "a.mbox:3"]


def test_a_message_without_headers_is_rejected_in_a_mailbox(load):
    good = eml("Dobro\n").replace(b"\r\n", b"\n")
    got = load("a.mbox", b"From x\n" + good + b"\nFrom y\n\nbez zaglavlja\n\nFrom z\n" + good)
    assert (len(got.records), [r.origin.row for r in got.rejected]) == (2, [2])


def test_broken_headers_do_not_escape(load):
    data = b"Subject: =?utf-8?B?////?=\nFrom: <<<@@;:,\nTo: \xff\xfe\nDate: nonsense\nMessage-ID: [abc\n\nTekst\n"
    got = load("a.eml", data)
    assert len(got.rows) == 1


def test_no_message_is_no_message(load):
    with pytest.raises(InputError, match=r"a\.eml: this is no e-mail"):
        load("a.eml", "samo tekst\n")
