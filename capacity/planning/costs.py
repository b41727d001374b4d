"""What the ways out cost: stated assumptions, editable, and their present value over the horizon."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

UNDERLAY_MTU = 1600  # VXLAN adds 50 bytes to every frame; 1600 is what the vendors ask of the network below


class Licence(StrEnum):
    """Whether NSX may be used. Providers outside the vendor's programme may not be able to buy it at all."""

    OWNED = "owned"
    CAN_BUY = "can be bought"
    CANNOT_BUY = "cannot be bought"
    UNKNOWN = "not known yet"


@dataclass(frozen=True, slots=True)
class Price:
    """One way out: ``capital`` once, ``monthly`` for ever, ``per_tenant`` a month for each customer it serves."""

    capital: float
    monthly: float
    per_tenant: float
    lead_days: int


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Everything about money and time that only the provider knows. Money is in ``currency``, whole units.

    ``decide_months``: how long before an order-by date a decision is asked for; until then the advice is to stay.
    """

    currency: str = "EUR"
    horizon_months: int = 60
    discount_percent: float = 8.0  # a year
    hourly_rate: float = 90.0
    hours_per_reclaimed_vlan: float = 1.0
    tightened_size: int = 4  # VLANs per new customer, where the offer is tightened
    nsx_licence: Licence = Licence.UNKNOWN
    evpn_possible: bool = True
    underlay_mtu: int | None = None
    new_pod: Price = field(default_factory=lambda: Price(350_000, 9_000, 0, 120))
    new_switch: Price = field(default_factory=lambda: Price(90_000, 1_500, 0, 180))  # on top of a pod
    nsx: Price = field(default_factory=lambda: Price(80_000, 2_500, 45, 150))
    evpn: Price = field(default_factory=lambda: Price(220_000, 3_000, 0, 240))
    reclaim_lead_days: int = 30
    tighten_lead_days: int = 60
    decide_months: int = 12

    @property
    def pod_behind_new_switch(self) -> Price:
        return together(self.new_pod, self.new_switch)

    def money(self, amount: float) -> str:
        """ "EUR 1,234,500"."""
        return f"{self.currency} {amount:,.0f}"


FREE = Price(0, 0, 0, 0)


def together(*prices: Price) -> Price:
    """Bought at the same time: money adds up, the longest lead time counts."""
    return Price(
        sum(price.capital for price in prices),
        sum(price.monthly for price in prices),
        sum(price.per_tenant for price in prices),
        max(price.lead_days for price in prices),
    )


def discounts(*, months: int, percent: float) -> tuple[float, ...]:
    """What a unit of money at the end of each month is worth today; index 0 is today, so its value is 1."""
    return tuple((1 + percent / 100) ** (-month / 12) for month in range(months + 1))


def present_value(price: Price, *, served: Sequence[float], percent: float) -> float:
    """What a price costs over as many months as ``served`` has: capital today, the rest at the end of each month.

    ``served``: customers that are paid for, by month; the first is a month from today.
    """
    worth = discounts(months=len(served), percent=percent)[1:]
    monthly = sum(
        (price.monthly + price.per_tenant * customers) * w for customers, w in zip(served, worth, strict=True)
    )
    return price.capital + monthly
