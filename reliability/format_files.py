"""One small article in every format that is read, of our own writing."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

TITLE = "Trạm y tế xã mở lớp đo huyết áp"
FIRST = "Sáng thứ sáu, trạm y tế xã đã mở một lớp dạy cách đo huyết áp tại nhà cho 214 người già."
SECOND = "Bác sĩ Lê Thị Mai nói rằng nhiều người chỉ đi khám khi đã đau đầu dữ dội."
PARTS = [TITLE, FIRST, SECOND]

HTML = (
    f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{TITLE}</title></head>'
    f"<body><article><h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p></article></body></html>"
)
XHTML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0'
    ' Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
    f'<html xmlns="http://www.w3.org/1999/xhtml" lang="vi"><head><title>{TITLE}</title>'
    f'<script src="x"/></head><body><div/><h1>{TITLE}</h1><p>{FIRST}&nbsp;</p><p>{SECOND}</p>'
    "</body></html>"
)
TEXT = f"{TITLE}\n\n{FIRST}\n\n{SECOND}\n"
ARTICLE = {
    "id": "x1",
    "headline": TITLE,
    "maintext": f"{FIRST}\n\n{SECOND}",
    "metadata": {"publish_date": "2024-05-12", "language": "vi"},
    "url": "https://vd.vn/a",
}
RSS = (
    '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/'
    'content/"><channel><title>Báo</title><language>vi</language>'
    f"<item><title>{TITLE}</title><link>https://vd.vn/a</link><guid>https://vd.vn/a</guid>"
    "<pubDate>Sun, 12 May 2024 08:00:00 +0700</pubDate><description>tóm tắt</description>"
    f"<content:encoded><![CDATA[<p>{FIRST}</p><p>{SECOND}</p>]]></content:encoded></item>"
    "</channel></rss>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>Báo</title><entry>'
    f"<title>{TITLE}</title><id>tag:vd.vn,2024:1</id><updated>2024-05-12T00:00:00Z</updated>"
    f'<link href="https://vd.vn/a"/><content type="html">&lt;p&gt;{FIRST}&lt;/p&gt;'
    f"&lt;p&gt;{SECOND}&lt;/p&gt;</content></entry></feed>"
)
MHTML = (
    "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://vd.vn/a\r\nSubject: a\r\n"
    'MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary='
    '"--b"\r\n\r\n\r\n----b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n'
    "\r\niVBORw==\r\n----b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n"
    f"Content-Location: https://vd.vn/a\r\n\r\n{HTML}\r\n----b--\r\n"
)
EML = (
    "From: a@vd.vn\r\nTo: b@vd.vn\r\nSubject: =?utf-8?q?Tr=E1=BA=A1m_y_t=E1=BA=BF_x=C3=A3_m=E1="
    "BB=9F_l=E1=BB=9Bp_?=\r\n =?utf-8?b?xJFvIGh1eeG6v3QgIMOhcA==?=\r\nDate: Sun, 12 May 2024"
    " 08:00:00 +0700\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    f"Content-Transfer-Encoding: 8bit\r\n\r\n{FIRST}\r\n\r\n{SECOND}\r\n"
)
SRT = (
    f"1\r\n00:00:01,000 --> 00:00:02,000\r\n{TITLE}.\r\n\r\n"
    "2\r\n00:00:09,000 --> 00:00:11,000\r\nSáng thứ sáu, trạm y tế xã đã mở\r\n\r\n"
    "3\r\n00:00:11,100 --> 00:00:13,000\r\n<i>một lớp dạy cách đo huyết áp\r\n"
    "tại nhà cho 214 người già.</i>\r\n\r\n"
    f"4\r\n00:00:19,000 --> 00:00:22,000\r\n{SECOND}\r\n"
)
VTT = "WEBVTT - x\n\nNOTE riêng tư\n\nSTYLE\n::cue {}\n\n" + SRT.replace("\r\n", "\n").replace(
    ",000 -->", ".000 -->"
).replace(",100 -->", ".100 -->")


def _rtf(text: str) -> str:
    # RTF's numbers of characters are signed and of 16 bits; all of ours fit.
    return "".join(x if x.isascii() else f"\\u{ord(x)}?" for x in text)


RTF = (
    "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0 Times;}}{\\info{\\title x}}"
    f"\\pard {_rtf(TITLE)}\\par\n{_rtf(FIRST)}\\par\n{_rtf(SECOND)}\\par\n}}"
)


def zipped(parts: dict[str, str]) -> bytes:
    """Return a ZIP archive of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def docx(body: str) -> bytes:
    """Return a Word document with this body."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return zipped(
        {
            "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/"
            f"content-types'><Override PartName='/word/document.xml' ContentType='{kind}'/>"
            "</Types>",
            "_rels/.rels": f"<Relationships xmlns='{_RELATIONS}'><Relationship Id='r1'"
            f" Type='{_OFFICE}/officeDocument' Target='word/document.xml'/></Relationships>",
            "word/document.xml": f"<w:document xmlns:w='{_WORD}'><w:body>{body}</w:body>"
            "</w:document>",
        }
    )


def word_paragraph(text: str, style: str = "") -> str:
    """Return a paragraph of a Word document."""
    properties = f"<w:pPr><w:pStyle w:val='{style}'/></w:pPr>" if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def odt(body: str, *, manifest: str = "") -> bytes:
    """Return an OpenDocument text with this body."""
    spaces = " ".join(f"xmlns:{x}='{_ODF}:{x}:1.0'" for x in ("office", "text", "table", "style"))
    kind = "application/vnd.oasis.opendocument.text"
    return zipped(
        {
            "mimetype": kind,
            "content.xml": f"<office:document-content {spaces} office:version='1.2'><office:body>"
            f"<office:text>{body}</office:text></office:body></office:document-content>",
            "styles.xml": f"<office:document-styles {spaces} office:version='1.2'/>",
            "meta.xml": f"<office:document-meta {spaces} office:version='1.2'><office:meta/>"
            "</office:document-meta>",
            "META-INF/manifest.xml": f"<manifest:manifest xmlns:manifest='{_ODF}:manifest:1.0'>"
            f"<manifest:file-entry manifest:full-path='/' manifest:media-type='{kind}'/>{manifest}"
            "</manifest:manifest>",
        }
    )


def epub(*pages: str, encryption: str = "") -> bytes:
    """Return a book with these pages."""
    items = "".join(
        f"<item id='p{n}' href='p{n}.xhtml' media-type='application/xhtml+xml'/>"
        for n in range(len(pages))
    )
    order = "".join(f"<itemref idref='p{n}'/>" for n in range(len(pages)))
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": "<container xmlns='urn:oasis:names:tc:opendocument:xmlns:"
        "container'><rootfiles><rootfile full-path='O/c.opf' media-type='application/"
        "oebps-package+xml'/></rootfiles></container>",
        "O/c.opf": "<package xmlns='http://www.idpf.org/2007/opf' xmlns:dc='http://purl.org/dc/"
        f"elements/1.1/'><metadata><dc:title>{TITLE}</dc:title><dc:language>vi</dc:language>"
        f"</metadata><manifest>{items}</manifest><spine>{order}</spine></package>",
        **{f"O/p{n}.xhtml": page for n, page in enumerate(pages)},
    }
    if encryption:
        parts["META-INF/encryption.xml"] = encryption
    return zipped(parts)


def warc(*pages: tuple[str, str], packed: bool) -> bytes:
    """Return a web archive of these addresses and pages, with a picture and an error page."""
    target = io.BytesIO()
    answers = [("200 OK", "text/html; charset=utf-8", *page) for page in pages]
    answers += [
        ("200 OK", "image/png", "https://vd.vn/b.png", "PNG"),
        ("404 Not Found", "text/html", "https://vd.vn/c", "<p>không có"),
    ]
    for status, kind, address, body in answers:
        http = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n{body}".encode()
        record = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {address}\r\n"
            f"WARC-Date: 2024-05-12T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:{len(http)}>\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}"
            "\r\n\r\n"
        ).encode() + http + b"\r\n\r\n"  # fmt: skip
        target.write(gzip.compress(record, mtime=0) if packed else record)
    return target.getvalue()


def pdf(*lines: str, size: int = 12) -> bytes:
    """Return a PDF of one page with these lines, in letters of ASCII."""
    shown = " ".join(f"({line}) Tj 0 -{size + 2} Td" for line in lines)
    stream = f"BT /F1 {size} Tf 72 720 Td {shown} ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = "%PDF-1.4\n", []
    for number, entry in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{entry}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return (
        f"{body}xref\n0 6\n0000000000 65535 f \n{table}trailer\n<< /Size 6 /Root 1 0 R >>\n"
        f"startxref\n{len(body)}\n%%EOF\n"
    ).encode()


def _parquet() -> bytes:
    import pyarrow
    import pyarrow.parquet

    row = {"id": "1", "title": TITLE, "content": f"{FIRST}\n\n{SECOND}"}
    target = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row]), target)
    return target.getvalue()


_PAGE = ("https://vd.vn/a", HTML)

#: A file of each type; each holds the article once.
FILES: dict[str, bytes] = {
    "a.txt": TEXT.encode(),
    "a.md": f"# {TITLE}\n\n{FIRST}\n\n{SECOND}\n".encode(),
    "a.markdown": f"---\ntitle: {TITLE}\n---\n\n{FIRST}\n\n{SECOND}\n".encode(),
    "a.html": HTML.encode(),
    "a.htm": HTML.encode(),
    "a.xhtml": XHTML.encode(),
    "a.xht": XHTML.encode(),
    "a.jsonl": json.dumps(ARTICLE).encode(),
    "a.ndjson": json.dumps(ARTICLE).encode(),
    "a.json": json.dumps(ARTICLE).encode(),
    "a.parquet": _parquet(),
    "a.csv": f'id,title,content\r\n1,"{TITLE}","{FIRST}\n\n{SECOND}"\r\n'.encode(),
    "a.tsv": f'title\tbody\n{TITLE}\t"{FIRST}\n\n{SECOND}"\n'.encode(),
    "a.rss": RSS.encode(),
    "a.atom": ATOM.encode(),
    "a.xml": RSS.encode(),
    "a.warc": warc(_PAGE, packed=False),
    "a.warc.gz": warc(_PAGE, packed=True),
    "a.mhtml": MHTML.encode(),
    "a.mht": MHTML.encode(),
    "a.eml": EML.encode(),
    "a.docx": docx("".join(map(word_paragraph, PARTS))),
    "a.odt": odt("".join(f"<text:p>{part}</text:p>" for part in PARTS)),
    "a.rtf": RTF.encode(),
    "a.pdf": pdf("The clinic opened on Monday.", "", "It is open now."),
    "a.epub": epub(XHTML),
    "a.srt": SRT.encode(),
    "a.vtt": VTT.encode(),
    "a.txt.gz": gzip.compress(TEXT.encode(), mtime=0),
    "a.jsonl.gz": gzip.compress(json.dumps(ARTICLE).encode(), mtime=0),
}
