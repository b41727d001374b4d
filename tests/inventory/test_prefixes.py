"""Prefixes: what is read, what is refused in which words, and that overlap is what sharing an address means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from netaddr import IPNetwork

from inventory.prefixes import overlapping_pairs, overlaps, parse_prefix


@st.composite
def prefixes(draw: st.DrawFn) -> IPNetwork:
    """IPv4 prefixes of a small world, so that they often overlap, and now and then an IPv6 one."""
    if draw(st.integers(0, 9)) == 0:
        return IPNetwork(f"2001:db8::/{draw(st.integers(32, 48))}").cidr
    third, length = draw(st.integers(0, 15)), draw(st.integers(18, 28))
    return IPNetwork(f"10.0.{third}.{draw(st.integers(0, 255))}/{length}").cidr


@pytest.mark.parametrize("text", ["192.168.10.0/24", "  10.0.0.0/8 ", "2001:db8::/48", "10.1.2.3/32"])
def test_a_prefix_is_read(text: str) -> None:
    assert str(parse_prefix(text)) == text.strip()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("192.168.10.0", "no prefix length"),
        ("", "no prefix length"),
        ("10/8", "is not an IP prefix"),
        ("300.0.0.0/8", "is not an IP prefix"),
        ("10.0.0.0/33", "is not an IP prefix"),
        ("10.0.0.0/255.0.0.0", "no number after the slash"),
        ("10.0.0.0/+8", "no number after the slash"),
        ("10.0.0.0/٨", "no number after the slash"),
        ("10.0.0.0/8/8", "no number after the slash"),
        ("10.0.0.1/8", r"host bits set: did you mean 10\.0\.0\.0/8\?"),
    ],
)
def test_what_is_no_prefix_is_refused_with_what_to_write_instead(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_prefix(text)


@given(st.text(max_size=80))
def test_any_text_is_either_a_prefix_in_normal_form_or_refused_by_value_error(text: str) -> None:
    try:
        prefix = parse_prefix(text)
    except ValueError:
        return
    assert parse_prefix(str(prefix)) == prefix


@given(prefixes(), prefixes())
def test_two_prefixes_overlap_when_they_share_an_address(one: IPNetwork, two: IPNetwork) -> None:
    shares = one.version == two.version and not (one.last < two.first or two.last < one.first)
    assert overlaps(one, [("two", two)]) == (["two"] if shares else [])
    assert overlaps(two, [("one", one)]) == (["one"] if shares else [])


@given(st.lists(prefixes(), max_size=12))
def test_the_one_pass_over_a_list_finds_an_overlap_exactly_when_there_is_one(found: list[IPNetwork]) -> None:
    named = [(str(index), prefix) for index, prefix in enumerate(found)]
    by_pairs = {
        frozenset((one, two))
        for one, first in named
        for two, second in named
        if one != two and overlaps(first, [("", second)])
    }
    told = overlapping_pairs(named)
    assert {frozenset(pair) for pair in told} <= by_pairs
    assert bool(told) == bool(by_pairs)
