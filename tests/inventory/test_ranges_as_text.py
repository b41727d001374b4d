"""VLAN ranges as a person writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.models import RangePurpose
from inventory.range_text import parse_ranges, write_ranges
from inventory.ranges import Span

RESERVED = RangePurpose.RESERVED


def test_a_line_is_a_first_and_a_last_id_and_a_reason() -> None:
    text = "1002-1005 FDDI defaults\n\n  3968 – 4094\n7 console"
    assert parse_ranges(text, RESERVED) == [
        Span(RESERVED, 1002, 1005, "FDDI defaults"),
        Span(RESERVED, 3968, 4094),
        Span(RESERVED, 7, 7, "console"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ten", "Line 1: 'ten' is not a range"),
        ("5-9\n0-4", "Line 2: 0-4 leaves 1–4094"),
        ("4000-4095", "Line 1: 4000-4095 leaves 1–4094"),
        ("20-10", "Line 1: 20-10 runs downwards: did you mean 10-20?"),
        ("10-20\n20-30", "10-20 and 20-30 overlap."),
        ("10-20\n10-20", "10-20 and 10-20 overlap."),
        ("10 " + "x" * 121, "Line 1: the reason is longer than 120 characters."),
        ("99999999999", "is not a range"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("?", r"\?").replace(".", r"\.")):
        parse_ranges(text, RESERVED)


def test_every_wrong_line_is_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"Line 1: .*\nLine 3: "):
        parse_ranges("a\n2-3\nb", RESERVED)


@given(st.sets(st.integers(1, 4094), min_size=1, max_size=12))
def test_what_is_written_is_read_back(ids: set[int]) -> None:
    spans = [Span(RESERVED, vid, vid, "why" if vid % 2 else "") for vid in sorted(ids)]
    assert parse_ranges(write_ranges(spans), RESERVED) == spans
