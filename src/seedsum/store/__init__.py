"""The only module that touches the input and output folders: list, read, publish, lock.

The state of the work lives in the output: a pair is what its record says. `OUTPUT/.seedsum` has
the lock, a cache that makes reading faster, and how often what failed has failed; all can be
deleted when no run is going on.
Neighbours: `pipeline` lists, reads and publishes; `planning` gets what `list_sources` and
`read_records` return.
"""

from __future__ import annotations

from seedsum.store.auditing import differing_files, read_record
from seedsum.store.failures import read_doing, read_failures, write_doing, write_failures
from seedsum.store.files import STATE_FOLDER, write_file
from seedsum.store.lock import OutputLock
from seedsum.store.names import extension, safe_name
from seedsum.store.publishing import (
    clean_leftovers,
    publish,
    publish_all,
    run_reports,
    write_index,
    write_run_report,
)
from seedsum.store.sources import STDIN_NAME, Listing, list_sources, read_source
from seedsum.store.states import read_records

__all__ = [
    "STATE_FOLDER",
    "STDIN_NAME",
    "Listing",
    "OutputLock",
    "clean_leftovers",
    "differing_files",
    "extension",
    "list_sources",
    "publish",
    "publish_all",
    "read_doing",
    "read_failures",
    "read_record",
    "read_records",
    "read_source",
    "run_reports",
    "safe_name",
    "write_doing",
    "write_failures",
    "write_file",
    "write_index",
    "write_run_report",
]
