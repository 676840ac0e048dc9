import pytest

VTT = """WEBVTT - poziv

NOTE nije dio poziva

STYLE
::cue { color: red }

1
00:01.000 --> 00:04.000 align:start
<v Ana Horvat>Dobar dan, <i>kako</i> vam mogu pomoći?</v>

00:00:04.500 --> 00:00:06.000
<v Kupac>Račun &amp; opomena
su krivi.

00:00:06.000 --> 00:00:08.000
<v Kupac>Već treći put! <v.loud Ana Horvat>Žao mi je.
"""


def turns(record):
    return [(b.speaker, b.time, record.text[b.start : b.end]) for b in record.blocks]


def test_voices_become_turns(load):
    (record,) = load("a.vtt", VTT).records
    assert turns(record) == [
        ("Ana Horvat", "00:00:01.000", "Dobar dan, kako vam mogu pomoći?"),
        ("Kupac", "00:00:04.500", "Račun & opomena su krivi. Već treći put!"),
        ("Ana Horvat", "00:00:06.000", "Žao mi je."),
    ]
    assert record.text == "\n".join(turn[2] for turn in turns(record))
    assert {b.kind for b in record.blocks} == {"turn"}


@pytest.mark.parametrize(
    ("names", "colon"),
    [(("Оператор", "Клиент"), ": "), (("オペレーター", "お客様"), "："), (("Agent", "Kupac"), ": ")],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_srt_prefixes_become_speakers(load, names, colon, end):
    cues = [f"{names[0]}{colon}A-1", f"{names[1]}{colon}B-1", "B-2", f"{names[0]}{colon}A-2"]
    srt = "\n".join(f"{i}\n00:00:0{i},000 --> 00:00:0{i},900\n{cue}\n" for i, cue in enumerate(cues, start=1))
    (record,) = load("a.srt", srt.replace("\n", end)).records
    assert turns(record) == [
        (names[0], "00:00:01.000", "A-1"),
        (names[1], "00:00:02.000", "B-1 B-2"),
        (names[0], "00:00:04.000", "A-2"),
    ]


def test_a_colon_alone_is_no_speaker(load):
    srt = "1\n00:00:01,000 --> 00:00:02,000\nUkratko: ne valja.\n\n2\n00:00:02,000 --> 00:00:03,000\nNe radi ništa.\n\n"
    srt += "3\n00:00:03,000 --> 00:00:04,000\nKasne uvijek.\n"
    (record,) = load("a.srt", srt).records
    assert turns(record)[0] == (None, "00:00:01.000", "Ukratko: ne valja.")


def test_cues_of_one_sentence_are_joined(load):
    cues = ["配送が", "遅いです。", "困ります。"]
    vtt = "WEBVTT\n\n" + "".join(f"00:0{i}.000 --> 00:0{i}.900\n{cue}\n\n" for i, cue in enumerate(cues, start=1))
    (record,) = load("a.vtt", vtt).records
    assert turns(record) == [(None, "00:00:01.000", "配送が遅いです。"), (None, "00:00:03.000", "困ります。")]


@pytest.mark.parametrize(
    ("cue", "reason"),
    [
        ("00:00:0x --> 00:00:04.000\nizgubljeno", "cue 2: the timing"),
        ("00:00:03.000 -> 00:00:04.000\nizgubljeno", "cue 2: there is no timing line"),
        ("00:00:03.000 --> 00:00:04.000", "cue 2: the cue holds no text"),
    ],
)
def test_damaged_cues_are_rejected_one_by_one(load, cue, reason):
    good = "00:00:0{0}.000 --> 00:00:0{0}.500\nRečenica {0}."
    got = load("a.vtt", f"WEBVTT\n\n{good.format(1)}\n\n{cue}\n\n{good.format(5)}\n")
    assert got.texts == ["Rečenica 1.\nRečenica 5."]
    assert [(r.origin.row, reason in r.reason) for r in got.rejected] == [(2, True)]


def test_a_cut_off_file_keeps_what_was_said(load):
    got = load("a.vtt", VTT[: VTT.index("<v Kupac>Već")])
    assert "su krivi." in got.texts[0]
    assert "cue 3" in got.rejected[0].reason


def test_a_header_alone_holds_no_rows(load):
    assert load("a.vtt", "WEBVTT\n\n").rejected[0].reason == "the file holds no rows"
