"""A real Ray on this machine, for tests, attacks and measurements; `s3_server` is its store."""

from __future__ import annotations

import logging
import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

_NUM_TRIES = 5


@contextmanager
def ray_cluster(num_cores: int) -> Iterator[str]:
    """Run a Ray of so many cores with the environment of now, and yield its address.

    What is started meanwhile has what is needed to join it in its environment.
    """
    import ray

    environment = {
        "RAY_USAGE_STATS_ENABLED": "0",  # nothing is sent to anybody
        "RAY_worker_niceness": "0",  # Ray would have them wait for whatever else there is
        "RAY_AUTH_TOKEN": secrets.token_hex(32),  # not of a home, which may be another one's
    }
    with mock.patch.dict(os.environ, environment):
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        for tries_left in reversed(range(_NUM_TRIES)):
            try:
                ray.init(
                    address="local",
                    num_cpus=num_cores,
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                )
                break
            except Exception:  # it gives its own processes 30 seconds, few on a busy machine
                ray.shutdown()
                if not tries_left:
                    raise
        for number, handler in handlers.items():  # Ray puts its own in place of it
            signal.signal(number, handler)
        try:
            yield ray.get_runtime_context().gcs_address
        finally:
            ray.shutdown()
