"""Checks of the text: no literal result, no macro, citation or label that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

_COMMENT = re.compile(r"(?<!\\)%.*\n?[ \t]*")
_INPUT = re.compile(r"\\input\{([^}]+)\}")
_NO_TEXT = re.compile(
    r"\\(?:citep|citet|citealp|cite|ref|label|input|includegraphics|url|href|texttt|bibliography|hspace|vspace)"
    r"(?:\[[^\]]*\])?\{[^}]*\}"
)
_NUMBER = re.compile(r"(?<![\w\\{\-./])\d+(?:[.,]\d+)*(?![\w}])")
_CITED = re.compile(r"\\cite[a-z]*(?:\[[^\]]*\])*\{([^}]+)\}")
_COMMANDS = (
    "begin end section subsection paragraph label ref citep citet caption centering footnotesize toprule midrule "
    "bottomrule textbf emph texttt item maketitle alpha kappa bibliography bibliographystyle newcommand "
    "includegraphics linewidth appendix url"
)
_ENTRY = re.compile(r"^@\w+\{([^,]+),", re.MULTILINE)


def flatten(folder: Path, name: str = "paper") -> str:
    """Give a LaTeX file of a folder with all that it takes in, comments gone.

    Raises
    ------
    FileNotFoundError
        If a file that it takes in does not exist.
    """
    text = _COMMENT.sub("", (folder / f"{name.removesuffix('.tex')}.tex").read_text(encoding="utf-8"))
    # The end of a file that is taken in is no end of a paragraph.
    return _INPUT.sub(lambda match: flatten(folder, match[1]).rstrip("\n"), text)


def literal_numbers(text: str) -> list[str]:
    """Find numbers in prose that ought to be macros or words.

    Parameters
    ----------
    text : str
        LaTeX. Arguments of references, names in typewriter face and comments do not count, nor do numbers that are
        part of a name (F1, UTF-8).

    Returns
    -------
    list of str
        The numbers as written.
    """
    prose = _COMMENT.sub("", text)
    body = prose.split(r"\begin{document}")[-1]
    body = re.sub(r"F\$_1\$|C\$_V\$|\$_\d\$", "", body)
    return _NUMBER.findall(_NO_TEXT.sub(" ", body))


def problems(folder: Path) -> list[str]:
    """List what is wrong with the text of the paper in a folder."""
    found = [
        f"{path.name}: literal number {number}"
        for path in sorted(folder.glob("*.tex"))
        for number in literal_numbers(path.read_text(encoding="utf-8"))
    ]
    whole = flatten(folder)
    defined = set(re.findall(r"\\newcommand\{\\([A-Za-z]+)\}", (folder / "tables" / "numbers.tex").read_text("utf-8")))
    used = set(re.findall(r"\\([A-Za-z]+)", whole.split(r"\begin{document}")[-1]))
    found += [f"macro \\{name} has no value" for name in sorted(used - defined - _known())]
    entries = set(_ENTRY.findall((folder / "references.bib").read_text(encoding="utf-8")))
    cited = {key.strip() for keys in _CITED.findall(whole) for key in keys.split(",")}
    found += [f"citation {key} is not in references.bib" for key in sorted(cited - entries)]
    found += [f"reference {key} is never cited" for key in sorted(entries - cited)]
    labels = re.findall(r"\\label\{([^}]+)\}", whole)
    found += [f"label {name} stands twice" for name in sorted({n for n in labels if labels.count(n) > 1})]
    return found + [f"no label {name}" for name in sorted(set(re.findall(r"\\ref\{([^}]+)\}", whole)) - set(labels))]


def _known() -> set[str]:
    """Give the commands of LaTeX that the paper uses."""
    return set(_COMMANDS.split())
