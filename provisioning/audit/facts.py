"""What the rules are told beside a device's state: whose VLANs and port groups are whose. Values only."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from provisioning.drivers.protocol import DeviceState
from provisioning.firewall_intent import FirewallNetwork, Site
from provisioning.models import DeviceKind
from provisioning.models.audit_findings import AuditRule, Severity
from tenants.models import NetworkRole

OUR_NAMES = re.compile(rf"(?P<tenant>.+)-(?:{'|'.join(NetworkRole.values)})-\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Owner:
    """A tenant."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class TenantSite:
    """The tenant of a firewall. ``networks``: those that are live; ``wan``: its kind, empty where none is known."""

    owner: Owner
    wan: str
    remote_gateway: str
    subnets: tuple[str, ...]
    networks: tuple[FirewallNetwork, ...]

    @property
    def site(self) -> Site:
        return Site(self.subnets, tunnel=bool(self.remote_gateway))


@dataclass(frozen=True, slots=True)
class Facts:
    """What the inventory says that bears on one device.

    A *domain* is what one VLAN ID means one network in: a core switch, with every other that a distributed switch ties
    to it (``domain_names``: those switches). ``owners`` and ``management``: by domain and VLAN ID. ``domains``: by name
    of distributed switch; of a firewall ``domain`` says which. ``port_groups``: by key of the port group. ``tenants``:
    by name in lower case. ``trunk_ports``: the pod behind a port of this switch.
    """

    kind: DeviceKind
    owners: Mapping[tuple[int, int], frozenset[Owner]] = field(default_factory=dict)
    management: Mapping[tuple[int, int], str] = field(default_factory=dict)
    domain: int = 0
    domains: Mapping[str, int] = field(default_factory=dict)
    domain_names: Mapping[int, str] = field(default_factory=dict)
    port_groups: Mapping[str, Owner] = field(default_factory=dict)
    tenants: Mapping[str, Owner] = field(default_factory=dict)
    trunk_ports: Mapping[str, str] = field(default_factory=dict)
    site: TenantSite | None = None
    management_prefixes: tuple[str, ...] = ()

    def named_in(self, name: str) -> Owner | None:
        """The tenant whose name is in a name of our pattern, ``Tenant-role-vid``."""
        found = OUR_NAMES.fullmatch(name)
        return self.tenants.get(found["tenant"].lower()) if found else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a rule decides from: what the device carries, and the facts about it."""

    state: DeviceState
    facts: Facts


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found. ``subject`` is the same whenever the same thing is found again."""

    rule: AuditRule
    subject: str
    severity: Severity
    says: str
    data: Mapping[str, Any]
    owners: Sequence[Owner] = ()
