"""What is built from the checkout: everything that the tests and a run need is in it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow


def build(target: str, folder: Path) -> Path:
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory"]
    subprocess.run([*command, str(folder)], cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


def test_the_sdist_has_every_file_that_its_tests_need(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for pattern in (
        "tests/**/*", "src/seedsum/**/*", "benchmarks/*", "reliability/*", "training/*",
        "docs/**/*", "deploy/*", "input/**/*", "*.md", "*.toml", "*.yml", "constraints.txt",
        "Makefile", "LICENSE",
    ):  # fmt: skip
        for path in ROOT.glob(pattern):
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and "__pycache__" not in name and ".hypothesis" not in name:
                assert name in names, name


def test_the_wheel_has_data_models_and_both_licences(tmp_path: Path) -> None:
    with zipfile.ZipFile(build("wheel", tmp_path)) as archive:
        names = set(archive.namelist())
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
    for name in ("models.toml", "starter/ct2/model.bin", "languages/hindi.toml", "py.typed"):
        assert f"seedsum/{name}" in names, name
    assert any(name.endswith("output/record.schema.json") for name in names)
    assert "License-Expression: Apache-2.0 AND CC-BY-SA-4.0" in text
    assert text.count("License-File:") == 2


def test_make_takes_pytorch_from_another_index() -> None:
    def commands(*variables: str) -> str:
        command = ["make", "--dry-run", "--always-make", "run", "VENV=elsewhere", *variables]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert "--index-url" not in commands()
    (line,) = [
        line
        for line in commands("TORCH_INDEX=https://example.org/cpu").splitlines()
        if "torch==" in line
    ]
    assert "--index-url https://example.org/cpu" in line
