"""Tables, macros and figures from results: runs every builder and writes what has results, with a manifest."""

from __future__ import annotations

from pathlib import Path

import build_comparison
import build_corpora
import build_experiments
import build_reading
import build_systems
import build_topics
from build_latex import Part, definitions
from build_sources import ROOT, Sources

PAPER = Path(__file__).resolve().parent
BUILDERS = (
    build_corpora.taxonomy,
    build_corpora.corpora,
    build_corpora.statistics,
    build_systems.settings,
    build_systems.main_results,
    build_comparison.classifiers,
    build_comparison.silver_rounds,
    build_comparison.cross_lingual,
    build_comparison.seed_articles,
    build_experiments.experiments,
    build_reading.encodings,
    build_reading.identification,
    build_reading.throughput,
    build_reading.evaluation_speed,
    build_reading.complaint,
    build_topics.comparison,
    build_topics.comparison_real,
    build_topics.structure,
    build_topics.stability,
    build_topics.scale,
)
_HEAD = "% written by paper/build.py from files under paper/experiments/results; do not edit\n"


def gather(sources: Sources) -> Part:
    """Run every builder and unite what they give."""
    whole = Part()
    for build in BUILDERS:
        part = build(sources)
        if twice := whole.macros.keys() & part.macros.keys() | whole.tables.keys() & part.tables.keys():
            raise ValueError(f"two builders give {sorted(twice)}")
        whole.macros |= part.macros
        whole.tables |= part.tables
        whole.sections |= part.sections
    if {"encodings", "identification"} <= whole.sections:
        whole.sections.add("reading")
    return whole


def texts(whole: Part) -> dict[str, str]:
    """Give the LaTeX files under ``tables``, by name: macros, tables, and the optional sections that have results."""
    found = {"numbers.tex": _HEAD + definitions(whole.macros)}
    found |= {f"{name}.tex": _HEAD + table for name, table in whole.tables.items()}
    for path in sorted(PAPER.glob("section_*.tex")):
        name = path.stem.removeprefix("section_")
        body = f"\\input{{{path.stem}}}%\n" if name in whole.sections else "% no results yet\n"
        found[f"include_{name}.tex"] = _HEAD + body
    return found


def write_tables() -> None:
    """Write tables, figures and manifest; what no longer has results goes."""
    import build_figures
    import build_manifest

    folder = PAPER / "tables"
    folder.mkdir(exist_ok=True)
    (PAPER / "figures").mkdir(exist_ok=True)
    for old in (*folder.glob("*.tex"), *(PAPER / "figures").glob("*.p[dn][fg]")):
        old.unlink()
    sources = Sources(ROOT)
    outputs = []
    for name, text in texts(gather(sources)).items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        outputs.append(path)
    outputs += build_figures.draw(sources, PAPER / "figures")
    build_manifest.write(build_manifest.manifest(sources, outputs, PAPER), folder / "manifest.json")
    print(
        f"{len(outputs)} files from {len(sources.read_)} inputs; absent: {', '.join(sorted(sources.absent_)) or 'none'}"
    )
