"""HTML pages: the article that the extractor finds, whole; and what its markup says inside it."""

from __future__ import annotations

import textwrap

import pytest

from seedsum.reading import read_document
from seedsum.reading.inline import list_number, lowered, raised
from seedsum.reading.roles import classify
from seedsum.records import Document, Kind

FIRST = (
    "A small clinic on the northern island opened a night ward on Tuesday so that women in labour "
    "no longer have to wait for the first boat, the health office said."
)
SECOND = (
    "The ward has four beds and two midwives and will stay open through the monsoon. Last year "
    "nine women gave birth on the pier because no boat was running."
)
THIRD = (
    "Officials said that the council will pay for the ward until March. After that the clinic "
    "hopes to find a partner who can pay for a second ambulance boat."
)
TITLE = "Island clinic opens a night ward for mothers"
MENU = "<ul class=menu><li><a href=/>Home</a></li><li><a href=/a>News</a></li></ul>"


def document(body: str, *, head: str = f"<title>{TITLE}</title>") -> Document:
    page = f"<!DOCTYPE html><html lang=en><head>{head}</head><body>{body}</body></html>"
    return classify(read_document("a.html", page.encode(), format="html"))


def article(inner: str) -> Document:
    """Return a page with a menu and an article: a headline, what is given, three paragraphs."""
    return document(
        f"{MENU}<article><h1>{TITLE}</h1>{inner}<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></article>"
    )


def texts(found: Document, *roles: str) -> list[str]:
    return [
        found.text[block.start : block.end]
        for block in found.blocks
        if not roles or block.role in roles
    ]


def role_of(found: Document, start: str) -> str:
    """Return the role of the one block that starts so."""
    (role,) = [
        block.role.value
        for block in found.blocks
        if found.text[block.start : block.end].startswith(start)
    ]
    return role


# --------------------------------------------------------------------------------------------
# What the extractor keeps stays


@pytest.mark.parametrize(
    "wrapper",
    [
        "promo-layout",
        "widget banner",
        "ads",
        "author-jane tag-news",
        "caption",
        "related-page",
        "timestamp",
        "has-comments comments-open",
        "sidebar-right",
    ],
)
def test_a_class_on_the_wrapper_of_the_article_says_nothing(wrapper: str) -> None:
    found = document(
        f"<div class=bar><div>Trending</div><div><a href=/1>Ferries</a></div></div>"
        f"<div class='{wrapper}'><h2>{TITLE}</h2><div><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"
        "</div></div>"
    )
    assert texts(found, "body") == [FIRST, SECOND, THIRD]
    assert texts(found, "title") == [TITLE]


@pytest.mark.parametrize(
    "inline",
    [
        "on <time datetime=2026-05-07>Tuesday</time>",
        "on <span aria-hidden=true>Tuesday</span>",
        "on <output>Tuesday</output>",
        "on <ruby>Tuesday<rt></rt></ruby>",
        "on <math><mi>Tuesday</mi></math>",
    ],
)
def test_an_element_inside_a_sentence_does_not_lose_its_paragraph(inline: str) -> None:
    sentence = "The ward will open {} with four beds, and it will stay open through the monsoon."
    found = article(f"<p>{sentence.format(inline)}</p>")
    assert role_of(found, "The ward will open") == "body"
    assert sentence.format("on Tuesday") in texts(found, "body")


def test_a_paragraph_that_shows_markup_is_text() -> None:
    shown = (
        "Never write &lt;script&gt; in a form of the clinic, since the old site runs what it holds."
    )
    assert role_of(article(f"<p>{shown}</p>"), "Never write <script> in a form") == "body"


def test_a_section_of_the_article_that_is_called_comment_is_its_own() -> None:
    found = article(f"<h2>Comments</h2><p>{SECOND} Experts agree.</p>")
    assert role_of(found, "Comments") == "heading"
    assert SECOND + " Experts agree." in texts(found, "body")


def test_a_related_box_ends_where_the_article_goes_on() -> None:
    box = "<h2>Read more</h2><ul><li><a href=/1>Another clinic closes its doors</a></li></ul>"
    found = article(f"{box}<p>Short sentences follow, as always in news.</p>")
    assert texts(found, "related") == ["Read more", "Another clinic closes its doors"]
    assert role_of(found, "Short sentences follow") == "body"


def test_headings_over_texts_that_end_in_dots_are_no_teasers() -> None:
    parts = "".join(
        f"<h2>{n}. A fruit</h2><p>It has much fibre, helps against hunger, lowers sugar...</p>"
        for n in range(1, 5)
    )
    found = article(parts)
    assert len(texts(found, "heading")) == 4
    assert not texts(found, "related")


def test_advice_in_a_list_at_the_end_is_no_list_of_links() -> None:
    tips = "".join(f"<li>Measure the pressure {n} times a day</li>" for n in range(3))
    found = document(
        f"{MENU}<article><h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p>"
        f"<p>The doctors ask for three habits.</p><ul>{tips}</ul></article>"
    )
    assert len(texts(found, "list")) == 3


def test_what_stands_between_two_paragraphs_is_of_the_article() -> None:
    found = document(
        f"<h1>{TITLE}</h1><p>{FIRST}</p><p>The steps are:</p>"
        f"<ol><li>Rest five minutes</li><li>Wrap the band</li></ol><p>{SECOND}</p><p>{THIRD}</p>"
    )
    assert texts(found, "list") == ["1. Rest five minutes", "2. Wrap the band"]


def test_numbers_with_signs_are_no_breadcrumb() -> None:
    found = document(
        f"<h1>How to read your pressure</h1><h2>Healthy people</h2><p>Below 120 / 80 is good.</p>"
        f"<h2>People in need</h2><p>Upper > 140 / lower > 90</p><p>{FIRST}</p><p>{SECOND}</p>",
        head="<title>How to read your pressure</title>",
    )
    assert {block.role.value for block in found.blocks} == {"title", "heading", "body"}


def test_an_article_of_the_pages_data_is_found_by_its_words() -> None:
    head = (
        f"<title>{TITLE}</title><script type='application/ld+json'>"
        f'{{"@type": "NewsArticle", "articleBody": "{FIRST}"}}</script>'
    )
    found = document(f"<div><span>Menu word</span></div><div>{FIRST}</div>", head=head)
    assert role_of(found, FIRST) == "body"


# --------------------------------------------------------------------------------------------
# Headline and lead


LEAD = "One in seven old people of the village has a high pressure and does not know it."


@pytest.mark.parametrize(
    "lead",
    [f"<h2 class=sapo>{LEAD}</h2>", f"<p class=description>{LEAD}</p>", f"<div>{LEAD}</div>"],
)
def test_a_lead_under_the_headline_is_body(lead: str) -> None:
    found = document(
        f"<div class=top><a href=/n>Latest news</a><ul><li>Hanoi</li><li>Hue</li></ul></div>"
        f"<div><h1>{TITLE}</h1>{lead}<article><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></article>"
    )
    assert texts(found, "title") == [TITLE]
    assert texts(found, "body") == [LEAD, FIRST, SECOND, THIRD]


def test_the_headline_is_found_below_a_menu_of_hundreds_of_words() -> None:
    menu = "".join(f"<div class=col><a href=/{n}>Rubric {n}</a></div>" for n in range(300))
    found = document(f"{menu}<h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>")
    assert texts(found, "title") == [TITLE]


@pytest.mark.parametrize(
    "head",
    [
        f"<title>{TITLE} - The Island Herald</title><meta property=og:title content='{TITLE}'>",
        f"<title>{TITLE}</title>",
        "<script type='application/ld+json'>"
        f'{{"@type": "NewsArticle", "headline": "{TITLE}"}}</script>',
    ],
)
def test_a_headline_that_the_page_only_states_is_its_first_block(head: str) -> None:
    found = document(f"{MENU}<div><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></div>", head=head)
    assert found.blocks[0].role == "title"
    assert texts(found, "title") == [TITLE]
    assert texts(found, "body") == [FIRST, SECOND, THIRD]


def test_the_sites_name_in_a_first_heading_is_not_the_headline() -> None:
    found = document(
        f"<h1>The Island Herald online</h1><div class=post><h2>{TITLE}</h2><p>{FIRST}</p>"
        f"<p>{SECOND}</p><p>{THIRD}</p></div>"
    )
    assert texts(found, "title") == [TITLE]


# --------------------------------------------------------------------------------------------
# Inside the article


@pytest.mark.parametrize("empty_line", ["<br><br>", "<br>\n  <br>", "<br>&nbsp;<br/>"])
def test_lines_that_are_broken_at_a_width_belong_together(empty_line: str) -> None:
    lines = [
        "A small clinic on the northern island opened a night",
        "ward on Tuesday so that women in labour no longer have",
        "to wait for the first boat, the health office said.",
    ]
    found = document(f"<h1>{TITLE}</h1><div>{'<br>'.join(lines)}{empty_line}{SECOND}</div>")
    assert texts(found, "body") == [" ".join(lines), SECOND]


def test_lines_that_a_writer_ends_stay_apart_and_bullets_are_items() -> None:
    found = article("<p>The ward has:<br>- four beds<br>- two midwives</p>")
    assert "The ward has:" in texts(found)
    assert texts(found, "list") == ["four beds", "two midwives"]


def test_a_bold_line_over_text_is_a_heading() -> None:
    found = article(f"<p><strong>Who should come</strong><br>{SECOND} Soon.</p>")
    assert role_of(found, "Who should come") == "heading"
    assert f"{SECOND} Soon." in texts(found, "body")


def test_lists_keep_their_numbers_and_their_depth() -> None:
    found = article(
        "<ol start=3><li>Rest<ul><li>five minutes</li></ul></li><li value=7>Wrap</li></ol>"
        "<ol type=a><li>the band</li><li>1. once</li></ol>"
    )
    items = [
        (found.text[block.start : block.end], block.level)
        for block in found.blocks
        if block.role == "list"
    ]
    assert items == [
        *(("3. Rest", 1), ("five minutes", 2), ("7. Wrap", 1), ("a. the band", 1), ("1. once", 1)),
    ]


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("about 4 x 10<sup>5</sup> copies", "about 4 x 10^5 copies"),
        ("10<sup>-3</sup> of it", "10^-3 of it"),
        ("21<sup>3</sup> new cases", "21[3] new cases"),
        ("21<sup><a href='#n'>3</a></sup> new cases", "21[3] new cases"),
        ("the ward<sup>12</sup> opened", "the ward[12] opened"),
        ("a room of 20 m<sup>2</sup> with", "a room of 20 m² with"),
        ("the 1<sup>st</sup> boat", "the 1st boat"),
        ("as CO<sub>2</sub> is", "as CO2 is"),
        ("of PM<sub>2.5</sub> in", "of PM2.5 in"),
        ("the number 101<sub>2</sub> is", "the number 101_2 is"),
        ("<math><msup><mn>10</mn><mn>5</mn></msup></math> copies", "10^5 copies"),
    ],
)
def test_raised_and_lowered_figures_do_not_join_others(markup: str, shown: str) -> None:
    found = article(f"<p>They found {markup} in the water of the island.</p>")
    assert f"They found {shown} in the water of the island." in texts(found, "body")


def test_raised_text_that_is_no_figure_is_as_it_is() -> None:
    assert raised("1", "st", is_link=False) == ""
    assert raised(" ", "3", is_link=True) == ""
    assert lowered("CO", "2") == ""


def test_list_numbers_in_other_styles() -> None:
    assert [list_number(n, "i") for n in (1, 4, 19)] == ["i. ", "iv. ", "xix. "]
    assert list_number(27, "a") == "27. "


def test_struck_out_and_hidden_text_in_a_line_is_left_out() -> None:
    found = article(
        "<p>The clinic has <del>nine</del> four beds for <s>$90,000</s>"
        "<span style='display: none'>secret</span> $60,000, the office said on Tuesday.</p>"
    )
    assert "The clinic has four beds for $60,000, the office said on Tuesday." in texts(found)


def test_a_struck_tag_that_nobody_closes_hides_nothing() -> None:
    assert FIRST in texts(article("<s>oh"))


def test_a_table_that_lays_out_the_page_is_text_and_one_of_data_is_a_table() -> None:
    laid_out = (
        f"<table><tr><td><font size=4>{TITLE}</font></td></tr>"
        f"<tr><td>{FIRST}<br><br>{SECOND}<br><br>{THIRD}</td></tr></table>"
    )
    assert texts(document(laid_out), "body") == [FIRST, SECOND, THIRD]
    rows = "<tr><th>Year</th><th>Beds</th></tr><tr><td>2025</td><td>4</td></tr>"
    assert texts(article(f"<table>{rows}</table>"), "table") == ["Year | Beds", "2025 | 4"]


def test_the_line_under_a_picture_in_a_table_is_a_caption() -> None:
    frame = "<table><tr><td><img src=b.jpg></td></tr><tr><td><p>An old man.</p></td></tr></table>"
    assert role_of(article(f"<p>{SECOND} So.</p>{frame}"), "An old man") == "caption"


def test_a_quotation_is_marked_as_one() -> None:
    found = article(f"<blockquote><p>{SECOND} That is so.</p></blockquote>")
    (block,) = [block for block in found.blocks if block.hint == "blockquote"]
    assert (block.role.value, block.kind) == ("body", Kind.PARAGRAPH)


def test_words_that_only_a_style_sets_apart_are_parted() -> None:
    found = article(f"<p><span class=place>Island Town</span>{SECOND}</p>")
    assert f"Island Town {SECOND}" in texts(found, "body")
    assert "YouTube's <b>i</b>Phone" not in texts(found)


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("English | Tiếng Việt | বাংলা | हिन्दी", "navigation"),
        (
            "Sign up for breaking news, island weather, opinion, ferry deals, and more.",
            "boilerplate",
        ),
        (
            "(c) The owner of a boat pays for the light on it, also at night, and for its repair.",
            "body",
        ),
        ("(c) 2026 The Island Herald", "boilerplate"),
        (
            "Copyright law is nothing that the fishers of the island had heard of before May.",
            "body",
        ),
    ],
)
def test_lines_with_a_cue_inside_the_article(line: str, role: str) -> None:
    assert role_of(article(f"<div><p>{line}</p></div>"), line[:20]) == role


def test_a_lead_in_bengali_has_its_byline_and_its_box_of_links() -> None:
    prose = (
        "রবিবার নদীর চরে বিনা মূল্যে চোখের চিকিৎসা দেওয়া হয়েছে। সেখানে ১৮০ জন রোগী দেখা হয় এবং ২৬ জনকে"
        " ছানি অপারেশনের জন্য বাছাই করা হয়।"
    )
    found = document(
        f"<article><h1>চরে বিনা মূল্যে চোখের চিকিৎসা</h1><p>নিজস্ব সংবাদদাতা</p>"
        f"<p>{prose}</p><p>{prose} তাই।</p>"
        f"<h2>আরও পড়তে পারেন</h2><ul><li><a href=/1>নতুন স্বাস্থ্যকেন্দ্র চালু হলো</a></li></ul>"
        f"<p>{prose} শেষ।</p></article>",
        head="",
    )
    assert [block.role.value for block in found.blocks] == [
        *("title", "byline", "body", "body", "related", "related", "body"),
    ]


# --------------------------------------------------------------------------------------------
# Links


def test_the_addresses_of_links_are_kept_where_they_stand() -> None:
    found = document(
        f"{MENU}<article><h1>{TITLE}</h1><p>{FIRST}</p><p>See <a href='/b c'>the <b>plan</b></a>"
        f" and <a href='mailto:a@b.example'>write</a>.</p><p>{SECOND}</p><p>{THIRD}</p></article>",
        head=f"<title>{TITLE}</title><link rel=canonical href=https://herald.example/x/y>",
    )
    links = [(found.text[link.start : link.end], link.address) for link in found.links]
    assert links == [
        ("Home", "https://herald.example/"),
        ("News", "https://herald.example/a"),
        ("the plan", "https://herald.example/b c"),
        ("write", "mailto:a@b.example"),
    ]


def test_the_address_of_a_numbered_item_moves_with_its_text() -> None:
    found = article("<ol><li><a href=https://a.example/>Rest</a> now</li></ol>")
    assert [
        found.text[link.start : link.end] for link in found.links if "a.ex" in link.address
    ] == ["Rest"]


@pytest.mark.parametrize(
    "symbols", ["".join(map(chr, range(0x2801, 0x2900))), "".join(map(chr, range(0x2900, 0x2B00)))]
)
def test_a_page_with_the_symbols_that_mark_places_is_read(symbols: str) -> None:
    found = article(f"<p>{symbols} are the signs that this page is about, all of them.</p>")
    assert FIRST in texts(found, "body")
    assert any(symbols[:50] in text for text in texts(found))


def test_the_times_of_a_live_page_stay_with_its_entries() -> None:
    entries = "".join(
        f"<p>1{n}:30</p><h3>Update number {n}</h3><p>{text}</p>"
        for n, text in enumerate((FIRST, SECOND, THIRD))
    )
    found = document(f"<article><h1>{TITLE}</h1>{entries}</article>")
    assert [block.role.value for block in found.blocks] == [
        "title",
        *("date", "heading", "body") * 3,
    ]


def test_who_said_a_quotation_is_no_heading() -> None:
    quoted = "<blockquote><p>We waited nine years.</p><cite>Jane Roe, midwife</cite></blockquote>"
    assert role_of(article(f"<p>{SECOND} So.</p>{quoted}"), "Jane Roe") == "body"


@pytest.mark.parametrize(
    ("body", "paragraphs"),
    [
        (f"{FIRST}\\n{SECOND}\\n{THIRD}", [FIRST, SECOND, THIRD]),
        (f"<p>{FIRST}</p><p>{SECOND}</p>", [FIRST, SECOND]),
    ],
)
@pytest.mark.parametrize(
    "shown", ["<div>Loading, please turn JavaScript on.</div>", f"<p>{FIRST}</p>", ""]
)
def test_an_article_that_a_script_would_show_is_read_from_the_data(
    body: str, paragraphs: list[str], shown: str
) -> None:
    data = f'[{{"@graph": [{{"@type": "NewsArticle", "articleBody": "{body}"}}]}}]'
    found = document(
        shown, head=f"<title>{TITLE}</title><script type='application/ld+json'>{data}</script>"
    )
    assert texts(found, "title") == [TITLE]
    assert texts(found, "body") == paragraphs
    assert any("JSON-LD" in note for note in found.notes)


def test_embedded_data_that_are_broken_hide_nothing() -> None:
    head = "<script type='application/ld+json'>" + "[" * 100_000 + "</script><title></title>"
    assert FIRST in texts(document(f"<p>{FIRST}</p><p>{SECOND}</p>", head=head))


# --------------------------------------------------------------------------------------------
# What stands in pieces or is not shown


def test_hidden_lines_that_the_extractor_keeps_are_not_the_articles() -> None:
    unseen = "<span style='visibility: hidden'> no</span>"
    hidden = f"<p hidden>Write to the editor at once.</p><p>Nine{unseen} beds.</p>"
    found = article(f"<p>{THIRD} So.</p>{hidden}")
    assert role_of(found, "Write to the editor") == "boilerplate"
    assert role_of(found, "Nine") == "body"
    assert not any("Nine no" in text for text in texts(found))


def test_an_article_that_a_script_uncovers_stays() -> None:
    found = document(
        f"<h1>{TITLE}</h1><div hidden><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></div>"
    )
    assert {FIRST, SECOND, THIRD} <= {*texts(found, "body")}


def test_headings_of_entries_that_each_have_an_element_are_the_articles() -> None:
    entries = "".join(
        f"<div class=entry><time>1{n}:30</time><h3>Update number {n}</h3><p>{text}</p></div>"
        for n, text in enumerate((FIRST, SECOND, THIRD))
    )
    found = document(f"<article><h1>{TITLE}</h1><p>{SECOND} So.</p>{entries}</article>")
    assert texts(found, "heading") == [f"Update number {n}" for n in range(3)]


def test_the_footer_of_a_quotation_says_who_said_it() -> None:
    quoted = "<blockquote><p>We waited nine years.</p><footer>— Jane Roe</footer></blockquote>"
    found = article(f"<p>{SECOND} So.</p>{quoted}")
    assert role_of(found, "— Jane Roe") == "body"


def test_a_text_that_a_browser_saved_as_preformatted_is_text_and_code_is_code() -> None:
    wrapped = "\n\n".join(textwrap.fill(text, 66) for text in (TITLE, FIRST, SECOND, THIRD))
    page = classify(read_document("a.html", f"<pre>{wrapped}</pre>".encode()))
    assert texts(page) == [TITLE, FIRST, SECOND, THIRD]
    code = "def opened(beds):\n    return [bed for bed in beds if bed.is_open()]\n" * 4
    assert [b.kind for b in article(f"<p>{THIRD} So.</p><pre>{code}</pre>").blocks].count(
        Kind.CODE
    ) == 1


def test_who_said_a_quotation_in_a_paragraph_is_no_heading() -> None:
    said = (
        f"<p>“We waited nine years for it,” she wrote.</p><p>— Jane Roe, midwife</p><p>{FIRST}</p>"
    )
    assert role_of(article(f"<p>{SECOND} So.</p>{said}"), "— Jane Roe") == "body"


def test_a_bold_question_over_its_answer_is_a_heading() -> None:
    found = article(f"<p>{SECOND} So.</p><p><b>Who pays for it?</b></p>")
    assert role_of(found, "Who pays") == "heading"


@pytest.mark.parametrize(
    ("stated", "headline"),
    [
        (f"{TITLE} - The Island Herald", TITLE),
        (f"{TITLE} | Health | Island Herald", TITLE),
        (
            "Trạm y tế xã đo huyết áp cho người già – Báo Đảo",
            "Trạm y tế xã đo huyết áp cho người già",
        ),
    ],
)
def test_the_sites_name_is_cut_from_a_headline_that_only_the_page_states(
    stated: str, headline: str
) -> None:
    page = document(f"<div><p>{FIRST}</p><p>{SECOND}</p></div>", head=f"<title>{stated}</title>")
    assert page.title == headline
    assert texts(page, "title") == [headline]


def test_a_headline_in_the_pages_data_stands_for_the_sites_name() -> None:
    data = f'{{"@type": "NewsArticle", "headline": "{TITLE}"}}'
    head = f"<title>Herald</title><script type='application/ld+json'>{data}</script>"
    page = document(f"<div><p>{FIRST}</p><p>{SECOND}</p></div>", head=head)
    assert texts(page, "title") == [TITLE]
