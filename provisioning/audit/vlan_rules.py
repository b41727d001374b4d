"""Rules about VLANs, port groups and trunks: whose they are and who else is on them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from provisioning.audit.facts import Evidence, Facts, Found, Owner
from provisioning.drivers.protocol import Attributes, Json, Kind
from provisioning.models import DeviceKind
from provisioning.models.audit_findings import AuditRule, Severity

ALL_VLANS = 4095  # on a port group of one VLAN: every tag goes through
POLICIES = (
    ("promiscuous", "promiscuous mode is allowed: a machine in it hears what is meant for others", Severity.SERIOUS),
    ("forged_transmits", "forged transmits are allowed: a machine may send under another's address", Severity.SERIOUS),
    ("mac_changes", "MAC address changes are allowed", Severity.WARNING),
)
NAMED = 5  # tenants that a sentence lists
MOST_TIED = 20  # a finding about more tenants than these is nobody's in particular, and shows on no tenant's page


@dataclass(frozen=True, slots=True)
class Group:
    """A port group: whose it is (None: nobody's whom we know), its domain (0: of no pod), the VLANs that it carries."""

    key: str
    attributes: Attributes
    owner: Owner | None
    domain: int
    runs: tuple[tuple[int, int], ...]

    @property
    def is_trunk(self) -> bool:
        return isinstance(self.attributes.get("vlan_id"), list) or self.attributes.get("vlan_id") == ALL_VLANS

    def carries(self, vid: int) -> bool:
        return any(first <= vid <= last for first, last in self.runs)


def groups_of(seen: Evidence) -> list[Group]:
    return [
        _group(id.key, attributes, seen.facts) for id, attributes in seen.state.items() if id.kind == Kind.PORT_GROUP
    ]


def _group(key: str, attributes: Attributes, facts: Facts) -> Group:
    dvs, _, name = key.partition("/")
    owner = facts.port_groups.get(key) or facts.named_in(name)
    return Group(key, attributes, owner, facts.domains.get(dvs, 0), tuple(_runs(attributes.get("vlan_id"))))


def _runs(vlan: Json) -> Iterator[tuple[int, int]]:
    if isinstance(vlan, list):
        for entry in map(str, vlan):
            first, _, last = entry.partition("-")
            if first.isdecimal() and (last or first).isdecimal():
                yield int(first), int(last or first)
    elif isinstance(vlan, int) and not isinstance(vlan, bool):
        yield (0, ALL_VLANS) if vlan == ALL_VLANS else (vlan, vlan)


def shared_vlans(seen: Evidence) -> Iterator[Found]:
    """A VLAN with port groups of two tenants, or with one of a tenant that the inventory gives it to another.

    A port group's tenant is the one it was made for, or the one in its name. Trunks are judged by ``trunks_for_all``.
    """
    by_vlan: dict[tuple[int, int], list[Group]] = defaultdict(list)
    for group in groups_of(seen):
        if group.owner and group.domain and not group.is_trunk and group.runs:
            by_vlan[group.domain, group.runs[0][0]].append(group)
    for (domain, vid), groups in by_vlan.items():
        given = seen.facts.owners.get((domain, vid), frozenset())
        owners = sorted({group.owner for group in groups if group.owner} | given)
        if len(owners) > 1:
            listed = sorted(group.key for group in groups)
            said = ", ".join(f"{group.key} ({group.owner.name})" for group in groups if group.owner)
            belongs = f" The inventory gives the VLAN to {_names(given)}." if given else ""
            yield Found(
                AuditRule.SHARED_VLAN,
                f"VLAN {vid} of {seen.facts.domain_names.get(domain, domain)}",
                Severity.CRITICAL,
                f"VLAN {vid} joins {_names(owners)}: it is on {said}.{belongs}",
                {"vlan": vid, "port_groups": listed, "inventory": sorted(owner.name for owner in given)},
                owners,
            )


def _names(owners: Iterable[Owner]) -> str:
    names = sorted(owner.name for owner in owners)
    shown = names[:NAMED] if len(names) > NAMED + 1 else names
    more = [f"{len(names) - len(shown)} more"] if len(names) > len(shown) else []
    *first, last = [*shown, *more]
    return f"{', '.join(first)} and {last}" if first else last


def management_vlans(seen: Evidence) -> Iterator[Found]:
    """A VLAN of the provider's own on a tenant's port group, or as an interface of a tenant's firewall."""
    for group in groups_of(seen):
        if group.owner is None or group.is_trunk:
            continue
        for first, _ in group.runs:
            if what := seen.facts.management.get((group.domain, first)):
                said = f"{group.key}, a port group of {group.owner.name}, is on VLAN {first}, which is {what}."
                yield _management(group.key, first, what, said, group.owner)
    site = seen.facts.site
    for vid, attributes in _interfaces(seen) if site else ():
        if site and (what := seen.facts.management.get((seen.facts.domain, vid))):
            said = f"The firewall of {site.owner.name} has an interface in VLAN {vid}, which is {what}."
            yield _management(f"vlan{vid}", vid, what, said, site.owner, **attributes)


def _management(subject: str, vid: int, what: str, said: str, owner: Owner, **more: Json) -> Found:
    data = {"vlan": vid, "management": what, **more}
    return Found(AuditRule.MANAGEMENT_VLAN, subject, Severity.CRITICAL, said, data, (owner,))


def _interfaces(seen: Evidence) -> Iterator[tuple[int, Attributes]]:
    for id, attributes in seen.state.items():
        number = id.key.removeprefix("vlan")
        if id.kind == Kind.INTERFACE and number.isdecimal():
            yield int(number), attributes


def foreign_vlans(seen: Evidence) -> Iterator[Found]:
    """An interface of a tenant's firewall in a VLAN that the inventory gives to another tenant."""
    site = seen.facts.site
    for vid, attributes in _interfaces(seen) if site else ():
        others = seen.facts.owners.get((seen.facts.domain, vid), frozenset())
        if site and others and site.owner not in others:
            yield Found(
                AuditRule.FOREIGN_VLAN,
                f"vlan{vid}",
                Severity.CRITICAL,
                f"The firewall of {site.owner.name} has an interface in VLAN {vid}, which is {_names(others)}'s.",
                {"vlan": vid, **attributes},
                (site.owner, *sorted(others)),
            )


def port_policies(seen: Evidence) -> Iterator[Found]:
    """Promiscuous mode, forged transmits or MAC changes on a port group that carries a tenant's VLAN."""
    for group in groups_of(seen):
        allowed = [(words, weight) for name, words, weight in POLICIES if group.attributes.get(name) is True]
        owners = _tenants_of(group, seen.facts) if allowed else []
        if allowed and owners:
            worst = Severity.SERIOUS if any(weight == Severity.SERIOUS for _, weight in allowed) else Severity.WARNING
            said = f"On {group.key}, of {_names(owners)}, {'; '.join(words for words, _ in allowed)}."
            yield Found(AuditRule.PORT_POLICY, group.key, worst, said, dict(group.attributes), _tied(group, owners))


def _tied(group: Group, owners: list[Owner]) -> list[Owner]:
    if len(owners) <= MOST_TIED:
        return owners
    return [group.owner] if group.owner else []


def _tenants_of(group: Group, facts: Facts) -> list[Owner]:
    """Whose traffic the group sees."""
    own = {group.owner} if group.owner else set[Owner]()
    return sorted(own.union(*(owners for owners, _ in _carried(group, facts))))


def _carried(group: Group, facts: Facts) -> list[tuple[frozenset[Owner], int]]:
    """The tenants' VLANs that the group carries."""
    if not group.is_trunk:
        return [(facts.owners.get((group.domain, vid), frozenset()), vid) for vid, _ in group.runs]
    return [
        (owners, vid) for (domain, vid), owners in facts.owners.items() if group.domain == domain and group.carries(vid)
    ]


def trunks_for_all(seen: Evidence) -> Iterator[Found]:
    """A port of a core switch that lists no VLAN, and so carries all; a port group of ranges over tenants' VLANs."""
    if seen.facts.kind == DeviceKind.CORE_SWITCH:
        yield from _open_ports(seen)
    for group in groups_of(seen):
        if group.is_trunk and (carried := _carried(group, seen.facts)):
            yield _wide_group(group, carried, seen.facts)


def _open_ports(seen: Evidence) -> Iterator[Found]:
    for id in seen.state:
        port, _, vlan = id.key.rpartition("/")
        if id.kind != Kind.TRUNK_VLAN or vlan != "all":
            continue
        pod = seen.facts.trunk_ports.get(port)
        reach = f"leads to pod {pod}" if pod else "is a trunk"
        yield Found(
            AuditRule.TRUNK_ALL,
            port,
            Severity.SERIOUS if pod else Severity.WARNING,
            f"{port} {reach} and lists no VLAN, so it carries every VLAN of the switch, management included.",
            {"port": port, "pod": pod, "vlans": "all"},
        )


def _wide_group(group: Group, carried: list[tuple[frozenset[Owner], int]], facts: Facts) -> Found:
    owners = sorted(frozenset[Owner]().union(*(owners for owners, _ in carried)))
    management = sorted(vid for (domain, vid) in facts.management if domain == group.domain and group.carries(vid))
    ranges = ", ".join(f"{first}-{last}" if first != last else str(first) for first, last in group.runs)
    also = f", and {len(management)} of the provider's own" if management else ""
    said = (
        f"{group.key} is a trunk for VLANs {ranges}: a machine on it reaches {len(carried)} VLANs of "
        f"{_names(owners)}{also}."
    )
    vids = sorted(vid for _, vid in carried)
    data = {"vlans": ranges, "tenant_vlans": vids[:50], "tenant_vlan_count": len(vids), "management": management[:50]}
    severity = Severity.CRITICAL if group.owner and (len(owners) > 1 or management) else Severity.SERIOUS
    return Found(AuditRule.TRUNK_ALL, group.key, severity, said, data, _tied(group, owners))
