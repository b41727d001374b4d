"""The customers that have to be carried, month by month, as forecast or at another growth."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from capacity.planning.costs import Price, discounts
from capacity.planning.demand import mean_size
from capacity.planning.options.rooms import places
from capacity.planning.options.values import Case, Option

Curve = npt.NDArray[np.float64]
STILL = 0.05  # customers a month, up or down: fewer than two in three years is no growth
NEW_SWITCH_VLANS = 4000  # 802.1Q has 4,094 IDs, of which about 4,000 are left to tenants


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is coming. Curves are by month, index 0 is today.

    ``customers``: the median. ``need``: customers for whom there is no place, by the median of the running maximum.
    ``early`` and ``middle``: months until the practical ceiling (P10, P50), None for not within ten years.
    ``per_month``: net growth in customers. ``is_growing``: in customers, or in the
    VLANs of those who are there, where VLANs are what runs out.
    """

    customers: Curve
    need: Curve
    early: float | None
    middle: float | None
    per_month: float
    is_growing: bool


@dataclass(frozen=True)
class Terms:
    """What does not change with growth: the value of money by month, the places there are, what a new switch is."""

    case: Case

    @cached_property
    def horizon(self) -> int:
        return min(self.case.assumptions.horizon_months, len(self.case.forecast.customers.p50) - 1)

    @cached_property
    def worth(self) -> Curve:
        a = self.case.assumptions
        return np.array(discounts(months=self.horizon, percent=a.discount_percent))

    @cached_property
    def size(self) -> float:
        return max(1.0, mean_size(self.case.subject.demand))

    @cached_property
    def places(self) -> int:
        return places(self.case.room, position=self.case.subject.position, size=self.size)

    @cached_property
    def new_switch_places(self) -> int:
        """The practical ceiling of a new core switch, planned like this one and filled with customers like these."""
        bounds = self.case.ceiling.bounds
        room = NEW_SWITCH_VLANS * bounds.practical_percent // 100
        return min(NEW_SWITCH_VLANS // bounds.vlans_per_tenant * bounds.practical_percent // 100, int(room / self.size))

    @cached_property
    def new_switch(self) -> Price:
        return self.case.assumptions.pod_behind_new_switch

    @cached_property
    def curves(self) -> dict[str, Curve]:
        """The forecast's curves as arrays: the median customers, and of the running maxima the median and the P90."""
        f = self.case.forecast
        return {
            "customers": np.array(f.customers.p50),
            "vlans": np.array(f.vlans.p50),
            "c50": np.array(f.highest_customers.p50),
            "c90": np.array(f.highest_customers.p90),
            "v50": np.array(f.highest_vlans.p50),
            "v90": np.array(f.highest_vlans.p90),
        }

    @cached_property
    def levels(self) -> tuple[Curve, Curve]:
        rooms = self.case.rooms_by_month
        return (
            np.array([room.practical_customers for room in rooms], dtype=float),
            np.array([room.practical_vlans for room in rooms], dtype=float),
        )

    @cached_property
    def per_month(self) -> float:
        """Median net growth over the horizon, customers a month."""
        return self._slope(self.curves["customers"])

    def _slope(self, curve: Curve) -> float:
        return float(curve[self.horizon] - curve[0]) / self.horizon

    def as_forecast(self, growth: float = 1.0) -> Ahead:
        """Every curve's distance from today times ``growth``."""
        scaled = {name: curve[0] + growth * (curve - curve[0]) for name, curve in self.curves.items()}
        return self._ahead(scaled, self.per_month * growth)

    def steady(self, per_month: float) -> Ahead:
        """A straight line in every future: for a switch whose own past has no growth to multiply."""
        months = np.arange(len(self.curves["customers"])) * per_month
        straight = {
            name: curve[0] + months * (self.size if name[0] == "v" else 1) for name, curve in self.curves.items()
        }
        return self._ahead(straight, per_month)

    def _ahead(self, curves: dict[str, Curve], per_month: float) -> Ahead:
        room, position, end = self.case.room, self.case.subject.position, self.horizon + 1
        by_customers = curves["c50"] - max(room.practical_customers, position.customers)
        by_vlans = (curves["v50"] - max(room.practical_vlans, position.vlans)) / self.size
        customers, vlans = self.levels
        return Ahead(
            customers=curves["customers"][:end],
            need=np.maximum(0, np.maximum(by_customers, by_vlans))[:end],
            early=_sooner(_crossing(curves["c90"], customers), _crossing(curves["v90"], vlans)),
            middle=_sooner(_crossing(curves["c50"], customers), _crossing(curves["v50"], vlans)),
            per_month=per_month,
            is_growing=per_month > STILL or bool(by_vlans[self.horizon] >= 1 and self._slope(curves["vlans"]) > STILL),
        )

    def own_cost(self, option: Option, ahead: Ahead) -> float:
        """Present value of the option alone over the horizon."""
        yearly = option.monthly + option.per_tenant * self._served(option, ahead)[1:]
        return float(option.capital + np.dot(yearly, self.worth[1:]))

    def tenant_months(self, option: Option, ahead: Ahead) -> float:
        """Present value of one unit of money for each customer served and month."""
        return float(np.dot(self._served(option, ahead)[1:], self.worth[1:]))

    def _served(self, option: Option, ahead: Ahead) -> Curve:
        if option.serves_all:
            served: Curve = np.clip(ahead.customers, 0, self.places + option.gained)
        else:
            served = np.minimum(ahead.need, option.gained)
        return served

    def carrying_cost(self, option: Option, ahead: Ahead) -> float:
        """Present value of carrying all of ``need``: with a new core switch each time that what there is is full.

        Infinite where customers stay without a place whatever is bought.
        """
        beyond = np.maximum(0, ahead.need - option.gained)
        if not beyond[-1] > 0:
            return self.own_cost(option, ahead)
        if not self.new_switch_places:
            return float("inf")
        owned = np.ceil(beyond / self.new_switch_places - 1e-9)
        bought = owned[0] + np.dot(owned[1:] - owned[:-1], self.worth[1:])
        monthly = owned[1:] * self.new_switch.monthly + beyond[1:] * self.new_switch.per_tenant
        later = bought * self.new_switch.capital + np.dot(monthly, self.worth[1:])
        return self.own_cost(option, ahead) + float(later)

    def new_switches_later(self, option: Option, ahead: Ahead) -> int:
        beyond = max(0.0, float(ahead.need[-1]) - option.gained)
        return int(np.ceil(beyond / self.new_switch_places - 1e-9)) if self.new_switch_places else 0


def _crossing(curve: Curve, levels: Curve) -> float | None:
    """Months until a rising curve is at its level, between two months by a straight line; None: never."""
    at = np.flatnonzero(curve >= levels[: len(curve)])
    if not at.size:
        return None
    month = int(at[0])
    if month == 0:
        return 0.0
    before, here, level = curve[month - 1], curve[month], levels[month]
    share = (level - before) / (here - before) if here > before and level > before else 0.0
    return month - 1 + float(share)


def _sooner(one: float | None, other: float | None) -> float | None:
    found = [months for months in (one, other) if months is not None]
    return min(found) if found else None
