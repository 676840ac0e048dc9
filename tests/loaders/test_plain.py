import pytest

PAGE = """<!DOCTYPE html><html><head><title>Recenzija</title><style>p {color: red}</style></head><body>
<nav><a href="/">Naslovnica</a></nav><article><h1>Recenzija hotela</h1>
<p>Soba je bila prljava, a osoblje neljubazno. Čekali smo dva sata na ključ, nitko se nije ispričao.</p>
<p>Doručak je bio hladan, a parkiralište puno. Ne bismo se vratili ni besplatno, nažalost.</p></article>
<footer>Sva prava pridržana</footer></body></html>"""


def test_a_text_is_a_record_with_its_lines(load):
    got = load("a.txt", "Prvi red\n\n- druga točka\r\n")
    assert got.texts == ["Prvi red\n\n- druga točka\r\n"]
    assert got.records[0].id == "a.txt:1"
    assert load("b.md", "# Жалоба\n\nТекст").texts == ["# Жалоба\n\nТекст"]


def test_each_line_is_a_record_on_request(load):
    got = load("a.txt", "遅いです\n\n  \r\n良いです", per_line=True)
    assert [(r.text, r.origin.row) for r in got.records] == [("遅いです", 1), ("良いです", 4)]


def test_bad_bytes_cost_one_line_or_the_file(load):
    data = "Čekam, žalim se\n".encode() * 30 + b"\xff\xfe\n"
    got = load("a.txt", data, per_line=True)
    assert (len(got.records), len(got.rejected)) == (30, 1)
    assert len(load("b.txt", data).rejected) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "cp1250", "utf-16"])
def test_a_page_is_read_by_its_main_content(load, encoding):
    (text,) = load("a.html", PAGE.encode(encoding)).texts
    assert "Soba je bila prljava" in text
    assert "Doručak je bio hladan" in text
    assert "color: red" not in text


def test_a_fragment_keeps_its_lines(load):
    got = load("a.htm", "<p>Prvi &amp; drugi<br>red</p><script>x()</script><ul><li>točka</li><li>još</li></ul>")
    assert got.texts == ["Prvi & drugi\nred\n\n• točka\n\n• još"]


def test_a_page_states_its_encoding(load):
    page = '<html><head><meta charset="Shift_JIS"></head><body><p>高い</p></body></html>'
    assert "高い" in load("a.html", page.encode("cp932")).texts[0]


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.md"])
def test_blank_files_hold_no_rows(load, name):
    assert load(name, " \n\n").rejected[0].reason == "the file holds no rows"
    assert load("b.txt", "\n\n", per_line=True).rejected[0].reason == "the file holds no rows"
