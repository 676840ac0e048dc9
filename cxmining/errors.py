"""Errors that a user may see; the command line prints their message and never a traceback."""

from __future__ import annotations


class CxminingError(Exception):
    """Base of every error raised on purpose; the message names the file, the place and the remedy."""


class InputError(CxminingError):
    """An input file as a whole cannot be used (missing, unreadable, no text column)."""


class TaxonomyError(CxminingError):
    """A codebook file breaks the schema; the message names the offending key."""


class ModelError(CxminingError):
    """A model folder is missing, damaged or of another format."""


class CorpusError(CxminingError):
    """A corpus folder breaks its schema."""


class UsageError(CxminingError):
    """Options that do not go together."""
