import io
import json

import numpy as np
import pytest

from cxmining.topics import figures
from cxmining.topics.page import topic_page


def topic(k, **names):
    words = {c: [{"lemma": n, "surface": n, "score": 1.0, "count": 4}] for c, n in names.items()}
    quote = {"id": "<b>1", "start": 0, "end": 9, "quote": "<script>alert(1)</script>", "language": "hr", "weight": 0.5}
    return {
        "id": k, "n_segments": 20 + k, "n_documents": 15, "languages": dict.fromkeys(names, 10), "names": names,
        "label": " | ".join(names.values()), "words": words, "share": 0.2, "quotes": [quote], "cohesion": 0.5,
        "collocations": {"hr": [{"lemmas": ["a", "b"], "surface": "<i>ab", "score": 12.0, "count": 3}]},
        "modes": [{"mode": "long_wait", "segments": 3, "share": 0.15, "lift": 2.0}],
    }  # fmt: skip


@pytest.fixture
def report():
    topics = [topic(k, hr="šalter & čekanje", ru="очередь в кассу ёж", ja="待ち時間 受付") for k in range(4)]
    cells = [
        {"group": f"2026-0{m}", "name": str(k), "count": 5, "n": 50, "share": k / 10 + m / 99, "low": 0.0, "high": 0.5}
        for m in (1, 2, 3) for k in range(4)
    ]  # fmt: skip
    cells[0] |= {"count": None, "share": None, "low": None, "high": None}
    trend = {"name": "0", "direction": "emerging", "z": 3.0, "p": 0.001, "q": 0.01, "first": 0.1, "last": 0.3}
    return {
        "n_documents": 60, "n_segments": 100, "n_short": 3, "outlier_share": 0.1, "languages": {"hr": 30, "ja": 30},
        "topics": topics,
        "quality": {"hr": {"npmi": 0.1, "c_v": 0.5, "diversity": 0.9, "n_topics": 4}, "silhouette": None},
        "modes": {"labels": ["long_wait", "contempt"], "counts": [[3, 1]] * 4},
        "uncovered": {"n_complaints": 40, "n_uncovered": 20, "candidates": [topic(0, hr="<u>parking")]},
        "prevalence": {"time (month)": {"topics": cells}},
        "trends": {"topics": [trend]},
    }  # fmt: skip


def drawn(report):
    cells = report["prevalence"]["time (month)"]["topics"]
    return [
        figures.topic_sizes(report["topics"]),
        figures.word_bars(report["topics"]),
        figures.topic_map(report["topics"], np.random.default_rng(0).normal(size=(4, 6))),
        figures.prevalence_lines(cells, {"0": "待ち時間 $x$"}),
        figures.mode_heatmap(report["topics"], report["modes"]["labels"], report["modes"]["counts"]),
    ]


def test_the_page_escapes_every_word_and_needs_nothing_else(report):
    page = topic_page(report, {"Sizes": "<svg></svg>"}, title="<Topics>")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    for part in ("<i>ab", "<b>1", "<u>parking", "<Topics>"):
        assert part not in page
    assert "šalter &amp; čekanje" in page
    assert "http:" not in page and "https:" not in page
    for part in ("suppressed", "emerging", "candidates for new codes", "long_wait 15%"):
        assert part in page


def test_the_page_says_that_figures_are_left_out(report):
    assert "pip install" in topic_page(report, {})
    assert "pip install" not in topic_page(report, {"Sizes": "<svg></svg>"})


def test_figures_have_every_glyph(report):
    from cxmining.evaluation.figures import style

    # A glyph that no font has is a warning, and warnings are errors here.
    for figure in drawn(report):
        with style():
            buffer = io.BytesIO()
            figure.savefig(buffer, format="png")
        assert len(buffer.getvalue()) > 5_000


def test_figures_of_nothing(report):
    empty = {**report, "topics": [], "modes": {"labels": ["long_wait"], "counts": []}}
    figures.topic_sizes(empty["topics"])
    figures.word_bars(empty["topics"])
    figures.topic_map(empty["topics"], np.zeros((0, 4)))
    json.dumps(report)


def test_places_of_the_map_are_inside():
    places = figures.map_places(np.random.default_rng(0).normal(size=(20, 5)))
    assert places.shape == (20, 2)
    assert ((places >= 0) & (places <= 1)).all()
    assert figures.map_places(np.ones((2, 5))).shape == (2, 2)
