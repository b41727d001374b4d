"""Loads the demo provider into an empty database: the same company for the same seed and day."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from django.conf import settings
from django.db import transaction

from accounts.models import User
from inventory.models import CoreSwitch, ManagementNetwork, VCenter, Vlan
from provisioning.drift import check
from tenants.models import Network, Tenant, TenantStatus
from zcsp_portal.demo.accounts import ACCOUNTS, bind_customer, make_accounts
from zcsp_portal.demo.alerts import write_alerts
from zcsp_portal.demo.company import SWITCHES
from zcsp_portal.demo.devices import write_devices
from zcsp_portal.demo.inventory import Owned, usable_ids, write_inventory, write_vlans
from zcsp_portal.demo.lives import Addresses, TenantLife, midnight, tenant_lives
from zcsp_portal.demo.names import invented_names
from zcsp_portal.demo.planning import write_planning
from zcsp_portal.demo.pushes import push
from zcsp_portal.demo.replay import found_on_devices, replay
from zcsp_portal.demo.tenants import write_moves, write_tenants

_DISCOVERED = timedelta(days=41)


class NotEmpty(Exception):
    """The database holds something already: the demo is never mixed with it."""


@dataclass(frozen=True, slots=True)
class Loaded:
    switches: int
    tenants: int
    networks: int
    devices: int
    findings: int


def refuse_unless_empty() -> None:
    """Raises NotEmpty, naming what is there."""
    for model in (CoreSwitch, VCenter, ManagementNetwork, Tenant):
        if model._default_manager.exists():
            raise NotEmpty(
                f"The database is not empty (there are {model._meta.verbose_name_plural}): the demo loads into an "
                "empty database only."
            )
    taken = User.objects.filter(username__in=[account.username for account in ACCOUNTS]).values_list(
        "username", flat=True
    )
    if settings.DEBUG and taken:
        raise NotEmpty(f"An account named {taken[0]} exists: the demo loads into an empty database only.")


def load(*, seed: int, today: date) -> Loaded:
    """Write the whole demo. Accounts, and the few plans that they made, exist in development mode only.

    Raises NotEmpty.
    """
    refuse_unless_empty()
    with transaction.atomic():
        users = make_accounts() if settings.DEBUG else {}
        owned = write_inventory()
        tenants = _write_tenancy(owned, seed=seed, today=today, by=users.get("operator"))
        if users:
            bind_customer(users["customer"], _typical(tenants))
        write_planning(owned, today=today, by=users.get("manager"))
        written = write_devices(owned, tenants)
    # Devices, simulated ones too, are never called inside a transaction.
    if users:
        push(_newest(tenants), operator=users["operator"], approver=users["approver"])
    findings = sum(len(check(device)) for device in written.to_look_at)
    write_alerts(today=today, mail=settings.DEBUG and settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"))
    return Loaded(len(owned.switches), len(tenants), Network.objects.count(), written.devices, findings)


def _newest(tenants: list[Tenant]) -> list[Tenant]:
    """Those in onboarding behind the newest switch."""
    here = SWITCHES[-1].name
    return [t for t in tenants if t.status == TenantStatus.ONBOARDING and t.pod.switch.name == here]


def _write_tenancy(owned: Owned, *, seed: int, today: date, by: User | None) -> list[Tenant]:
    rng = Random(seed)  # noqa: S311  # a made-up history, not a secret
    names, addresses = iter(invented_names(2000, rng)), Addresses()
    hold, quarantine = timedelta(days=settings.HOLD_DAYS), timedelta(days=settings.QUARANTINE_DAYS)
    lives: list[TenantLife] = []
    vlans: dict[str, dict[int, Vlan]] = {}
    for switch in SWITCHES:
        here = tenant_lives(switch, names=names, today=today, hold_days=hold.days, addresses=addresses, rng=rng)
        row = owned.switches[switch.name]
        told = replay(here, usable=usable_ids(row), now=midnight(today), hold=hold, quarantine=quarantine)
        met = found_on_devices(switch.unclaimed, at=midnight(today) - _DISCOVERED)
        vlans[switch.name] = write_vlans(row, told.standing | met.standing)
        write_moves(told.moves + met.moves, vlans[switch.name], by=by)
        lives += here
    return write_tenants(lives, owned.pods, vlans)


def _typical(tenants: list[Tenant]) -> Tenant:
    """The tenant that the demo's customer signs in for."""
    return next(tenant for tenant in tenants if tenant.status == TenantStatus.ACTIVE)
