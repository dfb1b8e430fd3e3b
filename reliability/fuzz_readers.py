"""Coverage-guided fuzzing of the readers, and of everything that follows them without a model.

    python reliability/fuzz_readers.py CORPUS -max_total_time=3600 -timeout=20 -rss_limit_mb=3000
    python reliability/fuzz_readers.py FILE...          run these inputs only
    python reliability/fuzz_readers.py --seeds CORPUS   write the seed inputs, and the dictionary

atheris is no dependency of the project: `pip install atheris` into an environment that has seedsum.
CORPUS is a folder that libFuzzer fills; keep it outside the repository. What starts with a dash
goes to libFuzzer; a dictionary is passed as `-dict=CORPUS.dict`. The first byte of an input chooses
the format, the rest is the source; of formats whose files hold many articles it is the file.
Checked is what `invariants.py` says, not only that nothing but
`ReadError` is raised; a finding is a file `crash-...`, `timeout-...` or `oom-...` in the folder
where it was started.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["seedsum", "invariants"]):
    import format_files
    import invariants
    from seedsum.config import load_settings
    from seedsum.errors import ReadError
    from seedsum.pipeline.source_bytes import source_bytes
    from seedsum.pipeline.sources import list_sources
    from seedsum.reading import READERS, read_document, reader_of

SETTINGS = load_settings()
FORMATS = (*READERS, "jsonl-text", "jsonl-html", "jsonl-file")

#: Of our own writing: each shows the readers one structure.
SEEDS = (
    "Cầu mới thông xe\n\nSáng nay, cây cầu nối hai bờ sông đã mở. Ông nói: “Tốt lắm.” Xong.\n"
    "- một\n1. hai\n| A | B |\n|---|---|\n| 5 | 6 |\n",
    "নদীর পানি বেড়েছে।\n\nদুটি সেতু ভেঙে গেছে। মানুষ নিরাপদ।\n\nআরও পড়ুন\nআজকের খবর\n",
    "The new clinic opened on Monday after eighteen months of work, and\npeople from three villages"
    " came to see it.\n\nRelated news\nA headline of another story\n© 2026 All rights reserved\n",
    "---\ntitle: Nước sạch\ndate: 2026-02-20\nlang: vi\n---\n# Tiêu đề\n\nĐoạn **một** có"
    " [liên kết](http://x.vn) và `mã`.\n\n> trích\n\n```\nx\n```\n\n- a\n  - b\n\n[r]: x 'y'\n",
    "---\n? !!set {a, b}\n: &x [1, *x]\ntitle: 0x1F\ndate: !!timestamp 2026-01-01\n---\n<div>\n<p>"
    "khối <b>thẻ</b>\n\n<!-- ẩn -->\n\n| a | b |\n|---|:-:|\n| 1 | 2 | 3 |\n\nx[^1]\n\n[^1]: y\n",
    '<!doctype html><html lang="vi"><head><title>Cầu</title><meta charset=utf-8></head><body><nav>'
    "<ul><li>Trang chủ</ul></nav><article><h1>Cầu mới</h1><p>Sáng nay cây cầu đã mở sau ba năm thi"
    " công, giúp người dân đi lại thuận tiện hơn.<br>Dài 1.200 mét.<table><tr><th>a<td>b</table>"
    "<pre>x\n y</pre><script>a</script><figure><figcaption>Ảnh</figcaption></figure></article>"
    "<div class='related-news'><h3>Tin liên quan</h3></div><div hidden>ẩn</div><!-- c --></body>",
    json.dumps({"id": "a", "title": "T", "text": "Một.\nHai.", "html": "<p>Ba", "date": 2026}),
    "\ufeffa\u200b\u202eb\x07c\u2028d\r\ne\u0301 \U000e0041 \u200d\n",
)
#: What a grammar of these formats would know, parted by white space; `_` stands for a space.
WORDS = r"""
<p> </p> <div_ <table> <tr> <td> <li> <ul> <pre> <h1> <br> <script> </script> <style> <template>
<noscript> <svg> <title> <head> <!-- --> <![CDATA[ ]]> <?xml_ <!doctype_html> </html> <body> <html_
hidden_ class= style=display:none lang=vi <meta_charset= &#x &nbsp; &lt; <textarea> <plaintext>
<select> <option> <form> <details> <base_href= --- ... title:_ date:_ lang:_ url:_ !!binary_ !!int_
!!set_ !!timestamp_ !!bool_ !!float_ !!omap_ &a_ *a <<:_ ?_ 0x 1:2:3 %YAML #_ >_ -_ 1._ |_a_| |---|
``` ~~~ [^1] [a]:_ ]( ![ ** ` "text":_" "html":_" "title":_ "id":_ \ud800 \u0000 1e999 { } NaN
Related_news Bình_luận Xem_thêm আরও_পড়ুন 12/03/2024 Home_»_ Điều_5._ TS._ । … ”
""".split()  # noqa: SIM905
INVISIBLE = (
    "\n---\n",
    "\u202e",
    "\u200b",
    "\u200d",
    "\u2028",
    "\ufeff",
    "\u09bc",
    "\u0323",
    "\u0301",
)


def test_one_input(data: bytes) -> None:
    """Read an input in the format that its first byte chooses, and check all that follows."""
    if not data:
        return
    format = FORMATS[data[0] % len(FORMATS)]
    source = data[1:]
    try:
        if format in READERS and not READERS[format].articles:
            document = read_document(f"a.{format}", source, format=format)
        elif format == "jsonl-file" or (format in READERS and format != "jsonl"):
            check_file(source, f"a{READERS[format.removesuffix('-file')].extensions[0]}")
            return
        else:
            document = read_document("a.jsonl/a", jsonl_line(format, source), format="jsonl")
    except ReadError as error:
        assert str(error), "an error without a message"
        return
    invariants.check_chain(document, settings=SETTINGS)


def jsonl_line(format: str, source: bytes) -> bytes:
    """Return a line of JSONL: the source itself, or with it as the text or HTML of an article."""
    if format == "jsonl":
        return source.replace(b"\n", b" ")
    head, _, body = source.decode("utf-8", "replace").partition("\n")
    key = format.removeprefix("jsonl-")
    return json.dumps({"title": head, key: body, "id": head}).encode()


def check_file(source: bytes, name: str) -> None:
    """Check that every listed article of a file is read back as what was hashed, and its chain."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        path = Path(folder, name)
        path.write_bytes(source)
        sources = list_sources([path]).sources
        names = [found.name.casefold() for found in sources]
        assert len(names) == len(set(names)), f"two sources with one name: {names}"
        for found in sources:
            assert found.name.count("/") <= 1 and "\n" not in found.name
            if not found.error:
                data = source_bytes(found)
                try:
                    document = read_document(found.name, data, format=reader_of(name).format)
                except ReadError as error:
                    assert str(error), "an error without a message"
                else:
                    invariants.check_chain(document, settings=SETTINGS)


def write_seeds(folder: Path) -> None:
    """Write every seed in every format, and a dictionary `FOLDER.dict` for libFuzzer."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, format in enumerate(FORMATS):
        for index, seed in enumerate(SEEDS):
            data = bytes([number]) + seed.encode()
            Path(folder, f"seed-{format}-{index}").write_bytes(data)
        for name, data in format_files.FILES.items():
            if reader_of(name).format == format:
                Path(folder, f"seed-{name}").write_bytes(bytes([number]) + data)
    words = [*(word.replace("_", " ") for word in WORDS), *INVISIBLE]
    quoted = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in words)
    Path(f"{folder}.dict").write_text("".join(f'"{word}"\n' for word in quoted))


def main() -> None:
    """Write the seeds, or hand over to libFuzzer."""
    if sys.argv[1:2] == ["--seeds"]:
        write_seeds(Path(sys.argv[2]))
        return
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
