"""Annotated corpora: loading, validation, near-duplicates, splits."""

from cxmining.corpora.load import Corpus, Narrative, load_corpus

__all__ = ["Corpus", "Narrative", "load_corpus"]
