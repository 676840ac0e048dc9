"""What batch scoring stands: kills, a full disk, growing and hostile files, long lines, many files.

    python paper/experiments/faults.py [--model transformer] [--only kills ...] [--kills 50]

Every trial is added to ``results/faults.json``. Needs root for the small file system of the full-disk trial.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from measuring import Measured, cxmining, machine, measure
from synthetic import comments, write_csv

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "faults.json"
KILL_ROWS = 600
BIG_ROWS = 1_000_000

Figures = dict[str, object]


def digest(path: Path) -> str:
    """Give the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tag(model: str, source: Path, out: Path, *more: object) -> list[str]:
    """Give the command."""
    return cxmining("tag", source, "-o", out, "--model", model, "--log-json", *more)


def sound(measured: Measured, expected: int = 0) -> Figures:
    """Check what holds for every run, and give its figures."""
    assert measured.returncode == expected, measured.stderr[-2000:]
    assert "Traceback" not in measured.stderr + measured.stdout, measured.stderr[-2000:]
    found: Figures = {"seconds": round(measured.seconds, 1), "peak_mb": round(measured.peak_mb)}
    if expected == 0:
        done = measured.done()
        counts = {key: done[key] for key in ("n_read", "n_tagged", "n_rejected")}
        assert counts["n_read"] == counts["n_tagged"] + counts["n_rejected"], counts  # type: ignore[operator]
        return found | counts
    lines = [line for line in measured.stderr.splitlines() if line and not line.startswith("{")]
    return found | {"said": " ".join(lines)[-400:]}


def kills(model: str, folder: Path, n: int) -> Figures:
    """Kill jobs at random moments; each, given again, must end with the bytes of an unbroken run."""
    rows = list(comments(KILL_ROWS))
    source = write_csv(folder / "in.csv", iter(rows))
    with source.open("a", encoding="utf-8") as out:
        out.write("broken,row\n" * 20)
    begin = time.perf_counter()
    whole = sound(measure(tag(model, source, folder / "whole.parquet")))
    length = time.perf_counter() - begin
    expected = [digest(folder / f"whole.parquet{more}") for more in ("", ".rejected.jsonl")]
    rng, n_same, n_after, rounds = random.Random(0), 0, [], 0
    out = folder / "killed.parquet"
    done = 0
    while done < n:
        # One to three kills in a row before the job may end; workers and moments at random.
        for _ in range(min(rng.randint(1, 3), n - done)):
            command = tag(model, source, out, "--workers", rng.choice([1, 2]))
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0.2, length))
            process.send_signal(signal.SIGKILL)
            n_after.append(process.wait() == -signal.SIGKILL)
            done += 1
        rounds += 1
        sound(measure(tag(model, source, out)))
        n_same += [digest(folder / f"killed.parquet{more}") for more in ("", ".rejected.jsonl")] == expected
        shutil.rmtree(folder / "killed.parquet.job")
        out.unlink()
    assert n_same == rounds
    return {"kills": done, "while_running": sum(n_after), "jobs": rounds, "byte_identical": n_same, "unbroken": whole}


def full_disk(model: str, folder: Path, _: int) -> Figures:
    """Fill a file system of a few megabytes; after more space is given the same command goes on."""
    source = write_csv(folder / "in.csv", comments(2_000))
    sound(measure(tag(model, source, folder / "whole.parquet")))
    small = folder / "small"
    small.mkdir()
    size = (folder / "whole.parquet").stat().st_size
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size // 2 // 4096 * 4}k", "none", small], check=True)
    try:
        said = sound(measure(tag(model, source, small / "o.parquet")), expected=2)
        assert not (small / "o.parquet").exists()
        subprocess.run(["mount", "-o", f"remount,size={8 * size // 1024 + 1024}k", small], check=True)
        again = measure(tag(model, source, small / "o.parquet"))
        found = sound(again)
        assert digest(small / "o.parquet") == digest(folder / "whole.parquet")
        return {"first": said, "then": found, "byte_identical": True}
    finally:
        subprocess.run(["umount", small], check=True)


def growing(model: str, folder: Path, _: int) -> Figures:
    """Append to the input while it is read."""
    source = write_csv(folder / "in.csv", comments(1_500))
    process = subprocess.Popen(tag(model, source, folder / "o.jsonl"), stderr=subprocess.PIPE, text=True)
    while process.poll() is None:
        with source.open("a", encoding="utf-8") as out:
            out.write("late,Čekao sam.,2026-01-01,web,3\n")
        time.sleep(0.2)
    said = process.communicate()[1]
    assert process.returncode == 2
    assert "Traceback" not in said
    assert not (folder / "o.jsonl").exists()
    return {"said": " ".join(line for line in said.splitlines() if not line.startswith("{"))[-300:]}


def long_line(model: str, folder: Path, _: int) -> Figures:
    """One line of a gigabyte between two rows, in CSV and JSON Lines."""
    found: Figures = {}
    for name, before, after in (
        ("in.csv", "id,text\n1,Čekao sam tri sata.\n2,", "\n3,Nitko se nije javio.\n"),
        ("in.jsonl", '{"text": "Čekao sam tri sata."}\n{"text": "', '"}\n{"text": "Nitko se nije javio."}\n'),
    ):
        source = folder / name
        with source.open("w", encoding="utf-8") as out:
            out.write(before)
            for _ in range(1024):
                out.write("dugo " * (2**20 // 5))
            out.write(after)
        found[name] = sound(measure(tag(model, source, folder / f"{name}.out.jsonl")))
        source.unlink()
    return found


def late_damage(model: str, folder: Path, _: int) -> Figures:
    """A million rows, of which row 999,999 is no UTF-8; read by the loaders, short texts, so that the model rests."""
    source = folder / "in.csv"
    with source.open("wb") as out:
        out.write(b"id,text\n")
        for i in range(1, BIG_ROWS + 1):
            out.write(b"999999,\xc8ekao sam\n" if i == 999_999 else f"{i},Čekao sam {i % 50} dana\n".encode())
    found = sound(measure(tag(model, source, folder / "o.parquet")))
    rejected = [json.loads(line) for line in (folder / "o.parquet.rejected.jsonl").open(encoding="utf-8")]
    assert [r["row"] for r in rejected] == [999_999]
    assert found["n_tagged"] == BIG_ROWS - 1
    return found | {"reason": rejected[0]["reason"]}


def week_old_export(model: str, folder: Path, _: int) -> Figures:
    """Half a million rows in cp1251, semicolons, line ends inside quotes, tagged without an option."""
    rng = random.Random(0)
    texts = [t.replace(". ", ".\n") for t in comments(20_000) if any("а" <= c <= "я" for c in t)]
    source = write_csv(folder / "in.csv", (rng.choice(texts) for _ in range(500_000)), "cp1251", ";")
    measured = measure(tag(model, source, folder / "o.parquet"))
    found = sound(measured)
    read = next(json.loads(x) for x in measured.stderr.splitlines() if '"source"' in x)
    assert (read["encoding"], read["delimiter"], read["columns"]["text"]) == ("cp1251", ";", "comment")
    assert found["n_tagged"] == 500_000
    return found | {"distinct_texts": len(texts), "rows_per_s": round(500_000 / measured.seconds)}


def workbooks(model: str, folder: Path, _: int) -> Figures:
    """A zip bomb and a billion laughs dressed as workbooks."""
    bomb, laughs = folder / "bomb.xlsx", folder / "laughs.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as out:
            for _ in range(2048):
                out.write(bytes(2**20))
    lines = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    with zipfile.ZipFile(laughs, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", f'<!DOCTYPE x [<!ENTITY l0 "lol">{lines}]><workbook>&l9;</workbook>')
    return {p.stem: sound(measure(tag(model, p, folder / f"{p.stem}.csv")), expected=2) for p in (bomb, laughs)}


def many_files(model: str, folder: Path, _: int) -> Figures:
    """Ten thousand small files, a loop of links, a link that leads nowhere, a file that cannot be read."""
    root = folder / "in"
    for i, text in enumerate(comments(10_000)):
        place = root / f"{i // 500:02}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{i:05}.txt").write_text(text, encoding="utf-8")
    (root / "loop").symlink_to(root)
    (root / "dead.txt").symlink_to(root / "none")
    (root / "10" / "middle.txt").symlink_to("/proc/self/mem")
    found = sound(measure(tag(model, root, folder / "o.parquet")))
    rejected = [json.loads(line) for line in (folder / "o.parquet.rejected.jsonl").open(encoding="utf-8")]
    assert found["n_tagged"] == 10_000
    return found | {"rejected": {Path(r["file"]).name: r["reason"] for r in rejected}}


def long_text(model: str, folder: Path, _: int) -> Figures:
    """A text of ten million characters beside a short one."""
    source = folder / "in.jsonl"
    long = " ".join(comments(50_000))[:10_000_000]
    rows = [{"id": "long", "text": long}, {"id": "short", "text": "Čekao sam tri sata."}]
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    found = sound(measure(tag(model, source, folder / "o.jsonl")))
    tagged = [json.loads(line) for line in (folder / "o.jsonl").open(encoding="utf-8")]
    assert [len(row["text"]) for row in tagged] == [len(long), 19]
    return found | {"characters": len(long), "tags_of_the_long_text": len(tagged[0]["tags"])}


TRIALS: dict[str, Callable[[str, Path, int], Figures]] = {
    "kills": kills,
    "full_disk": full_disk,
    "growing": growing,
    "long_line": long_line,
    "late_damage": late_damage,
    "week_old_export": week_old_export,
    "workbooks": workbooks,
    "many_files": many_files,
    "long_text": long_text,
}


def main() -> None:
    """Run the trials that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="auto")
    parser.add_argument("--only", nargs="*", choices=list(TRIALS), default=list(TRIALS))
    parser.add_argument("--kills", type=int, default=50)
    given = parser.parse_args()
    for name in given.only:
        with tempfile.TemporaryDirectory() as folder:
            found = TRIALS[name](given.model, Path(folder), given.kills)
        known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        known[name] = {"model": given.model, **found, "machine": machine()}
        RESULTS.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(name, json.dumps(found, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
