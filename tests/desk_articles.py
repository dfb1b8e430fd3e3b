"""An output folder to review, of our own texts (flags, a summary, hypotheses, hostile text)."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from sample_results import Page, english
from seedsum.output import publish
from seedsum.output.rendering import render
from seedsum.records import Flag, Hypothesis, Result, Role, Status, SummarySentence

CLINIC = "clinic.txt"
CHANGED = Flag("quantity-changed", "the source says 5, the translation 50", 0.9)
MISSING = Flag("name-missing", "the source names Hòa Bình, the translation does not", 0.9)


def clinic(name: str = CLINIC) -> Result:
    """An article of five sentences: its summary has two, one of them flagged; one more is."""
    page = Page(name)
    page.add(("Trạm y tế xã mở phòng khám", "Commune station opens a clinic"), role=Role.TITLE)
    page.add(
        ("Sáng nay, trạm y tế mở một phòng khám.", "This morning the station opened a clinic."),
        ("Phòng khám có 5 bác sĩ.", "The clinic has 50 doctors."),
        flags=(CHANGED,),
    )
    page.add(
        ("Xã Hòa Bình có 12 thôn.", "The commune has 12 villages."),
        ("Người dân rất vui.", "People are glad."),
    )
    segments = list(page.segments)
    others = tuple(
        Hypothesis(text, -0.5, 5, finished=True)
        for text in ("The clinic has 5 doctors.", "The clinic has five doctors.")
    )
    segments[2] = replace(segments[2], others=others)
    segments[3] = replace(segments[3], flags=(MISSING,))
    page.segments = segments
    summary = (
        SummarySentence("This morning the station opened a clinic.", ("s2",), 1.0),
        SummarySentence(
            "The clinic has 50 doctors.", ("s3",), 1.0, flags=(Flag("cites-flagged", "s3"),)
        ),
    )
    reasons = (f"s3 quantity-changed: {CHANGED.detail}", f"s4 name-missing: {MISSING.detail}")
    result = page.result(
        summary=summary, status=Status.REVIEW, reasons=reasons, title="Trạm y tế xã mở phòng khám"
    )
    return replace(result, document=replace(result.document, url="https://example.org/clinic"))


#: What a page must show as it is. Each would do something, somewhere, as markup.
HOSTILE = (
    "<script>document.title='owned'</script>",
    "<img src=https://evil.example/x.png onerror=\"document.title='owned'\">",
    "</script><svg onload=fetch('https://evil.example/')>",
    "</div></body></html><!-- <iframe src='https://evil.example/'>",
    "javascript:fetch('https://evil.example/') [x](javascript:alert(1)) {{7*7}} ${7*7}",
    "a\u202egnp.exe\u202c \u2066x\u2069 \u200fy",
    "' onmouseover='document.title=1' x=\"",
    "very " * 4000 + "long",
    "W" * 20000,
    "a\u2028b\u2029c",
    "\ud83d",
)


def hostile() -> Result:
    """An article that is all markup."""
    page = Page("hostile.html")
    page.add((HOSTILE[0], HOSTILE[1]), role=Role.TITLE)
    for number, text in enumerate(HOSTILE):
        flag = Flag("name-missing", f"the source names {text[:60]}, the translation does not", 0.9)
        page.add((text, HOSTILE[-number]), flags=(flag,))
    summary = tuple(SummarySentence(HOSTILE[-n], (f"s{n + 2}",), 1.0) for n in range(3))
    result = page.result(summary=summary, status=Status.REVIEW, title=HOSTILE[0])
    return replace(result, document=replace(result.document, url="javascript:alert(1)"))


def write_output(folder: Path, *results: Result) -> Path:
    """Publish articles into an output folder: these, or the clinic and an English one."""
    for result in results or (clinic(), english()):
        publish(folder, render(result))
    return folder


def serve(output: Path, *options: str) -> tuple[subprocess.Popen[str], str]:
    """Start the page's server; return it and the page's address."""
    command = [sys.executable, "-m", "seedsum", "review", str(output), "--no-browser", *options]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    said = []
    for line in server.stderr:
        if found := re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line):
            return server, found[0]
        said.append(line)
    raise AssertionError("".join(said))
