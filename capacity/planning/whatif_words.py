"""A what-if in words: one line for a list, and what each event does."""

from collections.abc import Iterator
from datetime import date

from capacity.planning.ceiling import LimitKind
from capacity.planning.forecast import Interval
from capacity.planning.whatif import NEW_SWITCH_VLANS, Event, Kind, Live, Result, WhatIf

DAYS_A_MONTH = 30.44
UNCHANGED = "nothing is changed: the live forecast"


def in_one_line(what_if: WhatIf) -> str:
    """ "growth × 1.5, 4 VLANs per customer, 40 customers more on 1 Mar 2027"."""
    return ", ".join(_parts(what_if)) or UNCHANGED


def _parts(what_if: WhatIf) -> Iterator[str]:
    if what_if.growth != 1:
        yield f"growth × {what_if.growth:g}"
    if what_if.vlans_per_tenant is not None:
        yield f"{what_if.vlans_per_tenant:g} VLANs per customer"
    if what_if.practical_percent is not None:
        yield f"practical ceiling at {what_if.practical_percent} %"
    for event in sorted(what_if.events, key=lambda one: one.on):
        yield f"{_short(event)} on {_day(event.on)}"


def _short(event: Event) -> str:
    match event.kind:
        case Kind.BATCH:
            return f"{_customers(event.customers)} more"
        case Kind.DEPARTURE:
            return f"{_customers(event.customers)} fewer"
        case Kind.NEW_SWITCH_POD:
            return "a pod behind a new core switch"
        case Kind.SAME_SWITCH_POD:
            return "a pod on the same core switch"
        case Kind.VXLAN:
            return "VXLAN"


def notes(what_if: WhatIf, *, live: Live, result: Result) -> tuple[str, ...]:
    """What a reader must know about the events: those left out, those that change nothing, what a pod brings."""
    of_events = tuple(note for event in what_if.events if (note := _note(event, live, result)))
    return of_events + _full_before(what_if, live, result)


def _full_before(what_if: WhatIf, live: Live, result: Result) -> tuple[str, ...]:
    """Full before the ceilings rise is one date; when what has risen is full is another that a reader wants."""
    rising = [event for event in what_if.ahead(live.case.today) if event.kind in (Kind.NEW_SWITCH_POD, Kind.VXLAN)]
    median, then = result.practical.p50, result.practical_after.p50
    if (
        result.highest == result.rooms[0]
        or median is None
        or median >= max(event.on for event in rising)
        or median == then
    ):
        return ()
    again = f"about {then:%B %Y}" if then else "not within ten years"
    return (
        f"By the median the practical ceiling is reached about {median:%B %Y}, before it rises for the last time. The "
        f"one that holds from then on is reached {again}.",
    )


def _note(event: Event, live: Live, result: Result) -> str:
    day = _day(event.on)
    if event.on < live.case.today:
        return f"{_sentence(_short(event))} on {day}: left out, because that day is past. Edit the scenario."
    if event.kind == Kind.SAME_SWITCH_POD:
        return f"The pod on the same core switch, {day}, adds no customer: {_same_switch(live)}"
    if event.kind == Kind.NEW_SWITCH_POD:
        vlans = event.vlans or NEW_SWITCH_VLANS
        return (
            f"From {day} the ceilings count the new core switch too: {vlans:,} VLANs more. New customers are placed "
            "there; nobody moves."
        )
    if event.kind == Kind.VXLAN:
        return _vxlan(day, live, result)
    return ""


def _same_switch(live: Live) -> str:
    if live.case.ceiling.binding.kind == LimitKind.PORT_GROUPS:
        return (
            "it shares the VLANs of the switch. Port groups of the vCenter bind first here, so a vCenter of its own "
            "would help up to the VLAN limit; that is not supposed."
        )
    return "it shares the VLANs of the switch, whose limits stay as they are."


def _vxlan(day: str, live: Live, result: Result) -> str:
    if not live.case.vcenters:
        return f"VXLAN from {day} changes nothing: no vCenter is known here, so no port group is left to use."
    before, after = live.case.subject.room.hard_vlans, result.highest.hard_vlans
    if after <= before:
        return f"VXLAN from {day} changes nothing: the port groups of the vCenters bind already."
    names = ", ".join(vcenter.name for vcenter in live.case.vcenters)
    return f"From {day} VXLAN lifts the VLAN limit to the 10,000 port groups of each vCenter ({names})."


def _customers(count: int) -> str:
    return f"{count:,} customer{'' if count == 1 else 's'}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def how_much_later(supposed: Interval, live: Interval) -> str:
    """The medians compared: "7 months later", "at the same time", "no longer within ten years"."""
    if supposed.reached or live.reached:
        return _reached(supposed, live)
    if supposed.p50 is None or live.p50 is None:
        if supposed.p50 == live.p50:
            return "as live"
        return "no longer within ten years" if supposed.p50 is None else "now within ten years"
    days = (supposed.p50 - live.p50).days
    if days == 0:
        return "as live"
    months = round(abs(days) / DAYS_A_MONTH)
    much = (
        f"{months} month{'' if months == 1 else 's'}" if months else f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    )
    return f"{much} {'later' if days > 0 else 'sooner'}"


def _reached(supposed: Interval, live: Interval) -> str:
    if supposed.reached and live.reached:
        return "as live"
    return "reached at once" if supposed.reached else "no longer reached today"


def how_many_more(count: int) -> str:
    """ "40 more", "12 fewer", "as live"."""
    if count == 0:
        return "as live"
    return f"{abs(count):,} {'more' if count > 0 else 'fewer'}"
