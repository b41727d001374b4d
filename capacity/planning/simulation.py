"""Simulated futures of core switches: many paths, month by month, over all switches and paths at once.

What happens each month is drawn in ``draws``; here it is added up. Growth and known demand come in by steps that never
turn more into less, so a larger growth, one more customer or one more VLAN leaves no path lower than it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from capacity.planning.demand import Known, Subject
from capacity.planning.draws import MOST_MATURE, Curves, Draws, draws
from capacity.planning.intervals import Band, months_on

CHUNK = 16  # switches at a time, so that a month's numbers stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Future:
    """The bands of one switch, and its net newcomers a month over the first year (None without any history)."""

    customers: Band
    vlans: Band
    highest_customers: Band
    highest_vlans: Band
    net_per_month: float | None


def simulate(subjects: Sequence[Subject], *, today: date, months: int, paths: int, seed: int) -> Iterator[Future]:
    """One future for each subject, in their order."""
    for start in range(0, len(subjects), CHUNK):
        yield from _chunk(subjects[start : start + CHUNK], today=today, months=months, paths=paths, seed=seed)


def _chunk(subjects: Sequence[Subject], *, today: date, months: int, paths: int, seed: int) -> Iterator[Future]:
    drawn = [draws(subject, today=today, months=months, paths=paths, seed=seed) for subject in subjects]
    customers, vlans = _walk(subjects, drawn, _calendar(subjects, today, months))
    bands = [_bands(curves) for curves in (customers, vlans)]
    bands += [_bands(np.maximum.accumulate(curves, axis=0, out=curves)) for curves in (customers, vlans)]
    year = min(12, months)
    for index, subject in enumerate(subjects):
        four = [Band(*(tuple(curve[:, index].tolist()) for curve in band)) for band in bands]
        net = (four[0].p50[year] - subject.position.customers) / max(1, year)
        yield Future(four[0], four[1], four[2], four[3], net if subject.demand.months else None)


def _bands(curves: Curves) -> tuple[Curves, Curves, Curves]:
    """P10, P50 and P90 over the last axis: values that occurred, so that no rounding puts them out of order."""
    last = curves.shape[-1] - 1
    ranks = [round(last * share) for share in (0.1, 0.5, 0.9)]
    ordered = np.sort(curves, axis=-1)  # five times as fast as numpy's partition, for these numbers
    low, middle, high = (ordered[..., rank] for rank in ranks)
    return low, middle, high


def _walk(
    subjects: Sequence[Subject], drawn: Sequence[Draws], known: Sequence[Sequence[tuple[int, Known]]]
) -> tuple[Curves, Curves]:
    """Customers and VLANs by month (0 is today), switch and path."""
    growth = np.array([[subject.growth] for subject in subjects], dtype=np.float32)
    came = growth * np.stack([draw.came for draw in drawn], axis=1)
    sizes = growth * np.stack([draw.sizes for draw in drawn], axis=1)
    grown = growth * np.stack([draw.grown for draw in drawn], axis=1)
    stay = 1 - np.stack([draw.left for draw in drawn], axis=1)
    keep = stay * (1 - np.stack([draw.shed for draw in drawn], axis=1))
    months, _, paths = came.shape
    customers, vlans = (np.empty((months + 1, len(subjects), paths), dtype=np.float32) for _ in range(2))
    customers[0] = [[subject.position.customers] for subject in subjects]
    vlans[0] = [[subject.position.vlans] for subject in subjects]
    mature = np.ones_like(customers[0])  # those who take on more VLANs, over those on record today
    share = np.array([[1 / draw.base] for draw in drawn], dtype=np.float32)
    for month in range(months):
        for index, entries in enumerate(known):
            now = [entry for at, entry in entries if at == month]
            if now:
                each = _each(drawn[index].came[month], drawn[index].sizes[month])
                sure = _sure(now, came[month, index], sizes[month, index], each)
                came[month, index], sizes[month, index] = sure
        new = sizes[month] + grown[month] * np.minimum(mature, MOST_MATURE)
        np.maximum(vlans[month] * keep[month] + new, 0, out=vlans[month + 1])
        np.maximum(customers[month] * stay[month] + came[month], 0, out=customers[month + 1])
        mature = mature * stay[month] + np.maximum(came[month], 0) * share
    return customers, vlans


def _sure(now: Sequence[Known], came: Curves, sizes: Curves, each: Curves) -> tuple[Curves, Curves]:
    """Newcomers and their VLANs in a month for which something is known. ``each``: VLANs of a usual newcomer.

    Contracts are among the newcomers there would have been, and raise a month that would see fewer; the rest of the
    newcomers take as many VLANs as they would have. What is extra, and what leaves, comes on top.
    """
    contracts = [entry for entry in now if _is_contract(entry)]
    on_top = [entry for entry in now if not _is_contract(entry)]
    signed, signed_vlans = sum(entry.customers for entry in contracts), sum(entry.vlans for entry in contracts)
    rest = np.maximum(came - signed, 0) * each
    return (
        np.maximum(came, signed) + sum(entry.customers for entry in on_top),
        np.maximum(sizes, rest + signed_vlans) + sum(entry.vlans for entry in on_top),
    )


def _each(came: Curves, sizes: Curves) -> Curves:
    """VLANs of a newcomer, by path, before growth comes in: dividing what it has multiplied would round at random."""
    made: Curves = np.divide(sizes, came, out=np.zeros_like(sizes), where=came > 0)
    return made


def _is_contract(entry: Known) -> bool:
    return not entry.extra and entry.customers >= 0 and entry.vlans >= 0


def _calendar(subjects: Sequence[Subject], today: date, months: int) -> list[list[tuple[int, Known]]]:
    """What is known, by the month (0 is the first ahead) in which it happens; what is overdue happens in the first."""
    ends = [months_on(today, month + 1) for month in range(months)] if any(s.demand.known for s in subjects) else []
    return [
        [
            (next(month for month, end in enumerate(ends) if entry.on <= end), entry)
            for entry in subject.demand.known
            if ends and entry.on <= ends[-1]
        ]
        for subject in subjects
    ]
