"""Tenants (ZORGs), their networks and WAN connections; onboarding and offboarding."""
