"""Writes a topic report as one HTML page that needs nothing else: no script, no link out; every word is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

_MOST_ROWS = 400
_LEAST_SHARE = 0.01


def topic_page(report: Mapping[str, Any], drawings: Mapping[str, str], title: str = "Topics") -> str:
    """Write the page.

    Parameters
    ----------
    report : mapping
        From :func:`cxmining.topic_report.topic_report`.
    drawings : mapping of str to str
        Heading to SVG element, drawn by this package; empty without the extra ``figures``.
    title : str, default 'Topics'
        Title of the page.

    Returns
    -------
    str
        Self-contained HTML.
    """
    parts = [_summary(report)]
    if not drawings:
        hint = "Figures are left out: they need the extra figures (pip install 'cxmining[figures]')."
        parts.append(f'<p class="note">{escape(hint)}</p>')
    parts += [f"<h2>{escape(heading)}</h2>\n{svg}" for heading, svg in drawings.items()]
    parts.append('<h2 id="topics">Topics</h2>')
    largest = max((t["n_segments"] for t in report["topics"]), default=1)
    parts += [_topic(topic, largest, f"{topic['share']:.1%} of sentences") for topic in report["topics"]]
    left = report.get("uncovered")
    if left:
        parts.append('<h2 id="uncovered">Uncovered: complaints that no failure mode explains</h2>')
        words = f"{left['n_uncovered']:,} of {left['n_complaints']:,} complaining sentences; candidates for new codes."
        parts.append(f"<p>{escape(words)}</p>")
        largest = max((t["n_segments"] for t in left["candidates"]), default=1)
        parts += [_topic(topic, largest, "") for topic in left["candidates"]]
    parts += _moving(report)
    parts += _prevalence(report)
    template = Template((files("cxmining.topics") / "data" / "page.html").read_text(encoding="utf-8"))
    return template.substitute(title=escape(title), body="\n".join(parts))


def _summary(report: Mapping[str, Any]) -> str:
    """Write what was read and what came out."""
    languages = ", ".join(f"{code} {n:,}" for code, n in report["languages"].items())
    words = (
        f"{report['n_documents']:,} texts ({languages}), {report['n_segments']:,} sentences, "
        f"{len(report['topics'])} topics; {report['outlier_share']:.1%} of sentences belong to none."
    )
    links = '<nav><a href="#topics">topics</a>'
    links += '<a href="#uncovered">uncovered</a>' if report.get("uncovered") else ""
    return f'<p>{escape(words)}</p>\n{links}<a href="#prevalence">prevalence</a></nav>\n{_quality(report["quality"])}'


def _quality(quality: Mapping[str, Any]) -> str:
    """Write the quality measures."""
    rows = [
        [code, *(_number(row[k]) for k in ("npmi", "c_v", "diversity")), str(row["n_topics"])]
        for code, row in quality.items()
        if isinstance(row, dict)
    ]
    shown = _table(["language", "NPMI", "C_v", "diversity", "topics with words"], rows)
    return f"{shown}<p>Silhouette: {_number(quality.get('silhouette'))}</p>"


def _topic(topic: Mapping[str, Any], largest: int, note: str) -> str:
    """Write one topic: names, words, collocations, modes, quotes."""
    bars = "".join(
        f'<span class="bar {code if code in ("hr", "ru", "ja") else "other"}" '
        f'style="width:{max(0.1, 9 * n / max(largest, 1)):.2f}rem"></span>'
        for code, n in topic["languages"].items()
    )
    counts = ", ".join(f"{code} {n:,}" for code, n in topic["languages"].items())
    told = f"{topic['n_segments']:,} sentences in {topic['n_documents']:,} texts ({counts})" + (
        f", {note}" if note else ""
    )
    lines = [f"<summary>{topic['id']} {escape(topic['label'])} {bars} <small>{escape(told)}</small></summary>"]
    for code, words in topic["words"].items():
        spans = "".join(f'<span title="{escape(w["lemma"])}">{escape(w["surface"])}</span>' for w in words)
        pairs = ", ".join(escape(c["surface"]) for c in topic["collocations"].get(code, ()))
        tail = f" <small>{pairs}</small>" if pairs else ""
        lines.append(f'<div class="words"><span class="code">{escape(code)}</span>{spans}{tail}</div>')
    modes = ", ".join(f"{m['mode']} {m['share']:.0%}" for m in topic.get("modes", ()) if m["share"] >= _LEAST_SHARE)
    if modes:
        lines.append(f"<p><small>failure modes: {escape(modes)}</small></p>")
    if topic.get("closest_mode"):
        lines.append(f"<p><small>closest failure mode: {escape(topic['closest_mode'])}</small></p>")
    for q in topic["quotes"]:
        cite = f"{q['language']} · {q['id']} · {q['start']}–{q['end']}"
        lines.append(f"<blockquote>{escape(q['quote'])} <cite>{escape(cite)}</cite></blockquote>")
    return f"<details>{''.join(lines)}</details>"


def _moving(report: Mapping[str, Any]) -> list[str]:
    """Write what emerges and fades."""
    parts: list[str] = []
    names = {str(t["id"]): f"{t['id']} {t['label']}" for t in report["topics"]}
    for side, found in report["trends"].items():
        rows = [
            [names.get(t["name"], t["name"]), t["direction"], f"{t['first']:.1%}", f"{t['last']:.1%}", f"{t['q']:.2g}"]
            for t in sorted(found, key=lambda t: (t["q"], t["name"]))
            if t["direction"] != "steady"
        ]
        parts.append(f"<h2>Emerging and fading {escape(side)}</h2>")
        header = ["name", "direction", "first third", "last third", "q"]
        parts.append(_table(header, rows) if rows else "<p>None beyond chance.</p>")
    return parts


def _prevalence(report: Mapping[str, Any]) -> list[str]:
    """Write prevalence by group, the most frequent first."""
    parts = ['<h2 id="prevalence">Prevalence</h2>']
    names = {str(t["id"]): f"{t['id']} {t['label']}" for t in report["topics"]}
    for column, sides in report["prevalence"].items():
        for side, cells in sides.items():
            shown = sorted((c for c in cells if c["count"] != 0), key=lambda c: (c["group"], -(c["share"] or 0)))
            rows = [
                [f"{c['group']} · {names.get(c['name'], c['name'])}", *_cell(c), f"{c['n']:,}"]
                for c in shown[:_MOST_ROWS]
            ]
            header = [column, "texts", "share", "95 %", "of"]
            inside = _table(header, rows) if rows else "<p>Nothing to show.</p>"
            parts.append(f"<details><summary>{escape(side)} by {escape(column)}</summary>{inside}</details>")
    return parts


def _cell(cell: Mapping[str, Any]) -> list[str]:
    """Write count, share and interval; a suppressed cell says so."""
    if cell["count"] is None:
        return ["few", "suppressed", ""]
    return [f"{cell['count']:,}", f"{cell['share']:.1%}", f"{cell['low']:.1%}–{cell['high']:.1%}"]


def _number(value: float | None) -> str:
    """Write a figure; a dash where it is not defined."""
    return "–" if value is None else f"{value:.3f}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table, every cell escaped."""
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>'
