"""The map of a switch's 4,094 VLAN IDs: 64 rows of 64, so that a row is one step of the upper six bits.

Drawn as one SVG path per state (runs of equal cells become one rectangle), with the tenants in a compact data island
for hover, keys and clicks; without JavaScript the legend's runs and the filter list remain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import FilteredRelation, Q
from django.urls import reverse

from capacity.planning.ceiling import runs
from inventory.models import CoreSwitch, Vlan, VlanState
from inventory.models.switches import LAST_VLAN_ID
from tenants.models import NetworkStatus

COLUMNS = 64
CELL = 10
RUNS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """One VLAN as the map needs it; ``tenant`` and ``slug`` are empty where nobody has it."""

    vid: int
    state: VlanState
    tenant: str = ""
    slug: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """All cells of one state: the path that draws them, how many they are, and their first runs in words."""

    state: VlanState
    path: str
    count: int
    runs: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at the left of the map: the first ID of a row, and where it stands."""

    vid: int
    y: float


def ticks() -> list[Tick]:
    """Every eighth row, so that the eye finds an ID by its first of 512."""
    return [Tick(row * COLUMNS, row * CELL + CELL * 0.8) for row in range(0, COLUMNS, 8)]


def cells(switch: CoreSwitch) -> list[Cell]:
    """Every VLAN of a switch with the tenant that has it: one query of values."""
    present = FilteredRelation("networks", condition=~Q(networks__status=NetworkStatus.REMOVED))
    rows = (
        Vlan.objects.filter(switch=switch)
        .alias(present=present)
        .order_by("vid")
        .values_list("vid", "state", "present__tenant__name", "present__tenant__slug", "present__role")
    )
    return [Cell(vid, VlanState(state), name or "", slug or "", role or "") for vid, state, name, slug, role in rows]


def layers(found: Sequence[Cell]) -> list[Layer]:
    """A layer per state, in the order of a VLAN's life; states that do not occur are left out."""
    by_state: dict[VlanState, list[int]] = {state: [] for state in VlanState}
    for cell in found:
        by_state[cell.state].append(cell.vid)
    return [_layer(state, vids) for state, vids in by_state.items() if vids]


def _layer(state: VlanState, vids: Sequence[int]) -> Layer:
    spoken = tuple(runs(vids))
    return Layer(state, path_of(vids), len(vids), spoken[:RUNS_SHOWN], max(0, len(spoken) - RUNS_SHOWN))


def path_of(vids: Sequence[int]) -> str:
    """An SVG path of rectangles, one per run of neighbours in a row; ``vids`` ascend."""
    parts: list[str] = []
    start = previous = -2
    for vid in [*vids, -2]:
        if vid != previous + 1 or vid % COLUMNS == 0:
            if start >= 0:
                width = (previous - start + 1) * CELL
                parts.append(f"M{start % COLUMNS * CELL} {start // COLUMNS * CELL}h{width}v{CELL}h-{width}z")
            start = vid
        previous = vid
    return "".join(parts)


def island(switch: CoreSwitch, found: Sequence[Cell]) -> dict[str, Any]:
    """What the script needs: a letter per ID for its state, and who has which (index into ``tenants``, then role)."""
    states = list(VlanState)
    letters = ["-"] * (LAST_VLAN_ID + 1)
    tenants: dict[str, int] = {}
    names: list[tuple[str, str]] = []
    roles: dict[str, int] = {}
    owners: dict[int, tuple[int, int]] = {}
    for cell in found:
        letters[cell.vid] = str(states.index(cell.state))
        if cell.slug:
            if cell.slug not in tenants:
                tenants[cell.slug] = len(names)
                names.append((cell.tenant, cell.slug))
            owners[cell.vid] = (tenants[cell.slug], roles.setdefault(cell.role, len(roles)))
    return {
        "columns": COLUMNS,
        "cell": CELL,
        "states": "".join(letters),
        "labels": [state.label for state in states],
        "tenants": names,
        "roles": list(roles),
        "owners": owners,
        "vlanUrl": reverse("capacity:vlan", args=[switch.slug, 0]),
        "tenantUrl": reverse("tenants:tenant", args=["SLUG"]),
    }
