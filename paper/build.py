"""Builds the paper.

``tables`` turns results into ``tables/*.tex``, figures and ``manifest.json``; ``check`` tells whether these are as
young as their inputs and the text free of literal results; ``pdf`` sets ``build/paper.pdf`` by pandoc and Typst;
``pages`` does, and draws its pages as PNG, to look at.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from build_sources import ROOT

PAPER = Path(__file__).resolve().parent


def check() -> int:
    """Print what is wrong with the tables or the text; 0 if nothing is."""
    import build_check
    import build_manifest

    found = build_manifest.stale(PAPER / "tables" / "manifest.json", ROOT) + build_check.problems(PAPER)
    print("\n".join(found) or "the paper stands")
    return 1 if found else 0


def main() -> int:
    """Do what was asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("tables", "check", "pdf", "pages"))
    what = parser.parse_args().what
    if what == "tables":
        import build_tables

        build_tables.write_tables()
        return 0
    if what == "check":
        return check()
    import build_pdf

    pdf = build_pdf.typeset(PAPER)
    if what == "pages":
        build_pdf.render(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
