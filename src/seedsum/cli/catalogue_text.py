"""The catalogue of models as text, at most 80 columns wide where no name or address is wider."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from seedsum.records import SUMMARY_PART

if TYPE_CHECKING:
    from seedsum.models.catalogue import Catalogue, CatalogueModel, CatalogueProfile
    from seedsum.models.doctor import Check

WIDTH = 80
WITH_PACKAGE = "with the package"
_HEADS = ("model", "does", "fetch", "disk", "memory", "speed", "licence", "state")
#: Of the columns but the last, with a space after each.
_WIDTHS = (16, 9, 8, 8, 8, 7, 15)


def overview(known: Catalogue) -> str:
    """Return a line for each profile and each model, and what the marks mean."""
    lines = list(_labelled("models.toml", known.config))
    for profile in known.profiles:
        lines += _labelled(profile.name + " *" * profile.is_default, _of_profile(profile))
    lines += ["", _row(_HEADS), *(_row(_cells(model)) for model in known.models), ""]
    marks = ["* default"]
    if any(model.estimated for model in known.models):
        marks.append("~ estimated")
    if any(model.non_commercial for model in known.models):
        marks.append("! not for commercial use")
    lines += [" · ".join(marks), "All of one: seedsum models show NAME"]
    return "\n".join(lines)


def details(known: Catalogue) -> str:
    """Return all that is known of the models, and of profiles where it was one that was asked for.

    Each fact is a line of its own.
    """
    blocks: list[list[str]] = []
    for profile in known.profiles:
        lines = [f"profile {profile.name}{', the default' * profile.is_default}"]
        lines += _labelled("  uses", _of_profile(profile))
        for language, codes in profile.missing_checks:
            lines += _labelled("  checks", f"{language} goes without {', '.join(codes)}")
        blocks.append(lines)
    for model in known.models:
        lines = [model.name]
        for label, value in _facts(model):
            if value:
                lines += _labelled(f"  {label}", value)
        blocks.append(lines)
    return "\n\n".join("\n".join(lines) for lines in blocks)


def findings(checks: Sequence[Check]) -> str:
    """Return what the doctor found: each finding in lines of its own, advice behind an arrow."""
    lines: list[str] = []
    for check in checks:
        mark = check.level.upper() if check.level == "fail" else str(check.level)
        lines += _labelled(f"{mark:5}{check.name}:", check.found)
        if check.advice:
            lines += _labelled("     →", check.advice)
    return "\n".join(lines)


def _facts(model: CatalogueModel) -> Iterator[tuple[str, str]]:
    yield "from", model.source
    yield "revision", model.commit or model.revision
    yield "licence", model.licence + ", NOT FOR COMMERCIAL USE" * model.non_commercial
    yield "does", ", ".join(model.roles)
    yield "profiles", ", ".join(model.profiles)
    yield "quality", model.quality
    yield "speed", model.speed
    yield "download", size(model.download_bytes, is_estimated="download" in model.estimated)
    yield "disk", size(model.disk_bytes, is_estimated="disk" in model.estimated)
    yield "memory", size(model.memory_bytes, is_estimated="memory" in model.estimated)
    if model.conversion_disk_bytes:
        disk, memory = model.conversion_disk_bytes, model.conversion_memory_bytes
        disk_text, memory_text = (size(number, is_estimated=True) for number in (disk, memory))
        yield "conversion", f"once, {disk_text} of disk for a while and {memory_text} of memory"
    yield "engine", f"{model.engine} on {model.device}"
    yield "state", model.state + f", checked {model.verified}" * bool(model.verified)
    yield "note", model.note


def _of_profile(profile: CatalogueProfile) -> str:
    routes = "; ".join(f"{route} {', '.join(models)}" for route, models in profile.routes)
    parts = [routes, f"{SUMMARY_PART} {profile.summary}"]
    parts += [f"{language} with fewer checks" for language, _ in profile.missing_checks]
    parts.append("NOT FOR COMMERCIAL USE" * profile.non_commercial)
    parts.append("used where another cannot be had" * profile.is_fallback)
    return "; ".join(filter(None, parts))


def _cells(model: CatalogueModel) -> tuple[str, ...]:
    languages = [role.partition("->")[0] for role in model.roles]
    is_here = not model.source or model.source == WITH_PACKAGE or model.source.startswith("folder:")
    sizes = (
        (model.download_bytes, "download"),
        (model.disk_bytes, "disk"),
        (model.memory_bytes, "memory"),
    )
    return (
        model.name,
        " ".join(languages),
        *(
            size(number, is_estimated=name in model.estimated)
            or ("-" if not model.source or (is_here and name == "download") else "?")
            for number, name in sizes
        ),
        model.speed or "?",
        model.licence + " !" * model.non_commercial,
        model.state,
    )


def size(num_bytes: int, *, is_estimated: bool = False) -> str:
    """Return a size for people, `~1.6 GB` where it is estimated; empty for 0."""
    if not num_bytes:
        return ""
    text = f"{num_bytes / 1e9:.1f} GB" if num_bytes >= 1e8 else f"{num_bytes / 1e6:.0f} MB"
    return "~" * is_estimated + text


def _row(cells: Sequence[str]) -> str:
    *first, last = cells
    text = "".join(
        (cell if len(cell) < width else f"{cell[: width - 2]}…").ljust(width)
        for cell, width in zip(first, _WIDTHS, strict=True)
    )
    return f"{text}{last}"


def _labelled(label: str, text: str) -> list[str]:
    """Return a text behind its label, its further lines below its first."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"{label:12} ",
        subsequent_indent=" " * 13,
        break_long_words=False,
        break_on_hyphens=False,
    )
