"""An iterator whose items are made ahead, in a thread of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")

_END = object()


def made_ahead(items: Iterable[Item], *, num_ahead: int, name: str) -> Iterator[Item]:
    """Yield the items in order; a thread makes at most `num_ahead` more than have been asked for.

    It begins with the first that is asked for. What making an item raises is raised in its place.
    Where nobody asks for more, the thread ends after the item that it is making.
    """
    source = iter(items)
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
    try:
        # One thread and one queue: the items are made one after another, in order.
        made = deque(pool.submit(next, source, _END) for _ in range(num_ahead))
        while True:
            made.append(pool.submit(next, source, _END))
            item = made.popleft().result()
            if item is _END:
                return
            yield item  # type: ignore[misc]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
