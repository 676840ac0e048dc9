import pytest

from cxmining.text import stated_language


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("hr", "hr"),
        ("HR", "hr"),
        ("hr-HR", "hr"),
        ("hrv", "hr"),
        (" Croatian ", "hr"),
        ("sr-Latn", "sr"),
        ("sr-Cyrl", None),
        ("ru_RU.UTF-8", "ru"),
        ("русский", "ru"),
        ("日本語", "ja"),
        ("jp", "ja"),
        ("en", None),
        ("", None),
        (None, None),
    ],
)
def test_stated_language(value, code):
    assert stated_language(value) == code
