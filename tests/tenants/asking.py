"""An intake as a test asks for it: everything right unless the test says otherwise."""

from datetime import UTC, datetime
from typing import Any

from inventory.models import Pod
from tenants.models import NetworkRole, Tenant, WanKind
from tenants.onboarding import NetworkWish, WanWish, take_in

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PRODUCTION = NetworkWish(NetworkRole.FAILOVER_PRODUCTION)
TEST = NetworkWish(NetworkRole.FAILOVER_TEST)
EXTRA = NetworkWish(NetworkRole.EXTRA)


def intake(pod: Pod, name: str = "Acme", **changed: Any) -> Tenant:
    asked: dict[str, Any] = {
        "networks": [PRODUCTION, TEST],
        "wan": WanWish(WanKind.IPSEC, "198.51.100.7", nat=False),
        "customer_subnets": ["192.168.10.0/24"],
        "by": None,
        "now": NOW,
    }
    return take_in(name=name, pod=pod, **(asked | changed))
