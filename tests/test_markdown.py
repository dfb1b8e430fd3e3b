"""Markdown of Obsidian, pandoc and Hugo: what is shown, what is private, where links go."""

from __future__ import annotations

import pytest

from seedsum.reading import read_document
from seedsum.reading.roles import classify
from seedsum.records import Document, Kind

BODY = "Sáng thứ sáu, trạm y tế xã đã đo huyết áp cho 214 người già."


def read(text: str) -> Document:
    return read_document("a.md", text.encode())


def texts(document: Document) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


@pytest.mark.parametrize(
    "front",
    [
        '+++\ntitle = "Nước sạch"\ndate = 2024-05-12\ndraft = false\n[params]\na = 1\n+++\n\n',
        "---\ntitle: Nước sạch\ndate: 2024-05-12\n---\n",
        "---\nTitle: Nước sạch\nPublished: 2024-05-12\n---\n",
        "---\nheadline: Nước sạch\ndatePublished: 2024-05-12\n---\n",
        '{\n"title": "Nước sạch",\n"date": "2024-05-12"\n}\n',
        "% Nước sạch\n% Một Người\n% 2024-05-12\n\n",
    ],
)
def test_title_and_date_of_front_matter_are_metadata_and_the_title_is_read(front: str) -> None:
    document = read(front + BODY)
    assert (document.title, document.date) == ("Nước sạch", "2024-05-12")
    assert texts(document) == ["Nước sạch", BODY]
    assert document.blocks[0].kind is Kind.HEADING
    # It stands there once only.
    assert texts(read(f"{front}# Nước sạch\n\n{BODY}")) == ["Nước sạch", BODY]


def test_keys_of_front_matter_that_are_no_names_say_nothing() -> None:
    document = read(f"---\n? 0x{'f' * 5000}\n: a\n7: b\ntitle: Nước sạch\n---\n{BODY}")
    assert document.title == "Nước sạch"


def test_toml_that_is_broken_is_kept_as_code_and_noted() -> None:
    document = read(f"+++\ntitle = \n+++\n{BODY}")
    assert document.blocks[0].kind is Kind.CODE
    assert texts(document) == ["title =", BODY]
    assert any("TOML" in note for note in document.notes)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("Đọc [[Trạm y tế|bài trước]] và [[Huyết áp#Cách đo]].", "Đọc bài trước và Huyết áp."),
        ("Bà ==khuyên== mỗi nhà a == b. ^khuyen-1", "Bà khuyên mỗi nhà a == b."),
        ("> [!warning]- Chú ý\n> Nghỉ năm phút.", "Chú ý\nNghỉ năm phút."),
        ("[Đo ở nhà]{.nhan} hai lần.", "Đo ở nhà hai lần."),
        ("Hai lần[^1] một ngày.", "Hai lần[1] một ngày."),
        ("Giá ~~90.000~~ 60.000 đồng, <del>chín</del> bốn giường.", "Giá 60.000 đồng, bốn giường."),
        ("Có 4 x 10^5^ bản sao trong *nước*{.nhan} H~2~O.", "Có 4 x 10^5 bản sao trong nước H2O."),
        ("{% include a.html %}Bà khuyên mỗi nhà.", "Bà khuyên mỗi nhà."),
    ],
)
def test_what_an_editor_adds_is_read_as_it_shows_it(source: str, shown: str) -> None:
    assert texts(read(source)) == [shown]


@pytest.mark.parametrize("items", ["১. এক\n২. দুই", "a) một\nb) hai", "1/ một\n2/ hai"])
def test_lists_whose_numbers_are_none_of_markdowns_are_lists(items: str) -> None:
    document = read(f"{BODY}\n\n{items}\n\n{BODY}")
    assert texts(document) == [BODY, *items.split("\n"), BODY]
    assert [block.kind for block in document.blocks[1:3]] == [Kind.LIST_ITEM] * 2
    announced = read(f"Cần làm ngay:\n{items}\n\n{BODY}")
    assert texts(announced)[1:3] == items.split("\n")


def test_a_link_in_such_a_list_stays_in_its_item() -> None:
    document = read("a) một\nb) hai [ba](https://a.example/) bốn\n")
    (link,) = document.links
    assert document.text[link.start : link.end] == "ba"


def test_lines_of_a_verse_are_no_heading() -> None:
    verse = "Gió đưa cây cải về trời\\\nRau răm ở lại chịu lời đắng cay"
    document = classify(read(f"# Ru con ngủ\n\n{verse}\n\n{BODY} {BODY}"))
    assert [block.role for block in document.blocks] == ["title", "body", "body"]


def test_code_keeps_what_looks_like_a_dialect() -> None:
    source = f"{BODY}\n\n```\n[[a]] %%b%% {{{{< c >}}}}\n```\n\n[[a]]\n"
    assert texts(read(source)) == [BODY, "[[a]] %%b%% {{< c >}}", "a"]


def test_private_comments_stay_out_and_are_counted() -> None:
    source = f"{BODY} %%hỏi lại chị H.%% Hết.\n\n%%\nsố điện thoại: 0123\n%%\n\n<!-- nháp -->\n"
    document = read(source)
    assert texts(document) == [f"{BODY}  Hết."]
    assert any("2 private comments" in note for note in document.notes)


def test_a_percent_sign_opens_no_comment() -> None:
    source = "Tăng 5%% ở xã này.\n\nGiảm 3% ở xã kia, và 4%% nữa."
    assert texts(read(source)) == source.split("\n\n")


def test_pandocs_and_hugos_marks_are_no_text_and_captions_are() -> None:
    source = (
        "# Nước sạch {#nuoc .unnumbered}\n\n::: {.note}\n" + BODY + "\n:::\n\n"
        '{{< figure src="a.jpg" caption="Trạm y tế mới" >}}\n\n{{% tip %}}Nghỉ.{{% /tip %}}\n\n'
        "[^1]: Theo bác sĩ.\n"
    )
    document = read(source)
    assert texts(document) == ["Nước sạch", BODY, "Trạm y tế mới", "Nghỉ.", "[1] Theo bác sĩ."]
    assert document.blocks[2].hint == "figcaption"


def test_quotations_lists_and_links_stay_what_they_are() -> None:
    document = read(
        "Đọc [hướng *dẫn*](https://vd.vn/a) và <https://vd.vn/b>.\n\n"
        "> Tôi mất 3.500 USD.\n>\n> Chị nói.\n\n7. Mở [ứng dụng](/c)\n8. Chọn\n"
    )
    assert [(document.text[x.start : x.end], x.address) for x in document.links] == [
        ("hướng dẫn", "https://vd.vn/a"),
        ("https://vd.vn/b", "https://vd.vn/b"),
        ("ứng dụng", "/c"),
    ]
    assert [block.hint for block in document.blocks] == ["", "blockquote", "blockquote", "", ""]
    assert texts(document)[3:] == ["7. Mở ứng dụng", "8. Chọn"]


def test_links_keep_their_place_where_letters_are_composed() -> None:
    document = read("  e\u0302\u0301 &#7; [Huê\u0301](x) &#101;&#769; [b](y)")
    assert [document.text[link.start : link.end] for link in document.links] == ["Huế", "b"]
