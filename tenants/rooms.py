"""What the placement decides from, read from the database: three queries, however many pods and VLANs there are."""

from django.db.models import Count, OuterRef, Q, Subquery

from inventory.models import NsxManager, Pod, Vlan, VlanState, Vni
from tenants.models.tenants import GONE
from tenants.placement import PodRoom

NEVER_A_TENANTS = (VlanState.RESERVED, VlanState.INFRASTRUCTURE)


def pod_rooms() -> list[PodRoom]:
    """Every pod with its switch's free and usable VLANs and its own number of tenants."""
    counts = {
        row["switch"]: (row["free"], row["usable"])
        for row in Vlan.objects.order_by()
        .values("switch")
        .annotate(
            free=Count("pk", filter=Q(state=VlanState.FREE)),
            usable=Count("pk", filter=~Q(state__in=NEVER_A_TENANTS)),
        )
    }
    returned = Vni.objects.filter(pool__nsx=OuterRef("nsx"), state=VlanState.FREE).order_by().values("pool")
    pods = Pod.objects.select_related("switch", "nsx__vni_pool").annotate(
        present=Count("tenants", filter=~Q(tenants__status__in=GONE)),
        returned_vnis=Subquery(returned.annotate(count=Count("pk")).values("count")),
    )
    return [
        PodRoom(
            slug=pod.slug,
            name=pod.name,
            switch=pod.switch.name,
            switch_free=counts.get(pod.switch_id, (0, 0))[0],
            switch_usable=counts.get(pod.switch_id, (0, 0))[1],
            tenants=pod.present,
            accepts_tenants=pod.accepts_tenants and not pod.switch.is_archived,
            archived=pod.is_archived,
            vnis_left=_vnis_left(pod.nsx, returned=pod.returned_vnis or 0),
        )
        for pod in pods
    ]


def _vnis_left(nsx: NsxManager | None, *, returned: int) -> int | None:
    """Those that were never used and those that came back; None where the pod places tenants on VLANs."""
    if nsx is None:
        return None
    pool = nsx.vni_pool
    return max(0, pool.last - pool.next + 1) + returned
