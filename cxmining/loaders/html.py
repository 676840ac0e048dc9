"""From HTML to text: whole pages by their main content, fragments by their elements; lines stay lines."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

_BLOCKS = "p, div, li, tr, h1, h2, h3, h4, h5, h6, blockquote, section, article, ul, ol, table, pre, dd, dt"
_INVISIBLE = "script, style, head, template, noscript, svg"


def fragment_text(html: str) -> str:
    """Give the visible text of a fragment.

    Parameters
    ----------
    html : str
        HTML of a message or comment.

    Returns
    -------
    str
        Its text; block elements and ``<br>`` end lines.
    """
    if "<" not in html and "&" not in html:
        return html.strip()
    tree = LexborHTMLParser(html)
    for node in tree.css(_INVISIBLE):
        node.decompose()
    # Line ends of the source are blanks in HTML; those that count are put in for the elements that make them.
    for node in tree.css("br"):
        node.replace_with("\x1e")
    for node in tree.css(_BLOCKS):
        node.insert_before("\x1e")
        node.insert_after("\x1e")
    for node in tree.css("li"):
        node.insert_before("• ")
    text = tree.body.text() if tree.body else ""
    lines = [re.sub(r"[ \t\r\n\xa0]+", " ", line).strip() for line in text.split("\x1e")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def page_text(html: str) -> str:
    """Give the main content of a page.

    Parameters
    ----------
    html : str
        Whole page.

    Returns
    -------
    str
        Its text, without navigation and advertisements; all visible text where no main content can be told.
    """
    from trafilatura import extract  # one second to import, and few runs read pages

    return extract(html, include_comments=True, include_tables=True) or fragment_text(html)
