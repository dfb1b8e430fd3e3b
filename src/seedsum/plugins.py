"""What other packages add: languages, readers, checks and engines, by entry points.

A package names what it adds in its own pyproject.toml:

    [project.entry-points."seedsum.languages"]
    hi = "their_package.hindi:HINDI"

What is added counts like our own: it is in the tables, `seedsum doctor` names it, and it goes into
the run key.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from seedsum.errors import ConfigError

#: What can be added; each table says what an entry point of its group must lead to.
GROUPS = ("seedsum.languages", "seedsum.readers", "seedsum.checks", "seedsum.engines")


@dataclass(frozen=True, slots=True, order=True)
class Plugin:
    """Something that another package adds.

    Attributes:
        group: One of `GROUPS`.
        name: Key in the table.
        distribution, version: The package that it comes from.
        value: Where it is, as `module:attribute`.
    """

    group: str
    name: str
    distribution: str
    version: str
    value: str


@cache
def plugins() -> tuple[Plugin, ...]:
    """Return everything that the installed packages add, sorted; nothing of it is imported."""
    found = [
        Plugin(
            group=group,
            name=point.name,
            distribution=point.dist.name if point.dist else "",
            version=point.dist.version if point.dist else "",
            value=point.value,
        )
        for group in GROUPS
        for point in entry_points(group=group)
    ]
    return tuple(sorted(found))


def load(group: str) -> dict[str, Any]:
    """Import what the installed packages add to a group and return it by name.

    Raises:
        ConfigError: Something cannot be imported, or two packages add the same name.
    """
    loaded: dict[str, Any] = {}
    for point in sorted(entry_points(group=group), key=lambda point: (point.name, point.value)):
        origin = point.dist.name if point.dist else point.value
        if point.name in loaded:
            raise ConfigError(f"{origin}: adds {point.name!r} to {group}, as another package does")
        try:
            loaded[point.name] = point.load()
        except (ImportError, AttributeError) as error:
            raise ConfigError(
                f"{origin}: what it adds to {group} as {point.name!r} cannot be imported: {error};"
                " install another version of that package, or remove it"
            ) from error
    return loaded
