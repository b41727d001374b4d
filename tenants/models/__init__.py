"""Tenants (ZORGs), their networks, how their sites reach the provider, and who may see them."""

from tenants.models.members import Membership
from tenants.models.networks import Network, NetworkRole, NetworkStatus
from tenants.models.tenants import Tenant, TenantStatus, validate_zorg_name
from tenants.models.wan import CustomerSubnet, WanConnection, WanKind
from tenants.models.zccs import Zcc

__all__ = [
    "CustomerSubnet",
    "Membership",
    "Network",
    "NetworkRole",
    "NetworkStatus",
    "Tenant",
    "TenantStatus",
    "WanConnection",
    "WanKind",
    "Zcc",
    "validate_zorg_name",
]
