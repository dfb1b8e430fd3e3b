"""What an engine did, in plain numbers: seconds, tokens, look-ups."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """What was done; seconds are those in which at least one thread did it."""

    seconds_loading: float = 0.0
    seconds_decoding: float = 0.0
    decoded_inputs: int = 0  # texts that a model decoded: what the cache had is none of them
    source_tokens: int = 0  # of these; 0 of an engine that has no tokens
    padded_source_tokens: int = 0  # with the padding of batches
    target_tokens: int = 0  # of their best hypotheses
    cache_lookups: int = 0
    cache_hits: int = 0
    #: Of models on a server. Questions, and those of them that were a second one to the same text;
    #: requests that they took, and those of them that a busy or broken server made necessary.
    chat_questions: int = 0
    chat_asked_again: int = 0
    chat_requests: int = 0
    chat_retries: int = 0
    #: Answers by what was wrong with them; of some, talk was taken off and the rest was right.
    chat_talk: int = 0
    chat_refusal: int = 0
    chat_empty: int = 0
    chat_cut: int = 0
    chat_copied: int = 0
    chat_foreign: int = 0
    chat_timeout: int = 0
    chat_server_error: int = 0
    chat_rejected: int = 0
    chat_not_json: int = 0
    chat_too_long: int = 0
    chat_paragraphs_singly: int = 0  # whose answer could not be told apart by sentences


class Meter:
    """Adds up what models do, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[str, float] = {}
        self._inside: dict[str, tuple[int, float]] = {}

    def add(self, **numbers: float) -> None:
        """Add each number to the field of `Usage` of its name."""
        with self._lock:
            for name, number in numbers.items():
                self._numbers[name] = self._numbers.get(name, 0) + number

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Add the seconds of the body to a field; those of several threads at once count once."""
        with self._lock:
            number, begin = self._inside.get(name, (0, time.perf_counter()))
            self._inside[name] = (number + 1, begin)
        try:
            yield
        finally:
            with self._lock:
                number, begin = self._inside.pop(name)
                if number > 1:
                    self._inside[name] = (number - 1, begin)
            if number == 1:
                self.add(**{name: time.perf_counter() - begin})

    def take(self) -> Usage:
        """Return what was done since the last call."""
        with self._lock:
            numbers, self._numbers = self._numbers, {}
        return Usage(**{**asdict(Usage()), **numbers})
