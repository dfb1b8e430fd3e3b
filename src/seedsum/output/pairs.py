"""The files of a pair: one line an entry, and whatever handles pairs goes by this table."""

from __future__ import annotations

SUMMARY_SUFFIX = ".summary.md"
TRANSLATION_SUFFIX = ".translation.md"
RECORD_SUFFIX = ".record.json"  # of the record, which is written last and names the others

#: What follows a document's name in the name of a file -> the function (`module:name`) that makes
#: its text of a `Page`, sealed (see `seal`), or None where there is nothing to say. The index links
#: them in this order.
PAIR_FILES: dict[str, str] = {
    SUMMARY_SUFFIX: "seedsum.output.rendering.summary:summary_file",
    TRANSLATION_SUFFIX: "seedsum.output.rendering.translation:translation_file",
}


def kind_of(suffix: str) -> str:
    """Return what a file of the table is called in records, in the index and in front matter."""
    return suffix.split(".")[1]
