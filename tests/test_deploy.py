"""The systemd units: valid, hardened, and calling a command that exists."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
UNITS = ("seedsum.service", "seedsum.timer")
PROGRAM = "/opt/seedsum/.venv/bin/seedsum"

#: What `systemd-analyze security` (252) says of the unit is 1.0 of 10; without any of the hardening
#: it is 9.2. In tenths, as the option wants it, with room for what other versions count.
MAX_EXPOSURE = 25


def service() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ROOT / "deploy" / "seedsum.service", encoding="utf-8")
    return parser["Service"]


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze, which comes with systemd")
    return subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units with a program that is on this machine: `verify` looks whether it can be run."""
    for name in UNITS:
        text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(PROGRAM, sys.executable), encoding="utf-8")
    return [tmp_path / name for name in UNITS]


def test_systemd_finds_nothing_wrong_with_the_units(units: list[Path]) -> None:
    done = analyze("verify", "--man=no", *units)
    assert done.returncode == 0, done.stderr
    assert "seedsum" not in done.stderr  # an unknown setting is a warning only


def test_systemd_would_find_a_misspelt_setting(units: list[Path]) -> None:
    text = units[0].read_text(encoding="utf-8").replace("PrivateTmp", "PrivatTmp")
    units[0].write_text(text, encoding="utf-8")
    assert "PrivatTmp" in analyze("verify", "--man=no", *units).stderr


def test_the_service_is_hardened(units: list[Path]) -> None:
    done = analyze("security", "--offline=true", f"--threshold={MAX_EXPOSURE}", units[0])
    if "unrecognized option" in done.stderr:
        pytest.skip("needs systemd-analyze security --offline (systemd 250)")
    assert done.returncode == 0, done.stdout[-500:] + done.stderr


def test_the_service_has_limits_and_writes_only_where_it_must() -> None:
    settings = service()
    assert settings["ReadWritePaths"] == "/srv/articles/output"
    for limit in ("MemoryMax", "RuntimeMaxSec", "TasksMax"):
        assert re.match(r"\d", settings[limit])
    assert settings["Type"] != "oneshot"  # RuntimeMaxSec has no effect there


def test_an_input_that_is_not_there_reaches_the_run_which_tells_somebody() -> None:
    """A failed Condition or Assert leaves a service inactive, and starts no OnFailure= unit."""
    text = (ROOT / "deploy" / "seedsum.service").read_text(encoding="utf-8")
    assert not re.search(r"^(Condition|Assert)\w+=", text, re.MULTILINE)


def test_systemd_takes_the_drop_ins_of_operations_md(units: list[Path]) -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```ini\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 2
    folder = units[0].parent / "seedsum.service.d"
    folder.mkdir()
    for number, block in enumerate(blocks):
        text = block.replace(PROGRAM, sys.executable)
        (folder / f"{number}.conf").write_text(text, encoding="utf-8")
    tell = "[Service]\nType=oneshot\nExecStart=/bin/true\n"
    (units[0].parent / "tell@.service").write_text(tell, encoding="utf-8")
    done = analyze("verify", "--man=no", *units)
    assert done.returncode == 0, done.stderr
    assert "seedsum" not in done.stderr  # a setting that is not understood is a warning only


def test_the_services_command_runs_as_written(tmp_path: Path) -> None:
    program, *arguments = shlex.split(service()["ExecStart"])
    assert program == PROGRAM
    shutil.copytree(ROOT / "input", tmp_path / "input")
    done = subprocess.run(
        [sys.executable, "-m", "seedsum", *arguments, "--dry-run", "--profile", "starter"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "6 to do" in done.stdout


# The drop-in for a server of language models

DROP_IN = "seedsum.service.d/chat.conf"


@pytest.fixture
def with_server(units: list[Path]) -> list[Path]:
    """The units, with the drop-in beside them."""
    target = units[0].parent / DROP_IN
    target.parent.mkdir()
    target.write_bytes((ROOT / "deploy" / DROP_IN).read_bytes())
    return units


def test_systemd_finds_nothing_wrong_with_the_drop_in(with_server: list[Path]) -> None:
    done = analyze("verify", "--man=no", *with_server)
    assert done.returncode == 0, done.stderr
    assert "seedsum" not in done.stderr
    path = with_server[0].parent / DROP_IN
    text = path.read_text(encoding="utf-8").replace("IPAddressAllow", "IPAddresAllow")
    path.write_text(text, encoding="utf-8")
    assert "IPAddresAllow" in analyze("verify", "--man=no", *with_server).stderr, "it is read"


def test_the_drop_in_opens_one_address_and_keeps_the_rest(with_server: list[Path]) -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ROOT / "deploy" / DROP_IN, encoding="utf-8")
    settings = parser["Service"]
    assert (settings["IPAddressDeny"], settings["IPAddressAllow"]) == ("any", "127.0.0.1")
    whole = with_server[0].parent / "whole" / "seedsum.service"
    whole.parent.mkdir()
    parts = [with_server[0], with_server[0].parent / DROP_IN]
    whole.write_text("\n".join(part.read_text("utf-8") for part in parts), encoding="utf-8")
    done = analyze("security", "--offline=true", f"--threshold={MAX_EXPOSURE}", whole)
    if "unrecognized option" in done.stderr:
        pytest.skip("needs systemd-analyze security --offline (systemd 250)")
    assert done.returncode == 0, done.stdout[-500:] + done.stderr
