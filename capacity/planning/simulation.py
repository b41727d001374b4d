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
Curves = npt.NDArray[np.float32]

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
RING_BITS = 12
RING = 1 << RING_BITS  # newcomers' sizes in random order; a path begins anywhere on it and goes round
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

    came: Curves
    sizes: Curves  # VLANs of those who came, all together
    left: Curves  # share of the customers present
    shed: Curves  # share of the VLANs present
    grown: Curves  # VLANs that those present today would take on
    base: float  # customers of the record, whose growth ``grown`` is


def simulate(subjects: Sequence[Subject], *, today: date, months: int, paths: int, seed: int) -> Iterator[Future]:
    """One future for each subject, in their order."""
    for start in range(0, len(subjects), CHUNK):
        yield from _chunk(subjects[start : start + CHUNK], today=today, months=months, paths=paths, seed=seed)


def _chunk(subjects: Sequence[Subject], *, today: date, months: int, paths: int, seed: int) -> Iterator[Future]:
    draws = [_draws(subject, today=today, months=months, paths=paths, seed=seed) for subject in subjects]
    customers, vlans = _walk(subjects, draws, _calendar(subjects, today, months))
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
    subjects: Sequence[Subject], draws: Sequence[_Draws], known: Sequence[Sequence[tuple[int, Known]]]
) -> tuple[Curves, Curves]:
    """Customers and VLANs by month (0 is today), switch and path."""
    growth = np.array([[subject.growth] for subject in subjects], dtype=np.float32)
    came = growth * np.stack([draw.came for draw in draws], axis=1)
    sizes = growth * np.stack([draw.sizes for draw in draws], axis=1)
    grown = growth * np.stack([draw.grown for draw in draws], axis=1)
    stay = 1 - np.stack([draw.left for draw in draws], axis=1)
    keep = stay * (1 - np.stack([draw.shed for draw in draws], axis=1))
    months, _, paths = came.shape
    customers, vlans = (np.empty((months + 1, len(subjects), paths), dtype=np.float32) for _ in range(2))
    customers[0] = [[subject.position.customers] for subject in subjects]
    vlans[0] = [[subject.position.vlans] for subject in subjects]
    mature = np.ones_like(customers[0])  # those who take on more VLANs, over those on record today
    share = np.array([[1 / draw.base] for draw in draws], dtype=np.float32)
    for month in range(months):
        for index, entries in enumerate(known):
            now = [entry for at, entry in entries if at == month]
            if now:
                each = _each(draws[index].came[month], draws[index].sizes[month])
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


def _draws(subject: Subject, *, today: date, months: int, paths: int, seed: int) -> _Draws:
    past, shape = recent(subject.demand.months), (months, paths)
    if not past:
        nothing = np.zeros(shape, dtype=np.float32)
        return _Draws(nothing, nothing, nothing, nothing, nothing, 1.0)
    rng = np.random.default_rng([seed, zlib.crc32(subject.name.encode())])
    noise = rng.integers(0, LEVELS, size=(4, *shape), dtype=np.uint8)
    newcomers = arrivals(past)
    came = _came(newcomers, rng, noise[0], today, short=len(past))
    left, shed, grown = (steady([getattr(m, name) for m in past]) for name in ("left", "shed", "grown"))
    then_customers, then_vlans, recorded = _before(subject)
    weight = weights(len(past))
    return _Draws(
        came=came,
        sizes=_sizes(subject, rng, came) * _mean_size(subject, rng, paths),
        left=_share(left, float(weight @ then_customers), rng, noise[1]),
        shed=_share(shed, float(weight @ then_vlans), rng, noise[2]),
        grown=_grown(grown, recorded, weight, rng, noise[3]),
        base=float(recorded[-1]),
    )


def _came(fit: Arrivals, rng: np.random.Generator, noise: Bytes, today: date, *, short: int) -> Curves:
    """Newcomers by month and path: level, trend and their doubt, season, drift, and the chance of each month."""
    months, paths = noise.shape
    story = np.searchsorted(np.cumsum(fit.probability)[:-1], rng.random(paths))
    slopes = fit.slopes[story] + fit.spreads[story] * rng.standard_normal(paths)
    level = fit.levels[story] * np.exp(slopes * fit.ages[story])
    level *= rng.standard_gamma(fit.shapes[story]) / fit.shapes[story]
    doubt = SHORT_SPREAD * math.sqrt(max(0, 1 - short / SHORT_MONTHS))
    level *= np.exp(doubt * rng.standard_normal(paths))
    ahead = np.cumsum(DAMPING ** np.arange(months))
    season = np.log(_season_ahead(fit.season, today, months))
    pace = np.outer(_single(ahead), _single(slopes))
    np.clip(pace, -MOST_TREND, MOST_TREND, out=pace)
    steps = rng.standard_normal((-(-months // DRIFT_MONTHS), paths), dtype=np.float32)
    pace += np.repeat(np.cumsum(DRIFT * steps, axis=0), DRIFT_MONTHS, axis=0)[:months]
    pace += _single(np.log(level))
    pace += _single(season[:, None])
    np.exp(pace, out=pace)
    made: Curves = pace * _table(rng, fit.pace)[noise]
    return made


def _season_ahead(season: Numbers, today: date, months: int) -> Numbers:
    """The factor of each month ahead; such a month is the rest of one calendar month and the start of the next."""
    at = (today.month - 1 + np.arange(months)) % 12
    share = (today.day - 1) / 30.5
    made: Numbers = (1 - share) * season[at] + share * season[(at + 1) % 12]
    return made


def _share(pace: Pace, exposure: float, rng: np.random.Generator, noise: Bytes) -> Curves:
    """The share of what is present that goes, by month and path."""
    events = pace.rate * pace.months
    rate = events / max(exposure, events) * _gamma(rng, pace.shape, noise.shape[1])
    made: Curves = np.minimum(_table(rng, pace)[noise] * _single(rate), 1)
    return made


def _grown(pace: Pace, recorded: Numbers, weight: Numbers, rng: np.random.Generator, noise: Bytes) -> Curves:
    """VLANs that those present today take on: what each took on in the past, by as many as there are now."""
    each = pace.rate * pace.months / float(weight @ recorded)
    rate = each * recorded[-1] * _gamma(rng, pace.shape, noise.shape[1])
    made: Curves = _table(rng, pace)[noise] * _single(rate)
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


def _mean_size(subject: Subject, rng: np.random.Generator, paths: int) -> Curves:
    """By path: how far the true mean size is from the observed one."""
    pool = _pooled(subject)
    spread = pool.var() + (PRIOR_SIZE_SPREAD * pool.mean()) ** 2 * PRIOR_SIZES / len(pool)
    doubt = spread / len(pool) / max(pool.mean(), 1e-9) ** 2
    return _single(_gamma(rng, 1 / doubt, paths) if doubt else np.ones(paths))


def _sizes(subject: Subject, rng: np.random.Generator, came: Curves) -> Curves:
    """VLANs of the newcomers of each month: each takes the next size of the ring, wherever the path stands on it."""
    pool = np.sort(_pooled(subject))
    ring = _single(rng.permutation(pool[np.arange(RING) * len(pool) // RING]))
    sums = _single(np.concatenate([[0.0], np.cumsum(ring, dtype=np.float64)]))
    at = np.empty((len(came) + 1, came.shape[1]), dtype=np.float32)
    at[0] = rng.integers(0, RING, came.shape[1])
    at[1:] = np.cumsum(came, axis=0) + at[0]
    whole = at.astype(np.int32)
    index = whole & (RING - 1)
    at -= whole
    at *= ring[index]
    at += sums[index]
    at += (whole >> RING_BITS) * sums[-1]
    made: Curves = np.diff(at, axis=0)
    return made


def _gamma(rng: np.random.Generator, shape: float, paths: int) -> Numbers:
    """Draws with mean 1 and variance 1 / shape."""
    made: Numbers = rng.standard_gamma(shape, paths) / shape
    return made


def _table(rng: np.random.Generator, pace: Pace) -> Curves:
    """Equally likely values of a month's count over its mean: a gamma distribution with the observed dispersion."""
    shape = max(LEAST_SHAPE, pace.rate / pace.dispersion)
    drawn = np.sort(rng.standard_gamma(shape, LEVELS * 8)).reshape(LEVELS, 8).mean(axis=1)
    return _single(drawn / drawn.mean() if drawn.any() else np.ones(LEVELS))


def _single(numbers: Numbers) -> Curves:
    """In single precision: half the memory to walk through. Rounding keeps the order of any two numbers."""
    return numbers.astype(np.float32)
