"""HTML: one article as one page that needs nothing else, sends nothing and runs nothing.

The summary stands first, then source and English side by side; each sentence has the address that
it has in the Markdown (`#s12`, `#summary-2`). The policy in the page's head allows its own style,
named by its hash, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from seedsum.languages import get
from seedsum.output.exchange.sentences import CORRECTABLE, LEAVING_ROLES, Article, Sentence
from seedsum.output.exchange.table import offer_in_words
from seedsum.output.rendering.index_page import policy_hash
from seedsum.output.rendering.links import safe_address
from seedsum.output.rendering.markdown import visible_text, with_arrows
from seedsum.output.rendering.page import in_words
from seedsum.records import EXTRACTIVE, SUMMARY_PART, UNDETERMINED, Fate, Flag, Kind, Role, Verdict

#: Reasons that are listed one by one.
_NUM_REASONS = 20

_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def article_page(article: Article) -> str:
    """Return the page of an article; the same pair and reviews give the same text."""
    record = article.record
    title = visible_text(record["title"]) or visible_text(article.name)
    inside = [one for one in article.sentences if one.role in LEAVING_ROLES]
    around = [one for one in article.sentences if one.role not in LEAVING_ROLES]
    kinds = {block["id"]: block["kind"] for block in record["blocks"]}
    body = [
        _header(article, title),
        "<main>",
        _summary(article),
        _reasons(record),
        "<h2>Source and English</h2>",
        _table(inside, kinds, record=record),
        _rest(around, kinds, record=record),
        "</main>",
        _footer(article),
    ]
    return page(title, "\n".join(filter(None, body)))


def page(title: str, body: str) -> str:
    """Return a page with this body, which is HTML; the title is a text."""
    style = (files("seedsum.output.exchange") / "article_page.css").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src '{policy_hash(style)}'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{shown(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def shown(text: str) -> str:
    """Return HTML that shows exactly this text on one line, and can be nothing else."""
    return escape(visible_text(text))


def lang_of(tag: str) -> str:
    """Return the attributes of an element with text of a language."""
    known = tag if _TAG.fullmatch(tag) and tag != UNDETERMINED else ""
    return f'lang="{known}" dir="auto"'


def language_name(tag: str) -> str:
    """Return the English name of a language, as HTML."""
    if tag == UNDETERMINED:
        return "Source"
    return shown(get(tag).name)


def warnings(flags: Iterable[Flag]) -> str:
    """Return a paragraph for each flag, in words."""
    return "".join(f'<p class="flags">⚠ {shown(in_words(flag))}</p>' for flag in flags)


def _header(article: Article, title: str) -> str:
    record, source = article.record, article.record["source"]
    original = visible_text(source["title"] or "")
    facts = [
        f"Status: <b>{shown(record['status'])}</b>",
        language_name(source["language"]) if source["language"] != UNDETERMINED else "",
        shown(source["date"] or ""),
        shown(source["path"]),
    ]
    if address := safe_address(source["url"] or ""):
        host = urlsplit(address).hostname or address
        facts.append(f'<a href="{escape(address)}" rel="noreferrer">{shown(host)}</a>')
    lines = [f"<h1>{shown(title)}</h1>"]
    if original and original != title:
        lines.append(f"<p {lang_of(source['language'])}>{shown(original)}</p>")
    lines.append(f"<p>{' · '.join(filter(None, facts))}</p>")
    if record["fallback"]:
        reason = record["fallback_reason"].rstrip(". ") or "the chosen models are not there"
        text = f"Made with the small starter models: {reason}. They are weak: expect errors."
        if record.get("fallback_parts") == [SUMMARY_PART]:
            text = f"Made without the chosen summary model: {reason}."
        lines.append(f'<p class="notice">⚠ {shown(with_arrows(text))}</p>')
    if number := _num_newer(article):
        what = "1 correction is" if number == 1 else f"{number} corrections are"
        lines.append(
            f'<p class="notice">{what} newer than the summary; the next run takes them in.</p>'
        )
    return "<header>\n" + "\n".join(lines) + "\n</header>"


def _num_newer(article: Article) -> int:
    """Return how many sentences read otherwise than in the record."""
    texts = (segment["translation"] for segment in article.record["segments"])
    return sum(one.english != text for one, text in zip(article.sentences, texts, strict=True))


def _summary(article: Article) -> str:
    by_id = {one.id: one for one in article.sentences}
    items = []
    for number, sentence in enumerate(article.record["summary"]["sentences"], 1):
        text = "… " * bool(sentence.get("whole")) + sentence["text"]
        flags = [Flag(**stated) for stated in sentence["flags"]]
        cited = (by_id[cite] for cite in sentence["cites"] if cite in by_id)
        rests = "".join(map(_origin, cited))
        items.append(
            f'<li id="summary-{number}"><p lang="en" dir="auto">{shown(text)}</p>'
            f"{warnings(flags)}{rests}</li>"
        )
    if not items:
        return "<h2>Summary</h2>\n<p>There is none: the source has no article text.</p>"
    return '<h2>Summary</h2>\n<ol class="summary">\n' + "\n".join(items) + "\n</ol>"


def _origin(sentence: Sentence) -> str:
    """Return what a sentence of the summary rests on, in one line."""
    link = f'<a href="#{sentence.id}">{sentence.id}</a>'
    text = f"<span {lang_of(sentence.language)}>{shown(sentence.source)}</span>"
    return f'<p class="from">{link} {text}</p>{warnings(sentence.flags)}'


def _reasons(record: Mapping[str, Any]) -> str:
    if not record["reasons"]:
        return ""
    lines = [f"<li>{_linked(reason)}</li>" for reason in record["reasons"][:_NUM_REASONS]]
    if (more := len(record["reasons"]) - _NUM_REASONS) > 0:
        lines.append(f"<li>and {more:,} more</li>")
    number = len(record["reasons"])
    head = f"<details><summary>Why it needs a look: {number:,}</summary>"
    return f"{head}\n<ul>\n" + "\n".join(lines) + "\n</ul>\n</details>"


def _linked(reason: str) -> str:
    """Return a reason, with a link to the sentence that it begins with."""
    place, _, rest = reason.partition(" ")
    if re.fullmatch(r"s\d+", place):
        return f'<a href="#{place}">{place}</a> {shown(rest)}'
    return shown(reason)


def _table(
    sentences: Sequence[Sentence], kinds: Mapping[str, str], *, record: Mapping[str, Any]
) -> str:
    if not sentences:
        return "<p>There is nothing.</p>"
    rows = []
    for block, group in groupby(sentences, key=lambda one: one.block):
        for place, sentence in enumerate(group):
            is_code = kinds.get(block) == Kind.CODE
            rows.append(_row(sentence, is_first=not place, is_code=is_code))
    head = (
        '<thead><tr><th scope="col"><span class="sr">Sentence</span></th>'
        f'<th scope="col">{language_name(record["source"]["language"])}</th>'
        '<th scope="col">English</th></tr></thead>'
    )
    return f"<table>\n{head}\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>"


def _row(sentence: Sentence, *, is_first: bool, is_code: bool) -> str:
    role = sentence.role if sentence.role in {*Role} else ""
    classes = " ".join(filter(None, (role, "start" * is_first)))
    code = ' class="code"' * is_code
    number = f'<th scope="row"><a href="#{sentence.id}">{sentence.id}</a>{_cited_by(sentence)}</th>'
    source = _text(sentence.source, is_code=is_code)
    if sentence.fate not in CORRECTABLE and not sentence.verdict:
        note = "already English" if sentence.fate == Fate.PASSED else "kept as it is"
        cells = f'<td colspan="2" {lang_of(sentence.language)}{code}>{source}'
        cells += f' <small lang="en">({note})</small>{warnings(sentence.flags)}</td>'
    else:
        english = _text(sentence.english, is_code=is_code)
        if sentence.fate == Fate.FAILED and not sentence.is_reviewed:
            english = f'<p class="flags">⚠ not translated: {shown(sentence.reason)}</p>'
        cells = f"<td {lang_of(sentence.language)}{code}>{source}</td>"
        cells += f'<td lang="en" dir="auto"{code}>{english}'
        cells += f"{_said(sentence)}{warnings(sentence.flags)}{_offered(sentence)}</td>"
    return f'<tr id="{sentence.id}" class="{classes}">{number}{cells}</tr>'


def _text(text: str, *, is_code: bool) -> str:
    return "\n".join(map(shown, text.split("\n"))) if is_code else shown(text)


def _cited_by(sentence: Sentence) -> str:
    links = (
        f'<a href="#summary-{number}" title="Sentence {number} of the summary">'
        f'<span class="sr">Sentence of the summary: </span>∑{number}</a>'
        for number in sentence.cited_by
    )
    return "".join(f" {link}" for link in links)


def _said(sentence: Sentence) -> str:
    """Return what a person said of a sentence, in words."""
    who = shown(sentence.reviewer)
    note = f": {shown(sentence.note)}" if sentence.note else ""
    match sentence.verdict:
        case Verdict.ACCEPTED:
            return f'<p class="said">✔ found right by {who}{note}</p>'
        case Verdict.EDITED:
            was = f" <del>{shown(sentence.machine)}</del>" * bool(sentence.machine)
            return f'<p class="said">✎ corrected by {who}{note}{was}</p>'
        case Verdict.REJECTED:
            return f'<p class="flags">✘ found wrong by {who}{note}</p>'
    return ""


def _offered(sentence: Sentence) -> str:
    return "".join(
        f'<p class="said">offered: {shown(offer_in_words(offer))}</p>' for offer in sentence.offers
    )


def _rest(
    sentences: Sequence[Sentence], kinds: Mapping[str, str], *, record: Mapping[str, Any]
) -> str:
    if not sentences:
        return ""
    head = "<details><summary>Rest of the page (not part of the article)</summary>"
    return f"{head}\n{_table(sentences, kinds, record=record)}\n</details>"


def _footer(article: Article) -> str:
    record = article.record
    lines = [_model(model) for model in record["models"] if model["engine"] != EXTRACTIVE]
    counts = record["counts"]
    lines.append(
        f"{counts['segments']:,} sentences: {counts[Fate.TRANSLATED]:,} translated,"
        f" {sum(one.is_reviewed for one in article.sentences):,} found right or corrected by a"
        f" person, {counts[Fate.PASSED]:,} already English, {counts[Fate.KEPT]:,} kept,"
        f" {counts[Fate.FAILED]:,} failed"
    )
    lines.append(shown(f"seedsum {record['software_version']}, run key {record['run_key']}"))
    return "<footer>\n" + "\n".join(f"<p>{line}</p>" for line in lines) + "\n</footer>"


def _model(model: Mapping[str, Any]) -> str:
    part = with_arrows(model["route"]) if "->" in model["route"] else model["role"]
    revision = f", revision {model['revision'][:12]}" if model["revision"] else ""
    commercial = ", no commercial use" * bool(model["non_commercial"])
    return shown(f"{part}: {model['id']}{revision}, {model['licence']}{commercial}")
