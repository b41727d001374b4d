"""Which pod a new tenant goes to: a proposal by headroom, with its reason in words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PodRoom:
    """What decides about a pod. VLANs are counted per core switch, so pods of one switch share the two figures.

    ``vnis_left``: of a pod that places tenants on VXLAN, where they take VNIs and none of those VLANs; else None.
    """

    slug: str
    name: str
    switch: str
    switch_free: int
    switch_usable: int
    tenants: int
    accepts_tenants: bool = True
    archived: bool = False
    vnis_left: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pod, and why this one."""

    slug: str
    name: str
    reason: str


def propose(pods: Sequence[PodRoom], *, needed: int = 2) -> Proposal | None:
    """The open pod behind the core switch with the most free VLANs; among that switch's pods the emptiest.

    ``needed``: how many VLANs the tenant will take. VXLAN has room for millions at a licence price, so pods of it come
    only when no open pod's switch has that many VLANs. None when there is no room at all.
    """
    open_pods = [pod for pod in pods if pod.accepts_tenants and not pod.archived]
    on_vlans = [pod for pod in open_pods if pod.vnis_left is None]
    able = [pod for pod in on_vlans if pod.switch_free >= needed]
    if not able:
        return _on_vxlan(open_pods, needed=needed)
    best = min(able, key=lambda pod: (-pod.switch_free, pod.switch, pod.tenants, pod.name))
    return Proposal(slug=best.slug, name=best.name, reason=f"{_of_switch(best, on_vlans)}; {_of_pod(best, on_vlans)}.")


def _on_vxlan(open_pods: Sequence[PodRoom], *, needed: int) -> Proposal | None:
    """The emptiest pod that places tenants on VXLAN and has VNIs left."""
    able = [pod for pod in open_pods if pod.vnis_left is not None and pod.vnis_left >= needed]
    if not able:
        return None
    best = min(able, key=lambda pod: (pod.tenants, pod.name))
    return Proposal(
        slug=best.slug,
        name=best.name,
        reason=f"no open pod's core switch has {needed} free VLANs; {best.name} places tenants on VXLAN, with "
        f"{best.vnis_left:,} VNIs left and {best.tenants:,} tenant{'' if best.tenants == 1 else 's'}.",
    )


def _of_switch(best: PodRoom, open_pods: Sequence[PodRoom]) -> str:
    said = f"{best.switch} has {best.switch_free:,} free of {best.switch_usable:,} usable VLANs"
    free = {pod.switch: pod.switch_free for pod in open_pods}
    if len(free) == 1:
        return f"{said} and is the only core switch with an open pod"
    equal = sum(1 for figure in free.values() if figure == best.switch_free)
    return f"{said}, {'most' if equal == 1 else 'as many as any'} of the {len(free)} core switches"


def _of_pod(best: PodRoom, open_pods: Sequence[PodRoom]) -> str:
    beside = [pod for pod in open_pods if pod.switch == best.switch and pod.slug != best.slug]
    tenants = f"{best.tenants:,} tenant{'' if best.tenants == 1 else 's'}"
    if not beside:
        return f"{best.name} is its only open pod, with {tenants}"
    if min(pod.tenants for pod in beside) == best.tenants:
        return f"{best.name} has {tenants}, no more than any of its pods"
    return f"{best.name} has the fewest tenants of its pods ({best.tenants:,})"
