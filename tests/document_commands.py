"""The commands of the documents: found in their blocks, run one after another, or read.

`python tests/document_commands.py` says how many of each page are run, and why others are not.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from markdown_it import MarkdownIt

from seedsum import cli

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "RELEASING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
PAGES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]

#: Commands that are not run, by how they begin, and why. Their words are read all the same: the
#: commands, options and extras that they name have to exist.
NOT_RUN = {
    r"make (run|test|check|docs|dist|readme)": "makes an environment of gigabytes",
    r"(\S*/)?pip install": "fetches packages from an index",
    r"xdg-open": "needs a desktop",
    r"(useradd|install|systemctl|cp deploy/|sudo|ln -sfn)\b": "changes the system, as root",
    r"python3 -m venv /opt/": "changes the system, as root",
    r"cd \S+ && sudo": "changes the system, as root",
    r"(job=\$\()?sbatch": "needs Slurm",
    r"seedsum run .*--ray": "starts a cluster; tests/test_cluster.py runs this on one",
    r"python -c \"from transformers": "needs a pickle of weights",
}

#: Pages of which no command is run, and why.
PAGES_NOT_RUN = {
    "RELEASING.md": "builds and publishes; tests/test_package.py does the quick half",
}

#: Places of a server's file system, which stand below the test's folder here.
SYSTEM_FOLDERS = ("/srv/", "/opt/", "/var/lib/", "/var/log/")

_SHELL = ("bash", "console", "shell", "sh")
_DATA = ("toml", "python", "json", "ini", "text", "yaml", "dockerfile")
_CRON = re.compile(r"^(?:[\d*/,-]+ +){5}(.*)$")
_INLINE = re.compile(r"(?<![\w`/])`((?:\S*/)?seedsum [^`]+)`")


_CALL = re.compile(
    r"""(?:^|(?<!-u)[\s('"=]|bin/)seedsum ((?:[^|&;>`#'"()\n]|'[^']*'|"[^"]*")+)""", re.MULTILINE
)


@dataclass(frozen=True)
class Block:
    """A code block of a page."""

    page: str
    line: int
    language: str
    text: str


@dataclass(frozen=True)
class Command:
    """One command, as a shell takes it; a here-document belongs to it."""

    page: str
    line: int
    text: str

    @property
    def not_run(self) -> str:
        """Why it is not run; empty where it is."""
        if self.page in PAGES_NOT_RUN:
            return PAGES_NOT_RUN[self.page]
        for pattern, reason in NOT_RUN.items():
            if re.match(pattern, self.text):
                return reason
        return ""


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    command: Command
    exit_code: int
    output: str


def blocks(page: str) -> list[Block]:
    """Return the page's code blocks, in order."""
    tokens = MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text("utf-8"))
    return [
        Block(page, token.map[0] + 1, _language(token), token.content)
        for token in tokens
        if token.type in ("fence", "code_block") and token.map
    ]


def _language(token: Any) -> str:
    if token.type == "fence":
        words = token.info.split()
        return words[0] if words else "text"
    # An indented block names no language.
    return "toml" if token.content.lstrip().startswith("[") else "bash"


def commands(page: str) -> list[Command]:
    """Return the page's commands, in order: of shell blocks, and of lines for cron."""
    found: list[Command] = []
    for block in blocks(page):
        if block.language in _SHELL:
            found += _split(block)
        elif block.language == "text":
            for line in block.text.splitlines():
                if cron := _CRON.match(line):
                    found.append(Command(page, block.line, cron[1]))
        else:
            assert block.language in _DATA, f"{page}:{block.line}: language {block.language!r}"
    return found


def _split(block: Block) -> Iterator[Command]:
    """Yield the commands of a shell block: lines, joined where one goes on in the next."""
    lines = block.text.splitlines()
    has_prompts = any(line.startswith("$ ") for line in lines)
    number = 0
    while number < len(lines):
        first, line = number, lines[number]
        number += 1
        if has_prompts and not line.startswith("$ "):
            continue  # what the command prints
        line = line.removeprefix("$ ")
        while line.endswith("\\") and number < len(lines):
            line += "\n" + lines[number]
            number += 1
        if document := re.search(r"<<'?(\w+)'?", line):
            while lines[number] != document[1]:
                line += "\n" + lines[number]
                number += 1
            line += "\n" + lines[number]
            number += 1
        if line.strip() and not line.startswith("#"):
            yield Command(block.page, block.line + 1 + first, line)


def run(
    page: str, folder: Path, env: Mapping[str, str], *, timeout_seconds: float = 560.0
) -> list[Done]:
    """Run the page's commands in one shell, one after another, in `folder`; return what they did.

    `folder` is the source; folders of the system stand in `folder.parent`.
    """
    system = folder.parent
    shims = system / "bin"
    bin_folder = system / "opt" / "seedsum" / ".venv" / "bin"
    for place in (shims, bin_folder):
        place.mkdir(parents=True, exist_ok=True)
        shim = place / "seedsum"
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" --as-seedsum "$@"\n')
        shim.chmod(0o755)
    wanted = [command for command in commands(page) if not command.not_run]
    lines = []
    for number, command in enumerate(wanted):
        text = command.text
        for top in SYSTEM_FOLDERS:
            text = re.sub(rf"(?<![\w/.]){top}", f"{system}{top}", text)
        lines += [f"printf '\\036BEGIN {number}\\036\\n'", text]
        lines += [f"printf '\\036END {number} %s\\036\\n' $?"]
    script = system / "commands.sh"
    script.write_text("\n".join(lines) + "\n")
    output = system / "commands.out"
    with output.open("wb") as out:
        subprocess.run(
            ["bash", str(script)],
            cwd=folder,
            env={**os.environ, **env, "PATH": f"{shims}:{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            timeout=timeout_seconds,
            check=False,
        )
    text = output.read_text(encoding="utf-8", errors="replace")
    done = []
    for number, command in enumerate(wanted):
        found = re.search(
            rf"\x1eBEGIN {number}\x1e\n(.*?)\x1eEND {number} (\d+)\x1e\n", text, re.DOTALL
        )
        assert found, f"{page}:{command.line}: {command.text} did not end\n{text[-2000:]}"
        done.append(Done(command, int(found[2]), found[1]))
    return done


def seedsum_calls(text: str) -> Iterator[list[str]]:
    """Yield the arguments of each call of seedsum in a command or a line."""
    for found in _CALL.finditer(text):
        words = found[1]
        if text[found.end() : found.end() + 1] == ">":
            words = re.sub(r"\s\d$", "", words)  # of `2>> file`
        words = words.removesuffix(" $").removesuffix("$")
        yield [word.strip("[]") for word in shlex.split(words) if word.strip("[].…")]


def check_call(arguments: Sequence[str], *, is_whole: bool = True) -> None:
    """Raise unless the command and each option exist, as Typer has them.

    Prose may leave out the value of the last option (`is_whole=False`).
    """
    command: Any = typer.main.get_command(cli.app)
    context = typer.Context(command, info_name="seedsum")
    words = list(arguments)
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        assert words[0] in command.commands, f"no command {words[0]!r}"
        command = command.commands[words.pop(0)]
        context = typer.Context(command, info_name=command.name, parent=context)
    if words and words[-1].startswith("-") and not is_whole:
        option = next((p for p in command.params if words[-1] in p.opts), None)
        words += [] if option is None or option.is_flag else ["VALUE"]
    command.make_parser(context).parse_args(words)


def inline_calls(page: str) -> list[str]:
    """Return what the page's prose says of the command, between backticks."""
    if page == "docs/reference/command-line.md":  # says it in Typer's words
        return []
    text = (ROOT / page).read_text(encoding="utf-8")
    prose = re.sub(r"(?ms)^```.*?^```$", "", text)
    return [found[1] for found in _INLINE.finditer(prose)]


def check_words(command: Command) -> None:
    """Raise unless what a command names is there: calls of seedsum, extras, targets, files."""
    text = re.sub(r"\s#.*", "", command.text)
    is_a_name = re.match("useradd|install|git", text)  # of a user, a release
    for arguments in () if is_a_name else seedsum_calls(text):
        check_call(arguments)
    if "pip install" in command.text:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        extras = project["project"]["optional-dependencies"]
        for names in re.findall(r"(?:seedsum|\.|\.whl)\[([\w,-]+)\]", command.text):
            assert set(names.split(",")) <= set(extras), names
        for name in re.findall(r"(?<=[ /])constraints\.txt", command.text):
            assert (ROOT / name).is_file()
    for target in re.findall(r"^make (\w+)", command.text):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for name in re.findall(r"(?<=\s)deploy/\S+", command.text):
        assert (ROOT / name).is_file(), name


def _as_seedsum(arguments: Sequence[str]) -> int:
    """Run seedsum; a page that is served is asked for once, and ended as with Ctrl+C."""
    command = [sys.executable, "-m", "seedsum", *arguments]
    if arguments[:1] != ["review"] or "--help" in arguments:
        return subprocess.run(command, check=False).returncode
    import signal
    import urllib.request

    if "--no-browser" not in arguments:
        command.append("--no-browser")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout
        for line in process.stdout:
            print(line.decode(), end="", flush=True)
            if address := re.search(rb"http://127\.0\.0\.1:\d+/\S*", line):
                with urllib.request.urlopen(address[0].decode(), timeout=60) as answer:
                    assert b"<html" in answer.read()
                process.send_signal(signal.SIGINT)
        code = process.wait()
    return 0 if code in (0, 130) else code


def _print_figures() -> None:
    why: Counter[str] = Counter()
    num_run = 0
    for page in PAGES:
        found = commands(page)
        kept = [command for command in found if not command.not_run]
        why.update(command.not_run for command in found if command.not_run)
        num_run += len(kept)
        print(f"{len(kept):3} run {len(found) - len(kept):3} read  {page}")
    print(f"{num_run} run, {why.total()} read")
    for reason, number in why.most_common():
        print(f"{number:3} {reason}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--as-seedsum"]:
        sys.exit(_as_seedsum(sys.argv[2:]))
    _print_figures()
