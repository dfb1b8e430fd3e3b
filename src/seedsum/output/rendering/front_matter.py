"""YAML front matter of a sealed file, out and back in."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from seedsum.errors import DocumentError
from seedsum.output.seal import SEAL_KEY, seal

#: Entries of front matter that are kept: twice those of a document.
_NUM_KEPT = 32


class _Dumper(yaml.SafeDumper):
    """Writes every value on one line and repeats equal values instead of using YAML anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def sealed_file(values: Mapping[str, Any], body: str) -> str:
    """Return a whole Markdown file, sealed: YAML between lines of `---`, then the body."""
    # No value holds a line break (see `visible_text`), so that `---` can only be our own line.
    head = "".join(_as_yaml(key, json.dumps(value)) for key, value in values.items())
    return seal(f"---\n{head}{SEAL_KEY}: ''\n---\n\n{body}")


@lru_cache(_NUM_KEPT)
def _as_yaml(key: str, json_value: str) -> str:
    """Return one entry of a YAML mapping, which may be put together from them.

    Kept, since the two files of a document share most values and all files of a run the models.
    """
    text: str = yaml.dump(
        {key: json.loads(json_value)},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=math.inf,
    )
    return text


#: What PyYAML 6 lets through where a tag and its value do not fit (`!!bool x`, `0000-00-00`),
#: besides its own errors.
_YAML_FAULTS = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError, RecursionError)


def parse_front_matter(text: str) -> dict[str, Any]:
    """Return the front matter of a Markdown file as a dict.

    Raises:
        DocumentError: The file does not start with front matter, or it is not a YAML mapping.
    """
    head, end, _ = text.removeprefix("---\n").partition("\n---\n")
    if not text.startswith("---\n") or not end:
        raise DocumentError("the file does not start with front matter between two lines of '---'")
    try:
        values = yaml.safe_load(head)
    except (yaml.YAMLError, *_YAML_FAULTS) as error:
        raise DocumentError(f"the front matter is not YAML: {error}") from error
    if not isinstance(values, dict):
        raise DocumentError("the front matter is not a YAML mapping")
    return values
