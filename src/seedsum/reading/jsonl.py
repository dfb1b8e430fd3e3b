"""JSONL: one article a line, a JSON object with `text` or `html`."""

from __future__ import annotations

import codecs
import json
from dataclasses import replace

from seedsum.errors import ReadError
from seedsum.reading import html, text
from seedsum.reading.encoding import Decoded, clean, stated
from seedsum.reading.spans import Content, stated_fields


def read(data: bytes) -> Content:
    """Return the article of one line: `text` or `html`, and `title`, `url`, `date`, `language`.

    A title that the text does not start with becomes its first block.
    """
    article = _object(data.removeprefix(codecs.BOM_UTF8))
    title = stated(article.get("title"))
    body, page = article.get("text"), article.get("html")
    if isinstance(body, str) and body.strip():
        plain, notes = clean(body)
        if title and not plain.lstrip().startswith(title):
            plain = f"{title}\n\n{plain}"
        content = text.paragraphs(Decoded(plain, "utf-8", notes))
    elif isinstance(page, str) and page.strip():
        source, notes = clean(page)
        content = html.page(Decoded(source, "utf-8", notes))
    else:
        raise ReadError("neither 'text' nor 'html' holds text; fill in one of them")
    return replace(content, **stated_fields(article))


def _object(line: bytes) -> dict[str, object]:
    try:
        article = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ReadError(
            f"byte {error.start} of the line is not UTF-8; save the file as UTF-8"
        ) from error
    except (ValueError, RecursionError) as error:  # also a number of more than 4,300 digits
        raise ReadError(f"not valid JSON ({error}); each line must be one JSON object") from error
    if not isinstance(article, dict):
        raise ReadError(f"a {type(article).__name__}; each line must be one JSON object")
    return article
