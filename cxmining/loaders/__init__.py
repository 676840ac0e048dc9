"""Loaders: files of many formats in, records out; nothing is lost on the way."""

from cxmining.loaders.reading import read
from cxmining.loaders.source import ReadOptions, Source

__all__ = ["ReadOptions", "Source", "read"]
