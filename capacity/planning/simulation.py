"""Simulated futures of core switches: many paths, month by month, over all switches and paths at once.

Each switch draws from a generator of its own, seeded by its name, and what it draws depends on its recorded past alone.
Position and growth come in afterwards, by steps that never turn more into less: a larger growth, one more customer or
one more VLAN leaves no path lower than it was.
"""

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from capacity.planning.demand import Known, Subject
from capacity.planning.intervals import Band, months_on
from capacity.planning.rates import Arrivals, Numbers, Pace, arrivals, recent, steady, weights

Bytes = npt.NDArray[np.uint8]

SHORT_MONTHS = 6  # a shorter history is said to be short, and its interval is widened
SHORT_SPREAD = 0.3  # by this much (sigma of the logarithm of the rate) where there is hardly any history
DAMPING = 0.97  # each month a trend goes on by this share of the month before
MOST_TREND = math.log(4)  # a trend changes the pace by no more than this, ever
DRIFT = 0.09  # sigma of the logarithm of the pace, per quarter: what no history can tell
DRIFT_MONTHS = 3
PRIOR_SIZES = 4  # the planned size counts like this many newcomers
PRIOR_SIZE_SPREAD = 0.4  # how unsure the mean size is before anyone came, as a share
MOST_MATURE = 3.0  # growth of those present rises with their number, to this many times what it is now
LEVELS = 256  # a byte of randomness picks one of so many equally likely values
RING = 4096  # newcomers' sizes in random order; a path begins anywhere on it and goes round
LEAST_SHAPE = 0.02
CHUNK = 16  # switches at a time, so that a month's numbers stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Future:
    """The bands of one switch, and its net newcomers a month over the first year (None without any history)."""

    customers: Band
    vlans: Band
    highest_customers: Band
    highest_vlans: Band
    net_per_month: float | None


@dataclass(frozen=True, slots=True)
class _Draws:
    """What happens on each path (second axis) in each month (first axis), as the recorded past would have it."""

    came: Numbers
    sizes: Numbers  # VLANs of those who came, all together
    left: Numbers  # share of the customers present
    shed: Numbers  # share of the VLANs present
    grown: Numbers  # VLANs that those present today would take on
    base: float  # customers of the record, whose growth ``grown`` is


def simulate(subjects: Sequence[Subject], *, today: date, months: int, paths: int, seed: int) -> Iterator[Future]:
    """One future for each subject, in their order."""
    for start in range(0, len(subjects), CHUNK):
        yield from _chunk(subjects[start : start + CHUNK], today=today, months=months, paths=paths, seed=seed)


def _chunk(subjects: Sequence[Subject], *, today: date, months: int, paths: int, seed: int) -> Iterator[Future]:
    draws = [_draws(subject, today=today, months=months, paths=paths, seed=seed) for subject in subjects]
    shape = (months + 1, len(subjects), paths)
    customers, vlans = np.empty(shape), np.empty(shape)
    _walk(subjects, draws, _calendar(subjects, today, months), customers, vlans)
    bands = [_bands(curves) for curves in (customers, vlans)]
    bands += [_bands(np.maximum.accumulate(curves, axis=0, out=curves)) for curves in (customers, vlans)]
    year = min(12, months)
    for index, subject in enumerate(subjects):
        four = [Band(*(tuple(curve[:, index].tolist()) for curve in band)) for band in bands]
        net = (four[0].p50[year] - subject.position.customers) / max(1, year)
        yield Future(four[0], four[1], four[2], four[3], net if subject.demand.months else None)


def _bands(curves: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """P10, P50 and P90 over the last axis: values that occurred, so that no rounding puts them out of order."""
    last = curves.shape[-1] - 1
    ranks = [round(last * share) for share in (0.1, 0.5, 0.9)]
    ordered = np.partition(curves, ranks, axis=-1)
    low, middle, high = (np.ascontiguousarray(ordered[..., rank]) for rank in ranks)
    return low, middle, high


def _walk(
    subjects: Sequence[Subject],
    draws: Sequence[_Draws],
    known: Sequence[Sequence[tuple[int, Known]]],
    customers: Numbers,
    vlans: Numbers,
) -> None:
    """Fill ``customers`` and ``vlans`` month by month."""
    growth = np.array([[subject.growth] for subject in subjects])
    base = np.array([[draw.base] for draw in draws])
    mature = np.repeat(base, customers.shape[-1], axis=1)
    customers[0] = [[subject.position.customers] for subject in subjects]
    vlans[0] = [[subject.position.vlans] for subject in subjects]
    for month in range(len(customers) - 1):
        came = growth * np.stack([draw.came[month] for draw in draws])
        sizes = growth * np.stack([draw.sizes[month] for draw in draws])
        stay = 1 - np.stack([draw.left[month] for draw in draws])
        keep = stay * (1 - np.stack([draw.shed[month] for draw in draws]))
        grown = growth * np.stack([draw.grown[month] for draw in draws])
        grown *= np.minimum(mature / base, MOST_MATURE)
        for index, (extra_customers, extra_vlans) in _sure(known, month, came, sizes).items():
            came[index], sizes[index] = extra_customers, extra_vlans
        mature = mature * stay + np.maximum(came, 0)
        customers[month + 1] = np.maximum(customers[month] * stay + came, 0)
        vlans[month + 1] = np.maximum(vlans[month] * keep + sizes + grown, 0)


def _sure(
    known: Sequence[Sequence[tuple[int, Known]]], month: int, came: Numbers, sizes: Numbers
) -> dict[int, tuple[Numbers, Numbers]]:
    """Newcomers and their VLANs in a month for which something is known, by the index of the switch.

    Contracts are among the newcomers there would have been, and raise a month that would see fewer; the rest of the
    newcomers take as many VLANs as they would have. What is extra, and what leaves, comes on top.
    """
    found: dict[int, tuple[Numbers, Numbers]] = {}
    for index, entries in enumerate(known):
        now = [entry for at, entry in entries if at == month]
        if not now:
            continue
        contracts = [entry for entry in now if _is_contract(entry)]
        on_top = [entry for entry in now if not _is_contract(entry)]
        signed, signed_vlans = sum(e.customers for e in contracts), sum(e.vlans for e in contracts)
        each = np.divide(sizes[index], came[index], out=np.zeros_like(sizes[index]), where=came[index] > 0)
        rest = np.maximum(came[index] - signed, 0) * each
        found[index] = (
            np.maximum(came[index], signed) + sum(e.customers for e in on_top),
            np.maximum(sizes[index], rest + signed_vlans) + sum(e.vlans for e in on_top),
        )
    return found


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


def _draws(subject: Subject, *, today: date, months: int, paths: int, seed: int) -> _Draws:
    past, shape = recent(subject.demand.months), (months, paths)
    if not past:
        nothing = np.zeros(shape)
        return _Draws(nothing, nothing, nothing, nothing, nothing, 1.0)
    rng = np.random.default_rng([seed, zlib.crc32(subject.name.encode())])
    noise = rng.integers(0, LEVELS, size=(4, *shape), dtype=np.uint8)
    newcomers = arrivals(past)
    came = _came(newcomers, rng, noise[0], today, short=len(past))
    size = _mean_size(subject, rng, paths)
    left, shed, grown = (steady([getattr(m, name) for m in past]) for name in ("left", "shed", "grown"))
    then_customers, then_vlans, recorded = _before(subject)
    weight = weights(len(past))
    return _Draws(
        came=came,
        sizes=_sizes(subject, rng, came) * size,
        left=_share(left, float(weight @ then_customers), rng, noise[1]),
        shed=_share(shed, float(weight @ then_vlans), rng, noise[2]),
        grown=_grown(grown, recorded, weight, rng, noise[3]),
        base=float(recorded[-1]),
    )


def _came(fit: Arrivals, rng: np.random.Generator, noise: Bytes, today: date, *, short: int) -> Numbers:
    """Newcomers by month and path: level, trend and their doubt, season, drift, and the chance of each month."""
    months, paths = noise.shape
    story = np.searchsorted(np.cumsum(fit.probability)[:-1], rng.random(paths))
    slopes = fit.slopes[story] + fit.spreads[story] * rng.standard_normal(paths)
    level = fit.levels[story] * np.exp(slopes * fit.ages[story])
    level *= rng.standard_gamma(fit.shapes[story]) / fit.shapes[story]
    doubt = SHORT_SPREAD * math.sqrt(max(0, 1 - short / SHORT_MONTHS))
    level *= np.exp(doubt * rng.standard_normal(paths))
    ahead = np.cumsum(DAMPING ** np.arange(months))
    steps = rng.standard_normal((-(-months // DRIFT_MONTHS), paths))
    drift = np.repeat(np.cumsum(DRIFT * steps, axis=0), DRIFT_MONTHS, axis=0)[:months]
    pace = np.exp(np.clip(np.outer(ahead, slopes), -MOST_TREND, MOST_TREND) + drift)
    pace *= _season_ahead(fit.season, today, months)[:, None] * level
    made: Numbers = pace * _table(rng, fit.pace)[noise]
    return made


def _season_ahead(season: Numbers, today: date, months: int) -> Numbers:
    """The factor of each month ahead; such a month is the rest of one calendar month and the start of the next."""
    at = (today.month - 1 + np.arange(months)) % 12
    share = (today.day - 1) / 30.5
    made: Numbers = (1 - share) * season[at] + share * season[(at + 1) % 12]
    return made


def _share(pace: Pace, exposure: float, rng: np.random.Generator, noise: Bytes) -> Numbers:
    """The share of what is present that goes, by month and path."""
    events = pace.rate * pace.months
    rate = events / max(exposure, events) * _gamma(rng, pace.shape, noise.shape[1])
    made: Numbers = np.minimum(_table(rng, pace)[noise] * rate, 1.0)
    return made


def _grown(pace: Pace, recorded: Numbers, weight: Numbers, rng: np.random.Generator, noise: Bytes) -> Numbers:
    """VLANs that those present today take on: what each took on in the past, by as many as there are now."""
    each = pace.rate * pace.months / float(weight @ recorded)
    rate = each * recorded[-1] * _gamma(rng, pace.shape, noise.shape[1])
    made: Numbers = _table(rng, pace)[noise] * rate
    return made


def _before(subject: Subject) -> tuple[Numbers, Numbers, Numbers]:
    """Customers and VLANs in each month of the recent past, back from today; and customers by the record alone."""
    past, size = recent(subject.demand.months), _pooled(subject).mean()
    net = np.array([month.came - month.left for month in past], dtype=np.float64)
    vlans = net * size + np.array([month.grown - month.shed for month in past])
    since = np.cumsum(net[::-1])[::-1]
    then = np.maximum(subject.position.customers - since, 1)
    then_vlans = np.maximum(subject.position.vlans - np.cumsum(vlans[::-1])[::-1], 1)
    came = sum(month.came for month in subject.demand.months)
    on_record = max(came - sum(month.left for month in subject.demand.months), came / 2, 1)
    return then, then_vlans, np.append(np.maximum(on_record - since, on_record / 4), on_record)[1:]


def _pooled(subject: Subject) -> Numbers:
    """Observed sizes, and the planned one as often as it counts."""
    return np.array([*subject.demand.sizes, *[subject.demand.planned_size] * PRIOR_SIZES], dtype=np.float64)


def _mean_size(subject: Subject, rng: np.random.Generator, paths: int) -> Numbers:
    """By path: how far the true mean size is from the observed one."""
    pool = _pooled(subject)
    spread = pool.var() + (PRIOR_SIZE_SPREAD * pool.mean()) ** 2 * PRIOR_SIZES / len(pool)
    doubt = spread / len(pool) / max(pool.mean(), 1e-9) ** 2
    return _gamma(rng, 1 / doubt, paths) if doubt else np.ones(paths)


def _sizes(subject: Subject, rng: np.random.Generator, came: Numbers) -> Numbers:
    """VLANs of the newcomers of each month: each takes the next size of the ring, wherever the path stands on it."""
    pool = np.sort(_pooled(subject))
    ring = rng.permutation(pool[np.arange(RING) * len(pool) // RING])
    sums = np.concatenate([[0.0], np.cumsum(ring)])
    at = np.concatenate([np.zeros((1, came.shape[1])), np.cumsum(came, axis=0)])
    at += rng.integers(0, RING, came.shape[1])
    whole = at.astype(np.int64)
    index = whole & (RING - 1)
    taken = (whole // RING) * sums[-1] + sums[index] + (at - whole) * ring[index]
    made: Numbers = np.diff(taken, axis=0)
    return made


def _gamma(rng: np.random.Generator, shape: float, paths: int) -> Numbers:
    """Draws with mean 1 and variance 1 / shape."""
    made: Numbers = rng.standard_gamma(shape, paths) / shape
    return made


def _table(rng: np.random.Generator, pace: Pace) -> Numbers:
    """Equally likely values of a month's count over its mean: a gamma distribution with the observed dispersion."""
    shape = max(LEAST_SHAPE, pace.rate / pace.dispersion)
    drawn = np.sort(rng.standard_gamma(shape, LEVELS * 8)).reshape(LEVELS, 8).mean(axis=1)
    made: Numbers = drawn / drawn.mean() if drawn.any() else np.ones(LEVELS)
    return made
