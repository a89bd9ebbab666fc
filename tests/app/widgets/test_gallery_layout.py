"""The gallery's rows: every card has one place, chapters share rows, and a large window has large cards."""

from hypothesis import given
from hypothesis import strategies as st

from app.widgets.gallery_layout import LEAST, flow, laid_out


@given(st.lists(st.integers(0, 12), max_size=15), st.integers(1, 9))
def test_every_card_has_one_place_in_order(counts: list[int], columns: int) -> None:
    pieces = flow(counts, columns)
    places = [(p.row, p.column + n) for p in pieces for n in range(max(1, p.count))]
    assert places == sorted(set(places)) and all(0 <= column < columns for _, column in places)
    for group, count in enumerate(counts):
        cards = [p.first + n for p in pieces if p.group == group for n in range(p.count)]
        assert cards == list(range(count)) and any(p.group == group for p in pieces)


def test_small_chapters_share_a_row_and_one_that_fits_stays_whole() -> None:
    pieces = flow([1, 1, 3, 2, 2, 1, 1], 4)
    assert [(p.group, p.count, p.row) for p in pieces] == [
        (0, 1, 0), (1, 1, 0), (2, 2, 0), (2, 1, 1), (3, 2, 1), (4, 2, 2), (5, 1, 2), (6, 1, 2)]


def test_all_is_seen_without_scrolling_where_there_is_room() -> None:
    counts = [1, 1, 3, 2, 2, 1, 1]
    for width, height in ((1044, 772), (1204, 872), (3604, 2130)):
        found = laid_out(counts, width, height)
        assert found.height <= height and found.card >= LEAST
    assert laid_out(counts, 3604, 2130).card > 2 * laid_out(counts, 1204, 872).card


def test_a_window_too_small_has_the_least_cards_and_scrolls() -> None:
    found = laid_out([5] * 12, 700, 400)
    assert found.columns == 3 and found.height > 400
