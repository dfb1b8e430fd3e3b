"""A connection between two processes on which nobody waits for the other side longer than asked."""

from __future__ import annotations

import pickle
import queue
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

_CLOSED = object()


class Channel:
    """Sends and receives in threads of its own: a side that stops in a message stops no other."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        self._connection = connection
        self._received: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._sent: queue.Queue[bytes | None] = queue.Queue()
        for loop in (self._read, self._write):
            threading.Thread(target=loop, name=f"channel{loop.__name__}", daemon=True).start()

    def send(self, message: object) -> None:
        """Have a message sent, after those before it; returns at once, and from any thread."""
        self._sent.put(pickle.dumps(message))

    def receive(self, timeout_seconds: float | None = None) -> Any:
        """Return the next message; None for a timeout waits for ever.

        Raises:
            TimeoutError: None came in that time.
            EOFError: The other side is gone.
        """
        try:
            message = self._received.get(timeout=timeout_seconds)
        except queue.Empty:
            raise TimeoutError from None
        if message is _CLOSED:
            self._received.put(_CLOSED)
            raise EOFError
        return message

    def flush(self) -> None:
        """Return when everything is sent, or the other side is gone."""
        self._sent.join()

    def close(self) -> None:
        """Close the connection; the threads end."""
        self._sent.put(None)
        self._connection.close()

    def _read(self) -> None:
        with suppress(Exception):  # whatever it is, nothing more can be received
            while True:
                self._received.put(self._connection.recv())
        self._received.put(_CLOSED)

    def _write(self) -> None:
        while (data := self._sent.get()) is not None:
            with suppress(OSError):  # that the other side is gone is found out by `receive`
                self._connection.send_bytes(data)
            self._sent.task_done()
