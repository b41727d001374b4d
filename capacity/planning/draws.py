"""What may happen on each path in each month, drawn as a switch's recorded past would have it.

Each switch draws from a generator of its own, seeded by its name. How many numbers it draws, and which, depends on the
record alone; today's position enters as a divisor only (the more customers there are, the smaller the share of them
that the recorded departures were), and growth not at all.
"""

import math
import zlib
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from capacity.planning.demand import Subject
from capacity.planning.rates import Arrivals, Numbers, Pace, arrivals, in_proportion, recent, steady, weights

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


@dataclass(frozen=True, slots=True)
class Draws:
    """What happens on each path (second axis) in each month (first axis), as the recorded past would have it."""

    came: Curves
    sizes: Curves  # VLANs of those who came, all together
    left: Curves  # share of the customers present
    shed: Curves  # share of the VLANs present
    grown: Curves  # VLANs that those present today would take on
    base: float  # customers of the record, whose growth ``grown`` is


@dataclass(frozen=True, slots=True)
class _Before:
    """Stocks at the start of each recent month, and today: back from today's position, and by the record alone."""

    customers: Numbers
    vlans: Numbers
    recorded: Numbers  # customers whose coming is on record


def draws(subject: Subject, *, today: date, months: int, paths: int, seed: int) -> Draws:
    past, shape = recent(subject.demand.months), (months, paths)
    if not past:
        nothing = np.zeros(shape, dtype=np.float32)
        return Draws(nothing, nothing, nothing, nothing, nothing, 1.0)
    rng = np.random.default_rng([seed, zlib.crc32(subject.name.encode())])
    noise = rng.integers(0, LEVELS, size=(4, *shape), dtype=np.uint8)
    came = _came(arrivals(past), rng, noise[0], today, short=len(past))
    sizes = _sizes(subject, rng, came) * _mean_size(subject, rng, paths)
    before = _before(subject)
    left, shed, grown = ([getattr(month, name) for month in past] for name in ("left", "shed", "grown"))
    return Draws(
        came=came,
        sizes=sizes,
        left=_share(left, before.customers, before, rng, noise[1]),
        shed=_share(shed, before.vlans, before, rng, noise[2]),
        grown=_grown(grown, before, rng, noise[3]),
        base=float(before.recorded[-1]),
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


def _share(counts: list[int], present: Numbers, before: _Before, rng: np.random.Generator, noise: Bytes) -> Curves:
    """The share of what is present that goes, by month and path. ``present``: at the start of each month, and today."""
    pace, weight = steady(counts), weights(len(counts))
    in_step = rng.random(noise.shape[1]) < in_proportion(counts, before.recorded)
    exposure = np.where(in_step, weight @ present[:-1], weight.sum() * present[-1])
    rate = pace.rate * pace.months / exposure * _gamma(rng, pace.shape, noise.shape[1])
    made: Curves = np.minimum(_table(rng, pace)[noise] * _single(rate), 1)
    return made


def _grown(counts: list[int], before: _Before, rng: np.random.Generator, noise: Bytes) -> Curves:
    """VLANs that those present today take on: as many as of late, or as each did by as many as there are."""
    pace, weight = steady(counts), weights(len(counts))
    in_step = rng.random(noise.shape[1]) < in_proportion(counts, before.recorded)
    more = np.where(in_step, before.recorded[-1] * weight.sum() / (weight @ before.recorded[:-1]), 1)
    rate = pace.rate * more * _gamma(rng, pace.shape, noise.shape[1])
    made: Curves = _table(rng, pace)[noise] * _single(rate)
    return made


def _before(subject: Subject) -> _Before:
    past, size = recent(subject.demand.months), _pooled(subject).mean()
    net = np.array([month.came - month.left for month in past], dtype=np.float64)
    vlans = net * size + np.array([month.grown - month.shed for month in past])
    came = sum(month.came for month in subject.demand.months)
    on_record = max(came - sum(month.left for month in subject.demand.months), came / 2, 1)
    return _Before(
        customers=_back(subject.position.customers, net, 1),
        vlans=_back(subject.position.vlans, vlans, 1),
        recorded=_back(on_record, net, on_record / 4),
    )


def _back(today: float, net: Numbers, least: float) -> Numbers:
    """The stock at the start of each month, and today, from what each month added."""
    made: Numbers = np.maximum(today - np.append(np.cumsum(net[::-1])[::-1], 0), least)
    return made


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
