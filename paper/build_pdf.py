"""Typesets the paper without TeX: pandoc reads the LaTeX, Typst sets it; both come as Python packages.

Needs ``pip install 'cxmining[paper]'``. Libertinus Serif (in Typst) has Latin and Cyrillic; Japanese comes from the
font of matplotlib-fontja. Fonts of the system are not looked at, so that every machine sets the same pages.
"""

from __future__ import annotations

import re
from pathlib import Path

from build_check import flatten

_APPENDIX = """#[
#set par(first-line-indent: 0em)
#set text(size: 9.2pt)
#bibliography("../references.bib", title: "References", style: "harvard-cite-them-right")
]
#counter(heading).update(0)
#set heading(numbering: "A.1")
"""
"""Where ``\\appendix`` stands: pandoc passes it over, and the references come before it."""

_MARK = "appendixfollows"

_RULES = re.compile(r"\\cmidrule(?:\([lr]+\))?\{[^}]*\}")


def typeset(folder: Path) -> Path:
    """Write ``build/paper.pdf`` from ``paper.tex``.

    Parameters
    ----------
    folder : Path
        Folder with ``paper.tex``, ``references.bib``, ``template.typ``.

    Returns
    -------
    Path
        The PDF.
    """
    import pypandoc
    import typst
    from matplotlib_fontja import get_font_path

    build = folder / "build"
    build.mkdir(exist_ok=True)
    source = build / "flat.tex"
    source.write_text(_RULES.sub("", flatten(folder)).replace(r"\appendix", _MARK), encoding="utf-8")
    text = pypandoc.convert_file(
        str(source),
        "typst",
        format="latex",
        extra_args=[
            "--standalone",
            f"--template={folder / 'template.typ'}",
            f"--lua-filter={folder / 'typst.lua'}",
            "--wrap=none",
        ],
    )
    # The text stands one folder below the figures and references that it names.
    typ = folder / "build" / "paper.typ"
    text = re.sub(r'image\("(figures|experiments)/', r'image("../\1/', text).replace(_MARK, _APPENDIX)
    typ.write_text(text, encoding="utf-8")
    pdf = build / "paper.pdf"
    typst.compile(
        str(typ),
        output=str(pdf),
        root=str(folder),
        font_paths=[str(get_font_path())],
        ignore_system_fonts=True,
        timestamp=0,
    )
    print(pdf.relative_to(folder.parent))
    return pdf


def render(pdf: Path, scale: float = 1.6) -> list[Path]:
    """Write the pages of a PDF as PNG beside it, to look at."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    pages = []
    for old in pdf.parent.glob("page-*.png"):
        old.unlink()
    for i in range(len(document)):
        path = pdf.parent / f"page-{i + 1:02}.png"
        document[i].render(scale=scale).to_pil().save(path)
        pages.append(path)
    print(f"{len(pages)} pages in {pdf.parent.name}/")
    return pages
