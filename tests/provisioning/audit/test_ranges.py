"""Sets of numbers as runs do what sets do."""

from hypothesis import given
from hypothesis import strategies as st

from provisioning.audit.ranges import Box, Ranges, addresses, everything, prefixes, subtract

NUMBERS = st.sets(st.integers(0, 11))


def ranges(numbers: set[int]) -> Ranges:
    return Ranges.of((number, number) for number in numbers)


def members(found: Ranges) -> set[int]:
    return {number for first, last in found.runs for number in range(first, last + 1)}


@given(NUMBERS, NUMBERS)
def test_runs_join_meet_and_differ_as_sets_do(one: set[int], other: set[int]) -> None:
    assert members(ranges(one) | ranges(other)) == one | other
    assert members(ranges(one) & ranges(other)) == one & other
    assert members(ranges(one) - ranges(other)) == one - other
    assert ranges(one) - ranges(other) == ranges(one - other)


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_a_box_without_another_is_what_is_left_of_its_points(
    one: tuple[set[int], ...], other: tuple[set[int], ...]
) -> None:
    def points(sides: tuple[set[int], ...]) -> set[tuple[int, ...]]:
        return {(a, b, c) for a in sides[0] for b in sides[1] for c in sides[2]}

    left = subtract([Box(*map(ranges, one))], Box(*map(ranges, other)))
    found = [points((members(box.source), members(box.destination), members(box.service))) for box in left]
    assert set().union(*found) == points(one) - points(other)
    assert sum(map(len, found)) == len(set().union(*found))


def test_addresses_are_told_as_prefixes_and_many_are_cut_short() -> None:
    assert prefixes(addresses("10.0.0.0/24", "inet") - addresses("10.0.0.0/25", "inet"), "inet") == ["10.0.0.128/25"]
    assert prefixes(addresses("10.0.0.1-10.0.0.2", "inet"), "inet") == ["10.0.0.1/32", "10.0.0.2/32"]
    assert addresses("2001:db8::/32", "inet").runs == ()
    assert prefixes(everything("inet6"), "inet6") == ["::/0"]
    assert prefixes(everything("inet") - addresses("8.8.8.8", "inet"), "inet", most=1)[1] == "and 31 more"
