"""What a switch's past says of its pace: how many a month, since when, which way it goes, and how sure that is.

Recent months weigh more than old ones. Every figure depends on the recorded flows alone, never on today's position or
on a supposed growth, so that two forecasts that differ in those alone draw the same random numbers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from capacity.planning.demand import Flow

Numbers = npt.NDArray[np.float64]

WINDOW_MONTHS = 60  # older months say nothing about next year
HALF_LIFE_MONTHS = 30.0  # a month counts half as much as one that is this much younger
PRIOR_EVENTS = 0.5  # Jeffreys' prior of a Poisson rate: nothing seen is not the same as never
RARE_EVENTS = 0.1  # the same for what is rare by nature, where half an event would outweigh a short record
USUAL_DISPERSION = 1.5  # customers come in clusters: the variance of a month's count over its mean
DISPERSION_MONTHS = 6.0  # how many months of its own outweigh the usual dispersion
SEASON_MONTHS = 24  # a season is believed only where each month was seen twice
TREND_SPREAD = 0.02  # a pace that goes up or down does so by about this share a month, one sigma
UNSEEN_SEASON = 0.7  # before two years, a season may look like a trend or a step: noise, by this share of the pace
STEP_SPREAD = 0.7  # a pace that changed at once did so by about a factor of two, one sigma of the logarithm
STEP_MONTHS = 3  # so many months on either side before a change is thought of
PRIOR_TREND, PRIOR_STEP = 0.6, 0.2  # how likely each is before the record is looked at; the rest: no change
PRIOR_PROPORTION = 0.7  # twice as many customers are likely to lose, and to take on, twice as many
NEWTON_STEPS = 8


@dataclass(frozen=True, slots=True)
class Pace:
    """The monthly rate of one kind of event: ``rate`` now, from so many weighted ``events`` in weighted ``months``.

    ``dispersion``: variance over mean of a month's count; it makes ``events`` worth fewer independent ones.
    """

    events: float
    months: float
    rate: float
    dispersion: float

    @property
    def shape(self) -> float:
        """Of the gamma distribution of the true rate around the estimate."""
        return self.events / self.dispersion + PRIOR_EVENTS


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The pace of newcomers, as a choice of stories about the past: no change, a trend, a step in some month.

    Each story has a probability, a level at some ``ages`` (months ago) with the ``shape`` of its doubt, and a slope (of
    the rate's logarithm, a month) with its spread; without a trend both are 0. ``season``: a factor a calendar month.
    """

    probability: Numbers
    levels: Numbers
    shapes: Numbers
    slopes: Numbers
    spreads: Numbers
    ages: Numbers
    season: Numbers
    dispersion: float

    @property
    def pace(self) -> Pace:
        rate = float(self.probability @ (self.levels * np.exp(self.slopes * self.ages)))
        return Pace(rate, 1.0, rate, self.dispersion)


@dataclass(frozen=True, slots=True)
class _Record:
    """Newcomers by month, oldest first; what each month counts; and that times its season."""

    came: Numbers
    weight: Numbers
    ages: Numbers
    exposure: Numbers
    dispersion: float

    @property
    def events(self) -> float:
        return float(self.weight @ self.came)


@dataclass(frozen=True, slots=True)
class _Trend:
    slope: float
    spread: float
    age: float  # where level and slope are independent of each other
    level: float
    evidence: float


def weights(months: int) -> Numbers:
    """What each of the last ``months`` months counts, oldest first."""
    made: Numbers = 0.5 ** (_ages(months) / HALF_LIFE_MONTHS)
    return made


def recent(months: Sequence[Flow]) -> Sequence[Flow]:
    return months[-WINDOW_MONTHS:]


def steady(counts: Sequence[int]) -> Pace:
    """The pace of events without a trend (departures, VLANs taken on or given back), oldest month first."""
    seen = np.array(counts, dtype=np.float64)
    weight = weights(len(seen))
    events, months = float(weight @ seen), float(weight.sum())
    dispersion = _dispersion(seen)
    return Pace(events, months, (events + RARE_EVENTS) / months, dispersion)


def in_proportion(counts: Sequence[int], present: Numbers) -> float:
    """How likely it is that such events go with the number present (at the start of each month, and today).

    The other story is that they are as many whatever that number is; most of all they are too few to tell.
    """
    seen, weight = np.array(counts, dtype=np.float64), weights(len(counts))
    expected = present[:-1] / (float(weight @ present[:-1]) / float(weight.sum()))
    evidence = float((weight * seen) @ np.log(expected)) / _dispersion(seen)
    odds = PRIOR_PROPORTION / (1 - PRIOR_PROPORTION) * math.exp(max(-50.0, min(50.0, evidence)))
    return odds / (1 + odds)


def arrivals(months: Sequence[Flow]) -> Arrivals:
    """The pace of newcomers. ``months``: at least one, oldest first."""
    came = np.array([month.came for month in months], dtype=np.float64)
    season: Numbers = np.ones(12)
    calendar = np.array([month.first.month - 1 for month in months])
    if len(came) >= SEASON_MONTHS and came.any():
        for _ in range(2):
            season = _season(came, _fitted(_record(came, season[calendar])), calendar)
    record = _record(came, season[calendar])
    wary = replace(record, dispersion=record.dispersion + _unseen(came))
    trend, (steps, step_levels, step_events) = _trend(wary), _steps(wary)
    flat_level = _level(record.events, float(record.exposure.sum()), record.dispersion)
    evidence = np.array([_flat(wary), trend.evidence, *steps])
    evidence[0] += math.log(1 - PRIOR_TREND - PRIOR_STEP)
    evidence[1] += math.log(PRIOR_TREND)
    evidence[2:] += math.log(PRIOR_STEP / max(1, len(steps)))
    probability = np.exp(evidence - evidence.max())
    others = np.zeros(len(steps))
    return Arrivals(
        probability=probability / probability.sum(),
        levels=np.array([flat_level, trend.level, *step_levels]),
        shapes=np.array([record.events, record.events, *step_events]) / record.dispersion + PRIOR_EVENTS,
        slopes=np.array([0.0, trend.slope, *others]),
        spreads=np.array([0.0, trend.spread, *others]),
        ages=np.array([0.0, trend.age, *others]),
        season=season,
        dispersion=record.dispersion,
    )


def _record(came: Numbers, season: Numbers) -> _Record:
    weight = weights(len(came))
    return _Record(came, weight, _ages(len(came)), weight * season, _dispersion(came / season))


def _unseen(came: Numbers) -> float:
    """What a season that cannot be known yet may add to the dispersion."""
    return UNSEEN_SEASON * float(came.mean()) if len(came) < SEASON_MONTHS else 0.0


def _ages(months: int) -> Numbers:
    made: Numbers = np.arange(months, 0, -1, dtype=np.float64) - 0.5
    return made


def _level(events: float, exposure: float, dispersion: float) -> float:
    return (events + PRIOR_EVENTS * dispersion) / exposure


def _flat(record: _Record) -> float:
    """How well one rate for all months explains them: a log likelihood, less what all stories share."""
    return _fit(record.events, float(record.exposure.sum())) / record.dispersion


def _fit(events: float, exposure: float) -> float:
    return events * math.log(events / exposure) if events else 0.0


def _trend(record: _Record) -> _Trend:
    """The most likely slope, its doubt, and the evidence for it (Laplace's approximation).

    A quasi-Poisson regression with the level profiled out, by Newton's method in one dimension.
    """
    slope, doubt, seen = 0.0, TREND_SPREAD**-2, float((record.weight * record.came) @ -record.ages)
    for _ in range(NEWTON_STEPS):
        share = record.exposure * np.exp(-slope * record.ages)
        total = float(share.sum())
        age = float(share @ record.ages) / total
        variance = float(share @ (record.ages - age) ** 2) / total
        information = record.events * variance / record.dispersion + doubt
        gradient = (seen + record.events * age) / record.dispersion - slope * doubt
        slope += max(-TREND_SPREAD, min(TREND_SPREAD, gradient / information))
    share = record.exposure * np.exp(-slope * record.ages)
    total = float(share.sum())
    fit = (slope * seen + _fit(record.events, total)) / record.dispersion
    occam = -0.5 * math.log(information / doubt) - 0.5 * slope**2 * doubt
    level = _level(record.events, total, record.dispersion) * math.exp(-slope * age)
    return _Trend(slope, information**-0.5, age, level, fit + occam)


def _steps(record: _Record) -> tuple[Numbers, Numbers, Numbers]:
    """For each month in which the pace may have changed at once: the evidence, the level since, the events since."""
    at = np.arange(STEP_MONTHS, len(record.came) - STEP_MONTHS + 1)
    if not len(at) or not record.came.any():
        return np.zeros(0), np.zeros(0), np.zeros(0)
    events, exposure = np.cumsum(record.weight * record.came), np.cumsum(record.exposure)
    before, before_exposure = events[at - 1] + PRIOR_EVENTS, exposure[at - 1]
    after, after_exposure = events[-1] - events[at - 1] + PRIOR_EVENTS, exposure[-1] - exposure[at - 1]
    rates = before / before_exposure, after / after_exposure
    fit = (before - PRIOR_EVENTS) * np.log(rates[0]) + (after - PRIOR_EVENTS) * np.log(rates[1])
    information = 1 / (record.dispersion * (1 / before + 1 / after))
    occam = -0.5 * np.log1p(information * STEP_SPREAD**2) - 0.5 * (np.log(rates[1] / rates[0]) / STEP_SPREAD) ** 2
    since = after - PRIOR_EVENTS
    return fit / record.dispersion + occam, (since + PRIOR_EVENTS * record.dispersion) / after_exposure, since


def _fitted(record: _Record) -> Numbers:
    """Expected newcomers by month along the trend, without the season."""
    trend = _trend(record)
    made: Numbers = trend.level * np.exp(trend.slope * (trend.age - record.ages))
    return made


def _season(came: Numbers, flat: Numbers, calendar: npt.NDArray[np.int_]) -> Numbers:
    """A factor per calendar month, drawn towards 1 by as much as chance alone would explain of it."""
    expected = np.bincount(calendar, flat, 12)
    ratio = np.bincount(calendar, came, 12) / expected
    rest = came - flat * ratio[calendar]
    noise = max(1.0, float((rest**2 / flat).sum()) / max(1, len(came) - 12)) / expected
    signal = max(0.0, float(np.mean((ratio - 1) ** 2 - noise)))
    factor: Numbers = np.maximum(1 + (ratio - 1) * signal / (signal + noise), 0.05)
    made: Numbers = factor / factor.mean()
    return made


def _dispersion(seen: Numbers) -> float:
    """Variance over mean, from one month to the next, so that neither a trend nor a step counts as noise.

    Where there are few months, what is usual counts too.
    """
    own = float((np.diff(seen) ** 2).sum())
    pairs = float((seen[1:] + seen[:-1]).sum())
    if not pairs:
        return USUAL_DISPERSION
    months = len(seen) - 1
    return max(1.0, (own / pairs * months + USUAL_DISPERSION * DISPERSION_MONTHS) / (months + DISPERSION_MONTHS))
