"""Simulated histories of core switches whose future is known: what the forecast is judged by.

Every customer is followed by itself: it comes with a number of VLANs, takes on and gives back some, and leaves with
what it has then. The future goes on by the same process as the past; the forecast sees the records alone. Nothing in
here knows the forecast's model: counts are whole, batches arrive together, paces drift, seasons repeat.
"""

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from capacity.planning.demand import Demand, Flow, Position, Room, Subject
from capacity.planning.timeline import add_months

TODAY = date(2026, 11, 1)
AHEAD = 120
PLANNED_SIZE = 5
PRACTICAL_PERCENT = 75
MOST_VLANS = 4093

Whole = npt.NDArray[np.int64]


class Kind(StrEnum):
    STEADY = "steady"
    GROWING = "growing"
    SEASONAL = "seasonal"
    STEP = "step change"
    LUMPY = "lumpy"
    NEAR = "near the ceiling"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class History:
    """What is on record (``subject``), and what nobody has yet seen: customers and VLANs by month, today first.

    ``past_customers`` and ``past_vlans`` are the ends of the recorded months, the last of which is today.
    """

    kind: Kind
    subject: Subject
    past_customers: tuple[int, ...]
    past_vlans: tuple[int, ...]
    customers: tuple[int, ...]
    vlans: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _World:
    """The true process: the expected newcomers of every month, and how customers behave."""

    months: int  # of them before today
    undated: int  # customers from before the record began
    rates: npt.NDArray[np.float64]
    batch: float  # mean customers that come together
    dispersion: float
    sizes: Whole
    churn: float
    takes_on: float
    gives_back: float


def histories(count: int, *, seed: int) -> list[History]:
    """``count`` histories, the kinds in turn."""
    rng = np.random.default_rng(seed)
    kinds = list(Kind)
    return [_history(kinds[number % len(kinds)], number, rng) for number in range(count)]


def _history(kind: Kind, number: int, rng: np.random.Generator) -> History:
    """Drawn again until the ceiling fits an 802.1Q switch; that looks at the past alone."""
    while True:
        world = _world(kind, rng)
        flows, sizes, customers, vlans = _live(world, rng)
        now = world.months
        each = float(world.sizes.mean())
        monthly = float(world.rates[now - 1]) * each + customers[now] * world.takes_on - vlans[now] * world.churn
        target = rng.uniform(2, 10) if kind is Kind.NEAR else rng.uniform(6, 60)
        limit = math.ceil(vlans[now] + max(monthly, each / 2) * target)
        if limit <= MOST_VLANS and (kind is not Kind.NEAR or vlans[now] >= 0.85 * limit):
            break
    room = Room(limit // PLANNED_SIZE * PRACTICAL_PERCENT // 100, limit * PRACTICAL_PERCENT // 100, limit)
    demand = Demand(months=tuple(flows[:now]), sizes=tuple(sizes), planned_size=PLANNED_SIZE)
    return History(
        kind=kind,
        subject=Subject(f"{kind} {number}", Position(customers[now], vlans[now]), demand, room),
        past_customers=tuple(customers[: now + 1]),
        past_vlans=tuple(vlans[: now + 1]),
        customers=tuple(customers[now:]),
        vlans=tuple(vlans[now:]),
    )


def _world(kind: Kind, rng: np.random.Generator) -> _World:
    months = int(rng.integers(2, 6)) if kind is Kind.SHORT else int(rng.integers(18, 61))
    times = np.arange(months + AHEAD)
    rates = rng.uniform(2, 14) * _shape(kind, times, months, rng)
    rates = rates * np.exp(np.cumsum(rng.uniform(0, 0.03) * rng.standard_normal(len(times))))
    undated = int(rng.integers(0, 120)) if kind is Kind.SHORT or rng.random() < 0.3 else 0
    return _World(
        months=months,
        undated=undated,
        rates=rates,
        batch=float(rng.uniform(4, 10)) if kind is Kind.LUMPY else 1.0,
        dispersion=float(rng.uniform(1, 2.5)),
        sizes=_size_mix(rng, lumpy=kind is Kind.LUMPY),
        churn=float(rng.uniform(0.001, 0.008)),
        takes_on=float(rng.uniform(0.002, 0.02)),
        gives_back=float(rng.uniform(0, 0.002)),
    )


def _shape(kind: Kind, times: Whole, months: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """The expected newcomers by month, over their first."""
    flat = np.ones(len(times))
    if kind is Kind.GROWING or (kind is Kind.NEAR and rng.random() < 0.5):
        if rng.random() < 0.5:
            return flat + rng.uniform(0.01, 0.05) * times
        return np.asarray(np.minimum(4.0, rng.uniform(1.1, 1.4) ** (times / 12)))
    if kind is Kind.SEASONAL:
        wave = np.cos(2 * np.pi * (times - rng.uniform(0, 12)) / 12)
        return np.asarray(np.exp(rng.uniform(0.3, 1.0) * wave))
    if kind is Kind.STEP:
        # Three in four have changed already, a quarter of a year to two years ago; the others will, unforeseeably.
        at = months - rng.integers(3, min(24, months - 3)) if rng.random() < 0.75 else months + rng.integers(0, 24)
        factor = math.exp(rng.choice([-1, 1]) * rng.uniform(0.4, 1.2))
        return np.where(times < at, 1.0, factor)
    return flat


def _size_mix(rng: np.random.Generator, *, lumpy: bool) -> Whole:
    """A hundred sizes of which a newcomer takes one: mostly 2 to 8 VLANs, and a few large customers."""
    large = rng.uniform(0.02, 0.1) if lumpy else rng.uniform(0, 0.04)
    usual = 2 + rng.binomial(8, rng.uniform(0.15, 0.5), 100)
    return np.asarray(np.where(rng.random(100) < large, rng.integers(15, 60, 100), usual))


def _live(world: _World, rng: np.random.Generator) -> tuple[list[Flow], list[int], list[int], list[int]]:
    """Flows of all months, sizes of the newcomers on record, and the stock at the start and after each month."""
    has = rng.choice(world.sizes, world.undated)
    flows: list[Flow] = []
    sizes: list[int] = []
    customers, vlans = [len(has)], [int(has.sum())]
    for month, rate in enumerate(world.rates):
        stays = rng.random(len(has)) >= world.churn
        left, has = int((~stays).sum()), has[stays]
        grown, shed = _change(has, world, rng)
        came = rng.choice(world.sizes, _count(rate, world, rng))
        if month < world.months:
            sizes += came.tolist()
        has = np.concatenate([has, came])
        flows.append(Flow(add_months(TODAY, month - world.months), len(came), left, grown, shed))
        customers.append(len(has))
        vlans.append(int(has.sum()))
    return flows, sizes, customers, vlans


def _change(has: Whole, world: _World, rng: np.random.Generator) -> tuple[int, int]:
    """Let customers take on and give back VLANs, in place; a customer keeps one."""
    if not len(has):
        return 0, 0
    more = rng.poisson(world.takes_on * len(has))
    np.add.at(has, rng.integers(0, len(has), more), 1)
    fewer = [index for index in rng.integers(0, len(has), rng.poisson(world.gives_back * has.sum())) if has[index] > 1]
    shed = 0
    for index in fewer:
        if has[index] > 1:
            has[index] -= 1
            shed += 1
    return int(more), shed


def _count(rate: float, world: _World, rng: np.random.Generator) -> int:
    """Newcomers of a month: batches where they come together, else clustered by the dispersion."""
    if world.batch > 1:
        return int(rng.geometric(1 / world.batch, rng.poisson(rate / world.batch)).sum())
    if world.dispersion > 1.01:
        return int(rng.poisson(rng.gamma(rate / (world.dispersion - 1), world.dispersion - 1)))
    return int(rng.poisson(rate))
