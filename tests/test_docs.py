"""The documents say what is true: commands run as written, links lead somewhere."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

import command_line_page
import document_commands
import repositories
from chat_server import serving
from document_commands import DOCUMENTS, NOT_RUN, PAGES, ROOT
from hub_server import running_hub
from s3_server import CREDENTIALS, s3_server
from seedsum import cli, errors
from seedsum.reading import READERS, known_extensions
from seedsum.records import ModelSpec
from seedsum.settings import CheckOptions, OutputOptions, RunRules, SummaryOptions

#: Pages with more than a few quick commands, or with servers.
SLOW_PAGES = {page for page in PAGES if page not in ("README.md", "docs/index.md")}

MEMORY = """<?xml version="1.0" encoding="UTF-8"?>
<tmx version="1.4"><header srclang="vi"/><body><tu>
<tuv xml:lang="vi"><seg>Trạm có hai bác sĩ.</seg></tuv>
<tuv xml:lang="en"><seg>The station has two doctors.</seg></tuv>
</tu></body></tmx>
"""

Prepare = Callable[[Path], AbstractContextManager[Mapping[str, str]]]


def command_names() -> set[str]:
    groups = {"": cli.app, "models ": cli.models.app, "eval ": cli.evaluation.app}
    return {
        prefix + (command.name or str(getattr(command.callback, "__name__", "")))
        for prefix, group in groups.items()
        for command in group.registered_commands
    }


def test_every_file_type_and_every_library_of_an_extra_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "sources.md").read_text(encoding="utf-8")
    assert [name for name in known_extensions() if f"`{name}`" not in page] == []
    libraries = {reader.library for reader in READERS.values() if reader.library}
    assert [name for name in sorted(libraries) if f"({name})" not in page] == []


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with what the source has and the pages name; the bundled models are the default."""
    folder = tmp_path / "source"
    for name in ("input", "docs", "deploy"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    text = (ROOT / "models.toml").read_text(encoding="utf-8")
    chosen = text.replace('default_profile = "default"', 'default_profile = "starter"')
    assert chosen != text
    (folder / "models.toml").write_text(chosen, encoding="utf-8")
    page = ROOT / "input" / "community" / "vi-page.html"
    for name in ("a.html", "page.html"):
        shutil.copy(page, folder / name)
    for name in ("a.txt", "b.txt", "page.txt"):
        shutil.copy(ROOT / "input" / "community" / "en-training.txt", folder / name)
    return folder


@contextmanager
def plain(source: Path) -> Iterator[Mapping[str, str]]:
    """Nothing but the source."""
    yield {}


@contextmanager
def with_pairs(source: Path) -> Iterator[Mapping[str, str]]:
    """Pairs of the sample articles, and a memory from elsewhere."""
    done = seedsum(source, "run", "input/")
    assert done.returncode == 0, done.stderr
    (source / "client.tmx").write_text(MEMORY, encoding="utf-8")
    yield {}


@contextmanager
def on_a_server(source: Path) -> Iterator[Mapping[str, str]]:
    """The folders of a machine that runs seedsum every night, with articles."""
    articles = source.parent / "srv" / "articles"
    shutil.copytree(source / "input", articles / "input")
    shutil.copy(source / "models.toml", articles)
    for folder in ("var/log/seedsum", "var/lib/prometheus/node-exporter"):
        (source.parent / folder).mkdir(parents=True)
    new = source.parent / "opt" / "seedsum" / "venv-0.3.0" / "bin"
    new.mkdir(parents=True)
    (new / "seedsum").symlink_to("../../.venv/bin/seedsum")
    yield {}


@contextmanager
def with_a_hub(source: Path) -> Iterator[Mapping[str, str]]:
    """A hub with the profiles' repositories, of tiny weights; pins to real commits are left out."""
    config = source / "models.toml"
    text = (ROOT / "models.toml").read_text(encoding="utf-8")
    # The tiny model knows no Hindi, and no position beyond 256.
    text = text.replace("hin_Deva", "ben_Beng")
    name = '["models"."nllb-200-1.3B"]\n'
    assert name in text
    text = text.replace(name, f"{name}decoding = {{ max_target_tokens = 40 }}\n")
    config.write_text(re.sub(r'(?m)^revision = ".*"\n', "", text), encoding="utf-8")
    with running_hub() as hub:
        repositories.fill(hub, repositories.Shelf(source.parent / "shelf"))
        yield {"HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0"}


@contextmanager
def with_a_language_model(source: Path) -> Iterator[Mapping[str, str]]:
    """The page's models.toml, and a server at its address that answers."""
    (first, *_) = (b for b in document_commands.blocks("docs/llm.md") if b.language == "toml")
    listed = ({"id": "qwen3-8b", "object": "model", "owned_by": "us"},)
    with serving(lambda question: "The people of the village met.", models=listed) as server:
        address = "http://127.0.0.1:8080/v1"
        assert address in first.text
        with (source / "models.toml").open("a", encoding="utf-8") as config:
            config.write("\n" + first.text.replace(address, server.address))
        yield {}


@contextmanager
def with_a_store(source: Path) -> Iterator[Mapping[str, str]]:
    """An S3 server whose bucket has the articles, and the same in a folder; a part of an array."""
    import s3fs

    shutil.copytree(source / "input", source / "articles")
    with s3_server() as address:
        env = {**CREDENTIALS, "AWS_ENDPOINT_URL": address}
        store = s3fs.S3FileSystem(
            key="test",
            secret="test",
            client_kwargs={"endpoint_url": address},
            skip_instance_cache=True,
        )
        for name in ("health/vi-nuoc-sach.md", "community/en-training.txt"):
            store.pipe(f"bucket/articles/{name}", (source / "input" / name).read_bytes())
        yield {**env, "SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "8"}


@contextmanager
def with_a_table(source: Path) -> Iterator[Mapping[str, str]]:
    """A table of two articles."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    texts = [(source / "input" / "health" / name).read_text("utf-8") for name in TABLE]
    parquet.write_table(pyarrow.table({"id": list("ab"), "text": texts}), source / "table.parquet")
    yield {}


TABLE = ("vi-tram-y-te.txt", "bn-dengue.txt")

#: What a page's commands find; the source alone where it is not named.
PREPARED: dict[str, Prepare] = {
    "docs/exchange.md": with_pairs,
    "docs/llm.md": with_a_language_model,
    "docs/models.md": with_a_hub,
    "docs/operations.md": on_a_server,
    "docs/reviewing.md": with_pairs,
    "docs/scale.md": with_a_store,
    "docs/tables.md": with_a_table,
    "docs/how-to/check-translations.md": with_pairs,
}


def seedsum(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "seedsum", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def marked(pages: list[str], slow: set[str]) -> list[object]:
    return [pytest.param(page, marks=pytest.mark.slow) if page in slow else page for page in pages]


@pytest.mark.parametrize(
    "page",
    marked(
        [page for page in PAGES if any(not c.not_run for c in document_commands.commands(page))],
        SLOW_PAGES,
    ),
)
def test_the_commands_of_a_page_run_as_written_one_after_another(
    page: str, source: Path, subtests: pytest.Subtests
) -> None:
    with PREPARED.get(page, plain)(source) as env:
        done = document_commands.run(page, source, {"HF_HUB_OFFLINE": "1", **env})
    printed = "".join(one.output for one in done)
    for one in done:
        with subtests.test(one.command.text, line=one.command.line):
            assert one.exit_code == 0, one.output[-3000:]
    for block in document_commands.blocks(page):
        for line in block.text.splitlines() if block.language == "text" else ():
            if line.startswith("seedsum: "):
                with subtests.test(line, line=block.line):
                    assert without_figures(line) in without_figures(printed)


def without_figures(text: str) -> str:
    """Return what is printed without what another model or machine prints otherwise."""
    return re.sub(r"\d+(\.\d+)?", "#", re.sub(r", \d+ flagged", "", text))


@pytest.mark.parametrize("page", PAGES)
def test_what_is_not_run_names_what_is_there(page: str) -> None:
    for command in document_commands.commands(page):
        document_commands.check_words(command)
    for block in document_commands.blocks(page):
        if block.language in ("text", "ini"):
            for line in block.text.splitlines():
                if not line.startswith("seedsum: "):
                    for call in document_commands.seedsum_calls(line):
                        document_commands.check_call(call)
    for said in document_commands.inline_calls(page):
        for arguments in document_commands.seedsum_calls(said):
            document_commands.check_call(arguments, is_whole=False)


def test_every_reason_not_to_run_a_command_is_in_use() -> None:
    texts = [command.text for page in PAGES for command in document_commands.commands(page)]
    unused = [pattern for pattern in NOT_RUN if not any(re.match(pattern, t) for t in texts)]
    assert unused == []


#: Python of a page that is not run, by its first line, and why.
PYTHON_NOT_RUN = {"english = ray.data": "needs a cluster; tests/test_tables.py runs this on one"}


def python_pages() -> list[str]:
    return [p for p in PAGES if any(b.language == "python" for b in document_commands.blocks(p))]


@pytest.mark.parametrize("page", marked(python_pages(), {"docs/tables.md"}))
def test_the_python_of_a_page_runs_as_written(page: str, source: Path) -> None:
    code = "".join(
        block.text
        for block in document_commands.blocks(page)
        if block.language == "python" and not block.text.startswith(tuple(PYTHON_NOT_RUN))
    )
    script = source / "page.py"
    script.write_text(f"if __name__ == '__main__':\n{_indented(code)}", encoding="utf-8")
    with PREPARED.get(page, plain)(source) if page == "docs/tables.md" else plain(source):
        done = subprocess.run(
            [sys.executable, script],
            cwd=source,
            capture_output=True,
            text=True,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            check=False,
        )
    assert done.returncode == 0, done.stderr


def _indented(code: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in code.splitlines())


def test_tables_and_settings_in_the_documents_are_valid() -> None:
    for page in PAGES:
        for block in document_commands.blocks(page):
            if block.language == "toml":
                tomllib.loads(block.text)


def test_every_command_is_in_the_readme_or_the_docs() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    assert {name for name in command_names() if f"seedsum {name}" not in text} == set()


def test_the_page_of_the_command_line_is_what_typer_says() -> None:
    assert command_line_page.PAGE.read_text(encoding="utf-8") == command_line_page.page(), (
        "python tests/command_line_page.py writes it"
    )


def keys(kind: Any) -> Iterator[str]:
    """Yield the names of a settings class's fields, and of those within them."""
    for field in dataclasses.fields(kind):
        yield field.name
        factory = field.default_factory
        default = field.default if factory is dataclasses.MISSING else factory()
        if dataclasses.is_dataclass(default):
            yield from keys(default)


def test_every_key_of_models_toml_is_explained() -> None:
    names = ("reference/models-toml.md", "reference/exit-codes.md", "checks.md", "llm.md")
    pages = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in names)
    kinds = (ModelSpec, SummaryOptions, CheckOptions, OutputOptions, RunRules)
    wanted = {name for kind in kinds for name in keys(kind)}
    assert {name for name in wanted if not re.search(rf"\b{name}\b", pages)} == set()


def test_every_exit_code_is_explained() -> None:
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    codes = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.SeedsumError)
    }
    for code in sorted(codes | {0, 130, 143}):
        assert re.search(rf"^\| (?:\d+, )?{code}(?:, \d+)? \|", page, re.MULTILINE), code


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files_that_are_there(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_the_readme_opens_with_the_two_commands() -> None:
    found = [command.text for command in document_commands.commands("README.md")]
    assert [re.match(r"make \w+", text) is not None for text in found[:2]] == [True, True]
