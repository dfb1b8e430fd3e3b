"""Models on this machine: downloaded, pinned to the byte, converted, checked before use.

Neighbours: `context` calls `resolve`; `cli` the rest, and `checkup`, which no run needs. Importing
this imports no engine and no client of the Hub.
"""

from seedsum.models.resolving import (
    PulledModel,
    Resolution,
    VerifiedModel,
    check_before_run,
    convert_models,
    lock_bundled,
    lock_path,
    pull,
    resolve,
    verify,
)

__all__ = [
    "PulledModel",
    "Resolution",
    "VerifiedModel",
    "check_before_run",
    "convert_models",
    "lock_bundled",
    "lock_path",
    "pull",
    "resolve",
    "verify",
]
