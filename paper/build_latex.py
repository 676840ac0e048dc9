"""LaTeX by the line: numbers as macros, tables with rules above and below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SPECIAL = {"_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$"}
_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass
class Part:
    """What one builder adds to the paper.

    Parameters
    ----------
    macros : dict of str to str
        Numbers and names that the text may use; keys are letters only.
    tables : dict of str to str
        LaTeX of each table, by file name without ending.
    sections : set of str
        Optional sections (``section_NAME.tex``) whose results are there.
    """

    macros: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    sections: set[str] = field(default_factory=set)


def escape(text: str) -> str:
    """Write a plain text as LaTeX."""
    return "".join(_SPECIAL.get(c, c) for c in text)


def code(text: str) -> str:
    """Set an identifier in the typewriter face."""
    return rf"\texttt{{{escape(text)}}}"


def macro_name(*words: str) -> str:
    """Join words to a macro name; other characters than letters part words, digits are spelt out."""
    parts: list[str] = []
    for word in words:
        spelt = "".join(f" {_DIGITS[int(c)]} " if c.isascii() and c.isdigit() else c for c in word)
        parts += "".join(c if c.isascii() and c.isalpha() else " " for c in spelt).split()
    first, *rest = parts
    return first[0].lower() + first[1:] + "".join(p[0].upper() + p[1:] for p in rest)


def integer(value: float) -> str:
    """Write a count with thousands parted."""
    return f"{round(value):,}"


def decimal(value: float | None, digits: int = 3) -> str:
    """Write a decimal; a dash where there is none."""
    if value is None:
        return "--"
    return f"{value:.{digits}f}".replace("-", "$-$")


def percent(value: float, digits: int = 1) -> str:
    """Write a share in percent."""
    return rf"{100 * value:.{digits}f}\,\%"


def listing(words: Sequence[str]) -> str:
    """Join words with commas and a last "and"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def table(label: str, caption: str, header: Sequence[str], rows: Sequence[Sequence[str]], align: str = "") -> str:
    """Set a table.

    Parameters
    ----------
    label : str
        Without the prefix ``tab:``.
    caption, header, rows
        LaTeX.
    align : str, optional
        Column types; the first column left and the others right where not given.

    Returns
    -------
    str
        A floating table.
    """
    if any(len(row) != len(header) for row in rows):
        raise ValueError(f"table {label}: rows and header differ in length")
    lines = [
        r"\begin{table}[tbp]",
        r"\centering\footnotesize",
        rf"\caption{{{caption}}}\label{{tab:{label}}}",
        rf"\begin{{tabular}}{{{align or 'l' + 'r' * (len(header) - 1)}}}",
        r"\toprule",
        " & ".join(header) + r" \\",
        r"\midrule",
        *(" & ".join(row) + r" \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def definitions(macros: Mapping[str, str]) -> str:
    """Write macros as LaTeX commands, in alphabetical order."""
    return "".join(f"\\newcommand{{\\{name}}}{{{value}}}\n" for name, value in sorted(macros.items()))
