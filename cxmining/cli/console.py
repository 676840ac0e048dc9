"""The two consoles: results on standard output, everything else on standard error."""

from __future__ import annotations

from rich.console import Console

output = Console()
errors = Console(stderr=True)
