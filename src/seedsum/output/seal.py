"""The hash that a file holds of itself, so that a hand edit is seen."""

from __future__ import annotations

import re

from seedsum.files import sha256_bytes

#: The key before the file's own hash, in front matter or in a comment; see `seal`.
SEAL_KEY = "file_sha256"

_SEAL = re.compile(rb"^%b: '([0-9a-f]{64})'$" % SEAL_KEY.encode(), re.MULTILINE)
#: The same, also where a formatter put it into other quotes or line ends.
_MARK = re.compile(rb"^%b:\s*['\"]?[0-9a-f]{64}\b" % SEAL_KEY.encode(), re.MULTILINE)


def seal(text: str) -> str:
    """Return the file with the hash of itself (with the hash's own place empty) filled in.

    It shows that nobody edited the file, also where the record is lost. The place is a line of its
    own: `file_sha256: ''`.
    """
    empty = f"\n{SEAL_KEY}: ''\n"
    return text.replace(empty, f"\n{SEAL_KEY}: '{sha256_bytes(text.encode())}'\n", 1)


def is_ours(data: bytes) -> bool:
    """Return whether a file holds a seal, also a broken one: it was ours, whoever edited it."""
    return _MARK.search(data) is not None


def is_sealed(data: bytes) -> bool:
    """Return whether a file is, byte for byte, what `seal` gave."""
    found = _SEAL.search(data)
    if found is None:
        return False
    unsealed = data[: found.start(1)] + data[found.end(1) :]
    return sha256_bytes(unsealed).encode() == found[1]
