"""The facts that a tenant's plan is made from: what it wants, and what it had once that leaked back onto devices."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from inventory.models import VlanState
from provisioning.drivers.protocol import Attributes, Kind, ObjectId
from provisioning.intent import NetworkFacts, TenantFacts, gather, intended_on
from provisioning.models import DeviceKind, DriftFinding, DriftKind
from tenants.models import Network, NetworkStatus, Tenant


def facts_about(tenant: Tenant) -> TenantFacts:
    """The tenant as its plan, and the approval of that plan, see it."""
    (facts,) = gather([tenant.pk])
    return replace(facts, leaked=frozenset(leaked_objects([tenant.pk]).values()))


def leaked_objects(tenants: Collection[int]) -> dict[int, tuple[DeviceKind, ObjectId]]:
    """By finding: what these tenants had, let go, and devices carry again, exactly as we named it.

    Only on VLANs that rest in quarantine, which nobody else can have been given, and only where everything that was
    found on the VLAN is the tenant's own of old: a plan may take that away. Three queries.
    """
    resting = DriftFinding.objects.filter(
        drift=DriftKind.LEAKED, tenant__in=tenants, vlan__state=VlanState.QUARANTINED, vlan__leaks__ended_at=None
    )
    vlans = set(resting.values_list("vlan", flat=True))
    if not vlans:
        return {}
    last = {network.vlan_id: network for network in _removed_from(vlans)}
    by_vlan: dict[int | None, list[DriftFinding]] = {}
    for finding in DriftFinding.objects.filter(vlan__in=vlans).select_related("device"):
        by_vlan.setdefault(finding.vlan_id, []).append(finding)
    return {
        finding.pk: (DeviceKind(finding.device.kind), ObjectId(Kind(finding.kind), finding.key))
        for vlan, findings in by_vlan.items()
        if vlan in last and last[vlan].tenant_id in tenants and _all_of(last[vlan], findings)
        for finding in findings
    }


def _removed_from(vlans: Collection[int | None]) -> Iterable[Network]:
    """Every network that one of these VLANs carried; of each VLAN the last comes last."""
    gone = Network.objects.filter(vlan__in=vlans, status=NetworkStatus.REMOVED).order_by("removed_on", "pk")
    return gone.select_related("vlan", "tenant__pod__dvs", "tenant__pod__switch")


def _all_of(network: Network, findings: Iterable[DriftFinding]) -> bool:
    """Whether all that was found on the VLAN is what we made for this network."""
    made = _made_for(network)
    return all(
        finding.drift == DriftKind.LEAKED
        and finding.tenant_id == network.tenant_id
        and _is_ours(finding, made.get(DeviceKind(finding.device.kind), {}))
        for finding in findings
    )


def _is_ours(finding: DriftFinding, made: Mapping[ObjectId, Attributes]) -> bool:
    """The name of a VLAN and the VLAN of a port group say whose it is; its security settings do not."""
    ours = made.get(ObjectId(Kind(finding.kind), finding.key))
    found = finding.found or {}
    return ours is not None and all(found.get(name) == ours.get(name) for name in ("name", "vlan_id"))


def _made_for(network: Network) -> dict[DeviceKind, Mapping[ObjectId, Attributes]]:
    assert network.vlan is not None
    pod = network.tenant.pod
    once = NetworkFacts(network.pk, network.vlan.vid, network.port_group, NetworkStatus.LIVE)
    facts = TenantFacts(network.tenant_id, network.tenant.name, pod.dvs.name, pod.trunk_port, (once,))
    return {kind: intended_on(kind, facts).present for kind in (DeviceKind.CORE_SWITCH, DeviceKind.VCENTER)}
