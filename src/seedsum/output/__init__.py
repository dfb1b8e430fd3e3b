"""Results -> files; files -> states; nothing half-written.

A pair is what its record says. `OUTPUT/.seedsum` can be deleted when no run is going on.
"""

from __future__ import annotations

from seedsum.output.places import Place, Where, existing_place, place_of
from seedsum.output.publishing import (
    Taken,
    old_run_reports,
    publish,
    publish_all,
    run_reports,
    write_index,
    write_run_report,
)
from seedsum.output.states import (
    Contents,
    differing_files,
    kept_copies,
    read_contents,
    read_record,
    read_records,
)

__all__ = [
    "Contents", "Place", "Taken", "Where", "differing_files", "existing_place", "kept_copies",
    "old_run_reports", "place_of", "publish", "publish_all", "read_contents",
    "read_record", "read_records", "run_reports", "write_index", "write_run_report",
]  # fmt: skip
