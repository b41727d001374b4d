"""The main job, end to end, against a simulated vCenter's real API: what `make lab` and the acceptance test play.

A provider's 500 port groups are discovered, its list of 300 customers imported, and 50 new tenants onboarded: taken
in, planned, approved by somebody else, pushed by a Celery worker over Redis. Then another vSphere session judges.
Redis and the worker are the caller's to start.
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from inventory.models import VlanState
from lab.independent import everything, signed_in, snapshot, vim
from lab.provider import Provider, existing_groups, fill, set_up, write_list
from lab.simulators import Simulator
from provisioning.approval import approve
from provisioning.discovery import Discovery, discover
from provisioning.models import Run, RunStatus
from provisioning.models.runs import OPEN_RUNS
from provisioning.planning import make_plan
from tenants.models import Network, NetworkRole, Tenant, TenantStatus, WanKind
from tenants.onboarding import NetworkWish, WanWish, take_in

NEWCOMERS = 50
PUSH_SECONDS = 300.0
POLL_SECONDS = 0.25
BOTH = (NetworkRole.FAILOVER_PRODUCTION, NetworkRole.FAILOVER_TEST)
WITH_REPLICATION = (*BOTH, NetworkRole.REPLICATION)
FIVE = (*WITH_REPLICATION, NetworkRole.EXTRA, NetworkRole.EXTRA)

Say = Callable[[str], None]


class WentWrong(Exception):
    """The scenario did not end as it must; the message says where."""


@dataclass(frozen=True, slots=True)
class Played:
    """What happened: the two discoveries, the vCenter before the portal's first write, and the new tenants."""

    first_look: Discovery
    second_look: Discovery
    before: dict[str, str]
    newcomers: Sequence[Tenant]
    runs: Sequence[Run]


def play(simulator: Simulator, *, say: Say) -> Played:
    """Go through all of it on an empty database, with a worker already waiting. Raises WentWrong."""
    with signed_in(simulator) as content:
        fill(content)
        before = snapshot(content)
    count = sum(map(len, existing_groups().values()))
    say(f"A session that is not ours made {count} port groups on {simulator.address}.")
    provider = set_up(simulator)
    first = _look(provider, say)
    _import(say)
    second = _look(provider, say)
    runs = onboard(provider, count=NEWCOMERS, say=say)
    wait_for(runs, say=say)
    newcomers = Tenant.objects.filter(plans__run__in=runs).order_by("name")
    return Played(first, second, before, list(newcomers), runs)


def _look(provider: Provider, say: Say) -> Discovery:
    found = discover(device=provider.vcenter, by=provider.operator, now=timezone.now())
    totals = ", ".join(f"{count} {verdict}" for verdict, count in found.totals.items())
    say(f"Discovered {len(found.findings)} port groups: {totals}.")
    return found


def _import(say: Say) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.csv"
        write_list(path)
        out = StringIO()
        call_command("import_inventory", str(path), commit=True, stdout=out)
    say(f"Imported the list of customers: {out.getvalue().splitlines()[-1]}")


def onboard(provider: Provider, *, count: int, say: Say) -> list[Run]:
    """Take in, plan and approve new tenants as the screens do, in both pods, with 2, 3 and 5 networks."""
    began, runs = time.monotonic(), []
    for number in range(count):
        roles = (BOTH, WITH_REPLICATION, FIVE)[number % 3]
        tenant = take_in(
            name=f"Osprey{number:03}",
            pod=provider.pods[number % len(provider.pods)],
            networks=[NetworkWish(role) for role in roles],
            wan=WanWish(WanKind.IPSEC, f"203.0.113.{number + 1}", nat=False),
            customer_subnets=[f"192.168.{number}.0/24"],
            by=provider.operator,
            now=timezone.now(),
        )
        plan = make_plan(tenant=tenant, by=provider.operator)
        run = approve(plan=plan, plan_hash=plan.hash, by=provider.approver)
        assert run, "a newcomer's plan reaches no further than one approver may let it"
        runs.append(run)
    say(f"Took in, planned and approved {count} tenants in {time.monotonic() - began:.1f} s.")
    return runs


def wait_for(runs: Sequence[Run], *, say: Say, seconds: float = PUSH_SECONDS) -> None:
    """Until the worker has ended every run. Raises WentWrong when one did not succeed, or time is up."""
    began, keys = time.monotonic(), [run.pk for run in runs]
    while still_open := Run.objects.filter(pk__in=keys, status__in=OPEN_RUNS).count():
        if time.monotonic() - began > seconds:
            raise WentWrong(f"{still_open} of {len(runs)} runs did not end within {seconds:.0f} s.")
        time.sleep(POLL_SECONDS)
    for run in Run.objects.filter(pk__in=keys).exclude(status=RunStatus.SUCCEEDED):
        raise WentWrong(f"{run} of {run.plan.tenant} is {run.get_status_display()}: {run.message}")
    say(f"The worker pushed and read back {len(runs)} runs; the last ended {time.monotonic() - began:.1f} s later.")


def complaints(simulator: Simulator, played: Played) -> list[str]:
    """All that is not as intended, seen by a session that shares no code with the driver; empty when all is well."""
    with signed_in(simulator) as content:
        after = snapshot(content)
        configs = {group.name: group.config for group in everything(content, vim.dvs.DistributedVirtualPortgroup)}
        switches = {switch: switch.name for switch in everything(content, vim.DistributedVirtualSwitch)}
    networks = list(Network.objects.filter(tenant__in=played.newcomers).select_related("vlan", "tenant__pod__dvs"))
    intended = {network.port_group: network for network in networks}
    found = [f"{name} was touched" for name, text in played.before.items() if after.get(name, text) != text]
    found += [f"{name} is gone" for name in played.before.keys() - after.keys()]
    new = after.keys() - played.before.keys()
    found += [f"{name} is there, and nobody intended it" for name in new - intended.keys()]
    found += [f"{name} is missing" for name in intended.keys() - after.keys()]
    for name, network in intended.items():
        if name in configs:
            found += [f"{name}: {wrong}" for wrong in _wrong_about(configs[name], switches, network)]
    found += _disagreements(played.newcomers, networks)
    return sorted(found)


def _wrong_about(config: Any, switches: Mapping[Any, str], network: Network) -> list[str]:
    """How one port group differs from what its network is to have."""
    vlan, policy = config.defaultPortConfig.vlan, config.defaultPortConfig.macManagementPolicy
    seen = {
        "VLAN": (vlan.vlanId, network.number),
        "VLAN inherited": (vlan.inherited, False),
        "switch": (switches[config.distributedVirtualSwitch], network.tenant.pod.dvs.name),
        "binding": (config.type, "earlyBinding"),
        "ports": ((config.numPorts, config.autoExpand), (8, True)),
        "promiscuous": (policy.allowPromiscuous, False),
        "forged transmits": (policy.forgedTransmits, False),
        "MAC changes": (policy.macChanges, False),
        "policy inherited": (policy.inherited, False),
    }
    return [f"{what} is {is_} instead of {shall}" for what, (is_, shall) in seen.items() if is_ != shall]


def _disagreements(newcomers: Sequence[Tenant], networks: Sequence[Network]) -> list[str]:
    """Where the portal's own records do not say what the vCenter says."""
    found = [f"{one} is {one.get_status_display()}" for one in newcomers if one.status != TenantStatus.ACTIVE]
    found += [
        f"{one.carrier} of {one} is {one.carrier.state}" for one in networks if one.carrier.state != VlanState.ALLOCATED
    ]
    taken = {vid for groups in existing_groups().values() for vid in groups.values()}
    found += [f"{one} was given VLAN {one.number}, which was in use" for one in networks if one.number in taken]
    if len({one.vlan_id for one in networks}) != len(networks):
        found.append("one VLAN was given twice")
    return found
