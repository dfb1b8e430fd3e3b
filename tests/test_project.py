"""What a stranger needs to carry the project on: each file is what those who read it expect."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import seedsum

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = {
    ".github/workflows/ci.yml": "vendor.github-workflows",
    ".github/ISSUE_TEMPLATE/config.yml": "vendor.github-issue-config",
    ".github/ISSUE_TEMPLATE/fault.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/language.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/wrong-flag.yml": "vendor.github-issue-forms",
    "CITATION.cff": "vendor.citation-file-format",
}

pytestmark = pytest.mark.skipif(
    not (ROOT / ".github").is_dir(), reason="an sdist has no files of the repository's host"
)


@pytest.mark.parametrize("name", SCHEMAS)
def test_its_schema_takes_it(name: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[name], name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_schema_refuses_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "ci.yml"
    wrong.write_text("name: CI\non: push\njobs:\n  check:\n    runs-on: 7\n")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    done = subprocess.run(
        [*command, "vendor.github-workflows", wrong], capture_output=True, check=False
    )
    assert done.returncode == 1


def test_ci_runs_each_python_that_the_package_names() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    job = workflow["jobs"]["check"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [
        entry.rpartition(" ")[2]
        for entry in project["classifiers"]
        if entry.startswith("Programming Language :: Python :: 3.")
    ]
    assert job["strategy"]["matrix"]["python"] == named
    assert job["steps"][-1]["run"].startswith("make check")


def test_the_hooks_run_what_make_check_runs() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    commands = [hook["entry"].split()[0] for repo in hooks["repos"] for hook in repo["hooks"]]
    assert set(commands) == {".venv/bin/ruff", ".venv/bin/mypy", ".venv/bin/pytest"}


def test_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)(?: - (\d{4}-\d\d-\d\d))?$", changelog, re.MULTILINE)
    assert newest
    assert citation["version"] == project["version"] == seedsum.__version__
    assert citation["license"] == project["license"].split(" AND ")
    if ".dev" in project["version"]:
        assert newest[1] == "Unreleased"
    else:
        assert newest.groups() == (project["version"], str(citation["date-released"]))


def as_script(dockerfile: str, *, data: Path) -> str:
    """Return what a Dockerfile does as a script for an empty machine's shell."""
    lines = ["set -eu"]
    for line in dockerfile.replace("\\\n", " ").splitlines():
        word, _, rest = line.partition(" ")
        if word == "ARG":
            name, _, value = rest.partition("=")
            lines.append(f'{name}="${{{name}-{value}}}"')
        elif word == "RUN":
            lines.append(rest)
        elif word == "WORKDIR" and rest == "$DATA":
            lines.append(f"cd {shlex.quote(str(data))}")
        elif word == "ENV":
            lines.append(f"export {rest}")
        elif word in ("ENTRYPOINT", "CMD"):
            values = yaml.safe_load(rest)
            lines.append(f"{word}={shlex.quote(shlex.join(values))}")
    return "\n".join([*lines, 'eval "$ENTRYPOINT $CMD"'])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("install") is None or os.getuid() != 0, reason="needs root")
def test_the_dockerfile_does_what_it_says(tmp_path: Path) -> None:
    build, data = tmp_path / "seedsum", tmp_path / "data"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "python"], check=True)
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    if files == [""]:
        pytest.skip("not a checkout: which files would be copied is not known")
    for name in filter(None, files):
        (build / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, build / name)
    for folder in ("input", "output"):
        (data / folder).mkdir(parents=True)
    (data / "input/a.txt").write_text("Bệnh viện mở cửa năm 2019.\n", encoding="utf-8")
    script = as_script((ROOT / "Dockerfile").read_text(encoding="utf-8"), data=data)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=build,
        env={
            "PATH": f"{tmp_path}/python/bin:{os.environ['PATH']}",
            "DATA": str(data),
            "TORCH_INDEX": os.environ.get("TORCH_INDEX", ""),
            "HF_HUB_OFFLINE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 8), done.stdout + done.stderr
    assert (data / "output/a.txt.summary.md").is_file()
    assert (data / "output").stat().st_uid == 10001
