"""Files of every type with bytes changed, cut, doubled and spliced, through readers and checks.

    python reliability/mutate_files.py SECONDS [SEED] [NAME...]

What coverage-guided fuzzing does slowly in packed formats: the parts of a ZIP archive are changed
before they are packed, so that the changes reach the parsers. Nothing but `ReadError` may be
raised, nothing may take longer than `MAX_SECONDS`, and what is read holds what `invariants.py`
says. A finding is printed and written to the current folder; the exit code is 1 then.
"""

from __future__ import annotations

import io
import random
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path

import invariants
from format_files import FILES
from seedsum.config import load_settings
from seedsum.errors import ReadError
from seedsum.pipeline.source_bytes import source_bytes
from seedsum.pipeline.sources import list_sources
from seedsum.reading import read_document, reader_of

#: What one changed file of a few KB may take, on a busy machine.
MAX_SECONDS = 20.0
SETTINGS = load_settings()
#: What parsers look for, put in at any place.
PIECES = (
    *(b"<", b">", b"&", b'"', b"\0", b"\n", b"\r\n\r\n", b"{", b"}", b"[", b"]", b"\\", b"--"),
    *(b"<![CDATA[", b"<!--", b"]]>", b"&#x0;", b"&#xD800;", b"\xff\xfe", b"\xef\xbb\xbf"),
    *(b"\\u-1?", b"\\'zz", b"\\bin999999", b"endobj", b"stream\n", b"%%EOF", b"obj <<", b"-->"),
    *(b"Content-Type: text/html; charset=x\n", b"99999999999", b"-1", b"1e999", b"NaN", b"null"),
)


def changed(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with one to eight changes."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        place = rng.randint(0, len(found))
        end = min(len(found), place + rng.choice((1, 2, 8, 100, 1_000)))
        match rng.randint(0, 5):
            case 0:
                found[place:end] = b""
            case 1:
                found[place:place] = rng.choice(PIECES)
            case 2:
                found[place:place] = found[place:end] * rng.choice((1, 2, 50))
            case 3:
                found[place:end] = rng.randbytes(end - place)
            case 4 if found:
                found[min(place, len(found) - 1)] ^= 1 << rng.randint(0, 7)
            case _:
                other = rng.choice(list(FILES.values()))
                start = rng.randint(0, len(other))
                found[place:end] = other[start : start + 200]
    return bytes(found)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Return a file changed as a whole, or, of an archive, in one of its parts."""
    if not data.startswith(b"PK") or rng.random() < 0.2:
        return changed(data, rng)
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        names = source.namelist()
        chosen = rng.choice(names)
        for name in names:
            part = source.read(name)
            archive.writestr(name, changed(part, rng) if name == chosen else part)
    return target.getvalue()


def check(path: Path) -> str:
    """Read a file as a run does, check what was read, and return what came of it."""
    outcome = "refused"
    for source in list_sources([path]).sources:
        assert "cannot be read (" not in source.error, f"not foreseen: {source.error}"
        if source.error:
            continue
        reader = reader_of(path.name)
        assert reader is not None
        try:
            document = read_document(source.name, source_bytes(source), format=reader.format)
        except ReadError as error:
            assert str(error).startswith(source.name), f"no name in the error: {error}"
        else:
            invariants.check_chain(document, settings=SETTINGS)
            outcome = "read"
    return outcome


def main() -> int:
    """Change files for so many seconds, print what came of them, and return the exit code."""
    seconds = float(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    names = sys.argv[3:] or sorted(FILES)
    rng = random.Random(seed)
    outcomes: Counter[str] = Counter()
    longest, slowest = 0.0, ""
    num_findings = 0
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        while time.monotonic() < end:
            name = rng.choice(names)
            data = mutated(FILES[name], rng)
            path = Path(folder, name)
            path.write_bytes(data)
            began = time.monotonic()
            try:
                outcomes[check(path)] += 1
            except Exception:
                num_findings += 1
                finding = Path(f"finding-{seed}-{num_findings}-{name}")
                finding.write_bytes(data)
                print(f"{finding}\n{traceback.format_exc()[-1500:]}", flush=True)
            took = time.monotonic() - began
            if took > longest:
                longest, slowest = took, name
            if took > MAX_SECONDS:
                num_findings += 1
                Path(f"finding-{seed}-slow-{num_findings}-{name}").write_bytes(data)
    print(
        f"seed {seed}: {outcomes.total():,} files, {outcomes['read']:,} read,"
        f" {outcomes['refused']:,} refused, {num_findings} findings; longest {longest:.1f} s"
        f" ({slowest})"
    )
    return 1 if num_findings else 0


if __name__ == "__main__":
    sys.exit(main())
