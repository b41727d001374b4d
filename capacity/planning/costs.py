"""What the ways out cost: stated assumptions, editable, and their present value over the horizon."""

from dataclasses import dataclass, field
from enum import StrEnum


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
    """Everything about money and time that only the provider knows. Money is in ``currency``, whole units."""

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
