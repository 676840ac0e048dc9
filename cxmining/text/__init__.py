"""Text: normalisation with the map back, language identification, layout, segments, words."""

from cxmining.text.document import to_document
from cxmining.text.language import identify, identify_many
from cxmining.text.layout import blocks
from cxmining.text.normalise import normalise
from cxmining.text.segment import segments
from cxmining.text.stated import stated_language
from cxmining.text.tokens import tokenize
from cxmining.text.words import Token

__all__ = [
    "Token",
    "blocks",
    "identify",
    "identify_many",
    "normalise",
    "segments",
    "stated_language",
    "to_document",
    "tokenize",
]
