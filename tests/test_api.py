"""The public API: every name loads, says what it does, and survives the import of every module."""

from __future__ import annotations

import inspect
import json
import pkgutil
import subprocess
import sys

import pytest

import seedsum

NAMES = sorted(set(seedsum.__all__) - {"__version__"})
FUNCTIONS = [name for name in NAMES if not inspect.isclass(getattr(seedsum, name))]


def fresh(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_public_name_loads_in_a_fresh_interpreter() -> None:
    code = (
        "import json, seedsum\n"
        "print(json.dumps([name for name in seedsum.__all__ if getattr(seedsum, name)]))"
    )
    assert json.loads(fresh(code)) == seedsum.__all__
    assert set(seedsum.__all__) <= set(dir(seedsum))


def test_importing_every_module_leaves_the_public_functions_callable() -> None:
    modules = [
        module.name
        for module in pkgutil.walk_packages(seedsum.__path__, "seedsum.")
        if not module.name.endswith("__main__")
    ]
    code = (
        f"import importlib, json, seedsum\nfor name in {modules!r}: importlib.import_module(name)\n"
        f"print(json.dumps([n for n in {NAMES!r} if not callable(getattr(seedsum, n))]))"
    )
    assert json.loads(fresh(code)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_has_a_docstring(name: str) -> None:
    text = inspect.getdoc(getattr(seedsum, name))
    assert text and text.splitlines()[0].endswith((".", ";", ",")), name


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_public_function_needs_an_internal_object(name: str) -> None:
    """What has no default is a plain value, a document, a result, or what a stage made of them."""
    known = ("str", "bytes", "Path", "Document", "Result", "Segment", "Callable", "int")
    for parameter in inspect.signature(getattr(seedsum, name)).parameters.values():
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
            assert any(word in str(parameter.annotation) for word in known), parameter


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'translat'"):
        seedsum.translat  # noqa: B018


def test_the_stages_work_on_plain_values() -> None:
    text = "A clinic opens\n\nA new clinic opened in Northfield on Monday. It has two doctors.\n"
    document = seedsum.read_document("a.txt", text.encode())
    document = seedsum.detect_languages(seedsum.classify(document), languages=("bn", "en", "vi"))
    assert {block.detection.language for block in document.blocks} == {"en"}
    segments = seedsum.segment(document)
    assert [segment.text for segment in segments][1:] == [
        "A new clinic opened in Northfield on Monday.",
        "It has two doctors.",
    ]
    assert seedsum.rejoin(document, {}, segments) == document.text
    (flag,) = seedsum.check_segment("Có 3 bác sĩ.", "There are 5 doctors.", language="vi")
    assert flag.code == "quantity-changed"
    summary = seedsum.summarise(text)
    assert [sentence.text for sentence in summary.sentences] == [
        "A new clinic opened in Northfield on Monday.",
        "It has two doctors.",
    ]


def test_a_text_without_words_has_an_empty_summary() -> None:
    assert seedsum.summarise("12 34\n").sentences == ()
    assert seedsum.summarise("").sentences == ()
