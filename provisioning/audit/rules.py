"""All rules: which one is asked about which kind of device, and what to do about what it finds. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from provisioning.audit.facts import Evidence, Found
from provisioning.audit.firewall_rules import clear_wan, management_reach
from provisioning.audit.nat_rules import not_seen, zerto_nat
from provisioning.audit.vlan_rules import foreign_vlans, management_vlans, port_policies, shared_vlans, trunks_for_all
from provisioning.models import DeviceKind
from provisioning.models.audit_findings import AuditRule

Ask = Callable[[Evidence], Iterator[Found]]
SWITCH, VCENTER, FIREWALL = DeviceKind.CORE_SWITCH, DeviceKind.VCENTER, DeviceKind.FIREWALL


@dataclass(frozen=True, slots=True)
class Rule:
    """``on``: the kinds of device that it is asked about. ``advice``: what to do about what it finds."""

    ask: Ask
    on: Sequence[DeviceKind]
    advice: str


RULES: Mapping[AuditRule, Rule] = {
    AuditRule.SHARED_VLAN: Rule(
        shared_vlans,
        (VCENTER,),
        "Find out whose machines are on it, move one tenant to a VLAN of its own, and correct the inventory.",
    ),
    AuditRule.FOREIGN_VLAN: Rule(
        foreign_vlans,
        (FIREWALL,),
        "Remove the interface from the firewall, or correct the inventory if the VLAN changed hands.",
    ),
    AuditRule.MANAGEMENT_VLAN: Rule(
        management_vlans,
        (VCENTER, FIREWALL),
        "Take it off at once: put the port group back on the tenant's VLAN, or remove the interface.",
    ),
    AuditRule.PORT_POLICY: Rule(
        port_policies,
        (VCENTER,),
        "Reject all three on the port group, or restore the tenant through a plan, which does that.",
    ),
    AuditRule.TRUNK_ALL: Rule(
        trunks_for_all,
        (SWITCH, VCENTER),
        "List the VLANs that it shall carry, and nothing else. On a port that tenants use, list all of theirs first.",
    ),
    AuditRule.MANAGEMENT_REACH: Rule(
        management_reach,
        (FIREWALL,),
        "Remove or narrow it, or restore the tenant through a plan: the portal's own rules then come before it.",
    ),
    AuditRule.ZERTO_NAT: Rule(
        zerto_nat,
        (FIREWALL,),
        "Remove it, or exempt the customer's prefixes before it (outbound NAT: mode hybrid, “do not NAT”).",
    ),
    AuditRule.CLEAR_WAN: Rule(
        clear_wan,
        (FIREWALL,),
        "Restore the tenant through a plan, or turn on encryption between the VRAs until the tunnel is back.",
    ),
    AuditRule.NOT_SEEN: Rule(
        not_seen,
        (FIREWALL,),
        "Give the portal's user the privilege to read what is named, or update the firewall's API package.",
    ),
}


def judge(seen: Evidence) -> list[Found]:
    """Everything that is found on one device."""
    return [found for rule in asked_of(seen.facts.kind) for found in RULES[rule].ask(seen)]


def asked_of(kind: DeviceKind) -> list[AuditRule]:
    return [name for name, rule in RULES.items() if kind in rule.on]
