"""The run that applies reviews: `seedsum run` in a process of its own, and what it says."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seedsum.errors import LockedError, UsageError
from seedsum.output import run_reports
from seedsum.pipeline.last_run import read_last_run

#: Lines of a run that the page shows.
_NUM_LINES = 200
_PATIENCE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class RunState:
    """How far a run is. `ended` has what became of it in words, empty while it goes on."""

    is_running: bool = False
    lines: tuple[str, ...] = ()
    num_done: int = 0
    ended: str = ""
    exit_code: int | None = None


#: What an exit code means for somebody who asked for a run on the page.
_ENDED = {
    0: "Done: everything is up to date.",
    3: "Done, but some articles failed.",
    5: "A model is missing; nothing was done.",
    7: "Another run is using this output folder. Wait for it to end, then apply again.",
    8: "Done; something still needs a look.",
}


def known_inputs(output: Path, asked: Sequence[str]) -> list[str]:
    """Return the paths that a run has to be given: those asked for, else those of the last run.

    Raises:
        UsageError: Nobody knows them, or they are not there.
    """
    remedy = "start the page with: seedsum review --input PATHS"
    if not (paths := list(asked)):
        folders = list(read_last_run(output).num_sources)
        if len(folders) != 1:
            known = (
                "several inputs were run into" if folders else "it is not known what was run into"
            )
            raise UsageError(f"{known} {output}; {remedy}")
        paths = folders[0].split("\n")
    if missing := [path for path in paths if not Path(path).exists()]:
        raise UsageError(f"{', '.join(missing)}: not there, as seen from {Path.cwd()}; {remedy}")
    return paths


class Applying:
    """At most one run at a time, started from the page."""

    def __init__(self, output: Path, *, inputs: Sequence[str] = (), config: str = "") -> None:
        self.output = output
        self.inputs = tuple(inputs)
        self._config = config
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._lines: deque[str] = deque(maxlen=_NUM_LINES)
        self._num_done = 0
        self._exit_code: int | None = None

    def start(self) -> RunState:
        """Begin a run, unless one goes on; return how far it is.

        Raises:
            UsageError: It is not known what to run.
        """
        with self._lock:
            if self._process is None:
                command = self.command()
                self._lines.clear()
                self._num_done, self._exit_code = 0, None
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                    errors="replace",
                    # Ctrl-C ends the page's server, which then ends the run in order.
                    start_new_session=True,
                )
                threading.Thread(target=self._follow, args=(self._process,), daemon=True).start()
        return self.state()

    def command(self) -> list[str]:
        """Return the command of the run: the paths and the profile are those of the last one."""
        paths = known_inputs(self.output, self.inputs)
        profile = next((str(one.get("profile", "")) for one in run_reports(self.output)), "")
        options = ["--output", str(self.output), "--log-format", "json"]
        options += ["--profile", profile] if profile else []
        options += ["--config", self._config] if self._config else []
        return [sys.executable, "-m", "seedsum", "run", *options, "--", *paths]

    def state(self) -> RunState:
        """Return how far the run is, or how the last one ended."""
        with self._lock:
            code = self._exit_code
            ended = "" if code is None else _ENDED.get(code, f"The run ended with code {code}.")
            lines = tuple(self._lines)
            if code not in (None, 0, 8, LockedError.exit_code) and lines:
                ended = f"{ended} It says: {lines[-1]}"
            is_running = self._process is not None
            return RunState(is_running, lines, self._num_done, ended, code)

    def stop(self) -> None:
        """End a run that goes on; the next one continues where it was."""
        with self._lock:
            process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()

    def _follow(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        with process.stderr as lines:
            for line in lines:
                try:
                    said = json.loads(line)
                    text, is_done = str(said["message"]), "document" in said
                except (ValueError, KeyError, TypeError):
                    text, is_done = line.rstrip(), False
                with self._lock:
                    self._lines.append(text)
                    self._num_done += is_done
        exit_code = process.wait()
        with self._lock:
            self._exit_code, self._process = exit_code, None
