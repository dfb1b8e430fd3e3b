"""XML of strangers: read without entities and network, and mended where it is broken."""

from __future__ import annotations

from typing import Any

from lxml import etree

from seedsum.errors import ReadError


def refuse_entities(data: bytes, what: str) -> None:
    """Refuse XML that defines entities, of which little makes gigabytes."""
    if b"<!ENTITY" in data.replace(b"\0", b""):  # in UTF-16, too
        raise ReadError(f"{what} defines entities, which is not allowed; save it without")


def xml_tree(data: bytes) -> Any:
    """Return the root of some XML; None where nothing of it can be read.

    Raises:
        etree.LxmlError, ValueError: It is broken beyond what can be mended.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    return etree.fromstring(data, parser=parser)
