"""Attacks real runs from outside, and holds what is left against an undisturbed run.

    python reliability/attack.py kill --times 200       # kill -9 at random points
    python reliability/attack.py signals --times 50     # SIGINT and SIGTERM at random points
    python reliability/attack.py full --times 50        # a disk that fills up (needs root)
    python reliability/attack.py together --times 50    # two runs at once
    python reliability/attack.py disturb                # files and folders that change or go
    python reliability/attack.py order                  # order, window, threads, memory: same bytes
    python reliability/attack.py soak --documents 2000  # memory of one long run

Every run is the real command over articles of our own making, with the bundled starter models.
Each attack prints a row for docs/reliability.md and exits with 1 where something was lost, torn,
doubled or different.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

#: Words of the articles, by language.
WORDS = {
    "vi": "trạm y tế mới mở cửa ở xã người dân bác sĩ trẻ em bệnh viện nước sạch",
    "bn": "নতুন স্বাস্থ্য কেন্দ্র গ্রামের মানুষ হাসপাতাল চালু হয়েছে আজ",
    "en": "the new health centre opened today for people in the village with water and doctors",
}
ENDS = {"vi": ".", "bn": "।", "en": "."}


@dataclass(slots=True)
class Finding:
    """What an attack found: how often what happened, and what should not have."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def count(self, what: str) -> None:
        self.counts[what] += 1

    def expect(self, condition: bool, fault: str) -> None:
        if not condition:
            self.faults.append(fault)


def write_articles(
    folder: Path,
    num_documents: int,
    *,
    seed: int = 1,
    num_lines: int = 4,
    languages: Sequence[str] = ("vi", "bn", "en"),
) -> None:
    """Write articles in the languages by turns, all different."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(num_documents):
        language = languages[number % len(languages)]
        words = WORDS[language].split()
        lines = [
            f"{' '.join(rng.choices(words, k=8)).capitalize()} {rng.randrange(1000)}"
            f"{ENDS[language]}"
            for _ in range(num_lines)
        ]
        (folder / f"{number:05}.txt").write_text("\n\n".join(lines) + "\n", encoding="utf-8")


def command(source: Path | str, output: Path | str, *options: str) -> list[str]:
    program = [sys.executable, "-m", "seedsum", "run", str(source), "--output", str(output)]
    return [*program, "--offline", "--profile", "starter", *options]


def start(source: Path | str, output: Path | str, *options: str) -> subprocess.Popen[str]:
    # A shell that starts us in the background ignores SIGINT, and children inherit that; what is
    # handled here is not handled there.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        command(source, output, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    said, _ = process.communicate(timeout=600)
    return process.returncode, said


def run(source: Path | str, output: Path | str, *options: str) -> tuple[int, str]:
    return finish(start(source, output, *options))


def contents(output: Path) -> dict[str, bytes]:
    """Return the pairs; the index says what the last run did, reports and locks hold times."""
    return {
        path.relative_to(output).as_posix(): path.read_bytes()
        for path in sorted(output.rglob("*"))
        if path.is_file()
        and path.relative_to(output).parts[0] not in ("runs", ".seedsum", "index.md", "index.html")
    }


def torn(output: Path) -> list[str]:
    """Return the records that cannot be read, or whose Markdown files are not what they say."""
    found = []
    for path in output.rglob("*.record.json"):
        try:
            files = json.loads(path.read_bytes())["files"]
            for entry in files.values():
                data = (output / entry["path"]).read_bytes()
                if hashlib.sha256(data).hexdigest() != entry["sha256"]:
                    found.append(entry["path"])
        except (OSError, ValueError, KeyError) as error:
            found.append(f"{path.name}: {error}")
    return found


def expect_whole(finding: Finding, output: Path, whole: dict[str, bytes], where: str) -> None:
    """Expect the same files with the same bytes as an undisturbed run gave, and nothing else."""
    found = contents(output)
    finding.expect(found == whole, f"{where}: {sorted(_differing(found, whole))[:5]} differ")


def _differing(found: dict[str, bytes], whole: dict[str, bytes]) -> set[str]:
    return {name for name in found.keys() | whole.keys() if found.get(name) != whole.get(name)}


def workers_of(pid: int) -> list[int]:
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in children.split()]
    return []


# --------------------------------------------------------------------------------------------
# The attacks

_TOO_LATE = "over before the kill, not counted"


def kill(folder: Path, options: argparse.Namespace) -> Finding:
    """kill -9 of the run, of its worker, or of both, at a random time of a run from nothing."""
    finding, rng = Finding(), random.Random(options.seed)
    source, whole, seconds = _undisturbed(folder, options.documents)
    output = folder / "out"
    number = 0
    while sum(finding.counts.values()) - finding.counts[_TOO_LATE] < options.times:
        number += 1
        shutil.rmtree(output, ignore_errors=True)
        begin = time.monotonic()
        process = start(source, output)
        time.sleep(rng.uniform(0, seconds))
        victim = rng.choice(("run", "worker", "both"))
        worker = workers_of(process.pid)
        was_over = process.poll() is not None
        if victim != "worker":
            process.kill()
        if victim != "run":
            for pid in worker:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        code, said = finish(process)
        if was_over:
            finding.count(_TOO_LATE)
            seconds = min(seconds, time.monotonic() - begin)  # the machine has become faster
        elif code == -signal.SIGKILL:
            finding.count("run killed" if victim == "run" else "run and worker killed")
        elif worker:
            finding.count("worker killed, and all done all the same")
        else:
            finding.count("killed before there was a worker, or as it ended")
        finding.expect(code in (0, -signal.SIGKILL), f"{number}: {victim} gave {code}: {said}")
        finding.expect(not torn(output), f"{number}: torn {torn(output)}")
        code, said = run(source, output)
        finding.expect(code == 0, f"{number}: the next run gave {code}: {said}")
        expect_whole(finding, output, whole, f"{number}: after the next run")
        finding.expect(not list(output.rglob("*.tmp")), f"{number}: a temporary file is left")
    return finding


def signals(folder: Path, options: argparse.Namespace) -> Finding:
    """SIGINT or SIGTERM to the run or to its whole group at a random time."""
    finding, rng = Finding(), random.Random(options.seed)
    source, whole, seconds = _undisturbed(folder, options.documents)
    output = folder / "out"
    slowest_seconds = 0.0
    for number in range(options.times):
        shutil.rmtree(output, ignore_errors=True)
        process = start(source, output)
        # Before Python is up nobody handles signals: the interpreter takes the first 0.3 seconds.
        time.sleep(rng.uniform(0.3, seconds))
        sent = rng.choice((signal.SIGINT, signal.SIGTERM))
        begin = time.monotonic()
        with suppress(ProcessLookupError):
            rng.choice((os.kill, os.killpg))(process.pid, sent)
        code, said = finish(process)
        slowest_seconds = max(slowest_seconds, time.monotonic() - begin)
        finding.count("ended in order" if code == 128 + sent else f"exit code {code}")
        finding.expect(
            code in (0, 128 + sent, -sent) and "Traceback" not in said, f"{number}: {code}: {said}"
        )
        finding.expect(not torn(output), f"{number}: torn {torn(output)}")
        code, said = run(source, output)
        finding.expect(code == 0, f"{number}: the next run gave {code}: {said}")
        expect_whole(finding, output, whole, f"{number}: after the next run")
    finding.expect(slowest_seconds < 10, f"one took {slowest_seconds:.1f} s to end")
    finding.counts[f"slowest end {slowest_seconds:.1f} s"] += 1
    return finding


def full(folder: Path, options: argparse.Namespace) -> Finding:
    """A disk that is full at a random size, on a real file system; then room is made."""
    finding, rng = Finding(), random.Random(options.seed)
    source, whole, _ = _undisturbed(folder, options.documents)
    needed_bytes = sum(map(len, whole.values())) + 4096 * len(whole)
    disk = folder / "disk"
    for number in range(options.times):
        size_bytes = int(rng.uniform(0.02, 1.0) * needed_bytes)
        with _small_disk(disk, size_bytes):
            output = disk / "out"
            code, said = run(source, output)
            finding.count(f"exit code {code}")
            finding.expect(code in (0, 1, 2, 3) and "bug" not in said, f"{number}: {code}: {said}")
            finding.expect(not torn(output), f"{number}: torn {torn(output)}")
            subprocess.run(
                ["mount", "-o", f"remount,size={4 * needed_bytes}", str(disk)], check=True
            )
            code, said = run(source, output)
            finding.expect(code == 0, f"{number}: with room again {code}: {said}")
            expect_whole(finding, output, whole, f"{number}: with room again")
    return finding


@contextmanager
def _small_disk(folder: Path, size_bytes: int) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "none", str(folder)], check=True
    )
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def together(folder: Path, options: argparse.Namespace) -> Finding:
    """Two runs over the same output, started at once."""
    finding = Finding()
    source, whole, _ = _undisturbed(folder, options.documents)
    output = folder / "out"
    for number in range(options.times):
        shutil.rmtree(output, ignore_errors=True)
        both = [finish(process) for process in [start(source, output) for _ in range(2)]]
        codes = sorted(code for code, _ in both)
        finding.count(f"exit codes {codes}")
        # The second one is refused, or came so late that there was nothing left to do.
        finding.expect(codes in ([0, 7], [0, 0]), f"{number}: {both}")
        expect_whole(finding, output, whole, f"{number}")
    return finding


def disturb(folder: Path, options: argparse.Namespace) -> Finding:
    """Things that go or change while a run is going on, and a clock that goes back."""
    finding = Finding()
    source, whole, _ = _undisturbed(folder, options.documents)
    names = sorted(path.name for path in source.iterdir())
    for number in range(options.times):
        _while_running(finding, "output removed", source, whole, folder, _remove_output)
        _while_running(finding, "an article changed", source, whole, folder, _change(names))
        _while_running(finding, "half the articles removed", source, whole, folder, _remove(names))
        _read_only_output(finding, source, whole, folder / "disk")
        _clock_set_back(finding, source, folder / f"back-{number}")
    return finding


def _while_running(
    finding: Finding,
    what: str,
    source: Path,
    whole: dict[str, bytes],
    folder: Path,
    happen: Callable[[Path, Path], None],
) -> None:
    """Let something happen when the run has begun its work; mend it; expect the next run's all."""
    changed, output = folder / "changed", folder / "out"
    for path in (changed, output):
        shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(source, changed)
    process = start(changed, output)
    assert process.stdout is not None
    for line in process.stdout:
        if "to do" in line:
            break
    happen(changed, output)
    code, said = finish(process)
    finding.count(f"{what}: exit code {code}")
    finding.expect(code in (0, 1, 3) and "bug" not in said, f"{what}: {code}: {said}")
    finding.expect(not torn(output), f"{what}: torn {torn(output)}")
    shutil.rmtree(changed)
    shutil.copytree(source, changed)
    code, said = run(changed, output)
    finding.expect(code == 0, f"{what}: the next run gave {code}: {said}")
    expect_whole(finding, output, whole, f"{what}: after the next run")


def _remove_output(source: Path, output: Path) -> None:
    shutil.rmtree(output, ignore_errors=True)


def _change(names: list[str]) -> Callable[[Path, Path], None]:
    def change(source: Path, output: Path) -> None:
        (source / names[-1]).write_text("Somebody writes here just now.\n", encoding="utf-8")

    return change


def _remove(names: list[str]) -> Callable[[Path, Path], None]:
    def remove(source: Path, output: Path) -> None:
        for name in names[len(names) // 2 :]:
            (source / name).unlink()

    return remove


def _read_only_output(finding: Finding, source: Path, whole: dict[str, bytes], disk: Path) -> None:
    if os.geteuid():
        finding.count("read-only output: not tried, needs root")
        return
    with _small_disk(disk, 64_000_000):
        output = disk / "out"
        run(source, output)
        before = contents(output)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        code, said = run(source, output, "--force")
        finding.count(f"read-only output: exit code {code}")
        finding.expect(code == 2 and "cannot be written" in said, f"read-only: {code}: {said}")
        code, said = run(source, output)
        finding.count(f"read-only output, nothing to do: exit code {code}")
        finding.expect(code == 0 and contents(output) == before == whole, f"read-only: {said}")


def _clock_set_back(finding: Finding, source: Path, output: Path) -> None:
    """Run with the clock two days back after a run at the right time, and the other way round."""
    faketime = shutil.which("faketime")
    if not faketime:
        finding.count("clock set back: not tried, needs faketime")
        return
    run(source, output)
    first = contents(output)
    (source / "00000.txt").rename(source / "zzz.txt")
    done = subprocess.run(
        [faketime, "-f", "-2d", *command(source, output)],
        capture_output=True,
        text=True,
        check=False,
    )
    (source / "zzz.txt").rename(source / "00000.txt")
    finding.count(f"clock set back two days: exit code {done.returncode}")
    finding.expect(done.returncode == 0, f"clock back: {done.stdout}{done.stderr}")
    finding.expect((output / "zzz.txt.record.json").is_file(), "clock back: new article not done")
    kept = set(first)
    finding.expect(
        all(contents(output)[name] == first[name] for name in kept), "clock back: pairs changed"
    )
    code, said = run(source, output)
    finding.expect(code == 0 and "nothing to do" in said, f"clock right again: {code}: {said}")


def order(folder: Path, options: argparse.Namespace) -> Finding:
    """The same documents in other orders, windows and numbers of threads: the same bytes."""
    finding = Finding()
    source, whole, _ = _undisturbed(folder, options.documents)
    output = folder / "out"
    rng = random.Random(options.seed)
    names = sorted(path.name for path in source.iterdir())
    for number in range(options.times):
        shutil.rmtree(output, ignore_errors=True)
        rng.shuffle(names)
        cut = rng.randrange(1, len(names))
        all_cores = os.sched_getaffinity(0)
        cores = rng.choice((all_cores, {min(all_cores)}))
        memory = rng.choice(((), ("--no-cache",)))
        for part in (names[:cut], names[cut:]):
            program = command(source, output, *memory)
            at = program.index(str(source))
            program[at : at + 1] = [str(source / name) for name in part]
            os.sched_setaffinity(0, cores)  # children inherit it
            try:
                done = subprocess.run(program, capture_output=True, text=True, check=False)
            finally:
                os.sched_setaffinity(0, all_cores)
            finding.expect(done.returncode == 0, f"{number}: {done.stderr}")
        finding.count(f"{len(cores)} cores")
        expect_whole(finding, output, whole, f"{number}: cut at {cut}, {cores}, {memory}")
    return finding


def soak(folder: Path, options: argparse.Namespace) -> Finding:
    """One run over many small documents; its memory after the first hundred and at the end."""
    finding = Finding()
    source, output = folder / "in", folder / "out"
    write_articles(source, options.documents)
    process = start(source, output)
    assert process.stdout is not None
    sizes = [
        (int(found[1]), _resident_bytes(process.pid))
        for line in process.stdout
        if (found := re.search(r"\[(\d+)/", line))
    ]
    code, _ = finish(process)
    finding.expect(code == 0, f"exit code {code}")
    # Several windows each, since memory goes up and down within one.
    early = statistics.median(size for number, size in sizes if 64 < number <= 256)
    late = statistics.median(size for number, size in sizes if number > options.documents - 192)
    finding.counts[f"memory after the first hundred documents {early / 1e6:.0f} MB"] += 1
    finding.counts[f"at the end {late / 1e6:.0f} MB ({late / early - 1:+.1%})"] += 1
    finding.expect(late < 1.05 * early, f"memory grew from {early:,} to {late:,} bytes")
    num_records = len(list(output.rglob("*.record.json")))
    finding.expect(num_records == options.documents, f"{num_records} records")
    return finding


def _resident_bytes(pid: int) -> int:
    """Return the resident memory of a run and its worker, shared pages counted once each."""
    total = 0
    for process in (pid, *workers_of(pid)):
        with suppress(OSError):
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
            if found := re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE):
                total += int(found[1]) * 1024
    return total


# --------------------------------------------------------------------------------------------


def _undisturbed(folder: Path, num_documents: int) -> tuple[Path, dict[str, bytes], float]:
    """Return the articles' folder, what an undisturbed run makes of them, and its seconds."""
    source, output = folder / "in", folder / "whole"
    write_articles(source, num_documents)
    begin = time.monotonic()
    code, said = run(source, output)
    seconds = time.monotonic() - begin
    whole = contents(output)
    num_records = sum(name.endswith(".record.json") for name in whole)
    if code or num_records != num_documents:
        raise SystemExit(f"the undisturbed run gave {code}, {num_records} records: {said}")
    return source, whole, seconds


#: Attack, how often by default, over how many documents.
ATTACKS: dict[str, tuple[Callable[[Path, argparse.Namespace], Finding], int, int]] = {
    "kill": (kill, 200, 40),
    "signals": (signals, 50, 40),
    "full": (full, 50, 40),
    "together": (together, 50, 12),
    "disturb": (disturb, 5, 40),
    "order": (order, 20, 40),
    "soak": (soak, 1, 2000),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("attack", choices=ATTACKS)
    parser.add_argument("--times", type=int, help="how often")
    parser.add_argument("--documents", type=int, help="over how many documents")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    attack, times, documents = ATTACKS[options.attack]
    options.times = times if options.times is None else options.times
    options.documents = documents if options.documents is None else options.documents
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="seedsum-attack-") as folder:
        finding = attack(Path(folder), options)
    what = ", ".join(
        text if number == 1 else f"{number} x {text}"
        for text, number in sorted(finding.counts.items())
    )
    print(
        f"| {options.attack} | {options.times} times over {options.documents} documents,"
        f" {time.monotonic() - begin:.0f} s | {what} | {len(finding.faults)} faults |"
    )
    for fault in finding.faults:
        print(fault, file=sys.stderr)
    raise SystemExit(1 if finding.faults else 0)


if __name__ == "__main__":
    main()
