"""Telling a monitoring service that a run has begun, and how it ended, as healthchecks takes it."""

from __future__ import annotations

import urllib.request
from http.client import HTTPException
from urllib.parse import urlsplit

from seedsum.cli.printing import say
from seedsum.errors import UsageError

_TIMEOUT_SECONDS = 5.0


def check_address(address: str) -> None:
    """Do nothing if pings can go to an address.

    Raises:
        UsageError: It is no web address.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"--ping {address}: not a web address (https://...)")


def ping(address: str, event: str = "", *, body: str = "") -> None:
    """Send one ping: `start`, `fail`, or nothing for success.

    A ping that does not arrive is said, and changes nothing.
    """
    parts = urlsplit(address)
    path = f"{parts.path.rstrip('/')}/{event}" if event else parts.path
    request = urllib.request.Request(
        parts._replace(path=path).geturl(), data=body.encode("utf-8", "replace")[:10_000]
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):
            pass
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        say(f"the ping to {parts.hostname} did not arrive: {reason}", level="warning")
