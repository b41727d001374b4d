"""The audit of a device, on a read that was made anyway, and of the portal's own data."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from django.utils import timezone

from inventory.models import Pod
from provisioning.audit import gathering, recording
from provisioning.audit.facts import Evidence, Found, Owner, TenantSite
from provisioning.audit.rules import asked_of, judge
from provisioning.drivers.protocol import DeviceState
from provisioning.models import Device, DeviceKind
from provisioning.models.audit_findings import AuditFinding, AuditRule, Severity
from tenants.models import Network, NetworkStatus, WanConnection, WanKind


def before_reading(device: Device) -> TenantSite | None:
    """What ``after_reading`` is given back, so that what changed during the read is not judged by it."""
    return gathering.site_of(device)


def after_reading(device: Device, state: DeviceState, before: TenantSite | None = None) -> list[AuditFinding]:
    """Judge what the device carries, and keep what was found. A kind that no rule is about stays not audited."""
    if not asked_of(DeviceKind(device.kind)):
        return []
    facts = gathering.gather(device, state, before=before)
    return recording.record(device, judge(Evidence(state, facts)), now=timezone.now())


# --- The portal's own data ------------------------------------------------------------------------

Given = tuple[int, int, str, int, str]  # switch, VLAN ID, port group, tenant and its name


def audit_the_portal() -> list[AuditFinding]:
    """What is wrong by the inventory itself, whatever the devices carry."""
    domain_of = gathering.domains_of(Pod.objects.values_list("switch_id", "dvs_id"))
    present = Network.objects.filter(vlan__isnull=False).exclude(status=NetworkStatus.REMOVED)
    given = list(
        present.values_list("vlan__switch_id", "vlan__vid", "port_group", "tenant_id", "tenant__name").order_by("pk")
    )
    found = [
        *given_twice(given, domain_of, gathering.domain_names(domain_of)),
        *given_from_management(given, domain_of, gathering.management_vlans(domain_of)),
        *_in_the_clear(),
    ]
    return recording.record(None, found, now=timezone.now())


def given_twice(given: list[Given], domain_of: Mapping[int, int], names: Mapping[int, str]) -> Iterator[Found]:
    """One VLAN ID given to two tenants on core switches that a distributed switch ties together. Pure.

    On one switch the database makes it impossible; pods on two switches that share a distributed switch do not
    share a table of VLANs, but they share the wire.
    """
    by_vlan: dict[tuple[int, int], list[Given]] = defaultdict(list)
    for one in given:
        by_vlan[domain_of.get(one[0], one[0]), one[1]].append(one)
    for (domain, vid), rows in by_vlan.items():
        owners = sorted({Owner(tenant, name) for *_, tenant, name in rows})
        if len(owners) > 1:
            listed = ", ".join(f"{port_group} ({name})" for _, _, port_group, _, name in rows)
            where = names.get(domain, str(domain))
            said = (
                f"VLAN {vid} was given twice: {listed}. A distributed switch ties {where} together, so it is one VLAN."
            )
            data = {"vlan": vid, "port_groups": sorted(row[2] for row in rows), "switches": where}
            yield Found(AuditRule.SHARED_VLAN, f"VLAN {vid} of {where}", Severity.CRITICAL, said, data, owners)


def given_from_management(
    given: list[Given], domain_of: Mapping[int, int], management: Mapping[tuple[int, int], str]
) -> Iterator[Found]:
    """A VLAN of the provider's own that a tenant was given. Pure."""
    for switch, vid, port_group, tenant, name in given:
        if what := management.get((domain_of.get(switch, switch), vid)):
            said = f"VLAN {vid} is {what}, and {port_group} of {name} is to be on it."
            data = {"vlan": vid, "port_group": port_group, "management": what}
            owner = (Owner(tenant, name),)
            yield Found(AuditRule.MANAGEMENT_VLAN, port_group, Severity.CRITICAL, said, data, owner)


def _in_the_clear() -> Iterator[Found]:
    """The database itself refuses a WAN over the bare internet; a row that came around it is found here."""
    for wan in WanConnection.objects.filter(kind=WanKind.INTERNET).select_related("tenant"):
        owner = Owner(wan.tenant_id, wan.tenant.name)
        said = f"{owner.name} is reached over the bare internet: nothing encrypts what Zerto sends."
        yield Found(AuditRule.CLEAR_WAN, owner.name, Severity.CRITICAL, said, {"wan": wan.kind}, (owner,))
