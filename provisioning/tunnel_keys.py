"""Pre-shared keys of tenants' tunnels: made with the first plan for a tunnel, read only to sign in or to be told."""

import secrets

from provisioning.models import TunnelKey
from tenants.models import Tenant

KEY_BYTES = 32  # 256 bits: as much as the tunnel's cipher


def ensure_tunnel_key(tenant: Tenant) -> None:
    """Make the tenant's key, where it has none."""
    if not TunnelKey.objects.filter(tenant=tenant).exists():
        fresh = TunnelKey(tenant=tenant)
        fresh.set_key(secrets.token_urlsafe(KEY_BYTES))
        # Two plans at once: the first key stays, for it may be on its way to the firewall already.
        TunnelKey.objects.bulk_create([fresh], ignore_conflicts=True)


def tunnel_key_of(tenant_id: int | None) -> str:
    """The tenant's key; empty where it has none. Raises SecretUnreadable."""
    found = TunnelKey.objects.filter(tenant_id=tenant_id).first() if tenant_id else None
    return found.key() if found else ""
