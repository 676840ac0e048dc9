"""Rows of a corpus file, each checked against a schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from cxmining.errors import CorpusError

Row = TypeVar("Row", bound=BaseModel)


def read_lines(path: Path, schema: type[Row]) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a JSON Lines file with their numbers, from 1; empty lines are passed over.

    Raises
    ------
    CorpusError
        If the file is no UTF-8, or a line is no JSON or breaks the schema; the message names file and row.
    """
    number = 0
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, schema.model_validate(json.loads(line))
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}, after row {number}: no UTF-8 ({error.reason}); save the file as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{path}, row {number}: {error}") from error
