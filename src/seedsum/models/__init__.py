"""Models on this machine: downloaded, pinned to the byte, converted, checked before use.

Importing this imports no engine and no client of the Hub. What `doctor` and `list_models` of
`seedsum.models.doctor` say, no run needs.
"""

from seedsum.models.listener import Listener
from seedsum.models.locating import lock_path
from seedsum.models.pulling import PulledModel, pull
from seedsum.models.resolving import (
    Resolution,
    VerifiedModel,
    check_before_run,
    resolve,
    verify,
)

__all__ = [
    "Listener",
    "PulledModel",
    "Resolution",
    "VerifiedModel",
    "check_before_run",
    "lock_path",
    "pull",
    "resolve",
    "verify",
]
