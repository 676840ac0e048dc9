"""Works out executors and hours from what was measured, and writes the table of ``cxmining/scoring/SIZING.md``.

    python paper/experiments/sizing.py

Reads ``results/throughput.json``. Rates are those of whole runs with one worker, so that reading, writing and start-up
are in them; the arithmetic on top is spelt out on the page.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "cxmining" / "scoring" / "SIZING.md"
VOLUMES = (10**6, 10**8, 10**10)
NIGHT_H = 8
WORKERS_AN_EXECUTOR = 4
BEGIN, END = "<!-- table from paper/experiments/sizing.py -->", "<!-- end of table -->"


def measured() -> dict[str, dict[str, float]]:
    """Give rate and memory of one worker, by model, from the largest run that there is."""
    runs = json.loads((HERE / "results" / "throughput.json").read_text(encoding="utf-8"))
    found: dict[str, dict[str, float]] = {}
    for name, run in runs.items():
        model, _, rest = name.partition(", ")
        if rest.endswith(" comments, 1 workers") and run["rows"] > found.get(model, {}).get("rows", 0):
            found[model] = {key: run[key] for key in ("rows", "rows_per_s", "peak_mb")}
    return found


def hours(rows: int, rate: float, workers: int) -> str:
    """Write the hours of a job."""
    value = rows / (rate * workers) / 3600
    return f"{value:.1f}" if value >= 0.1 else "under 0.1"


def table() -> str:
    """Make the table."""
    lines = [
        "| model | measured: comments a second, one worker | measured: memory, MB | comments | hours, 1 worker |"
        f" hours, 1 executor of {WORKERS_AN_EXECUTOR} | executors for {NIGHT_H} h |",
        "|---|---|---|---|---|---|---|",
    ]
    for model, run in sorted(measured().items()):
        rate = run["rows_per_s"]
        for rows in VOLUMES:
            executors = math.ceil(rows / (rate * WORKERS_AN_EXECUTOR * NIGHT_H * 3600))
            lines.append(
                f"| {model} | {rate:,.0f} ({run['rows']:,.0f} rows) | {run['peak_mb']:,.0f} | {rows:,} |"
                f" {hours(rows, rate, 1)} | {hours(rows, rate, WORKERS_AN_EXECUTOR)} | {executors:,} |"
            )
    return "\n".join(lines)


def main() -> None:
    """Put the table into the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")
    print(table())


if __name__ == "__main__":
    main()
