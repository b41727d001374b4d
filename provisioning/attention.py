"""What of provisioning needs a hand now: counted in the database, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from provisioning.handoff import open_handoffs
from provisioning.models import (
    AuditFinding,
    Device,
    DriftFinding,
    DriftKind,
    Plan,
    PlanStatus,
    Run,
    RunStatus,
    Severity,
)
from tenants.models import Tenant

RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Attention:
    """``failed``: the last runs of tenants that no later run has put right. ``silent``: devices whose last contact
    failed. ``leaked``: objects that keep a released VLAN on a device. ``breaches``: critical and serious findings of
    the isolation audit. ``handoffs``: new tenants whose ZORG and ZCC wait for a person. What somebody accepted is not
    counted."""

    waiting_plans: int
    failed: list[Run]
    missing: int
    changed: int
    unknown: int
    leaked: int
    breaches: int
    silent: list[Device]
    handoffs: int

    @property
    def drifted(self) -> int:
        return self.missing + self.changed + self.unknown + self.leaked

    def __bool__(self) -> bool:
        return bool(self.waiting_plans or self.failed or self.drifted or self.breaches or self.silent or self.handoffs)


def attention(tenants: QuerySet[Tenant], *, now: datetime, shown: int = 5) -> Attention:
    """What to look at, of these tenants; lists are cut at ``shown``."""
    later = Run.objects.filter(plan__tenant=OuterRef("plan__tenant"), pk__gt=OuterRef("pk"))
    failed = Run.objects.filter(
        ~Exists(later),
        plan__tenant__in=tenants,
        status__in=(RunStatus.FAILED, RunStatus.REFUSED),
        finished_at__gte=now - RECENT,
    )
    by_kind = {kind.value: Count("pk", filter=Q(drift=kind)) for kind in DriftKind}
    found = DriftFinding.objects.open(now=now).filter(Q(tenant__in=tenants) | Q(tenant=None)).aggregate(**by_kind)
    breaches = AuditFinding.objects.filter(severity__in=(Severity.CRITICAL, Severity.SERIOUS))
    return Attention(
        breaches=breaches.filter(Q(tenants__in=tenants) | Q(tenants=None)).distinct().count(),
        waiting_plans=Plan.objects.filter(status=PlanStatus.PROPOSED, tenant__in=tenants).count(),
        failed=list(failed.select_related("plan__tenant")[:shown]),
        handoffs=open_handoffs(tenants).count(),
        silent=list(Device.objects.exclude(last_error="")[:shown]),
        **found,
    )
