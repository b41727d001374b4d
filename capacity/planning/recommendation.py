"""Stay, a new pod behind a new core switch, or VXLAN: a first recommendation with its reasons and numbers.

Costs and licences are not weighed here: what a licence costs, and whether it can be bought at all, only the provider
knows. The reasons name it where it decides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from capacity.planning.ceiling import PORT_GROUPS_PER_VCENTER, Ceiling, LimitKind
from capacity.planning.runway import Runway, Why
from capacity.planning.timeline import months_between

LEAD_MONTHS = 12  # to choose, buy and build a pod: from here on a date is a decision to take now
NEW_SWITCH_MONTHS = 36  # a new switch that would be full again sooner is not an answer, only a delay
NEW_SWITCH_IDS = 4000  # what a core switch brings, less what its platform and the provider keep
UNDERLAY_MTU = 1600  # VXLAN adds 50 bytes to every frame


class Choice(StrEnum):
    STAY = "Stay"
    NEW_POD = "New pod behind a new core switch"
    VXLAN = "VXLAN"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another core switch, and how many customers it should still take."""

    name: str
    headroom: int


@dataclass(frozen=True, slots=True)
class Number:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    choice: Choice
    summary: str
    reasons: tuple[str, ...]
    numbers: tuple[Number, ...]


def recommend(
    *, ceiling: Ceiling, runway: Runway, elsewhere: Sequence[Elsewhere] = (), vcenters: int, today: date
) -> Recommendation:
    """What to do about one core switch, given the other switches and the number of vCenters of its pods."""
    choice, summary = _decide(ceiling, runway, vcenters, today)
    reasons = _reasons_to_stay(ceiling, runway) if choice is Choice.STAY else _reasons_to_act(ceiling, runway, choice)
    reasons = (*reasons, *_about_elsewhere(ceiling, runway, elsewhere, choice), *_about_vcenters(ceiling))
    return Recommendation(choice, summary, reasons, tuple(_numbers(ceiling, runway, vcenters)))


def _decide(ceiling: Ceiling, runway: Runway, vcenters: int, today: date) -> tuple[Choice, str]:
    if not ceiling.customers and ceiling.limit:
        return Choice.STAY, "The switch has no customers yet."
    growth = runway.trend.per_month
    full = not ceiling.fits_now or runway.theoretical.why is Why.REACHED
    if not full and ceiling.is_past_practical and growth is not None and growth <= 0:
        return Choice.STAY, "Past the practical ceiling, but no longer growing."
    if not full and not ceiling.is_past_practical and not _due(runway, today):
        return Choice.STAY, _why_there_is_time(runway)
    if ceiling.binding.kind is LimitKind.PORT_GROUPS:
        return Choice.NEW_POD, "With a vCenter of its own: the port groups run out before the VLANs do."
    brings = _new_switch_room(ceiling)
    if growth and growth * NEW_SWITCH_MONTHS > brings and _vxlan_room(ceiling, vcenters) > brings:
        return Choice.VXLAN, f"At this growth another switch would be full within {NEW_SWITCH_MONTHS // 12} years."
    return Choice.NEW_POD, _why_now(ceiling, full=full)


def _due(runway: Runway, today: date) -> bool:
    """Whether the practical ceiling comes within the time it takes to build a pod."""
    month = runway.practical.month
    reached = runway.practical.why is Why.REACHED
    return reached or (month is not None and months_between(today, month) <= LEAD_MONTHS)


def _why_there_is_time(runway: Runway) -> str:
    if runway.practical.why is Why.SHORT:
        return "Below the practical ceiling; too short a history to say for how long."
    if runway.practical.month is None:
        return "The practical ceiling is not reached within ten years."
    return f"The practical ceiling is reached {runway.practical}: more than {LEAD_MONTHS} months away."


def _why_now(ceiling: Ceiling, *, full: bool) -> str:
    if full:
        return "The switch is full."
    if ceiling.is_past_practical:
        return "The practical ceiling is reached."
    return f"The practical ceiling is reached within {LEAD_MONTHS} months."


def _new_switch_room(ceiling: Ceiling) -> int:
    """Customers up to the practical ceiling of a new core switch, planned like this one."""
    return NEW_SWITCH_IDS // ceiling.bounds.vlans_per_tenant * ceiling.bounds.practical_percent // 100


def _vxlan_room(ceiling: Ceiling, vcenters: int) -> int:
    """Customers that VXLAN could add before the port groups of the pods' vCenters run out."""
    for limit in ceiling.limits:
        if limit.kind is LimitKind.PORT_GROUPS:
            return max(0, limit.vlans // ceiling.bounds.vlans_per_tenant - ceiling.customers)
    return PORT_GROUPS_PER_VCENTER * max(1, vcenters) // ceiling.bounds.vlans_per_tenant - ceiling.customers


def _reasons_to_stay(ceiling: Ceiling, runway: Runway) -> tuple[str, ...]:
    reasons = [
        f"{ceiling.customers:,} of {ceiling.practical:,} customers up to the practical ceiling; "
        f"{ceiling.headroom:,} still to come."
    ]
    if ceiling.customers:
        reasons.append(f"Growth: {runway.trend}.")
    if ceiling.is_past_practical:
        reasons.append(f"VLANs are left for {ceiling.fits_now:,} more customers: keep them for customers that grow.")
    return tuple(reasons)


def _reasons_to_act(ceiling: Ceiling, runway: Runway, choice: Choice) -> tuple[str, ...]:
    reasons = [
        f"{ceiling.customers:,} customers against a practical ceiling of {ceiling.practical:,} "
        f"and a theoretical one of {ceiling.theoretical:,}; growth: {runway.trend}."
    ]
    if ceiling.takes_more_than_planned:
        reasons.append(
            f"Customers take {ceiling.observed:.1f} VLANs each, {ceiling.bounds.vlans_per_tenant} were planned: "
            f"the practical ceiling is {ceiling.practical_in_force:,} in truth."
        )
    reasons.append(
        "A new pod on this same core switch gains nothing: every pod behind it shares the same VLAN IDs. "
        "Behind a new core switch a pod brings about 4,000 of its own."
    )
    if choice is Choice.VXLAN:
        reasons.append(
            "VXLAN lifts the limit of 4,094 IDs on this site. It needs a licence (NSX) or an EVPN fabric, and an "
            f"underlay MTU of {UNDERLAY_MTU} or more: check that the licence can be bought, and its price, first."
        )
    return tuple(reasons)


def _about_elsewhere(ceiling: Ceiling, runway: Runway, elsewhere: Sequence[Elsewhere], choice: Choice) -> Iterator[str]:
    """Other switches with headroom: where new customers go while something is built."""
    best = max(elsewhere, key=lambda other: other.headroom, default=None)
    if best is None or not best.headroom or (choice is Choice.STAY and not ceiling.is_past_practical):
        return
    growth = runway.trend.per_month
    lasts = f", about {best.headroom / growth:,.0f} months at this switch's growth" if growth and growth > 0 else ""
    yield f"Place new customers behind {best.name} meanwhile: it has headroom for {best.headroom:,}{lasts}."


def _about_vcenters(ceiling: Ceiling) -> Iterator[str]:
    vxlan_customers = PORT_GROUPS_PER_VCENTER // ceiling.bounds.vlans_per_tenant
    if ceiling.binding.kind is LimitKind.PORT_GROUPS:
        yield (
            f"VXLAN would not help: each of its segments is a port group too, and a vCenter carries "
            f"{PORT_GROUPS_PER_VCENTER:,}. Give the new pod a vCenter of its own."
        )
    elif ceiling.is_past_practical:
        yield (
            f"VXLAN is capped as well: {PORT_GROUPS_PER_VCENTER:,} port groups are about {vxlan_customers:,} "
            f"customers per vCenter, not 16 million segments."
        )


def _numbers(ceiling: Ceiling, runway: Runway, vcenters: int) -> Iterator[Number]:
    yield Number("customers now", f"{ceiling.customers:,}")
    yield Number("practical ceiling", f"{ceiling.practical:,}")
    yield Number("theoretical ceiling", f"{ceiling.theoretical:,}")
    yield Number("binding limit", f"{ceiling.limit:,} VLANs ({ceiling.binding.kind})")
    growth = runway.trend.per_month
    yield Number("net growth a month", "too short a history" if growth is None else f"{growth:+.1f}")
    yield Number("practical ceiling reached", str(runway.practical))
    yield Number("theoretical ceiling reached", str(runway.theoretical))
    yield Number("customers VXLAN could add", f"{max(0, _vxlan_room(ceiling, vcenters)):,}")
