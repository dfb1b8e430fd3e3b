"""No document is `clean` whose text is not, or not all of, its article."""

from __future__ import annotations

import json

import pytest

from seedsum.reading import Prepared, prepare, read_document

LANGUAGES = ("bn", "en", "vi")
ARTICLE = (
    "The clinic on the northern island opened a night ward on Tuesday so that women in labour no"
    " longer have to wait for the first boat, the health office said."
)


def prepared(text: str, *, format: str = "html") -> Prepared:
    document = read_document("a", text.encode(), format=format)
    return prepare(document, languages=LANGUAGES, target="en")


def page(body: str) -> str:
    return f"<html><head><title>A night ward</title></head><body>{body}</body></html>"


@pytest.mark.parametrize(
    "body",
    [
        "<h1>Just a moment...</h1><p>Checking your browser before you go on.</p>",
        "<h1>404</h1><p>Sorry, this page does not exist.</p>",
        "<p>Please enable JavaScript to view this site.</p>",
        "<p>Verify you are human by completing the action below.</p>",
        "<p>Không tìm thấy trang bạn yêu cầu.</p>",
        "<p>আপনি যে পাতাটি খুঁজছেন তা নেই।</p>",
        "<h2>We value your privacy</h2><p>We and our 97 partners store information.</p>",
        "<div class=consent><p>Website này sử dụng cookie để phục vụ bạn.</p></div>",
        "<p>আমরা কুকি ব্যবহার করি। এই সাইট ব্যবহার করলে আপনি সম্মত।</p><button>ঠিক আছে</button>",
        "<h1>Oops! That page can't be found.</h1><p>Maybe try a search?</p>",
        "<h1>Sign in</h1><p>You need to sign in to see this page of the newspaper.</p>",
        "<p>Bạn cần đăng nhập để xem nội dung này trên trang của báo.</p>",
        "<p>খবরটি পড়তে হলে</p><p>অনুগ্রহ করে লগ ইন করুন।</p>",
        "<h1>Trang web đang bảo trì</h1><p>Vui lòng quay lại sau ít phút nữa.</p>",
        "<h1>Unavailable due to legal reasons</h1><p>You are in a country far away.</p>",
        "<h1>island.example</h1><p>This domain is for sale. Ask us for its price today.</p>",
    ],
)
def test_a_page_in_the_articles_place_is_named(body: str) -> None:
    (doubt,) = prepared(page(body)).doubts
    assert doubt.startswith("a page in the article's place")


def test_an_article_that_names_such_a_page_is_none() -> None:
    body = f"<article><h1>Access denied at the dam</h1>{f'<p>{ARTICLE}</p>' * 8}</article>"
    assert prepared(page(body)).doubts == ()


def test_a_page_without_an_article_says_what_there_is() -> None:
    menu = "<ul><li>Home</li><li>News</li><li>Contact us</li></ul>"
    (doubt,) = prepared(page(f"{menu}<h1>Island clinic opens</h1><div id=app></div>")).doubts
    assert doubt.startswith("no article text was found, only navigation, ")


@pytest.mark.parametrize(
    "offer",
    [
        "You have read your last free article this month. Subscribe for $1 to keep reading.",
        "This article is for subscribers only.",
        "Sign in or subscribe to continue reading the Island Herald.",
        "Đăng ký thành viên để đọc toàn bộ bài viết.",
        "পুরো খবরটি পড়তে লগ ইন করুন।",
        "To continue reading this article, create a free account.",
        "Để đọc tiếp bài viết này, vui lòng đăng nhập.",
        "সম্পূর্ণ প্রতিবেদন পড়তে সাবস্ক্রাইব করুন।",
    ],
)
def test_an_article_behind_a_paywall_is_cut_off(offer: str) -> None:
    made = prepared(page(f"<article><h1>Night ward</h1><p>{ARTICLE}</p><p>{offer}</p></article>"))
    (doubt,) = made.doubts
    assert doubt.startswith("the rest is for subscribers only")
    (block,) = [
        block
        for block in made.document.blocks
        if made.document.text[block.start :][:20] == offer[:20]
    ]
    assert block.role == "boilerplate"


def test_lost_characters_are_counted() -> None:
    (doubt,) = prepared("Tr\ufffdm y t\ufffd xã Hòa Bình đo huyết áp.\n", format="txt").doubts
    assert doubt.startswith("2 characters were lost")


@pytest.mark.parametrize(
    "text",
    [
        "Tr?m y t? xã Hòa Bình ?o huy?t áp cho ng??i già trong sáng th? sáu.",
        "????? ???? ??? ???????? 180 ??? ????",
    ],
)
def test_letters_that_became_question_marks_are_counted(text: str) -> None:
    assert any("question mark" in doubt for doubt in prepared(text, format="txt").doubts)


def test_questions_and_addresses_lost_no_letters() -> None:
    text = (
        "What does it cost? Who pays? See https://a.example/x?id=1&b=?c and /find?q=ward"
        " or a.example/?page=2, he said. Really?Yes."
    )
    assert prepared(text, format="txt").doubts == ()


def test_a_page_with_a_word_or_two_in_the_articles_place_is_doubtful() -> None:
    (doubt,) = prepared(page("<h1>A night ward</h1><p>Loading the story.</p>")).doubts
    assert doubt.startswith("hardly any article text was found (18 characters)")
    assert prepared("Night ward opens.\n", format="txt").doubts == ()


@pytest.mark.parametrize(
    "content",
    [
        f"<!doctype html><html><h1>Night ward</h1><p>{ARTICLE}</p></html>",
        f"<p>{ARTICLE}</p>\n<p>{ARTICLE}</p>",
        rf"{{\rtf1\ansi {ARTICLE}\par {ARTICLE}\par}}",
        json.dumps({"title": "Night ward", "text": ARTICLE}),
    ],
)
def test_a_page_rtf_or_json_that_is_called_plain_text_is_read_and_doubtful(content: str) -> None:
    document = read_document("a.txt", content.encode())
    made = prepare(document, languages=LANGUAGES, target="en")
    (doubt,) = made.doubts
    assert "name says plain text" in doubt
    assert ARTICLE in document.text
    piped = read_document("stdin.txt", content.encode())
    assert prepare(piped, languages=LANGUAGES, target="en").doubts == ()


def test_garbled_text_that_cannot_be_undone_is_named() -> None:
    garbled = (
        "Tráº¡m y táº¿ xÃ£ đã Ä‘o huyáº¿t Ã¡p cho ngÆ°á»?i giÃ , và đã phÃ¡t hiá»‡n nhiá»?u ca."
    )
    doubts = prepared(garbled, format="txt").doubts
    assert any("decoded wrongly" in doubt for doubt in doubts)


def test_an_article_raises_no_doubt() -> None:
    assert prepared(page(f"<article><h1>Night ward</h1><p>{ARTICLE}</p></article>")).doubts == ()
    assert prepared(f"Night ward opens\n\n{ARTICLE}\n", format="txt").doubts == ()


def test_an_article_that_a_script_fills_in_is_read_from_the_pages_data() -> None:
    paragraphs = [
        "The health office measured the blood pressure of 214 old people for free on Friday.",
        "Doctor Mai said that many come only when they have a bad headache &amp; cannot sleep.",
        "Next month the team visits the two villages on the other side of the river.",
    ]
    data = {"@context": "https://schema.org", "@graph": [
        {"@type": "WebSite", "name": "News"},
        {"@type": "NewsArticle", "headline": "A free test", "articleBody": "\n".join(paragraphs)},
    ]}  # fmt: skip
    script = f"<script type='application/ld+json'>{json.dumps(data)}</script>"
    menu = "<ul><li><a href='/'>Home</a></li><li><a href='/n'>News</a></li></ul>"
    made = prepared(page(f"{script}<div id=root>Please enable JavaScript.</div>{menu}"))
    texts = [
        made.document.text[block.start : block.end]
        for block in made.document.blocks
        if block.role == "body"
    ]
    assert texts == [paragraph.replace("&amp;", "&") for paragraph in paragraphs]
    assert made.doubts == ()
    assert any("JSON-LD" in note for note in made.document.notes)
