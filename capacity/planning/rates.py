"""What a switch's past says of its pace: rates, trend, season, and how sure each of them is.

Recent months weigh more than old ones. Every figure depends on the recorded flows alone, never on today's position or
on a supposed growth, so that two forecasts that differ in those alone draw the same random numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacity.planning.demand import Flow

Numbers = npt.NDArray[np.float64]

WINDOW_MONTHS = 60  # older months say nothing about next year
HALF_LIFE_MONTHS = 18.0  # a month counts half as much as one that is this much younger
PRIOR_EVENTS = 0.5  # Jeffreys' prior of a Poisson rate: nothing seen is not the same as never
TREND_SPREAD = 0.02  # before anything is seen, the pace may rise or fall by this share a month, one sigma
USUAL_DISPERSION = 1.5  # customers come in clusters: the variance of a month's count over its mean
DISPERSION_MONTHS = 6.0  # how many months of its own outweigh the usual dispersion
SEASON_MONTHS = 24  # a season is believed only where each month was seen twice
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
    """The pace of newcomers, with its trend (a share a month) and its season (a factor per calendar month)."""

    pace: Pace
    slope: float
    slope_spread: float
    season: Numbers
    ages: Numbers  # of the months it was made from: 0.5 is the last one
    exposure: Numbers  # what each month weighs, season in it

    def rates(self, slopes: Numbers) -> Numbers:
        """The rate now that fits the past best, for each of these slopes."""
        seen = np.exp(-np.outer(slopes, self.ages)) @ self.exposure
        made: Numbers = (self.pace.events + PRIOR_EVENTS * self.pace.dispersion) / seen
        return made


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
    mean = np.full(len(seen), events / months)
    dispersion = _dispersion(seen, mean, weight, fitted=1)
    return Pace(events, months, (events + PRIOR_EVENTS * dispersion) / months, dispersion)


def arrivals(months: Sequence[Flow]) -> Arrivals:
    """The pace of newcomers. ``months``: at least one, oldest first."""
    came = np.array([month.came for month in months], dtype=np.float64)
    calendar = np.array([month.first.month - 1 for month in months])
    weight, ages = weights(len(came)), _ages(len(came))
    season: Numbers = np.ones(12)
    slope, spread, fit = _trend(came, weight, ages, USUAL_DISPERSION)
    if len(came) >= SEASON_MONTHS and came.any():
        for _ in range(2):
            season = _season(came, fit / season[calendar], calendar)
            slope, spread, fit = _trend(came, weight, ages, USUAL_DISPERSION, season[calendar])
    params = 2 if np.allclose(season, 1) else 8
    dispersion = _dispersion(came, fit, weight, fitted=min(params, len(came) // 3))
    slope, spread, fit = _trend(came, weight, ages, dispersion, season[calendar])
    events, exposure = float(weight @ came), weight * season[calendar]
    rate = (events + PRIOR_EVENTS * dispersion) / float(np.exp(-slope * ages) @ exposure)
    return Arrivals(Pace(events, float(weight.sum()), rate, dispersion), slope, spread, season, ages, exposure)


def _ages(months: int) -> Numbers:
    made: Numbers = np.arange(months, 0, -1) - 0.5
    return made


def _trend(
    came: Numbers, weight: Numbers, ages: Numbers, dispersion: float, season: Numbers | None = None
) -> tuple[float, float, Numbers]:
    """Slope of the logarithm of the rate, its standard error, and the fitted counts.

    The posterior mode of a quasi-Poisson regression with the level profiled out, by Newton's method in one dimension.
    """
    exposure = weight if season is None else weight * season
    events, slope, doubt = float(weight @ came), 0.0, 1 / TREND_SPREAD**2
    for _ in range(NEWTON_STEPS):
        share = exposure * np.exp(-slope * ages)
        share /= share.sum()
        mean = float(share @ -ages)
        information = events * float(share @ (ages + mean) ** 2) / dispersion + doubt
        gradient = (float((weight * came) @ -ages) - events * mean) / dispersion - slope * doubt
        slope += float(np.clip(gradient / information, -TREND_SPREAD, TREND_SPREAD))
    shape = np.exp(-slope * ages) if season is None else season * np.exp(-slope * ages)
    level = max(events, PRIOR_EVENTS) / float(weight @ shape)
    return slope, information**-0.5, level * shape


def _season(came: Numbers, flat: Numbers, calendar: npt.NDArray[np.int_]) -> Numbers:
    """A factor per calendar month, drawn towards 1 by as much as chance alone would explain of it."""
    seen = np.bincount(calendar, came, 12)
    expected = np.bincount(calendar, flat, 12)
    ratio = seen / expected
    rest = came - flat * ratio[calendar]
    noise = max(1.0, float((rest**2 / flat).sum()) / max(1, len(came) - 12)) / expected
    signal = max(0.0, float(np.mean((ratio - 1) ** 2 - noise)))
    factor: Numbers = 1 + (ratio - 1) * signal / (signal + noise)
    factor = np.maximum(factor, 0.05)
    made: Numbers = factor / factor.mean()
    return made


def _dispersion(seen: Numbers, fit: Numbers, weight: Numbers, *, fitted: int) -> float:
    """Variance over mean, from the weighted residuals and from what is usual where there are few."""
    if not seen.any():
        return USUAL_DISPERSION
    lost = len(seen) / max(1, len(seen) - fitted)
    own = float((weight * (seen - fit) ** 2 / fit).sum()) * lost
    together = own + DISPERSION_MONTHS * USUAL_DISPERSION
    return max(1.0, together / (float(weight.sum()) + DISPERSION_MONTHS))
