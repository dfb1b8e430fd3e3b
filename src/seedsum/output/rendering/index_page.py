"""index.html: a self-contained page to search, sort and filter all articles.

Of very many there are several, `index-2.html` and so on, the worst on the first.

What comes from sources and models is data (JSON) that the page's script shows as text. The policy
in its head lets nothing run or load but that script and that style, named by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from seedsum.languages import get
from seedsum.output.rendering.index import Index, file_addresses, index_counts
from seedsum.output.rendering.links import safe_address
from seedsum.output.rendering.markdown import visible_text, with_arrows
from seedsum.records import UNDETERMINED, Action, RecordState

#: What could end the element that holds the data, or a line of a script.
_IN_SCRIPT = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}

_DAY = re.compile(r"\d{4}-\d\d-\d\d(?!\d)")


#: More articles than that stand on several pages: such a page has 16 MB, and Chromium has read and
#: drawn it in 1.3 seconds (10,000: 3 MB, 0.3 seconds), on two cores that others used too.
PAGE_ROWS = 50_000


def page_name(number: int) -> str:
    """Return the name of a page, from 1."""
    return f"index-{number}.html" if number > 1 else "index.html"


def render_index_pages(index: Index) -> Iterator[tuple[str, str]]:
    """Yield the pages with their names: every article, the worst first, with filters and charts."""
    parts = index.parts()
    shown = [(state, part) for part, group in parts.items() for state in group]
    num_pages = max(1, -(-len(shown) // PAGE_ROWS))
    for number in range(1, num_pages + 1):
        here = shown[(number - 1) * PAGE_ROWS : number * PAGE_ROWS]
        pages = _links(number, num_pages, shown) if num_pages > 1 else ""
        yield page_name(number), _page(index, here, counts=index_counts(parts), pages=pages)


def _links(number: int, num_pages: int, shown: Sequence[tuple[RecordState, str]]) -> str:
    """Return the line that leads to the other pages, and says what is on which."""
    links = []
    for other in range(1, num_pages + 1):
        first, last = (other - 1) * PAGE_ROWS, min(other * PAGE_ROWS, len(shown)) - 1
        ends = dict.fromkeys((shown[first][1], shown[last][1]))
        title = html.escape(f"{' to '.join(ends)}: articles {first + 1:,} to {last + 1:,}")
        text = f"<b>{other}</b>" if other == number else str(other)
        links.append(f'<a href="{page_name(other)}" title="{title}">{text}</a>')
    return (
        f"<nav aria-label=Pages>Page {' '.join(links)}; what needs somebody comes first. Search,"
        f" filters and pictures are of the {PAGE_ROWS:,} articles of a page.</nav>"
    )


def _page(
    index: Index, shown: Sequence[tuple[RecordState, str]], *, counts: str, pages: str
) -> str:
    changed = {
        outcome.name: ", ".join(outcome.reasons)
        for outcome in index.changed
        if outcome.action is Action.WRITE
    }
    rows = [_row(state, part=part, changed=changed.get(state.name, "")) for state, part in shown]
    data = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)
    style, script, skeleton = map(_resource, ("index_page.css", "index_page.js", "index_page.html"))
    policy = (
        f"default-src 'none'; script-src '{policy_hash(script)}';"
        f" style-src '{policy_hash(style)}';"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )
    notices = "".join(
        f"<li>{html.escape(visible_text(with_arrows(notice.text)))}</li>"
        for notice in index.notices
    )
    filled = {
        "policy": policy,
        "style": style,
        "counts": html.escape(counts),
        "notices": f"<ul class=notices>{notices}</ul>" if notices else "",
        "pages": pages,
        "data": data,
        "script": script,
    }
    return re.sub(r"@(\w+)@", lambda match: filled[match[1]], skeleton)


def _row(state: RecordState, *, part: str, changed: str) -> dict[str, object]:
    """Return what the page shows of a pair; empty values are left out."""
    day = _DAY.match(state.date)
    is_known = state.language != UNDETERMINED
    values: dict[str, object] = {
        "title": visible_text(state.title or state.name),
        "source": visible_text(state.name),
        "address": state.address,
        "url": safe_address(state.url) if state.url else "",
        "files": file_addresses(state),
        "language": visible_text(get(state.language).name) if is_known else "",
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


@cache
def policy_hash(text: str) -> str:
    """Return what a page's policy names a style or script by that stands in the page."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
