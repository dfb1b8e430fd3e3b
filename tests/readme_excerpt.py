"""What the README shows of a run: an excerpt of its files, and a picture of the page for reviewers.

`make readme` (python tests/readme_excerpt.py) runs the samples of `input/` with the starter models
and writes both; `--no-picture` where there is no Chromium. tests/test_readme.py compares.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desk_articles import serve

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "images" / "review.png"
#: Of the article whose name this is: its summary, and the paragraph that this segment opens.
ARTICLE, OPENING = "health/vi-tram-y-te.txt", "s8"
#: The article on the picture; it has flags.
REVIEWED = "health/bn-dengue.txt"
#: A clone of every commit holds every picture of it.
MOST_BYTES = 150_000
WIDTH, HEIGHT = 1180, 560
COLOURS = 128

_PLACE = re.compile(
    r"(?<=<!-- excerpt: )(.*?) -->\n\n(.*?)\n\n(?=<!-- end of the excerpt -->)", re.S
)
_ANCHOR = re.compile(r'<a id="[^"]*"></a>')
_LINK = re.compile(r"\[(s\d+)\]\([^)]*\)")
_ROW = re.compile(r"^\| \[(s\d+)\]\(.*?\) \| (.*) \| (.*) \|$", re.MULTILINE)
_MARKED = re.compile(r'<a id="(s\d+)"></a>[^\n]*?<sup>\1</sup> (\*\*⚠ .*?\*\*)')


def run_samples(output: Path) -> Path:
    """Run the samples with the starter models, as `make run` does where no others can be had."""
    command = [sys.executable, "-m", "seedsum", "run", "input", "--profile", "starter"]
    subprocess.run(
        [*command, "--output", str(output), "--fail-on", "none", "--quiet"],
        cwd=ROOT,
        check=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    return output


def arithmetic(output: Path) -> str:
    """Return the class of arithmetic that the run's texts are the same on."""
    record = json.loads((output / f"{ARTICLE}.record.json").read_text(encoding="utf-8"))
    return next(
        str(model["arithmetic"]) for model in record["models"] if model["role"] != "summary"
    )


def excerpt(output: Path) -> str:
    """Return the README's excerpt of a run's files, without their links and anchors."""
    rows = _paragraph(output)
    for record in sorted(output.rglob("*.record.json")):
        marked = _marked(output, record.relative_to(output).as_posix().removesuffix(".record.json"))
        if marked:
            rows += marked
            break
    return "\n\n".join(
        [
            f"A summary, the original under each of its sentences (`{ARTICLE}.summary.md`):",
            _summary(output),
            "A paragraph of its translation, and a sentence elsewhere that a check doubts:",
            _table(rows),
        ]
    )


def _summary(output: Path) -> str:
    text = (output / f"{ARTICLE}.summary.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(r"\d+\. |   - ", line)]
    return "\n".join("> " + _LINK.sub(r"\1", _ANCHOR.sub("", line)) for line in lines)


def _paragraph(output: Path) -> list[tuple[str, str, str]]:
    text = (output / f"{ARTICLE}.translation.md").read_text(encoding="utf-8")
    paragraphs = [_rows(part) for part in text.split("<details>")]
    return next(rows for rows in paragraphs if rows and rows[0][0] == OPENING)


def _rows(text: str) -> list[tuple[str, str, str]]:
    """Return each segment's first row: a later one says what its English was replaced for."""
    rows: dict[str, tuple[str, str, str]] = {}
    for row in _ROW.findall(text):
        rows.setdefault(row[0], row)
    return list(rows.values())


def _marked(output: Path, name: str) -> list[tuple[str, str, str]]:
    """Return the first sentence below the title that has a flag, as a row; nothing without one."""
    text = (output / f"{name}.translation.md").read_text(encoding="utf-8")
    rows = {segment: (english, source) for segment, english, source in _rows(text)}
    below = text[text.index("\n</details>") :] if "\n</details>" in text else text
    for segment, mark in _MARKED.findall(below):
        if segment in rows:
            english, source = rows[segment]
            return [(segment, f"{english} {mark}", source)]
    return []


def _table(rows: list[tuple[str, str, str]]) -> str:
    lines = ["| | English | Original |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def excerpt_in_readme() -> tuple[str, str]:
    """Return the class of arithmetic that the README names, and its excerpt."""
    found = _PLACE.search(README.read_text(encoding="utf-8"))
    assert found, "README.md has no place for the excerpt"
    return found[1], found[2]


def write_excerpt(output: Path) -> None:
    """Put the excerpt of a run into the README."""
    text = README.read_text(encoding="utf-8")
    new = f"{arithmetic(output)} -->\n\n{excerpt(output)}\n\n"
    assert _PLACE.search(text), "README.md has no place for the excerpt"
    README.write_text(_PLACE.sub(lambda _: new, text), encoding="utf-8")


def chromium() -> str | None:
    """Return where Chromium is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def take_picture(output: Path, picture: Path) -> None:
    """Write a picture of the page for reviewers, with the article of a run that has flags."""
    from playwright.sync_api import sync_playwright

    with contextlib.chdir(output.parent):  # the page shows the folder as it was given
        server, address = serve(Path(output.name))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox", "--font-render-hinting=none"]
            )
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.goto(address)
            page.wait_for_selector(".entry")
            page.fill("[name=q]", REVIEWED)
            page.wait_for_function("document.querySelectorAll('.entry').length === 1")
            page.locator(".entry").click()
            page.wait_for_selector(f"#article[data-name='{REVIEWED}'] .row.current")
            page.fill("[name=q]", "")
            page.wait_for_function("document.querySelectorAll('.entry').length > 1")
            page.evaluate("document.activeElement.blur(), document.fonts.ready")
            seen = base64.b64encode(page.screenshot()).decode()
            # An empty page may read it; the reviewers' own may not load anything.
            pixels = base64.b64decode(browser.new_page().evaluate(_PIXELS, seen))
            browser.close()
    finally:
        server.terminate()
        server.communicate()
    picture.parent.mkdir(parents=True, exist_ok=True)
    rgba = np.frombuffer(pixels, np.uint8).reshape(HEIGHT, WIDTH, 4)
    picture.write_bytes(png(rgba[:, :, :3]))


#: Makes the pixels (RGBA, row by row, in base64) of a picture in base64.
_PIXELS = """async picture => {
  const answer = await fetch("data:image/png;base64," + picture);
  const bitmap = await createImageBitmap(await answer.blob());
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  let text = "";
  for (let at = 0; at < pixels.length; at += 4096)
    text += String.fromCharCode(...pixels.subarray(at, at + 4096));
  return btoa(text);
}"""


def png(rgb: NDArray[np.uint8]) -> bytes:
    """Return a PNG with a palette: the commonest colours, and of each other one the nearest.

    A third of the bytes of Chromium's own, and text looks the same.
    """
    height, width, _ = rgb.shape
    colours, which, counts = np.unique(
        rgb.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True
    )
    palette = colours[np.argsort(-counts, kind="stable")[:COLOURS]]
    far = np.abs(colours[:, None].astype(int) - palette[None].astype(int)).sum(axis=2)
    indexes = far.argmin(axis=1).astype(np.uint8)[which.reshape(height, width)]
    rows = np.hstack([np.zeros((height, 1), np.uint8), indexes])  # each row says: no filter
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", header),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (*parts, (b"IEND", b""))
    )


def main() -> None:
    """Run the samples; write the excerpt and the picture."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--no-picture", action="store_true", help="leave the picture as it is")
    arguments = parser.parse_args()
    if not arguments.no_picture and chromium() is None:
        parser.error("the picture needs Chromium; --no-picture writes the excerpt only")
    with tempfile.TemporaryDirectory() as folder:
        output = run_samples(Path(folder) / "output")
        write_excerpt(output)
        if not arguments.no_picture:
            take_picture(output, PICTURE)
            print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
