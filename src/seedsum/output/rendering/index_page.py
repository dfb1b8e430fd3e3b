"""index.html: one self-contained page to search, sort and filter all articles.

What comes from sources and models is data (JSON) that the page's script shows as text. The policy
in its head lets nothing run or load but that script and that style, named by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from functools import cache
from importlib.resources import files

from seedsum.languages import LANGUAGES
from seedsum.output.rendering.index import Index, file_addresses, index_counts
from seedsum.output.rendering.links import safe_address
from seedsum.output.rendering.markdown import visible_text, with_arrows
from seedsum.records import UNDETERMINED, Action, RecordState

#: What could end the element that holds the data, or a line of a script.
_IN_SCRIPT = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}

_DAY = re.compile(r"\d{4}-\d\d-\d\d(?!\d)")


def render_index_page(index: Index) -> str:
    """Return index.html: every article, the worst first, with filters and charts."""
    parts = index.parts()
    changed = {
        outcome.name: ", ".join(outcome.reasons)
        for outcome in index.changed
        if outcome.action is Action.WRITE
    }
    rows = [
        _row(state, part=part, changed=changed.get(state.name, ""))
        for part, group in parts.items()
        for state in group
    ]
    data = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)
    style, script, skeleton = map(_resource, ("index_page.css", "index_page.js", "index_page.html"))
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}';"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )
    notices = "".join(
        f"<li>{html.escape(visible_text(with_arrows(notice.text)))}</li>"
        for notice in index.notices
    )
    filled = {
        "policy": policy,
        "style": style,
        "counts": html.escape(index_counts(parts)),
        "notices": f"<ul class=notices>{notices}</ul>" if notices else "",
        "data": data,
        "script": script,
    }
    return re.sub(r"@(\w+)@", lambda match: filled[match[1]], skeleton)


def _row(state: RecordState, *, part: str, changed: str) -> dict[str, object]:
    """Return what the page shows of a pair; empty values are left out."""
    day = _DAY.match(state.date)
    language = LANGUAGES[state.language].name if state.language in LANGUAGES else state.language
    values: dict[str, object] = {
        "title": visible_text(state.title or state.name),
        "source": visible_text(state.name),
        "address": state.address,
        "url": safe_address(state.url) if state.url else "",
        "files": file_addresses(state),
        "language": "" if state.language == UNDETERMINED else visible_text(language),
        "status": part,
        "num": state.num_flagged,
        "flags": [visible_text(code) for code in state.flags],
        "why": visible_text(state.reasons[0]) if state.reasons else "",
        "day": day[0] if day else "",
        "changed": changed,
    }
    return {key: value for key, value in values.items() if value}


@cache
def _resource(name: str) -> str:
    return (files("seedsum.output.rendering") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
