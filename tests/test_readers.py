"""The table of readers, and what another package adds to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import toy_reader
from seedsum import plugins, reading
from seedsum.errors import ConfigError, ReadError
from seedsum.output.names import safe_name
from seedsum.pipeline.sources import list_sources
from seedsum.reading import READERS, Reader, read, read_document, reader_of, readers

TELEGRAM = """CLINIC OPENS IN THE NORTH
THE CLINIC OPENED ON MONDAY AFTER EIGHTEEN MONTHS OF WORK STOP ALL CHILDREN WILL BE VACCINATED STOP
PEOPLE FROM THREE VILLAGES CAME TO SEE IT AND SAID THAT THEY HAD WAITED FOR IT FOR YEARS STOP
"""


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    """Let a test say what other packages add."""
    added: dict[str, object] = {}
    monkeypatch.setattr(plugins, "load", lambda group: added)
    caches = (readers, reading._by_extension)
    for cache in caches:
        cache.cache_clear()
    yield added
    for cache in caches:
        cache.cache_clear()


def test_every_reader_in_the_table_is_found_by_its_extensions() -> None:
    for format, reader in READERS.items():
        assert reader.format == format
        for extension in reader.extensions:
            assert reader_of(f"a.b{extension.upper()}") == reader
            assert reader_of(f"a{extension}.gz") == reader
    assert reader_of("a.doc") is None
    assert reader_of("txt") is None


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ReadError, match=r"^a\.doc: format 'doc' .* txt, md, html, xhtml, jsonl, "):
        read_document("a.doc", b"a", format="doc")


def test_read_makes_an_article_ready_to_be_translated() -> None:
    prepared = read("a.txt", "Xin chào các bạn.".encode(), languages=("vi", "en"), target="en")
    assert [segment.text for segment in prepared.segments] == ["Xin chào các bạn."]
    assert (prepared.language.language, prepared.skip) == ("vi", "")


def test_a_reader_of_another_package_is_known_everywhere(
    tmp_path: Path, installed: dict[str, object]
) -> None:
    installed["telegrams"] = toy_reader.CAPS
    (tmp_path / "a.caps").write_text(TELEGRAM)
    (tmp_path / "a.doc").write_text("no")
    listing = list_sources([tmp_path])
    assert [source.name for source in listing.sources] == ["a.caps"]
    assert listing.num_skipped == {"foreign": 1}
    assert safe_name("-a.caps").endswith(".caps")
    prepared = read("a.caps", TELEGRAM.encode(), languages=("en",), target="en")
    assert prepared.document.title == "CLINIC OPENS IN THE NORTH"
    assert [block.role for block in prepared.document.blocks] == ["title", "body", "body"]
    assert prepared.segments[2].text == "All children will be vaccinated."
    with pytest.raises(ReadError, match=r"^b\.caps: a telegram has no small letters"):
        read("b.caps", b"Stop", languages=("en",), target="en")


@pytest.mark.parametrize(
    ("added", "message"),
    [
        (Reader("txt", (".text",), toy_reader.read), "for txt"),
        (Reader("text", (".txt",), toy_reader.read), "there is one already"),
        (toy_reader.read, "no seedsum.reading.Reader"),
    ],
)
def test_what_cannot_be_added_is_refused_by_name(
    installed: dict[str, object], added: object, message: str
) -> None:
    installed["telegrams"] = added
    with pytest.raises(ConfigError, match=f"'telegrams'.*{message}"):
        readers()


def test_a_run_reads_what_an_installed_package_reads(tmp_path: Path) -> None:
    package = tmp_path / "site"
    (package / "telegrams-1.0.dist-info").mkdir(parents=True)
    Path(package, "telegrams-1.0.dist-info", "METADATA").write_text(
        "Metadata-Version: 2.1\nName: telegrams\nVersion: 1.0\n"
    )
    Path(package, "telegrams-1.0.dist-info", "entry_points.txt").write_text(
        "[seedsum.readers]\ncaps = toy_reader:CAPS\n"
    )
    Path(package, "toy_reader.py").write_bytes(Path(toy_reader.__file__).read_bytes())
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.caps").write_text(TELEGRAM)
    code = "import seedsum; print(seedsum.run(['in'], offline=True, profile='starter').exit_code)"
    path = os.pathsep.join([str(package), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[-1] == "0", done.stderr
    record = json.loads((tmp_path / "output" / "a.caps.record.json").read_text())
    assert record["source"]["format"] == "caps"
    assert "telegrams" in json.dumps(record["plugins"])
    summary = (tmp_path / "output" / "a.caps.summary.md").read_text()
    assert "The clinic opened on monday after eighteen months of work." in summary
