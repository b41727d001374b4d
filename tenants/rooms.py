"""What the placement decides from, read from the database: three queries, however many pods and VLANs there are."""

from django.db.models import Count, Q

from inventory.models import Pod, Vlan, VlanState
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
    pods = Pod.objects.select_related("switch").annotate(present=Count("tenants", filter=~Q(tenants__status__in=GONE)))
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
        )
        for pod in pods
    ]
