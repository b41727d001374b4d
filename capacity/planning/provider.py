"""The whole provider as one case: its core switches added up."""

from collections.abc import Sequence
from dataclasses import fields

from capacity.planning.ceiling import Bounds, Ceiling, Counts, Limit, LimitKind, Step, Usable
from capacity.planning.demand import Subject, total
from capacity.planning.forecast import Forecast
from capacity.planning.options import Candidate, Case, Reclaimable
from capacity.planning.whatif import Live

NAME = "The whole provider"


def subject_of(cases: Sequence[Case]) -> Subject:
    return total([case.subject for case in cases], name="the-whole-provider")


def whole(cases: Sequence[Case], *, subject: Subject, forecast: Forecast) -> Live:
    """One case of at least one switch's; ``forecast`` is that of ``subject``, the sum of theirs."""
    vcenters = {vcenter.name: vcenter for case in cases for vcenter in case.vcenters}
    case = Case(
        name=NAME,
        today=cases[0].today,
        ceiling=_ceiling([case.ceiling for case in cases]),
        subject=subject,
        forecast=forecast,
        vcenters=tuple(vcenters.values()),
        reclaimable=_reclaimable([case.reclaimable for case in cases]),
        assumptions=cases[0].assumptions,
        pods=sum(case.pods for case in cases),
        switches=len(cases),
    )
    return Live(case, tuple(cases))


def _ceiling(parts: Sequence[Ceiling]) -> Ceiling:
    limit = sum(part.limit for part in parts)
    theoretical = sum(part.theoretical for part in parts)
    practical = sum(part.practical for part in parts)
    kinds = {part.binding.kind for part in parts}
    ids = sum(part.usable.ids for part in parts)
    return Ceiling(
        bounds=Bounds(
            vlans_per_tenant=round(limit / theoretical) if theoretical else parts[0].bounds.vlans_per_tenant,
            practical_percent=max(1, round(100 * practical / theoretical)) if theoretical else 100,
        ),
        counts=_counts([part.counts for part in parts]),
        usable=Usable(ids, (Step(f"what {len(parts)} core switches leave to tenants", ids, ids),)),
        limits=(
            Limit(
                kinds.pop() if len(kinds) == 1 else LimitKind.USABLE_IDS,
                limit,
                f"the binding limits of {len(parts)} core switches, added up",
            ),
        ),
        customers=sum(part.customers for part in parts),
        networks=sum(part.networks for part in parts),
    )


def _counts(parts: Sequence[Counts]) -> Counts:
    return Counts(**{field.name: sum(getattr(part, field.name) for part in parts) for field in fields(Counts)})


def _reclaimable(parts: Sequence[Reclaimable]) -> Reclaimable:
    def all_of(name: str) -> tuple[Candidate, ...]:
        return tuple(candidate for part in parts for candidate in getattr(part, name))

    return Reclaimable(*(all_of(field.name) for field in fields(Reclaimable)))
