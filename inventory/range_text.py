"""VLAN ranges as a person writes them, one a line: ``1002-1005 FDDI defaults``. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from inventory.models import RangePurpose
from inventory.models.switches import FIRST_VLAN_ID, LAST_VLAN_ID
from inventory.ranges import Span

LINE = re.compile(r"^(?P<first>\d{1,9})(?:\s*[-–]\s*(?P<last>\d{1,9}))?(?:\s+(?P<reason>.*))?$")
LONGEST_REASON = 120


def parse_ranges(text: str, purpose: RangePurpose) -> list[Span]:
    """The ranges that ``text`` writes, one a line; blank lines are skipped.

    Raises ValueError with one sentence for each line that is wrong, and for each pair that overlaps.
    """
    spans, wrong = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            spans.append(_parse_line(line.strip(), purpose))
        except ValueError as error:
            wrong.append(f"Line {number}: {error}")
    wrong += overlapping(spans)
    if wrong:
        raise ValueError("\n".join(wrong))
    return spans


def _parse_line(line: str, purpose: RangePurpose) -> Span:
    match = LINE.match(line)
    if match is None:
        raise ValueError(f"{line!r} is not a range: write for example 1002-1005 and then the reason.")
    first = int(match["first"])
    last = int(match["last"] or first)
    reason = (match["reason"] or "").strip()
    if not (FIRST_VLAN_ID <= first <= LAST_VLAN_ID and FIRST_VLAN_ID <= last <= LAST_VLAN_ID):
        raise ValueError(f"{_numbers(first, last)} leaves {FIRST_VLAN_ID}–{LAST_VLAN_ID}, the IDs that VLANs have.")
    if first > last:
        raise ValueError(f"{_numbers(first, last)} runs downwards: did you mean {last}-{first}?")
    if len(reason) > LONGEST_REASON:
        raise ValueError(f"the reason is longer than {LONGEST_REASON} characters.")
    return Span(purpose, first, last, reason)


def overlapping(spans: Iterable[Span]) -> list[str]:
    """A sentence for each range that begins before the one below it has ended."""
    ordered = sorted(spans, key=lambda span: (span.first, span.last))
    return [
        f"{_numbers(one.first, one.last)} and {_numbers(two.first, two.last)} overlap."
        for one, two in pairwise(ordered)
        if two.first <= one.last
    ]


def write_ranges(spans: Sequence[Span]) -> str:
    """The text that ``parse_ranges`` reads back as the same ranges."""
    return "\n".join(f"{_numbers(span.first, span.last)} {span.reason}".strip() for span in spans)


def in_text(spans: Iterable[Span]) -> Mapping[RangePurpose, str]:
    """The text of each purpose's ranges."""
    spans = list(spans)
    return {purpose: write_ranges([s for s in spans if s.purpose == purpose]) for purpose in RangePurpose}


def _numbers(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
