"""Leaked VLANs: while a device carries one, nobody is given it; once no device does, it goes on with its life."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from inventory.allocation import lock, move, set_quarantine_end
from inventory.models import Vlan, VlanState
from provisioning.drift.carried import switches_of
from provisioning.drift.comparing import Difference
from provisioning.drivers.protocol import Kind
from provisioning.models import Device, Leak
from tenants.life import quarantine_end

MAY_LEAK = (VlanState.FREE, VlanState.QUARANTINED, VlanState.UNCLAIMED, VlanState.RELEASING)


def begin_leaks(device: Device, leaking: Sequence[Difference], *, now: datetime) -> set[int]:
    """Take what leaked out of circulation: a free VLAN becomes unclaimed, and a quarantine loses its end.

    Returns the rows that leak indeed: a VLAN that was claimed since the device was read does not. Call it inside a
    transaction.
    """
    if not leaking:
        return set()
    rows = lock(Vlan.objects.filter(pk__in={one.vlan_id for one in leaking}).order_by("switch", "vid"))
    vlans = [vlan for vlan in rows if vlan.state in MAY_LEAK]
    was = {vlan.pk: vlan.state for vlan in vlans}
    free = [vlan for vlan in vlans if vlan.state == VlanState.FREE]
    names = _names(leaking)
    move(free, to=VlanState.UNCLAIMED, by=None, why=f"leaked: free here, and {device} carries it")
    renamed = [vlan for vlan in vlans if vlan.state == VlanState.UNCLAIMED and names.get(vlan.pk, vlan.label)]
    for vlan in renamed:
        vlan.label = names.get(vlan.pk, vlan.label)[:120]
    Vlan.objects.bulk_update(renamed, ["label"], batch_size=500)
    set_quarantine_end(Vlan.objects.filter(pk__in=was, state=VlanState.QUARANTINED), None)
    _note(was, {one.vlan_id: one.tenant_id for one in leaking}, now=now)
    return set(was)


def _names(leaking: Iterable[Difference]) -> dict[int | None, str]:
    """What each VLAN is called where it was found: its port group's name rather than its own."""
    names: dict[int | None, str] = {}
    for one in leaking:
        if one.id.kind == Kind.PORT_GROUP:
            names[one.vlan_id] = one.id.key.partition("/")[2]
        elif one.id.kind == Kind.VLAN and one.found:
            names.setdefault(one.vlan_id, str(one.found.get("name", "")))
    return {vlan: name for vlan, name in names.items() if name}


def _note(was: Mapping[int, str], tenants: Mapping[int | None, int | None], *, now: datetime) -> None:
    known = set(Leak.objects.filter(vlan__in=was, ended_at=None).values_list("vlan", flat=True))
    new = [pk for pk in was if pk not in known]
    rows = [Leak(vlan_id=pk, was=was[pk], tenant_id=tenants.get(pk), found_at=now) for pk in new]
    Leak.objects.bulk_create(rows, batch_size=500)


def end_leaks(device: Device, *, now: datetime) -> None:
    """End the leaks that no device shows any more: what was unclaimed is free, a quarantine begins anew."""
    present = Leak.objects.filter(ended_at=None, vlan__switch__in=switches_of(device), vlan__leaking=None)
    over = {leak.vlan_id: leak for leak in present}
    if not over:
        return
    rows = list(lock(Vlan.objects.filter(pk__in=over).order_by("switch", "vid")))
    gone = [vlan for vlan in rows if vlan.state == VlanState.UNCLAIMED]
    move(gone, to=VlanState.FREE, by=None, why="the leak is over: read back gone")
    resting = Vlan.objects.filter(pk__in=over, state=VlanState.QUARANTINED, until=None)
    set_quarantine_end(resting, quarantine_end(now))
    Leak.objects.filter(pk__in=[leak.pk for leak in over.values()]).update(ended_at=now)


def leave_unclaimed(vlan: Vlan, *, now: datetime) -> None:
    """A person knows of it: no leak any more, and it waits among the unclaimed VLANs for its tenant."""
    Leak.objects.filter(vlan=vlan, ended_at=None).update(ended_at=now)
