"""Imports go one way, and nothing heavy is imported before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "seedsum"

#: Packages and modules, the lowest first: each may import those of the lines above its own, and
#: nothing of its own line or below; docs/architecture.md draws it.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "records", "settings"),
    ("files", "plugins"),
    ("languages", "reviews"),
    ("reading", "engines", "checks"),
    ("config", "output", "translation", "summaries"),
    ("models",),
    ("pipeline",),
    ("evaluation",),
    ("desk",),
    ("cli",),
)
ALLOWED: dict[str, set[str]] = {
    name: {below for line in LAYERS[:number] for below in line}
    for number, names in enumerate(LAYERS)
    for name in names
}
HEAVY = (
    "torch", "transformers", "ctranslate2", "huggingface_hub", "langdetect", "numpy", "trafilatura",
    "openai", "httpx2",
)  # fmt: skip


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__main__.py")


def owner(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imported(path: Path) -> set[str]:
    """Return the modules of seedsum that a file imports, at any depth."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "seedsum":
            names = [f"seedsum.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("seedsum.")}
    return found - {"__version__"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    name = owner(path)
    if name == "__init__":
        return  # the public API loads lazily from everywhere
    assert name in ALLOWED, f"add {name} to the table here and to docs/architecture.md"
    assert imported(path) - {name} <= ALLOWED[name]


def test_no_module_imports_a_heavy_library_at_its_top() -> None:
    offenders = []
    for path in modules():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names = [node.module]
            offenders += [(path.name, n) for n in names if n.split(".")[0] in HEAVY]
    assert offenders == []


#: What only a run with something to do needs: half of what `import seedsum.pipeline` took before.
STAGES = (
    "checks", "evaluation", "models.doctor", "output.rendering.page", "pipeline.worker",
    "reading.roles", "reading.text", "summaries", "translation",
)  # fmt: skip


def test_a_run_with_nothing_to_do_loads_no_stage(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("The clinic opened on Monday.\n", encoding="utf-8")
    code = (
        "import sys; from seedsum.cli import app\n"
        "try: app(['run', 'in', '--offline', '--profile', 'starter', '--quiet'])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print([m for m in {STAGES!r} if f'seedsum.{{m}}' in sys.modules])"
    )
    seen = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert "'pipeline.worker'" in seen[0]
    assert seen[1] == "[]"


@pytest.mark.parametrize(
    "statement", ["import seedsum", "import seedsum.cli", "import seedsum.pipeline"]
)
def test_importing_loads_nothing_heavy(statement: str) -> None:
    code = f"import sys; {statement}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_architecture_map_names_every_module() -> None:
    text = (PACKAGE.parent.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    missing = {owner(p) for p in modules() if owner(p) != "__init__"}
    missing = {n for n in missing if f"`{n}.py`" not in text and f"`{n}/`" not in text}
    assert missing == set()
