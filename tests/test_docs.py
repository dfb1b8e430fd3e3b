"""The documents say what is true: commands run as written, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seedsum import cli, errors
from seedsum.reading import READERS, known_extensions

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "RELEASING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]

#: Commands that need the network, and what they give without it.
NEEDS_NETWORK = {
    "seedsum models pull": 5,
    "seedsum doctor": 8,
    "seedsum run s3://bucket/articles --output s3://bucket/pairs --ray auto": 2,
}


def command_lines() -> list[str]:
    lines = re.findall(r"^    (?:cat [^|]+\| )?(seedsum .*?)(?:\s{2,}#.*)?$", README, re.MULTILINE)
    assert len(lines) >= 8
    return lines


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
def folder(tmp_path: Path) -> Path:
    """A folder as the README has it in mind: input/ and the files that it names."""
    shutil.copytree(ROOT / "input", tmp_path / "input")
    page = ROOT / "input" / "community" / "vi-page.html"
    for name in ("a.html", "page.html"):
        shutil.copy(page, tmp_path / name)
    for name in ("a.txt", "b.txt", "page.txt"):
        shutil.copy(ROOT / "input" / "community" / "en-training.txt", tmp_path / name)
    return tmp_path


def test_the_readmes_commands_run_as_written_one_after_another(
    folder: Path, subtests: pytest.Subtests
) -> None:
    for line in command_lines():
        arguments = shlex.split(line)[1:]
        with subtests.test(line):
            done = subprocess.run(
                [sys.executable, "-m", "seedsum", *arguments],
                cwd=folder,
                input=(folder / "page.txt").read_bytes() if arguments[-1] == "-" else b"",
                capture_output=True,
                env={**os.environ, "HF_HUB_OFFLINE": "1"},
                check=False,
            )
            # Without the Hub the bundled models stand in, which somebody has to know.
            wanted = {8} if b"starter models" in done.stderr else {NEEDS_NETWORK.get(line, 0)}
            assert done.returncode in wanted, done.stderr.decode()


@pytest.mark.parametrize("name", ["README.md", "docs/architecture.md"])
def test_the_python_in_the_documents_runs_as_written(name: str, folder: Path) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_command_is_in_the_readme_or_the_docs() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    assert {name for name in command_names() if f"seedsum {name}" not in text} == set()


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
    commands = re.findall(r"^    (\S+ \S+)", README, re.MULTILINE)
    assert commands[:2] == ["make run", "make test"]
