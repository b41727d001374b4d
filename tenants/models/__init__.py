"""Tenants (ZORGs), their networks, how their sites reach the provider, and who may see them."""

from tenants.models.members import Membership
from tenants.models.networks import Network, NetworkRole, NetworkStatus
from tenants.models.tenants import Tenant, TenantStatus, validate_zorg_name
from tenants.models.wan import CustomerSubnet, WanConnection, WanKind

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
    "validate_zorg_name",
]
