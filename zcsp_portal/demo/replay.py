"""Replays the lives of all networks of a switch in order of time, so that each gets the ID that a real claim would
have given it (the lowest free one) and every VLAN ends in the state that its history leaves it in. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from inventory.models import VlanState
from tenants.models import TenantStatus
from zcsp_portal.demo.lives import NetworkLife, TenantLife

S = VlanState


@dataclass(frozen=True, slots=True)
class Moved:
    """One recorded step in a VLAN's life."""

    at: datetime
    vid: int
    before: VlanState
    after: VlanState
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a VLAN stands at the end."""

    state: VlanState
    until: datetime | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Replay:
    moves: list[Moved]
    standing: dict[int, Standing]


def replay(
    tenants: Iterable[TenantLife], *, usable: Iterable[int], now: datetime, hold: timedelta, quarantine: timedelta
) -> Replay:
    """Give every network its VLAN ID; return what moved before ``now`` and how each touched VLAN stands.

    Raises IndexError when the history needs more IDs than are usable.
    """
    free = list(usable)
    heapify(free)
    moves: list[Moved] = []
    standing: dict[int, Standing] = {}
    events = sorted(_events(tenants, quarantine), key=lambda event: event[:2])
    for at, _, network, before, after, why in events:
        if at >= now:
            continue
        if before == S.FREE:
            network.vid = heappop(free)
        if after == S.FREE:
            heappush(free, network.vid)
        moves.append(Moved(at, network.vid, before, after, why))
        standing[network.vid] = Standing(after, _end(after, at, hold, quarantine))
    return Replay(moves, standing)


Event = tuple[datetime, int, NetworkLife, VlanState, VlanState, str]


def _events(tenants: Iterable[TenantLife], quarantine: timedelta) -> Iterator[Event]:
    """Unordered; the number keeps networks that were claimed together in their order."""
    for number, (tenant, network) in enumerate((t, n) for t in tenants for n in t.networks):
        asked = "onboarding of" if network.claimed_at == tenant.taken_in_at else "further network of"
        yield network.claimed_at, number, network, S.FREE, S.HELD, f"{asked} {tenant.name}"
        if network.live_at:
            yield network.live_at, number, network, S.HELD, S.ALLOCATED, f"{tenant.name}: pushed and read back"
        elif network.gone_at:
            yield network.gone_at, number, network, S.HELD, S.FREE, f"onboarding of {tenant.name} withdrawn"
            continue
        if network.releasing_at:
            yield network.releasing_at, number, network, S.ALLOCATED, S.RELEASING, _why_removed(tenant, network)
        if network.gone_at:
            yield network.gone_at, number, network, S.RELEASING, S.QUARANTINED, f"{tenant.name}: removed and read back"
            yield network.gone_at + quarantine, number, network, S.QUARANTINED, S.FREE, "quarantine over"


def _why_removed(tenant: TenantLife, network: NetworkLife) -> str:
    if tenant.departed_on or tenant.status == TenantStatus.OFFBOARDING:
        return f"offboarding of {tenant.name}"
    return f"network of {tenant.name} removed"


def found_on_devices(vlans: Iterable[tuple[int, str]], *, at: datetime) -> Replay:
    """VLANs that a discovery met under names that no tenant bears."""
    vlans = list(vlans)
    return Replay(
        [Moved(at, vid, S.FREE, S.UNCLAIMED, f"found on a vCenter as {label}") for vid, label in vlans],
        {vid: Standing(S.UNCLAIMED, label=label) for vid, label in vlans},
    )


def _end(state: VlanState, at: datetime, hold: timedelta, quarantine: timedelta) -> datetime | None:
    return at + {S.HELD: hold, S.QUARANTINED: quarantine}[state] if state in (S.HELD, S.QUARANTINED) else None
