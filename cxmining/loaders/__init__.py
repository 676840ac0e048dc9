"""Loaders: files of many formats in, records out; nothing is lost on the way."""

from cxmining.loaders.reading import input_files, read
from cxmining.loaders.source import ReadOptions, Source

__all__ = ["ReadOptions", "Source", "input_files", "read"]
