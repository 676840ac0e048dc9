import numpy as np
import pytest

from cxmining.records import Document, LanguageGuess, Origin


def test_origin_reads_as_a_place():
    assert str(Origin("a.xlsx", 3, "Feedback")) == "a.xlsx [Feedback], row 3"


def test_raw_span_maps_through_both_arrays():
    document = Document(
        "a\u00adbc", "abc", np.array([0, 2, 3], np.int32), np.array([1, 3, 4], np.int32), LanguageGuess("hr", 1.0)
    )
    assert document.raw_span(0, 2) == (0, 3)
    with pytest.raises(ValueError, match="empty or outside"):
        document.raw_span(2, 2)


@pytest.mark.parametrize(
    ("code", "supported", "model"),
    [("hr", True, "hr"), ("sr", True, "hr"), ("ja", True, "ja"), ("other", False, "other")],
)
def test_language_families(code, supported, model):
    guess = LanguageGuess(code, 0.9)
    assert (guess.supported, guess.model_language) == (supported, model)
