"""A year of nightly runs in minutes: what should be said is said, nothing else, nothing is lost.

    python reliability/year.py [--days 365] [--seed 0]

Each night a run is made over a growing folder of English articles of our own making, which need no
translation model, with the clock set to that night. Some nights are not like others: an article
that cannot be read, one that breaks a stage, a disk that is not mounted, one that is full, a run
that was killed, a new version, a pair that somebody edits, sources that are removed, files of a
type that is not read, models that are missing. What a run says and how it ends is held against what
the night was. Prints a row for docs/reliability.md and exits with 1 where anything differs.
"""

from __future__ import annotations

import argparse
import errno
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import seedsum
from seedsum import output as store
from seedsum.errors import SeedsumError
from seedsum.pipeline import request
from seedsum.pipeline.failures import write_doing
from seedsum.reading import segmentation
from seedsum.records import Document, RunReport, Segment, Status

_FIRST = datetime(2026, 1, 1, 2, 17, tzinfo=UTC)
_KEEP_REPORTS = 30
_SETTINGS = f"""\
default_profile = "starter"
fallback_profile = "starter"
[run]
keep_reports = {_KEEP_REPORTS}
[models.extractive]
engine = "extractive"
licence = "Apache-2.0"
[models.absent]
engine = "ctranslate2"
licence = "MIT"
repository = "example/absent"
[profiles.starter]
summary = "extractive"
[profiles.large]
summary = "extractive"
routes = {{ "vi->en" = "absent" }}
"""
_PLACES = ("Northfield", "Westby", "Easton", "Lakeside", "Millbrook", "Ferndale", "Oakham", "Ashby")
_THINGS = ("clinic", "school", "bridge", "library", "market", "ferry", "garden", "museum")


@dataclass
class Year:
    """The folders, what each article ought to be, and what was found."""

    folder: Path
    rng: random.Random
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    day: int = 0
    profile: str = "starter"
    #: What is left for somebody until it is mended, by code.
    standing: dict[str, int] = field(default_factory=dict)
    edited: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    @property
    def input(self) -> Path:
        """Return the folder of the articles."""
        return self.folder / "in"

    @property
    def output(self) -> Path:
        """Return the folder of the pairs."""
        return self.folder / "out"

    def now(self) -> datetime:
        """Return the time of that night."""
        return _FIRST + timedelta(days=self.day)

    def run(self) -> RunReport | SeedsumError | OSError:
        """Make that night's run, as cron would; return its report or its error."""
        try:
            return seedsum.run(
                [self.input],
                output=self.output,
                config=self.folder / "models.toml",
                profile=self.profile,
                offline=True,
                isolated=False,
                settle_seconds=0.0,
            )
        except (SeedsumError, OSError) as error:
            return error

    def expect(self, what: str, condition: bool, found: object) -> None:
        """Note a fault where the condition does not hold."""
        if not condition:
            self.faults.append(f"day {self.day}, {what}: {found}")

    def article(self, name: str) -> str:
        """Return the text of an article, another one for each name and day."""
        place, thing = self.rng.choice(_PLACES), self.rng.choice(_THINGS)
        number = self.rng.randrange(100, 9_000)
        return (
            f"{place} opens a new {thing}\n\nA new {thing} opened in {place} on day {self.day}, the"
            f" council said ({name}). It serves {number:,} people.\n\nThe mayor said that it had"
            f" cost {number * 7:,} euros, and that the old {thing} was closed.\n"
        )

    def done(self) -> list[str]:
        """Return the articles that have a pair, sorted; those of tonight have none yet."""
        names = {path.name for path in self.input.glob("*.txt")}
        return sorted(names & store.read_records(self.output).keys())

    def add(self) -> None:
        """Put one or two new articles in."""
        for part in range(self.rng.choice((1, 1, 2))):
            name = f"{self.day:03}-{part}.txt"
            (self.input / name).write_text(self.article(name), encoding="utf-8")

    def settled(self, report: object, *, codes: dict[str, int], exit_code: int) -> None:
        """Hold what a run says, and how it ends, against what that night was."""
        self.expect("a report", isinstance(report, RunReport), report)
        if not isinstance(report, RunReport):
            return
        said = {notice.code: notice.number for notice in report.notices}
        self.expect("what is said", said == codes, f"said {said}, wanted {codes}")
        self.expect("exit code", report.exit_code == exit_code, report.exit_code)
        past = seedsum.history(self.output)
        is_told = (past.last_success == self.now().isoformat(timespec="seconds")) == (not exit_code)
        self.expect("last success", is_told, past)
        index = (self.output / "index.md").read_text(encoding="utf-8")
        for notice in report.notices:
            words = [word for word in notice.text.split() if word.isalnum()][:4]
            self.expect("in the index", all(word in index for word in words), notice.text)


def _usual(year: Year) -> None:
    failing = {"fallback", "quarantined", "backing-off", "empty-input", "shrunk-input"}
    codes = dict(year.standing)
    year.settled(year.run(), codes=codes, exit_code=8 if failing & codes.keys() else 0)


def _unmounted(year: Year) -> None:
    """The disk is not there: the folder is, and is empty."""
    year.input.rename(year.folder / "away")
    year.input.mkdir()
    report = year.run()
    said = {notice.code for notice in report.notices} if isinstance(report, RunReport) else report
    year.expect("an unmounted disk", isinstance(said, set) and "empty-input" in said, said)
    code = getattr(report, "exit_code", None)
    year.expect("an unmounted disk's exit code", code == 8, code)
    year.input.rmdir()
    year.expect("a missing folder", getattr(year.run(), "exit_code", None) == 2, "no exit code 2")
    (year.folder / "away").rename(year.input)
    _usual(year)  # the next night all is well again


def _full(year: Year) -> None:
    """The disk is full while pairs are written, and free again the next night."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    year.add()
    with patch("seedsum.output.places.local.write_temporary", full):
        report = year.run()
    code = report.exit_code if isinstance(report, RunReport | SeedsumError) else 1
    year.expect("a full disk", code in (1, 3), report)
    year.day += 1
    _usual(year)


def _killed(year: Year) -> None:
    """Runs were killed, six times over the same article."""
    year.add()
    for _ in range(6):
        write_doing(year.output, [f"{year.day:03}-0.txt"])
    _usual(year)


def _upgraded(year: Year) -> None:
    """A new version comes, and all pairs are made again."""
    with patch.dict("seedsum.settings.STAGE_VERSIONS", {"reading": 1_000 + year.day}):
        report = year.run()
        num_again = len(list(year.input.glob("*.txt")))
        num_done = (
            sum(o.status is not None for o in report.outcomes)
            if isinstance(report, RunReport)
            else report
        )
        year.expect("an upgrade", num_done == num_again, f"{num_done} instead of {num_again}")
    _usual(year)


def _broken(year: Year) -> None:
    """An article breaks a stage for four nights, is quarantined, and is mended then."""
    name = f"{year.day:03}-broken.txt"
    (year.input / name).write_text(year.article(name), encoding="utf-8")
    honest = segmentation.segment

    def breaking(document: Document) -> tuple[Segment, ...]:
        if document.name == name:
            raise RuntimeError("broken on purpose")
        return honest(document)

    codes = []
    with patch.object(segmentation, "segment", breaking):
        for _ in range(4):
            report = year.run()
            said = {notice.code for notice in getattr(report, "notices", ())}
            codes.append((getattr(report, "exit_code", None), "quarantined" in said))
            year.day += 1
    wanted = [(3, False), (3, False), (3, True), (8, True)]
    year.expect("a broken article", codes in (wanted, [*wanted[:2], (3, False), (8, True)]), codes)
    (year.input / name).write_text(year.article(name), encoding="utf-8")
    _usual(year)


def _edited(year: Year) -> None:
    """Somebody adds to a pair by hand; it is kept beside the pair, and named."""
    name = year.rng.choice([name for name in year.done() if name not in year.edited])
    path = year.output / f"{name}.translation.md"
    path.write_text(
        path.read_text(encoding="utf-8") + f"\nCorrected on day {year.day}.\n", encoding="utf-8"
    )
    year.edited.add(name)
    year.standing["edited"] = len(year.edited)
    _usual(year)


def _removed(year: Year) -> None:
    """A source is taken away; its pair stays, and is named."""
    name = year.rng.choice([name for name in year.done() if name not in year.edited])
    (year.input / name).unlink()
    year.removed.add(name)
    year.standing["orphaned"] = len(year.removed)
    _usual(year)


def _pruned(year: Year) -> None:
    """Somebody removes what has lost its source."""
    seedsum.prune([year.input], output=year.output, config=year.folder / "models.toml", remove=True)
    left = [name for name in year.removed if list(year.output.glob(f"{name}.*"))]
    year.expect("pruned", not left, left)
    year.removed.clear()
    year.standing.pop("orphaned", None)
    _usual(year)


def _unread(year: Year) -> None:
    """A file of a type that is not read comes, and goes again."""
    (year.input / "scan.xyz").write_bytes(b"?")
    year.standing["unread-files"] = 1
    _usual(year)
    (year.input / "scan.xyz").unlink()
    del year.standing["unread-files"]
    year.day += 1
    _usual(year)


def _without_models(year: Year) -> None:
    """The chosen models are gone for a night."""
    year.profile = "large"
    report = year.run()
    said = {notice.code for notice in getattr(report, "notices", ())}
    code = getattr(report, "exit_code", None)
    year.expect("the fallback", "fallback" in said and code == 8, f"{said}, exit code {code}")
    year.profile = "starter"
    year.day += 1
    _usual(year)


#: What may happen in a night, and how often in a year about.
_EVENTS: dict[Callable[[Year], None], int] = {
    _unmounted: 6, _full: 6, _killed: 12, _upgraded: 3, _broken: 4, _edited: 5, _removed: 12,
    _pruned: 4, _unread: 8, _without_models: 4,
}  # fmt: skip


@contextmanager
def _on(year: Year) -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(patch.object(request, "utc_now", year.now))
        yield


def play(folder: Path, *, num_days: int, seed: int) -> Year:
    """Play that many nights in a folder; return what was found."""
    year = Year(folder, random.Random(seed))
    year.input.mkdir()
    (folder / "models.toml").write_text(_SETTINGS, encoding="utf-8")
    for part in range(20):
        (year.input / f"start-{part}.txt").write_text(
            year.article(f"start-{part}"), encoding="utf-8"
        )
    with _on(year):
        _usual(year)
        while year.day < num_days:
            year.day += 1
            year.add()
            event = _event(year, num_days)
            year.counts[event.__name__.removeprefix("_")] += 1
            event(year)
        _hold_the_end(year)
    return year


def _event(year: Year, num_days: int) -> Callable[[Year], None]:
    chances = [(event, number / 365) for event, number in _EVENTS.items()]
    if num_days < 365:  # a short year has as much going on
        chances = [(event, chance * 3) for event, chance in chances]
    drawn = year.rng.random()
    for event, chance in chances:
        if drawn < chance:
            return event
        drawn -= chance
    return _usual


def _hold_the_end(year: Year) -> None:
    sources = {path.name for path in year.input.glob("*.txt")}
    states = store.read_records(year.output, rehash=True)
    missing = sorted(sources - states.keys())
    year.expect("every article has a pair", not missing, missing)
    failed = [name for name, state in states.items() if state.status is Status.FAILED]
    year.expect("none has failed", not failed, failed)
    found = seedsum.verify(year.output, config=year.folder / "models.toml")
    year.expect("verify", not found.differences, found.differences[:5])
    for name in year.edited:
        text = (year.output / f"{name}.translation.edited.md").read_text(encoding="utf-8")
        year.expect("an edit stays", "Corrected on day" in text, name)
    num_reports = len(list((year.output / "runs").iterdir()))
    year.expect("run reports", num_reports <= _KEEP_REPORTS, num_reports)
    state_bytes = sum(
        p.stat().st_size for p in (year.output / ".seedsum").rglob("*") if p.is_file()
    )
    year.expect("state", state_bytes < 5_000 * len(states) + 1_000_000, state_bytes)
    year.counts["articles"] = len(sources)
    year.counts["state bytes"] = state_bytes


def main() -> int:
    """Play a year and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="seedsum-year-"))
    year = play(folder, num_days=arguments.days, seed=arguments.seed)
    what = ", ".join(f"{name} {number:,}" for name, number in sorted(year.counts.items()))
    print(f"| year | {arguments.days} nights: {what} | {len(year.faults)} |")
    for fault in year.faults:
        print(fault, file=sys.stderr)
    if not year.faults:
        shutil.rmtree(folder)
    return int(bool(year.faults))


if __name__ == "__main__":
    sys.exit(main())
