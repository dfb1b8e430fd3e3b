"""Measure what is taken for the article of saved web pages, ours beside plain trafilatura.

    python benchmarks/extraction.py FOLDER [FOLDER ...] [--show N]

FOLDER is a checkout of one of three public suites: scrapinghub/article-extraction-benchmark,
mozilla/readability (its `test/test-pages`) or flairNLP/fundus (its `tests/resources/parser`).
Printed for each: the share of the reference's paragraphs that are kept (as text of the article, as
its headline or as a caption: not as rest of the page), the leaks (the share of the article's text
that the reference does not have), F1 as article-extraction-benchmark's own script computes it, the
share of pages with a headline, and of those where it is the reference's, and the time for a page.
Numbers of list items, which the references leave out, are taken off. `--show` names the pages where
ours is behind the most.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import trafilatura
from lxml import html

from seedsum.errors import ReadError
from seedsum.languages import words
from seedsum.reading import read_document, roles
from seedsum.reading.encoding import decode, html_charset
from seedsum.records import ARTICLE_ROLES, Kind, Role

#: What the article's text is; the suites' references seldom have its headline, byline or date.
TEXT_ROLES = frozenset({Role.BODY, Role.HEADING, Role.LIST, Role.TABLE})
SHINGLE_WORDS = 4
#: A paragraph is kept where that much of it is there: a link's words may be left out of it.
KEPT_SHARE = 0.8
#: Of shorter ones the suites' references disagree with each other (rubrics, single names).
MIN_PARAGRAPH_CHARS = 20


@dataclass(frozen=True, slots=True)
class Example:
    """A page with what people took for its article; no title where the suite states none."""

    name: str
    page: bytes
    paragraphs: tuple[str, ...]
    title: str = ""


@dataclass(slots=True)
class Score:
    """What became of a suite's pages, by page."""

    kept: list[float] = field(default_factory=list)
    leaks: list[float] = field(default_factory=list)
    matches: list[tuple[float, float, float]] = field(default_factory=list)
    titles: list[bool] = field(default_factory=list)
    num_titled: int = 0
    seconds: float = 0.0

    def f1(self) -> float:
        """Return F1 of the mean precision and the mean recall, as the suite's script does."""
        precision = statistics.mean(tp / (tp + fp) if tp else 0.0 for tp, fp, fn in self.matches)
        recall = statistics.mean(tp / (tp + fn) if tp else 0.0 for tp, fp, fn in self.matches)
        return 2 * precision * recall / (precision + recall)


def examples(folder: Path) -> Iterator[Example]:
    """Yield the pages of a suite, which its files give away."""
    if (folder / "ground-truth.json").exists():
        yield from _scrapinghub(folder)
    elif (folder / "test" / "test-pages").exists():
        yield from _readability(folder / "test" / "test-pages")
    elif (folder / "tests" / "resources" / "parser").exists():
        yield from _fundus(folder / "tests" / "resources" / "parser" / "test_data")
    else:
        raise SystemExit(f"{folder}: none of the three suites; see --help")


def _scrapinghub(folder: Path) -> Iterator[Example]:
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    for key, values in sorted(truth.items()):
        page = gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes())
        paragraphs = _lines(values.get("articleBody", ""))
        yield Example(key[:12], page, paragraphs, _stated_headline(page))


def _readability(folder: Path) -> Iterator[Example]:
    for expected in sorted(folder.glob("*/expected.html")):
        page = (expected.parent / "source.html").read_bytes()
        metadata = json.loads((expected.parent / "expected-metadata.json").read_text("utf-8"))
        tree = html.document_fromstring(expected.read_bytes().decode("utf-8"))
        paragraphs = _lines("\n".join(_block_texts(tree)))
        if paragraphs:
            yield Example(expected.parent.name, page, paragraphs, metadata.get("title") or "")


def _fundus(folder: Path) -> Iterator[Example]:
    for path in sorted(folder.glob("*/*.json")):
        versions = json.loads(path.read_text("utf-8"))
        pages = sorted(path.parent.glob(f"{path.stem}_[0-9]*.html.gz"))
        if len(versions) != len(pages):
            continue  # which version is whose is not said
        for (_, values), page in zip(sorted(versions.items()), pages, strict=True):
            if body := values.get("body"):
                parts = list(body.get("summary") or ())
                for section in body.get("sections") or ():
                    parts += [*section.get("headline", ()), *section.get("paragraphs", ())]
                data = gzip.decompress(page.read_bytes())
                paragraphs = _lines("\n".join(parts))
                name = f"{path.parent.name}/{page.name.partition('.')[0]}"
                if paragraphs:
                    yield Example(name, data, paragraphs, values.get("title") or "")


def _lines(text: str) -> tuple[str, ...]:
    text = unicodedata.normalize("NFC", text)
    return tuple(line.strip() for line in text.split("\n") if line.strip())


_BLOCKS = words("p li h1 h2 h3 h4 h5 h6 blockquote pre td th dd dt figcaption div")


def _block_texts(tree: html.HtmlElement) -> Iterator[str]:
    for element in tree.iter(*_BLOCKS):
        if not any(child.tag in _BLOCKS for child in element.iterdescendants()):
            yield " ".join(element.text_content().split())


def _stated_headline(page: bytes) -> str:
    """Return what the page gives out as its headline to others."""
    parser = html.HTMLParser(encoding="utf-8")
    text = decode(page, charset=html_charset(page)).text
    tree = html.document_fromstring(text.encode(), parser=parser)
    for found in tree.xpath("//meta[@property='og:title' or @name='twitter:title']/@content"):
        if found.strip():
            return str(found.strip())
    return " ".join((tree.findtext(".//title") or "").split())


@dataclass(frozen=True, slots=True)
class Found:
    """What a system makes of a page; `beside` is what it shows with the article, in its place."""

    text: str = ""
    titles: str = ""
    beside: str = ""


_NUMBER = re.compile(r"\(?\w{1,4}\.\s")


def ours(page: bytes) -> Found:
    """Return the article by our rules."""
    try:
        document = roles.classify(read_document("page.html", page, format="html"))
    except ReadError:
        return Found()
    texts: defaultdict[Role, list[str]] = defaultdict(list)
    article: list[str] = []
    for block in document.blocks:
        text = document.text[block.start : block.end]
        texts[block.role].append(text)
        if block.role in TEXT_ROLES:
            is_item = block.kind is Kind.LIST_ITEM
            article.append(_NUMBER.sub("", text, count=1) if is_item else text)
    beside = (text for role in (ARTICLE_ROLES | {Role.CAPTION}) for text in texts[role])
    return Found("\n".join(article), "\n".join(texts[Role.TITLE]), "\n".join(beside))


def plain(page: bytes) -> Found:
    """Return the article by trafilatura alone."""
    found = trafilatura.bare_extraction(page, include_comments=False, with_metadata=True)
    if not found:
        return Found()
    text, title = unicodedata.normalize("NFC", found.text or ""), found.title or ""
    return Found(text, title, f"{title}\n{text}")


_WORD = re.compile(r"\w+")


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Return the groups of four words in a text, counted, as article-extraction-benchmark does."""
    words = _WORD.findall(text)
    starts = range(max(1, len(words) - SHINGLE_WORDS + 1))
    groups = (tuple(words[start : start + SHINGLE_WORDS]) for start in starts)
    return Counter(group for group in groups if group)


def match(true: str, found: str) -> tuple[float, float, float]:
    """Return true and false positives and false negatives, as shares of all shingles."""
    expected, predicted = shingles(true), shingles(found)
    counts = (expected & predicted, predicted - expected, expected - predicted)
    totals = [count.total() for count in counts]
    total = sum(totals) or 1
    return (totals[0] / total, totals[1] / total, totals[2] / total)


def _key(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def kept_share(paragraphs: tuple[str, ...], found: Found) -> float:
    """Return the share of the paragraphs that are in the article found, whole or nearly so."""
    article = f"{found.text}\n{found.beside}"
    whole, groups = _key(article), shingles(article)
    long = [text for text in paragraphs if len(text) >= MIN_PARAGRAPH_CHARS] or list(paragraphs)

    def is_kept(text: str) -> bool:
        if _key(text) in whole:
            return True
        own = shingles(text)
        return (own & groups).total() >= KEPT_SHARE * own.total()

    return statistics.mean(map(is_kept, long))


def is_headline(expected: str, found: str) -> bool:
    """Return whether one of the titles is the headline, which may have the site's name with it."""
    keys = [_key(line) for line in found.split("\n")]
    return any(
        min(len(key), len(_key(expected))) >= 4 and (key in _key(expected) or _key(expected) in key)
        for key in keys
    )


SYSTEMS = {"ours": ours, "plain": plain}


def measure(folder: Path, *, num_shown: int) -> dict[str, Score]:
    """Return the scores of both systems on a suite, and print where ours is behind the most."""
    scores = {name: Score() for name in SYSTEMS}
    behind: list[tuple[float, str]] = []
    for example in examples(folder):
        for name, system in SYSTEMS.items():
            score = scores[name]
            started = time.perf_counter()
            found = system(example.page)
            score.seconds += time.perf_counter() - started
            score.kept.append(kept_share(example.paragraphs, found))
            score.matches.append(match("\n".join(example.paragraphs), found.text))
            true_positive, false_positive, _ = score.matches[-1]
            score.leaks.append(false_positive / ((true_positive + false_positive) or 1))
            if example.title:
                score.num_titled += bool(found.titles)
                score.titles.append(is_headline(example.title, found.titles))
        us, them = scores["ours"], scores["plain"]
        kept, leaks = us.kept[-1] - them.kept[-1], us.leaks[-1] - them.leaks[-1]
        title_note = "" if not example.title or us.titles[-1] else f" no title: {example.title}"
        note = f"{example.name}: kept {kept:+.2f}, leaks {leaks:+.2f}{title_note}"
        behind.append((kept - leaks - 0.01 * bool(title_note), note))
    for _, note in sorted(behind)[:num_shown]:
        print(note)
    return scores


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    print("| suite | pages | | kept | leaks | F1 | titled | right title | ms a page |")
    print("|---|---:|---|---:|---:|---:|---:|---:|---:|")
    for folder in options.folders:
        for name, score in measure(folder, num_shown=options.show).items():
            print(
                f"| {folder.resolve().name} | {len(score.kept)} | {name}"
                f" | {statistics.mean(score.kept):.3f} | {statistics.mean(score.leaks):.3f}"
                f" | {score.f1():.3f} | {score.num_titled / len(score.titles):.1%}"
                f" | {statistics.mean(score.titles):.1%}"
                f" | {1000 * score.seconds / len(score.kept):.0f} |"
            )


if __name__ == "__main__":
    main()
