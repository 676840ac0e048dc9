import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from cxmining.errors import UsageError
from cxmining.evaluation.figures import learning_curve_plot, prevalence_bars, style, to_svg
from cxmining.evaluation.learning_curve import fit_learning_curve
from cxmining.evaluation.page import evaluation_page
from cxmining.evaluation.report import Bootstrap, Scored, evaluate

NASTY = '<script>alert("$x$")</script>'


@pytest.fixture(scope="module")
def report():
    rng = np.random.default_rng(0)
    truth = rng.random((40, 3)) < 0.4
    predicted = truth ^ (rng.random((40, 3)) < 0.2)
    scores = np.where(predicted, 0.8, np.nan)
    strata = {NASTY: [NASTY, "канал", "窓口 $1"] * 13 + ["čšž"]}
    labels = ("long_wait", "contempt", "praise")
    scored = Scored(labels, truth, predicted, np.ones_like(truth), ("d", "e", "h"), strata=strata, scores=scores)
    files = {"gold": NASTY, "pred": "p & q.csv", "codebook": "c 1", "notes": [NASTY]}
    how = {"n_samples": 20, "level": 0.95, "seed": 0, "cluster": None}
    return files | {"bootstrap": how} | evaluate(scored, Bootstrap(20))


def test_page_is_self_contained_and_escaped(report):
    page = evaluation_page(report)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "p &amp; q.csv" in page
    assert page.count("<svg ") == 4
    links = set(re.findall(r"(?:src|href)\s*=\s*\"([^\"]*)\"", page))
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)
    body = re.search(r"<body>(.*)</body>", page, re.DOTALL)[0]
    assert ET.fromstring(body.replace("&nbsp;", " ")).tag == "body"
    assert evaluation_page(report) == page


def test_labels_without_any_occurrence_do_not_break_the_page(report):
    none = np.zeros((2, 2), bool)
    empty = evaluate(Scored(("a", "b"), none, none, ~none, ("f", "f")), Bootstrap(5))
    page = evaluation_page(report | {"probabilities": {}} | empty)
    assert "–" in page


def test_every_script_is_drawn(recwarn):
    names, shares = ["dugo čekanje đšž", "долгое ожидание", "長い待ち時間・が"], [0.1, 0.2, 0.3]
    figure = prevalence_bars(names, shares, shares, [[0, 0.1, 0.2], [0.2, 0.3, 0.4]])
    assert to_svg(figure).startswith("<svg ")
    assert not [w for w in recwarn if "missing from font" in str(w.message)]


def test_a_missing_extra_is_told(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "seaborn", None)
    with pytest.raises(UsageError, match=r"pip install 'cxmining\[figures\]'"), style():
        pass


def test_a_learning_curve_shows_what_was_measured_and_where_it_heads():
    sizes, scores = [100, 200, 800], [0.4, 0.5, 0.62]
    curve = fit_learning_curve(sizes, scores)
    figure = learning_curve_plot(sizes, scores, [[0.35, 0.45], [0.45, 0.55], [0.58, 0.66]], curve, times=2)
    axes = figure.axes[0]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["100", "200", "800", "1,600"]
    carried, measured = axes.lines
    np.testing.assert_allclose(measured.get_ydata(), scores)
    assert carried.get_xdata()[-1] == pytest.approx(1600)
    assert carried.get_ydata()[-1] == pytest.approx(curve.at(1600))
