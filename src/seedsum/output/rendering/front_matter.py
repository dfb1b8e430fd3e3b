"""YAML front matter of a sealed file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from seedsum.output.seal import SEAL_KEY, seal


def sealed_file(values: Mapping[str, Any], body: str) -> str:
    """Return a whole Markdown file, sealed: YAML between lines of `---`, then the body."""
    # No value holds a line break (see `visible_text`), so that `---` can only be our own line.
    head = "".join(_as_yaml(key, json.dumps(value)) for key, value in values.items())
    return seal(f"---\n{head}{SEAL_KEY}: ''\n---\n\n{body}")


@lru_cache(32)  # more than the entries of a document
def _as_yaml(key: str, json_value: str) -> str:
    """Return one entry of a YAML mapping, which may be put together from them.

    Kept, since the two files of a document share most values and all files of a run the models.
    """
    entry = {key: json.loads(json_value)}
    text: str = yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, width=math.inf)
    return text
