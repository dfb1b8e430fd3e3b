"""How much work there is, how fast it goes, and how long it takes still; pure, on any clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """Segments found and done, of sources of so many bytes.

    Until all sources are read, the number of segments is estimated from those that are.
    """

    num_bytes: int = 0  # of all sources; 0 where their size is not known
    num_bytes_read: int = 0  # of those whose segments are found
    num_found: int = 0
    num_done: int = 0
    started: float | None = None  # in seconds, when the first were found

    def found(self, num_segments: int, num_bytes: int, *, now: float) -> None:
        """Take note of segments, and of the size of the sources that hold them."""
        if self.started is None:
            self.started = now
        self.num_found += num_segments
        self.num_bytes_read += num_bytes

    @property
    def is_estimate(self) -> bool:
        """Return whether more segments may be found."""
        return self.num_bytes_read < self.num_bytes

    @property
    def total(self) -> int:
        """Return how many segments there are, by all that is known."""
        found = max(self.num_found, self.num_done)  # what is over a model's limit becomes several
        if not self.is_estimate or not self.num_bytes_read:
            return found
        return max(found, round(found * self.num_bytes / self.num_bytes_read))

    def rate(self, now: float) -> float:
        """Return segments a second since the first were found; 0 where that says nothing yet."""
        if self.started is None or now <= self.started:
            return 0.0
        return self.num_done / (now - self.started)

    def seconds_left(self, now: float) -> float | None:
        """Return how long the rest takes at this pace; None where nothing is done yet."""
        rate = self.rate(now)
        return (self.total - self.num_done) / rate if rate else None

    def describe(self, now: float) -> str:
        """Return it in a line: `1,200 of about 5,600 segments, 35.1 a second, about 2 minutes`."""
        about = "about " * self.is_estimate
        line = f"{self.num_done:,} of {about}{self.total:,} segments"
        left = self.seconds_left(now)
        if left is None:
            return line
        return f"{line}, {self.rate(now):.1f} a second, {duration(left)} left"


def duration(seconds: float) -> str:
    """Return a time as a person says it: `about 40 seconds`, `about 3 minutes`, `about 2 hours`."""
    for size, noun in ((3600, "hour"), (60, "minute")):
        if seconds >= 1.5 * size:
            return f"about {round(seconds / size)} {noun}s"
    if seconds >= 60:
        return "about a minute"
    tens = max(10, round(seconds / 10) * 10)
    return f"about {tens} seconds" if seconds >= 5 else "a few seconds"
