"""Models on this machine: downloaded, pinned to the byte, converted, checked before use."""

from seedsum.models.listener import Listener
from seedsum.models.locating import lock_path
from seedsum.models.pulling import PulledModel, pull
from seedsum.models.resolving import (
    Lack,
    Resolution,
    VerifiedModel,
    check_before_run,
    resolve,
    verify,
)

__all__ = [
    "Lack", "Listener", "PulledModel", "Resolution", "VerifiedModel", "check_before_run",
    "lock_path", "pull", "resolve", "verify",
]  # fmt: skip
