"""Reading an import's CSV file into rows. Pure; ``docs/import.md`` has the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NEEDED = ("tenant", "pod", "role", "vlan")
COLUMNS = (*NEEDED, "port_group", "prefix", "onboarded_on", "wan", "remote_gateway", "customer_subnets", "nat")


class Unreadable(Exception):
    """The file as a whole cannot be read; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file: the number of the line that it ends on, and its cells by column."""

    line: int
    cells: Mapping[str, str]
    problem: str = ""

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def decode(raw: bytes) -> str:
    """The text of the file: UTF-8, with or without a byte order mark. Raises Unreadable for anything else."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"Line {line} is not UTF-8: save the file as CSV in UTF-8.") from error
    if "\0" in text:
        raise Unreadable("The file has zero bytes, as UTF-16 has: save it as CSV in UTF-8.")
    return text


def read(text: str) -> list[Row]:
    """The rows below the header; blank lines are left out. Raises Unreadable when the header is not as documented."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = _header(next(reader, []))
        return [_row(header, cells, reader.line_num) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise Unreadable(f"Line {reader.line_num} cannot be read as CSV ({error}): check its quotes.") from error


def _header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if len(names) == 1 and ";" in names[0]:
        raise Unreadable("Line 1 separates its columns with semicolons: separate them with commas.")
    missing = [name for name in NEEDED if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    twice = sorted({name for name in names if names.count(name) > 1})
    for words, found in (("lacks", missing), ("has unknown columns", unknown), ("names twice", twice)):
        if found:
            raise Unreadable(f"Line 1 {words}: {', '.join(map(repr, found))}. The columns are: {', '.join(COLUMNS)}.")
    return names


def _row(header: Sequence[str], cells: Sequence[str], line: int) -> Row:
    problem = ""
    if len(cells) != len(header):
        problem = f"has {len(cells)} cells, the header has {len(header)}: check its commas and quotes."
    return Row(line, {name: cell.strip() for name, cell in zip(header, cells, strict=False)}, problem)
