"""What a Zerto manager knows of a tenant, read over its API. Nothing is ever written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from inventory.secrets import SecretUnreadable
from provisioning.devices import refuse_inside_a_transaction
from provisioning.drivers.protocol import DeviceError, Facts, SignInRefused, Target
from provisioning.models import ZertoManager, ZertoProduct
from provisioning.zerto.api import Api
from provisioning.zerto.faults import not_as_expected
from tenants.models import Tenant

T = TypeVar("T")
SITES_TOLD = 10  # of the names that a test of the connection lists


@dataclass(frozen=True, slots=True)
class Seen:
    """``zorg``: whether a ZORG of that name is there; ``zorg_id``: its identifier there, or empty.

    ``networks``: the names of the networks (port groups) that its sites see; None where this product's API does not
    tell. ``said``: all of it in a sentence.
    """

    zorg: bool
    zorg_id: str
    networks: frozenset[str] | None
    said: str


def managers_for(tenant: Tenant) -> list[ZertoManager]:
    """Those of the vCenter of the tenant's pod, and those that are of no vCenter."""
    of_its_vcenter = Q(vcenter__distributed_switches__pods=tenant.pod_id)
    return list(ZertoManager.objects.filter(of_its_vcenter | Q(vcenter=None)).distinct())


def read_back(manager: ZertoManager, *, zorg: str) -> Seen:
    """What it says about the ZORG of that name. Raises DeviceError; either way its last contact is noted."""

    def look(api: Api) -> Seen:
        there = _zorg_called(zorg, _zorgs(api))
        networks = None if manager.product == ZertoProduct.ZCM else _networks(api)
        return Seen(
            zorg=there is not None,
            zorg_id=_text(there, "ZorgIdentifier") if there else "",
            networks=networks,
            said=_sentence(manager, zorg=zorg, there=there, networks=networks),
        )

    return _noted(manager, look)


def facts(manager: ZertoManager) -> Facts:
    """What a test of the connection finds. Raises DeviceError; its last contact and version are noted."""
    found = _noted(manager, _facts_of(manager))
    if found.version:
        ZertoManager.objects.filter(pk=manager.pk).update(software=found.version[:60])
    return found


def try_out(manager: ZertoManager) -> Facts:
    """The same, with the manager as it is given, and noted nowhere. Raises DeviceError."""
    return _in_session(manager, _facts_of(manager))


def _facts_of(manager: ZertoManager) -> Callable[[Api], Facts]:
    return _cloud_facts if manager.product == ZertoProduct.ZCM else _site_facts


def _noted(manager: ZertoManager, look: Callable[[Api], T]) -> T:
    stored = ZertoManager.objects.filter(pk=manager.pk)
    try:
        seen = _in_session(manager, look)
    except DeviceError as error:
        stored.update(last_error=str(error)[:500])
        raise
    stored.update(last_seen_at=timezone.now(), last_error="")
    return seen


def _in_session(manager: ZertoManager, look: Callable[[Api], T]) -> T:
    refuse_inside_a_transaction()
    with Api(_target_of(manager), product=manager.product) as api:
        return look(api)


def _target_of(manager: ZertoManager) -> Target:
    """Raises SignInRefused when no key opens the password."""
    try:
        password = manager.password()
    except SecretUnreadable as error:
        raise SignInRefused(f"{manager}: {error}") from error
    return Target(
        name=manager.name,
        address=manager.address,
        username=manager.username,
        password=password,
        tls=manager.tls,
        thumbprint=manager.thumbprint,
        ca_pem=manager.ca_pem,
        timeout_seconds=settings.DEVICE_TIMEOUT_SECONDS,
    )


def _zorgs(api: Api) -> list[dict[str, Any]]:
    return api.rows("/v1/zorgs", what="the list of ZORGs")


def _zorg_called(name: str, zorgs: list[dict[str, Any]]) -> dict[str, Any] | None:
    """As written, or else in other capitals: Zerto's own portal asks for it as written, so that is told."""
    same = [zorg for zorg in zorgs if _name(zorg).casefold() == name.casefold()]
    return next((zorg for zorg in same if _name(zorg) == name), same[0] if same else None)


def _name(zorg: dict[str, Any]) -> str:
    """ZVM calls it ``ZorgName``, ZCM ``Name``."""
    return _text(zorg, "ZorgName") or _text(zorg, "Name")


def _networks(api: Api) -> frozenset[str]:
    """Of all sites that it lists; one call a site."""
    names = set[str]()
    for site in _sites(api):
        what = f"the networks of {_site_name(site)}"
        identifier = _text(site, "SiteIdentifier")
        if not identifier:
            raise not_as_expected(where=api.where, what=what)
        rows = api.rows(f"/v1/virtualizationsites/{quote(identifier, safe='')}/networks", what=what)
        names |= {name for row in rows if (name := _text(row, "VirtualizationNetworkName"))}
    return frozenset(names)


def _sites(api: Api) -> list[dict[str, Any]]:
    return api.rows("/v1/virtualizationsites", what="the list of sites")


def _site_name(site: dict[str, Any]) -> str:
    return _text(site, "VirtualizationSiteName") or _text(site, "SiteName") or "a site without a name"


def _text(row: dict[str, Any], field: str) -> str:
    value = row.get(field)
    return value if isinstance(value, str) else ""


def _site_facts(api: Api) -> Facts:
    local = api.one("/v1/localsite", what="the local site")
    name = _text(local, "SiteName")
    details = [f"It is site {name}."] if name else []
    details += [_zorgs_told(api), _sites_told([_site_name(site) for site in _sites(api)])]
    return Facts("Zerto Virtual Manager", _text(local, "Version"), tuple(details))


def _cloud_facts(api: Api) -> Facts:
    """A ZCM tells no version of its own, but that of every site's ZVM."""
    sites = api.rows("/v1/sites", what="the list of sites")
    versions = {version for site in sites if (version := _text(site, "ZvmVersion"))}
    details = [_zorgs_told(api), _sites_told([_site_name(site) for site in sites])]
    if versions:
        details.append(f"Versions of their ZVMs: {', '.join(sorted(versions))}.")
    return Facts("Zerto Cloud Manager", "", tuple(details))


def _zorgs_told(api: Api) -> str:
    count = len(_zorgs(api))
    return f"It knows {count} ZORG{'' if count == 1 else 's'}."


def _sites_told(names: list[str]) -> str:
    if not names:
        return "It lists no site."
    more = f" and {len(names) - SITES_TOLD} more" if len(names) > SITES_TOLD else ""
    return f"Sites: {', '.join(sorted(names)[:SITES_TOLD])}{more}."


def _sentence(
    manager: ZertoManager, *, zorg: str, there: dict[str, Any] | None, networks: frozenset[str] | None
) -> str:
    if there is None:
        found = f"{manager} knows no ZORG called {zorg}"
    elif _name(there) == zorg:
        found = f"{manager} knows the ZORG {zorg} (identifier {_text(there, 'ZorgIdentifier') or 'not told'})"
    else:
        found = f"{manager} knows the ZORG {zorg}, but writes it {_name(there)}: customers type it as it is there"
    if networks is None:
        return f"{found}; this product does not tell which networks Zerto sees."
    return f"{found}; its sites see {len(networks)} network{'' if len(networks) == 1 else 's'}."
