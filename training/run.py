"""Starts, resumes, pauses, stops and shows the training run in the background.

Around `train.py`, which does the work. Whatever ended a run (kill -9, a reboot), the same command
goes on from its last checkpoint.

    python training/run.py                  start or resume; prepares the data where there are none
    python training/run.py status           the last lines of the log
    python training/run.py pause            SIGSTOP: while something is timed
    python training/run.py continue         SIGCONT
    python training/run.py stop             a checkpoint, then the end
    python training/run.py finish --tokens 12   the rate falls to zero in 12 million target tokens
    python training/run.py start -- --threads 1     options of train.py
"""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import places

HERE = Path(__file__).parent
# Most freed memory is kept, and waiting threads sleep: other programs share the cores.
ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "33554432",
    "MALLOC_TOP_PAD_": "268435456",
    "MALLOC_TRIM_THRESHOLD_": "1000000000",
    "OMP_WAIT_POLICY": "passive",
}
START_SECONDS = 120
STOP_SECONDS = 300


def pid_of(run: Path) -> int | None:
    """The process that trains in the run folder; None where none holds its lock."""
    try:
        with (run / "lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int((run / "pid").read_text())
    except FileNotFoundError:
        pass
    return None


def start(work: Path, run: Path, options: list[str]) -> int:
    """Start or resume the run in a session of its own; its process id.

    Raises:
        SystemExit: it runs already, or ended at once.
    """
    pid = pid_of(run)
    if pid is not None:
        raise SystemExit(f"runs already: process {pid}")
    run.mkdir(parents=True, exist_ok=True)
    if not (work / "pairs.tsv").exists():
        subprocess.run([sys.executable, HERE / "prepare.py", "--work", work], check=True)
    command = [sys.executable, HERE / "train.py", "--work", work, "--run", run, *options]
    with (run / "output.txt").open("ab") as out:
        child = subprocess.Popen(
            ["nice", "-n", "19", *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT | dict(os.environ),
            start_new_session=True,
        )
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if child.poll() is not None:
            tail = (run / "output.txt").read_text(encoding="utf-8").splitlines()[-5:]
            raise SystemExit("ended at once:\n" + "\n".join(tail))
        if pid_of(run) == child.pid:
            return child.pid
        time.sleep(0.2)
    raise SystemExit(f"process {child.pid} has not begun after {START_SECONDS} s")


def stop(run: Path, pid: int) -> None:
    """Let the run write a checkpoint and end.

    Raises:
        SystemExit: it has not ended after `STOP_SECONDS`.
    """
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGCONT)  # one that was paused has to wake for it
    end = time.monotonic() + STOP_SECONDS
    while time.monotonic() < end:
        if pid_of(run) is None:
            return
        time.sleep(0.5)
    raise SystemExit(f"process {pid} has not stopped after {STOP_SECONDS} s")


def status(run: Path, pid: int | None) -> str:
    """Whether the run is under way, and the end of its log."""
    state = "not running"
    if pid is not None:
        # The state is what follows the command's name, which stands in brackets.
        letter = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        state = f"process {pid}, {'paused' if letter == 'T' else 'running'}"
    log = run / "log.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    scores = [line for line in lines if "chrf_bn" in line][-4:]
    return "\n".join([f"{run}: {state}", *scores, *lines[-2:]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    places.add_work(parser)
    parser.add_argument("--run", type=Path, help="run folder (default: run, below --work)")
    actions = ("start", "stop", "pause", "continue", "status", "finish")
    parser.add_argument("action", nargs="?", choices=actions, default="start")
    parser.add_argument("--tokens", type=float, default=12, help="of finish, in millions")
    parser.add_argument("options", nargs="*", help="of train.py, after --")
    arguments = parser.parse_args()
    work = arguments.work.resolve()
    run = (arguments.run or work / "run").resolve()
    if arguments.action == "start":
        print(f"process {start(work, run, arguments.options)}; log: {run / 'log.jsonl'}")
        return
    pid = pid_of(run)
    if arguments.action == "finish":
        if pid is not None:
            stop(run, pid)
        tokens = ["--finish-tokens", str(round(arguments.tokens * 1e6))]
        print(f"process {start(work, run, [*tokens, *arguments.options])}")
        return
    if arguments.action == "status":
        print(status(run, pid))
        return
    if pid is None:
        raise SystemExit(f"{run}: not running")
    if arguments.action == "stop":
        stop(run, pid)
    else:
        os.kill(pid, signal.SIGSTOP if arguments.action == "pause" else signal.SIGCONT)


if __name__ == "__main__":
    main()
