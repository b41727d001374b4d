"""What if? Suppositions on top of where a core switch, or the whole provider, stands today."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from capacity.planning.ceiling import VCenterRoom
from capacity.planning.demand import Demand, Known, Room, Subject, mean_size
from capacity.planning.forecast import HORIZON_MONTHS, Forecast, Interval, earlier, forecast, when
from capacity.planning.intervals import months_on
from capacity.planning.options import Case

NEW_SWITCH_VLANS = 4000  # 802.1Q has 4,094 IDs, of which about 4,000 are left to tenants


class Kind(StrEnum):
    BATCH = "batch"
    DEPARTURE = "departure"
    NEW_SWITCH_POD = "new-switch-pod"
    SAME_SWITCH_POD = "same-switch-pod"
    VXLAN = "vxlan"


PODS = frozenset({Kind.NEW_SWITCH_POD, Kind.SAME_SWITCH_POD})


@dataclass(frozen=True, slots=True)
class Event:
    """Something supposed to happen on a day.

    ``customers``: how many come (a batch) or leave (a departure). ``vlans``: what a batch takes or a departure gives
    back in all (None: as many each as newcomers take, as those present have), or what a new core switch leaves to
    tenants (None: 4,000).
    """

    kind: Kind
    on: date
    customers: int = 0
    vlans: int | None = None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Suppositions; an empty one changes nothing. None: as it is today.

    ``growth``: newcomers, and growth of those present, times this. ``vlans_per_tenant``: what each newcomer takes, and
    what a place is reckoned at. ``practical_percent``: of the theoretical ceiling.
    """

    growth: float = 1.0
    vlans_per_tenant: float | None = None
    practical_percent: int | None = None
    events: tuple[Event, ...] = ()

    def ahead(self, today: date) -> tuple[Event, ...]:
        """The events that are still to come; what is past is in the live data, or did not happen."""
        return tuple(event for event in self.events if event.on >= today)


@dataclass(frozen=True, slots=True)
class Live:
    """What the suppositions are about: one switch, or the whole provider with its switches as ``parts``."""

    case: Case
    parts: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """A number at a time to come."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Applied:
    """The changed subject, and its ceilings by month (index 0 is today), which only rise."""

    subject: Subject
    rooms: tuple[Room, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What follows. ``case`` is the changed one, for advice; its forecast knows of ceilings that rise later."""

    case: Case
    rooms: tuple[Room, ...]

    @property
    def forecast(self) -> Forecast:
        return self.case.forecast

    @property
    def practical(self) -> Interval:
        return self.forecast.practical

    @property
    def hard(self) -> Interval:
        return self.forecast.hard

    @property
    def highest(self) -> Room:
        """The ceilings after the last event."""
        return self.rooms[-1]

    @property
    def practical_after(self) -> Interval:
        """When the practical ceiling is reached that holds after the last event, whatever was full before."""
        return _practical(self.forecast, [self.highest] * len(self.rooms))

    def customers(self, months: int) -> Spread:
        """Customers so many months from today, if there were room for them all."""
        band = self.forecast.customers
        return Spread(band.p10[months], band.p50[months], band.p90[months])


def one_switch(case: Case) -> Live:
    return Live(case, (case,))


def evaluate(what_if: WhatIf, *, live: Live) -> Result:
    """What follows. Whoever wants advice asks ``advise`` about the answer's case."""
    case = live.case
    applied = apply(what_if, live=live)
    if applied.subject == case.subject:
        ahead = case.forecast
    else:
        (ahead,) = forecast([applied.subject], today=case.today)
    rises = applied.rooms[-1] != applied.rooms[0]
    if rises:
        ahead = replace(ahead, practical=_practical(ahead, applied.rooms), hard=_hard(ahead, applied.rooms))
    bounds = replace(
        case.ceiling.bounds,
        vlans_per_tenant=round(_planned(what_if, case)),
        practical_percent=_percent(what_if, case),
    )
    changed = replace(
        case,
        subject=applied.subject,
        forecast=ahead,
        ceiling=replace(case.ceiling, bounds=bounds),
        rooms=applied.rooms if rises else (),
    )
    return Result(changed, applied.rooms)


def apply(what_if: WhatIf, *, live: Live, months: int = HORIZON_MONTHS) -> Applied:
    """The subject with what is supposed; an empty what-if gives the live one, to the letter."""
    case, subject = live.case, live.case.subject
    ahead = what_if.ahead(case.today)
    known = tuple(_known(event, what_if, subject) for event in ahead if event.customers)
    rooms = _rooms(what_if, live, ahead, months)
    return Applied(
        replace(
            subject,
            demand=_demand(subject.demand, what_if.vlans_per_tenant, known),
            room=rooms[0],
            growth=subject.growth * what_if.growth,
        ),
        rooms,
    )


def sizes_of(mean: float) -> tuple[int, ...]:
    """Whole numbers of VLANs with this mean, to one decimal: 3.5 is 3 and 4 in turn."""
    tenths = round(mean * 10)
    if tenths % 10 == 0:
        return (tenths // 10,)
    return tuple(tenths * (n + 1) // 10 - tenths * n // 10 for n in range(10))


def _demand(demand: Demand, mean: float | None, known: tuple[Known, ...]) -> Demand:
    if mean is not None:
        demand = replace(demand, sizes=sizes_of(mean), planned_size=round(mean))
    if known:
        demand = replace(demand, known=tuple(sorted((*demand.known, *known), key=lambda one: one.on)))
    return demand


def _known(event: Event, what_if: WhatIf, subject: Subject) -> Known:
    if event.kind == Kind.DEPARTURE:
        return Known(event.on, -event.customers, -_given_back(event, subject), "supposed departure", extra=True)
    each = what_if.vlans_per_tenant or mean_size(subject.demand)
    vlans = round(event.customers * each) if event.vlans is None else event.vlans
    return Known(event.on, event.customers, vlans, "supposed batch", extra=True)


def _given_back(event: Event, subject: Subject) -> int:
    if event.vlans is not None:
        return event.vlans
    position = subject.position
    return (
        min(position.vlans, round(event.customers * position.vlans / position.customers)) if position.customers else 0
    )


def _rooms(what_if: WhatIf, live: Live, ahead: Sequence[Event], months: int) -> tuple[Room, ...]:
    base = _base(what_if, live)
    lifted = _highest(base, _room([_lifted(live.parts)], what_if, live.case))
    found = []
    for month in range(months + 1):
        happened = [event for event in ahead if event.on <= months_on(live.case.today, month)]
        here = lifted if any(event.kind == Kind.VXLAN for event in happened) else base
        found.append(_sum([here, _room(new_switches(happened), what_if, live.case)]))
    return tuple(found)


def new_switches(events: Iterable[Event]) -> list[int]:
    """The VLANs of each new core switch. A pod on the same switch brings none."""
    return [event.vlans or NEW_SWITCH_VLANS for event in events if event.kind == Kind.NEW_SWITCH_POD]


def _base(what_if: WhatIf, live: Live) -> Room:
    if what_if.vlans_per_tenant is None and what_if.practical_percent is None:
        return live.case.subject.room
    return _sum([_room([part.ceiling.limit], what_if, part) for part in live.parts])


def _lifted(parts: Sequence[Case]) -> int:
    """VLANs with VXLAN: what there is now, and the port groups left in each vCenter, once each."""
    rooms: dict[str, VCenterRoom] = {vcenter.name: vcenter for part in parts for vcenter in part.vcenters}
    return sum(part.ceiling.networks for part in parts) + sum(room.room for room in rooms.values())


def _room(limits: Sequence[int], what_if: WhatIf, case: Case) -> Room:
    each, percent = _planned(what_if, case), _percent(what_if, case)
    return Room(
        sum(int(limit // each) * percent // 100 for limit in limits),
        sum(limit * percent // 100 for limit in limits),
        sum(limits),
    )


def _sum(rooms: Sequence[Room]) -> Room:
    return Room(
        sum(room.practical_customers for room in rooms),
        sum(room.practical_vlans for room in rooms),
        sum(room.hard_vlans for room in rooms),
    )


def _highest(one: Room, other: Room) -> Room:
    return Room(
        max(one.practical_customers, other.practical_customers),
        max(one.practical_vlans, other.practical_vlans),
        max(one.hard_vlans, other.hard_vlans),
    )


def _planned(what_if: WhatIf, case: Case) -> float:
    return what_if.vlans_per_tenant or case.ceiling.bounds.vlans_per_tenant


def _percent(what_if: WhatIf, case: Case) -> int:
    return what_if.practical_percent or case.ceiling.bounds.practical_percent


def _practical(ahead: Forecast, rooms: Sequence[Room]) -> Interval:
    return earlier(
        when(ahead.highest_customers, [room.practical_customers for room in rooms], today=ahead.today),
        when(ahead.highest_vlans, [room.practical_vlans for room in rooms], today=ahead.today),
    )


def _hard(ahead: Forecast, rooms: Sequence[Room]) -> Interval:
    return when(ahead.highest_vlans, [room.hard_vlans for room in rooms], today=ahead.today)
