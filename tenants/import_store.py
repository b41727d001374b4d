"""The database's side of an import: what is here, and writing what was judged fine. All in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from inventory.allocation import lock, move
from inventory.models import ManagementNetwork, Pod, Vlan, VlanState
from inventory.prefixes import parse_prefix
from tenants.import_file import Row, decode, read
from tenants.importing import (
    Intake,
    Judgement,
    KnownNetwork,
    KnownPod,
    KnownTenant,
    KnownVlan,
    World,
    judge,
    pods_named,
)
from tenants.models import CustomerSubnet, Network, NetworkRole, NetworkStatus, Tenant, TenantStatus, WanConnection
from tenants.models.tenants import GONE
from tenants.onboarding import RESERVED_SLUGS, free_slug, gateway_of
from tenants.trail import record_created

BATCH = 500


def import_file(raw: bytes, *, commit: bool, by: User | None, now: datetime) -> Judgement:
    """Judge every row of a CSV file and, with ``commit`` and nothing wrong, apply them all in one transaction.

    Raises Unreadable when the file as a whole cannot be read.
    """
    rows = read(decode(raw))
    with transaction.atomic():
        judgement = judge(rows, gather(rows, locked=commit), today=timezone.localdate(now))
        if commit and judgement.is_fine:
            apply(judgement.intakes, by=by)
    return judgement


def gather(rows: Sequence[Row], *, locked: bool) -> World:
    """What is here that the rows can touch. ``locked``: the VLANs of the switches concerned stay as they are until
    the transaction ends, locked in ascending order like every claim."""
    pods = _pods(rows)
    switches = {pod.switch for pod in pods.values()}
    vlans = Vlan.objects.filter(switch__in=switches).order_by("switch", "vid")
    if locked:
        vlans = lock(vlans)
    owners = dict(
        Network.objects.filter(vlan__switch__in=switches)
        .exclude(status=NetworkStatus.REMOVED)
        .values_list("vlan", "tenant__name")
    )
    return World(
        pods=pods,
        tenants=_tenants(),
        vlans={
            (switch, vid): KnownVlan(VlanState(state), label, owners.get(key, ""))
            for key, switch, vid, state, label in vlans.values_list("pk", "switch", "vid", "state", "label")
        },
        port_groups=frozenset(
            (dvs, name.lower())
            for dvs, name in Network.objects.exclude(status=NetworkStatus.REMOVED).values_list(
                "tenant__pod__dvs", "port_group"
            )
        ),
    )


def _pods(rows: Sequence[Row]) -> dict[str, KnownPod]:
    named = pods_named(rows)
    provider = [
        (n.pod_id, (f"the provider's {n.name} ({n.prefix})", parse_prefix(n.prefix)))
        for n in ManagementNetwork.objects.filter(archived_at=None)
    ]
    known: dict[str, KnownPod] = {}
    for pod in Pod.objects.select_related("switch").filter(Q(name__in=named) | Q(slug__in=named)):
        found = KnownPod(
            key=pod.pk,
            switch=pod.switch_id,
            switch_name=pod.switch.name,
            dvs=pod.dvs_id,
            provider=tuple(prefix for where, prefix in provider if where in (None, pod.pk)),
            is_archived=pod.is_archived,
        )
        known |= {pod.slug: found, pod.name: found}
    return known


def _tenants() -> dict[str, KnownTenant]:
    networks: dict[int, list[KnownNetwork]] = {}
    present = Network.objects.exclude(status=NetworkStatus.REMOVED).exclude(tenant__status__in=GONE)
    for tenant, vid, role, name, prefix in present.values_list("tenant", "vlan__vid", "role", "port_group", "prefix"):
        networks.setdefault(tenant, []).append(KnownNetwork(vid, NetworkRole(role), name, prefix))
    subnets: dict[int, list[str]] = {}
    for tenant, prefix in CustomerSubnet.objects.exclude(tenant__status__in=GONE).values_list("tenant", "prefix"):
        subnets.setdefault(tenant, []).append(prefix)
    return {
        tenant.name.lower(): KnownTenant(
            key=tenant.pk,
            name=tenant.name,
            pod=tenant.pod_id,
            is_active=tenant.status == TenantStatus.ACTIVE,
            networks=tuple(networks.get(tenant.pk, ())),
            subnets=tuple(parse_prefix(prefix) for prefix in subnets.get(tenant.pk, ())),
            values=_values(tenant, subnets.get(tenant.pk, [])),
        )
        for tenant in Tenant.objects.exclude(status__in=GONE).select_related("wan")
    }


def _values(tenant: Tenant, subnets: Sequence[str]) -> dict[str, str]:
    """What is stored, in the file's words, for the columns that are about the tenant."""
    wan = getattr(tenant, "wan", None)
    return {
        "onboarded_on": tenant.onboarded_on.isoformat() if tenant.onboarded_on else "",
        "wan": wan.kind if wan else "",
        "remote_gateway": (wan.remote_gateway or "") if wan else "",
        "customer_subnets": ";".join(sorted(subnets)),
        "nat": "no",
    }


def apply(intakes: Sequence[Intake], *, by: User | None) -> None:
    """Write what was judged fine. Raises when anything stands against it; the caller's transaction then undoes all."""
    tenants = _make_tenants([intake for intake in intakes if intake.tenant is None])
    tenants |= Tenant.objects.in_bulk(
        [intake.tenant for intake in intakes if intake.tenant is not None and intake.tenant not in tenants]
    )
    by_name = {tenant.name.lower(): tenant for tenant in tenants.values()}
    vlans = _vlans(intakes)
    made: dict[type[Any], list[Any]] = {Network: [], WanConnection: [], CustomerSubnet: []}
    for intake in intakes:
        tenant = by_name[intake.name.lower()]
        held = [vlans[intake.pod.switch, network.vid] for network in intake.networks]
        move(held, to=VlanState.ALLOCATED, by=by, why=f"import of {tenant}", label="")
        for row in _rows(intake, tenant, vlans):
            made[type(row)].append(row)
    for model, rows in made.items():
        model._default_manager.bulk_create(rows, batch_size=BATCH)
    new = [by_name[intake.name.lower()] for intake in intakes if intake.tenant is None]
    record_created([*new, *(row for rows in made.values() for row in rows)], by=by)


def _make_tenants(intakes: Sequence[Intake]) -> dict[int, Tenant]:
    taken = set(Tenant.objects.values_list("slug", flat=True)) | RESERVED_SLUGS if intakes else set()
    tenants = []
    for intake in intakes:
        slug = intake.name.lower()
        slug = free_slug(slug, taken) if slug in taken else slug
        taken.add(slug)
        tenants.append(
            Tenant(
                name=intake.name,
                slug=slug,
                pod_id=intake.pod.key,
                status=TenantStatus.ACTIVE,
                onboarded_on=intake.onboarded_on,
            )
        )
    return {tenant.pk: tenant for tenant in Tenant.objects.bulk_create(tenants, batch_size=BATCH)}


def _vlans(intakes: Sequence[Intake]) -> dict[tuple[int, int], Vlan]:
    wanted: dict[int, list[int]] = {}
    for intake in intakes:
        wanted.setdefault(intake.pod.switch, []).extend(network.vid for network in intake.networks)
    return {
        (switch, vlan.vid): vlan
        for switch, vids in wanted.items()
        for chunk in _chunks(sorted(vids))
        for vlan in Vlan.objects.filter(switch=switch, vid__in=chunk)
    }


def _chunks(values: Sequence[int]) -> Iterator[list[int]]:
    rest = iter(values)
    while chunk := list(islice(rest, BATCH)):
        yield chunk


def _rows(
    intake: Intake, tenant: Tenant, vlans: dict[tuple[int, int], Vlan]
) -> Iterator[Network | WanConnection | CustomerSubnet]:
    for network in intake.networks:
        yield Network(
            tenant=tenant,
            role=network.wish.role,
            vlan=vlans[intake.pod.switch, network.vid],
            port_group=network.port_group,
            prefix=str(parse_prefix(network.wish.prefix)) if network.wish.prefix else "",
            status=NetworkStatus.LIVE,
            live_on=intake.onboarded_on,
        )
    if intake.wan is not None:
        yield WanConnection(tenant=tenant, kind=intake.wan.kind, remote_gateway=gateway_of(intake.wan))
        for prefix in intake.subnets:
            yield CustomerSubnet(tenant=tenant, prefix=prefix)
