"""Letters with their places become lines in reading order, and lines paragraphs."""

from __future__ import annotations

from seedsum.reading.pdf_layout import Letter, page_lines, spans_of
from seedsum.reading.spans import Span
from seedsum.records import Kind

END = Letter("\n")


def row(*cells: tuple[float, str], y: float, size: float = 10.0) -> list[Letter]:
    """Return a line with texts at these places, each letter half as wide as it is high."""
    letters: list[Letter] = []
    for x, text in cells:
        for number, character in enumerate(text):
            left = x + number * size / 2
            letters.append(Letter(character, left, left + size / 2, y, y + size, size))
    return [*letters, END]


def page(lines: list[str], *, x: float = 50, top: float = 700, size: float = 10) -> list[Letter]:
    return [
        letter
        for number, line in enumerate(lines)
        for letter in row((x, line), y=top - number * size * 1.2, size=size)
    ]


def spans(*pages: list[Letter], height: float = 800) -> list[Span]:
    return spans_of([page_lines(letters) for letters in pages], [height] * len(pages))


LEFT = [
    "A small clinic on the northern is-",
    "land opened a night ward on Tues-",
    "day so that women in labour need",
    "not wait for the first boat.",
]
RIGHT = [
    "The midwives had asked for it for",
    "years, and the council will now pay",
    "for the beds until the end of the",
    "monsoon.",
]
PARAGRAPHS = [
    "A small clinic on the northern island opened a night ward on Tuesday so that women in labour"
    " need not wait for the first boat.",
    "The midwives had asked for it for years, and the council will now pay for the beds until the"
    " end of the monsoon.",
]


def test_lines_become_paragraphs_and_broken_words_are_whole() -> None:
    letters = [*page(LEFT), *page(RIGHT, top=640)]
    assert [span.text for span in spans(letters)] == PARAGRAPHS


def test_columns_written_row_by_row_are_read_one_after_the_other() -> None:
    letters = [
        letter
        for number, (one, two) in enumerate(zip(LEFT, RIGHT, strict=True))
        for letter in row((50, one), (300, two), y=700 - number * 12)
    ]
    assert [span.text for span in spans(letters)] == PARAGRAPHS


def test_columns_written_one_after_the_other_stay_so() -> None:
    letters = [*page(LEFT), *page(RIGHT, x=300)]
    assert [span.text for span in spans(letters)] == PARAGRAPHS


def test_short_cells_side_by_side_are_rows_of_a_table() -> None:
    letters = [
        *page(["The beds of the ward are these:"]),
        *row((50, "Village"), (200, "Beds"), y=670),
        *row((50, "North"), (200, "12"), y=658),
        *row((50, "South"), (200, "9"), y=646),
    ]
    found = spans(letters)
    assert [span.text for span in found[1:]] == ["Village | Beds", "North | 12", "South | 9"]
    assert {span.kind for span in found[1:]} == {Kind.TABLE_ROW}


def test_letters_that_were_drawn_later_stand_in_their_place() -> None:
    last = Letter(".", 50 + 5 * 18, 50 + 5 * 18 + 3, 700, 710, 10)
    letters = [*row((50, "The ward is open"), y=700)[:-1], last]
    letters = [letters[-1], *letters[:-1], END]
    (line,) = page_lines(letters)
    assert line.text.replace(" .", ".") == "The ward is open."


def test_headings_are_larger_and_may_have_two_lines() -> None:
    letters = [
        *page(["Island clinic opens", "a night ward"], top=760, size=20),
        *page(LEFT),
        *page(["The midwives"], top=640, size=14),
        *page(RIGHT, top=620),
    ]
    found = spans(letters)
    assert [(span.kind, span.level) for span in found] == [
        *((Kind.HEADING, 1), (Kind.PARAGRAPH, 0), (Kind.HEADING, 2), (Kind.PARAGRAPH, 0)),
    ]
    assert found[0].text == "Island clinic opens a night ward"


def test_headers_and_page_numbers_are_outside_the_article_once() -> None:
    def numbered(number: int, lines: list[str]) -> list[Letter]:
        head = page([f"Island Weekly, page {number}"], top=780)
        return [*head, *page(lines), *page([f"- {number} -"], top=20)]

    found = spans(numbered(1, LEFT), numbered(2, RIGHT))
    assert [span.text for span in found if not span.outside_article] == PARAGRAPHS
    outside = [span.text for span in found if span.outside_article]
    assert outside == ["Island Weekly, page 1", "- 1 -"]


def test_a_paragraph_goes_on_over_the_edge_of_a_page() -> None:
    assert [span.text for span in spans(page(LEFT[:2]), page(LEFT[2:]))] == PARAGRAPHS[:1]
