"""Files that somebody else has made: whatever is in them, they are read or refused by name."""

from __future__ import annotations

import contextlib
import random
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange_pairs import article, filled, hostile
from sample_results import vietnamese
from seedsum.errors import SeedsumError
from seedsum.evaluation.bilingual import read_pairs
from seedsum.output.exchange import Pairs, csv_file, tmx, xlsx
from seedsum.output.exchange.importing import read_import


@cache
def whole() -> tuple[bytes, ...]:
    pairs = (article(vietnamese()), article(hostile()))
    options = {"whole_page": False, "reviewed": False}
    memory = b"".join(tmx.lines(pairs, **options))
    return (
        xlsx.workbook(pairs, **options),
        b"".join(csv_file.lines(pairs, **options)),
        memory,
        memory.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"),
    )


def broken(data: bytes, seed: int) -> bytes:
    """A file with a few bytes changed, cut out or put in, anywhere."""
    chance = random.Random(seed)
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        at, length = chance.randrange(len(changed)), chance.choice((0, 1, 1, 4, 30))
        changed[at : at + length] = chance.randbytes(chance.choice((length, chance.randint(0, 9))))
    return bytes(changed)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    return Pairs(filled(tmp_path_factory.mktemp("pairs") / "out", vietnamese(), hostile()))


def is_read_or_refused(data: bytes, pairs: Pairs) -> None:
    with contextlib.suppress(SeedsumError):
        read_import(data, name="t", pairs=pairs, reviewer="Lan")
    with contextlib.suppress(SeedsumError):
        read_pairs(data, name="t")


@pytest.mark.parametrize("number", range(4), ids=["xlsx", "csv", "tmx", "utf-16"])
def test_a_broken_file_is_read_or_refused_by_name(pairs: Pairs, number: int) -> None:
    for seed in range(60):  # of many workbooks zlib raises an error of its own
        is_read_or_refused(broken(whole()[number], seed), pairs)


@settings(max_examples=60)
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(b"PK\x03\x04".__add__)))
@example(b"\r,")
@example(b'"' + b"x" * 200_000 + b'",y')
def test_any_bytes_are_read_or_refused_by_name(pairs: Pairs, data: bytes) -> None:
    is_read_or_refused(data, pairs)


@pytest.mark.parametrize("article_name", ["../../etc/passwd", "/etc/passwd", "a/../b", "\x00", ""])
def test_a_name_that_leads_elsewhere_is_no_pair(pairs: Pairs, article_name: str) -> None:
    head = "article,sentence,source,English,your English,verdict,note,key"
    table = f"{head}\n{article_name},s1,x,y,z,,,\n".encode()
    found = read_import(table, name="t", pairs=pairs, reviewer="Lan")
    assert found.reviews == () and "there is no pair of" in found.returned.unused[0].why


def test_a_memory_of_many_units_is_read(pairs: Pairs) -> None:
    unit = b"<tu><tuv xml:lang='vi'><seg>S %d</seg></tuv><tuv xml:lang='en'><seg>E</seg></tuv></tu>"
    body = b"".join(unit % number for number in range(20_000))
    data = b"<?xml version='1.0'?><tmx version='1.4'><header/><body>%b</body></tmx>" % body
    found = read_import(data, name="t.tmx", pairs=pairs, reviewer="Lan")
    assert len(found.memory) == 20_000


def test_the_hosts_files_are_what_they_were(pairs: Pairs, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("leaked")
    for system in (secret.as_uri(), "http://127.0.0.1:9/x"):
        text = (
            f'<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "{system}"><tmx><header/><body><tu>'
            "<tuv xml:lang='vi'><seg>&x;Một.</seg></tuv><tuv xml:lang='en'><seg>One.</seg></tuv>"
            "</tu></body></tmx>"
        )
        found = read_import(text.encode(), name="t.tmx", pairs=pairs, reviewer="Lan")
        assert [one.source for one in found.memory] == ["&x;Một."]
