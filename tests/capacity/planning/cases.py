"""Makes one core switch to weigh options for, in which every number is named or has a believable default."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from capacity.planning.ceiling import Bounds, Counts, VCenterRoom, ceiling
from capacity.planning.costs import Assumptions, Licence
from capacity.planning.demand import Demand, Flow, Known, Position, Room, Subject
from capacity.planning.forecast import forecast
from capacity.planning.options import Case, Elsewhere, Reclaimable
from capacity.planning.timeline import add_months
from inventory.models import RangePurpose
from inventory.ranges import Span

TODAY = date(2026, 11, 22)
CERTAIN = Assumptions(nsx_licence=Licence.OWNED, underlay_mtu=9000)


def flows(came: int, left: int, months: int) -> tuple[Flow, ...]:
    """The last complete months, each with as many who came and left."""
    first = add_months(date(2026, 11, 1), -months)
    return tuple(Flow(add_months(first, month), came, left) for month in range(months))


def a_case(
    customers: int = 500,
    *,
    per: int = 4,
    came: int = 8,
    left: int = 1,
    months: int = 24,
    sizes: Sequence[int] = (3, 4, 4, 4, 5),
    port_groups: int | None = None,
    bounds: Bounds | None = None,
    known: Sequence[Known] = (),
    assumptions: Assumptions = CERTAIN,
    elsewhere: Sequence[Elsewhere] = (),
    reclaimable: Reclaimable | None = None,
    pods: int = 1,
) -> Case:
    """4,000 usable IDs: 800 customers in theory, 600 in practice, who take ``per`` VLANs each."""
    vlans = customers * per
    vcenters = (VCenterRoom("vc-1", vlans if port_groups is None else port_groups, ("core-a",)),)
    numbers = ceiling(
        bounds=bounds or Bounds(),
        spans=[Span(RangePurpose.USABLE, 2, 4001)],
        counts=Counts(free=max(0, 4000 - vlans), allocated=vlans),
        customers=customers,
        networks=vlans,
        vcenters=vcenters,
    )
    subject = Subject(
        name="core-a",
        position=Position(customers, vlans),
        demand=Demand(flows(came, left, months), tuple(sizes), known=tuple(known)),
        room=Room(numbers.practical, numbers.limit * numbers.bounds.practical_percent // 100, numbers.limit),
    )
    (ahead,) = forecast([subject], today=TODAY)
    return Case(
        name="core-a",
        today=TODAY,
        ceiling=numbers,
        subject=subject,
        forecast=ahead,
        vcenters=vcenters,
        elsewhere=tuple(elsewhere),
        reclaimable=reclaimable or Reclaimable(),
        assumptions=assumptions,
        pods=pods,
    )


def assuming(case: Case, **changed: object) -> Case:
    return replace(case, assumptions=replace(case.assumptions, **changed))  # type: ignore[arg-type]
