"""Results -> files; files -> states; nothing half-written.

The state of the work lives in the output: a pair is what its record says. `OUTPUT/.seedsum` has
the lock, a cache that makes reading faster, and how often what failed has failed; all can be
deleted when no run is going on.
"""

from __future__ import annotations

from seedsum.output.lock import output_lock
from seedsum.output.publishing import (
    clean_leftovers,
    publish,
    publish_all,
    run_reports,
    write_index,
    write_run_report,
)
from seedsum.output.states import differing_files, read_record, read_records

__all__ = [
    "clean_leftovers",
    "differing_files",
    "output_lock",
    "publish",
    "publish_all",
    "read_record",
    "read_records",
    "run_reports",
    "write_index",
    "write_run_report",
]
