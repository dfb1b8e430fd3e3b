"""What hears how far a pull is."""

from __future__ import annotations

from typing import Protocol


class Listener(Protocol):
    """Gets what a person may want to know; every method returns at once and never raises."""

    def message(self, text: str) -> None:
        """Something that a person should read now."""
        return

    def download(self, description: str, done_bytes: int, total_bytes: int) -> None:
        """A download is that far."""
        return


class Silent(Listener):
    """Says nothing."""
