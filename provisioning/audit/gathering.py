"""The facts that the rules are told, from the database: in a number of queries that does not grow with the tenants."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.db.models import Q, QuerySet

from inventory.models import CoreSwitch, ManagementNetwork, Pod, Vlan, VlanState
from provisioning.audit.facts import Facts, Owner, TenantSite
from provisioning.drivers.protocol import DeviceState, Kind
from provisioning.firewall_intent import FirewallNetwork
from provisioning.models import Device, DeviceKind
from tenants.models import Network, NetworkStatus, Tenant
from tenants.models.tenants import GONE


def domains_of(pods: Iterable[tuple[int, int]]) -> dict[int, int]:
    """For each core switch, the least of the switches that distributed switches tie to it, itself included. Pure.

    ``pods``: core switch and distributed switch of each pod. One VLAN ID is one network wherever a path of these leads.
    """
    leads: dict[int, int] = {}

    def top(switch: int) -> int:
        while leads.setdefault(switch, switch) != switch:
            switch = leads[switch]
        return switch

    by_dvs: dict[int, list[int]] = defaultdict(list)
    for switch, dvs in pods:
        by_dvs[dvs].append(switch)
    for switches in by_dvs.values():
        tops = sorted({top(switch) for switch in switches})
        leads.update(dict.fromkeys(tops, tops[0]))
    return {switch: top(switch) for switch in leads}


def gather(device: Device, state: DeviceState, *, before: TenantSite | None = None) -> Facts:
    """All that bears on the device. ``before``: its tenant as it stood before the device was read."""
    kind = DeviceKind(device.kind)
    pods = list(Pod.objects.select_related("dvs"))
    domain_of = domains_of((pod.switch_id, pod.dvs_id) for pod in pods)
    names = domain_names(domain_of)
    if kind == DeviceKind.CORE_SWITCH:
        behind = sorted((pod for pod in pods if pod.switch_id == device.switch_id), key=lambda pod: pod.name)
        return Facts(kind, domain_names=names, trunk_ports={pod.trunk_port: pod.name for pod in behind})
    if kind == DeviceKind.FIREWALL:
        return _about_a_firewall(device, state, before, domain_of, names)
    here = [pod for pod in pods if pod.dvs.vcenter_id == device.vcenter_id]
    domains = {pod.dvs.name: domain_of[pod.switch_id] for pod in here}
    switches = [switch for switch, domain in domain_of.items() if domain in set(domains.values())]
    return Facts(
        kind,
        owners=_owners(domain_of, Q(vlan__switch__in=switches)),
        management=management_vlans(domain_of, switches),
        domains=domains,
        domain_names=names,
        port_groups=_port_groups(device),
        tenants={name.lower(): Owner(id, name) for id, name in _present().values_list("pk", "name")},
    )


def domain_names(domain_of: Mapping[int, int]) -> dict[int, str]:
    names: dict[int, list[str]] = defaultdict(list)
    for switch in CoreSwitch.objects.filter(pk__in=domain_of).order_by("name"):
        names[domain_of[switch.pk]].append(switch.name)
    return {domain: " and ".join(switches) for domain, switches in names.items()}


def _present() -> QuerySet[Tenant]:
    return Tenant.objects.exclude(status__in=GONE)


def _owners(domain_of: Mapping[int, int], which: Q) -> dict[tuple[int, int], frozenset[Owner]]:
    found: dict[tuple[int, int], set[Owner]] = defaultdict(set)
    rows = Network.objects.filter(which, vlan__isnull=False).exclude(status=NetworkStatus.REMOVED)
    for switch, vid, tenant, name in rows.values_list("vlan__switch_id", "vlan__vid", "tenant_id", "tenant__name"):
        found[domain_of.get(switch, switch), vid].add(Owner(tenant, name))
    return {key: frozenset(owners) for key, owners in found.items()}


def management_vlans(domain_of: Mapping[int, int], switches: Iterable[int] | None = None) -> dict[tuple[int, int], str]:
    """The provider's own VLANs on these core switches, or on all: of its management networks, and infrastructure."""
    found: dict[tuple[int, int], str] = {}
    mine = list(domain_of if switches is None else switches)
    aside = Vlan.objects.filter(switch__in=mine, state=VlanState.INFRASTRUCTURE)
    for switch, vid in aside.values_list("switch_id", "vid"):
        found[domain_of.get(switch, switch), vid] = "set aside for infrastructure"
    networks = ManagementNetwork.objects.filter(archived_at=None, vid__isnull=False)
    for number, name, purpose, switch in networks.values_list("vid", "name", "purpose", "pod__switch_id"):
        for one in mine if switch is None else [switch]:
            found[domain_of.get(one, one), int(number or 0)] = f"the {purpose} network {name}"
    return found


def _port_groups(device: Device) -> dict[str, Owner]:
    rows = Network.objects.filter(tenant__pod__dvs__vcenter=device.vcenter_id).exclude(status=NetworkStatus.REMOVED)
    values = rows.values_list("tenant__pod__dvs__name", "port_group", "tenant_id", "tenant__name")
    return {f"{dvs}/{port_group}": Owner(id, name) for dvs, port_group, id, name in values}


# --- Firewalls ------------------------------------------------------------------------------------


def _about_a_firewall(
    device: Device,
    state: DeviceState,
    before: TenantSite | None,
    domain_of: Mapping[int, int],
    names: Mapping[int, str],
) -> Facts:
    tenant = Tenant.objects.select_related("pod").get(firewall=device)
    domain = domain_of.get(tenant.pod.switch_id, tenant.pod.switch_id)
    switches = [switch for switch, one in domain_of.items() if one == domain]
    numbers = [id.key.removeprefix("vlan") for id in state if id.kind == Kind.INTERFACE]
    vids = [int(number) for number in numbers if number.isdecimal()]
    return Facts(
        DeviceKind.FIREWALL,
        owners=_owners(domain_of, Q(vlan__switch__in=switches, vlan__vid__in=vids)),
        management=management_vlans(domain_of, switches),
        domain=domain,
        domain_names=names,
        site=_still(before, site_of(device)),
        management_prefixes=tuple(ManagementNetwork.objects.filter(archived_at=None).values_list("prefix", flat=True)),
    )


def site_of(device: Device) -> TenantSite | None:
    """The tenant of a firewall as it stands now; None for every other device, and for a tenant that is gone."""
    if device.kind != DeviceKind.FIREWALL:
        return None
    tenant = _present().filter(firewall=device).select_related("wan").first()
    if tenant is None:
        return None
    wan = getattr(tenant, "wan", None)
    live = tenant.networks.filter(status=NetworkStatus.LIVE, vlan__isnull=False).values_list(
        "vlan__vid", "role", "prefix"
    )
    return TenantSite(
        Owner(tenant.pk, tenant.name),
        wan.kind if wan else "",
        (wan.remote_gateway or "") if wan and wan.kind == "ipsec" else "",
        tuple(tenant.customer_subnets.values_list("prefix", flat=True)),
        tuple(FirewallNetwork(vid or 0, role, prefix) for vid, role, prefix in live),
    )


def _still(before: TenantSite | None, now: TenantSite | None) -> TenantSite | None:
    """The tenant as it stood before the read and still does: what a run changed in between is judged next time."""
    if before is None or now is None:
        return now
    same_way = (before.wan, before.remote_gateway, before.subnets) == (now.wan, now.remote_gateway, now.subnets)
    live = tuple(network for network in now.networks if network in before.networks)
    return replace(now, networks=live if same_way else ())
