"""What is built from the checkout: everything that the tests and a run need is in it."""

from __future__ import annotations

import email
import os
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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


def test_the_wheel_has_the_package_its_data_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    tracked = {
        f"seedsum/{path.relative_to(ROOT / 'src/seedsum').as_posix()}"
        for path in (ROOT / "src/seedsum").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == tracked | {"seedsum/models.toml"}


def test_both_licences_are_named_and_whole_in_sdist_and_wheel(wheel: Path, tmp_path: Path) -> None:
    texts = {
        name: (ROOT / name).read_bytes() for name in ("LICENSE", "src/seedsum/starter/LICENSE")
    }
    with zipfile.ZipFile(wheel) as archive:
        (info,) = {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        metadata = email.message_from_bytes(archive.read(f"{info}/METADATA"))
        for name, text in texts.items():
            assert archive.read(f"{info}/licenses/{name}") == text
    assert metadata["License-Expression"] == "Apache-2.0 AND CC-BY-SA-4.0"
    assert set(metadata.get_all("License-File", [])) == set(texts)
    with tarfile.open(build("sdist", tmp_path)) as archive:
        for name, text in texts.items():
            member = archive.extractfile(f"seedsum-{metadata['Version']}/{name}")
            assert member and member.read() == text


def test_the_metadata_name_no_address(wheel: Path) -> None:
    # There is no page of the project; one that is named has to exist.
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
    assert metadata["Name"] == "seedsum"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert not metadata.get_all("Project-URL")
    assert not metadata["Home-page"]


def test_the_same_files_give_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    assert build("wheel", tmp_path).read_bytes() == wheel.read_bytes()


def test_the_unpacked_wheel_runs_in_another_folder(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "a.txt").write_text("Trạm có 12 giường bệnh.\n", encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    which = "import seedsum, sys; print(seedsum.__file__)"
    for arguments in (["-c", which], ["-m", "seedsum", "run", "a.txt", "--profile", "starter"]):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=articles,
            env={**environment, "PYTHONPATH": str(tmp_path / "site"), "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 8), done.stderr
        if arguments[0] == "-c":
            assert done.stdout.startswith(str(tmp_path / "site"))
    assert "12" in (articles / "output" / "a.txt.translation.md").read_text(encoding="utf-8")


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
