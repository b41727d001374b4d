"""The ways out that are bought: a pod here, a pod behind a new core switch, VXLAN with NSX, VXLAN with EVPN."""

from collections.abc import Iterator

from capacity.planning.ceiling import PORT_GROUPS_PER_VCENTER, LimitKind
from capacity.planning.costs import UNDERLAY_MTU, Licence, Price
from capacity.planning.demand import Room
from capacity.planning.options.ahead import NEW_SWITCH_VLANS, Terms
from capacity.planning.options.organised import Words, full_at, option
from capacity.planning.options.rooms import between, lifted, more, overhang, places
from capacity.planning.options.values import Case, Choice, Option


def same_switch_pod(terms: Terms) -> Option:
    """Shown because it is what comes to mind first; it gains nothing whatever the numbers."""
    case = terms.case
    words = Words(
        needs=("Ports on the core switch.",),
        risks=("The money is spent, and the ceiling is where it was.",),
        details=tuple(_why_nothing(case)),
    )
    return option(Choice.SAME_SWITCH_POD, case, price=case.assumptions.new_pod, words=words)


def _why_nothing(case: Case) -> Iterator[str]:
    yield (
        f"Every pod behind {case.name} shares its {case.ceiling.limit:,} VLANs ({case.ceiling.binding.kind}): a pod "
        "more adds compute and storage, and not one customer to the ceiling."
    )
    if port_groups_bind(case):
        yield (
            f"It is the port groups of the vCenter that bind. A vCenter of its own would lift that limit, at most to "
            f"the {case.ceiling.usable.ids:,} VLAN IDs of the switch: that is the vCenter's doing, pod or no pod."
        )


def port_groups_bind(case: Case) -> bool:
    return case.ceiling.binding.kind is LimitKind.PORT_GROUPS


def new_switch(terms: Terms) -> Option:
    case, gained = terms.case, terms.new_switch_places
    vlans = NEW_SWITCH_VLANS * case.ceiling.bounds.practical_percent // 100
    extra = more(overhang(case.room, case.subject.position), Room(gained, vlans, NEW_SWITCH_VLANS))
    words = Words(
        needs=(_vcenter_needed(case, vlans), "Racks, power and uplinks for a core switch and a pod."),
        risks=("Customers do not move by themselves: those behind the full switch stay there.",),
        details=(
            f"Its own {NEW_SWITCH_VLANS:,} VLANs, planned like this switch: {gained:,} customers to the practical "
            "ceiling.",
        ),
    )
    until = full_at(case, extra)
    return option(Choice.NEW_SWITCH, case, price=terms.new_switch, until=until, gained=gained, words=words)


def _vcenter_needed(case: Case, vlans: int) -> str:
    best = max(case.vcenters, key=lambda vcenter: vcenter.room, default=None)
    if best is None:
        return "A vCenter for the pod."
    if port_groups_bind(case) or best.room < vlans:
        return (
            f"A vCenter of its own: {best.name} has {best.room:,} of {PORT_GROUPS_PER_VCENTER:,} port groups left, "
            f"and the pod wants {vlans:,}."
        )
    return f"Room in a vCenter: {best.name} has {best.room:,} port groups left for the {vlans:,} of the pod."


def nsx(terms: Terms) -> Option:
    """The ID limit is lifted; the port groups of the vCenters cap it."""
    case, assumed = terms.case, terms.case.assumptions
    licence = assumed.nsx_licence
    unknown = "Find out the licence state and its price: may NSX be bought at all, and at what a tenant and month?"
    forbidden = "NSX cannot be bought: the provider is not allowed to." if licence is Licence.CANNOT_BUY else ""
    words = Words(
        needs=("Licence state and price of NSX." if licence is Licence.UNKNOWN else f"NSX licences: {licence}.",),
        unknown=(unknown,) if licence is Licence.UNKNOWN else (),
        risks=(
            "The vendor changes what may be bought and at what price; a licence that ends ends the segments with it.",
            "A second network to run: edge nodes, upgrades, skills.",
        ),
    )
    why_not, limit = forbidden or _mtu_too_low(case), port_group_limit(case)
    return _overlay(terms, Choice.NSX, price=assumed.nsx, limit=limit, why_not=why_not, words=words)


def evpn(terms: Terms) -> Option:
    """The tag stays 12 bits per pod, so that each pod on the switch has an ID space of its own."""
    case, assumed = terms.case, terms.case.assumptions
    per_pod = case.ceiling.usable.ids // max(1, case.switches)
    spaces = per_pod * case.pods
    alone = (
        "With a single pod the 12-bit tag is the limit still: EVPN begins to gain with a second pod."
        if case.pods <= case.switches
        else f"{case.pods} pods with {per_pod:,} IDs each: {spaces:,}."
    )
    words = Words(
        needs=("Leaf switches that do EVPN-VXLAN in every pod. No NSX licence.",),
        details=(alone,),
        risks=(
            "The core is rebuilt under running customers: plan the move pod by pod.",
            "A pod's own IDs can run out while another pod has some left.",
        ),
    )
    why_not = _mtu_too_low(case) if assumed.evpn_possible else "The fabric cannot do EVPN."
    limit = min(spaces, port_group_limit(case))
    return _overlay(terms, Choice.EVPN, price=assumed.evpn, limit=limit, why_not=why_not, words=words)


def _overlay(terms: Terms, choice: Choice, *, price: Price, limit: int, why_not: str, words: Words) -> Option:
    """What both kinds of VXLAN have in common: a higher limit for the same switch, at a price for each switch."""
    case, bounds = terms.case, terms.case.ceiling.bounds
    room = lifted(case.room, limit, per=bounds.vlans_per_tenant, percent=bounds.practical_percent)
    each = max(1, case.switches)
    return option(
        choice,
        case,
        price=Price(price.capital * each, price.monthly * each, price.per_tenant, price.lead_days),
        until=full_at(case, between(case.room, room)),
        gained=places(room, position=case.subject.position, size=terms.size) - terms.places,
        why_not=why_not,
        words=Words(
            needs=(*words.needs, f"An underlay MTU of {UNDERLAY_MTU:,} or more{_mtu_now(case)}."),
            risks=(*words.risks, *_shared(case)),
            details=(*words.details, *_capped(case)),
            unknown=(*words.unknown, *_mtu_unknown(case)),
        ),
        serves_all=True,
    )


def port_group_limit(case: Case) -> int:
    """VLANs or segments that the vCenters behind the switch can carry for it: what it has, and what is left there."""
    if not case.vcenters:
        return PORT_GROUPS_PER_VCENTER
    return case.ceiling.networks + sum(vcenter.room for vcenter in case.vcenters)


def _capped(case: Case) -> Iterator[str]:
    limit, per = port_group_limit(case), case.ceiling.bounds.vlans_per_tenant
    names = ", ".join(vcenter.name for vcenter in case.vcenters) or "a vCenter"
    yield (
        f"Not 16 million: each segment is a port group too. {names} can carry {limit:,} of them for this switch, "
        f"{limit // per:,} customers at {per}."
    )
    if port_groups_bind(case):
        yield "The port groups bind already, before the VLAN IDs: VXLAN gains nothing here."


def _shared(case: Case) -> Iterator[str]:
    for vcenter in case.vcenters:
        others = [name for name in vcenter.switches if name != case.name]
        if others and case.switches == 1:
            yield f"{vcenter.name} is shared with {', '.join(others)}: growth there takes from the same port groups."


def _mtu_too_low(case: Case) -> str:
    mtu = case.assumptions.underlay_mtu
    if mtu is None or mtu >= UNDERLAY_MTU:
        return ""
    return f"The underlay carries {mtu:,} bytes; VXLAN needs an MTU of {UNDERLAY_MTU:,} or more."


def _mtu_now(case: Case) -> str:
    mtu = case.assumptions.underlay_mtu
    return f" (it is {mtu:,})" if mtu is not None else " (not known yet)"


def _mtu_unknown(case: Case) -> tuple[str, ...]:
    if case.assumptions.underlay_mtu is not None:
        return ()
    return (f"Find out the MTU of the underlay: VXLAN needs {UNDERLAY_MTU:,} or more.",)
