"""Readable labelling rules: lexical patterns in data files, with cues that take a hit back."""

from cxmining.classifiers.rules.match import Rules
from cxmining.classifiers.rules.tagger import RuleTagger

__all__ = ["RuleTagger", "Rules"]
