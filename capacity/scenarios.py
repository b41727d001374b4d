"""What people do with scenarios: save, duplicate, remove, and reckon them on top of the live data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from accounts.models import User
from capacity.models import Scenario, ScenarioEvent
from capacity.outlook import Outlook, outlooks
from capacity.planning.advice import Advice, advise
from capacity.planning.forecast import forecast
from capacity.planning.provider import subject_of, whole
from capacity.planning.whatif import Live, Result, WhatIf, evaluate, one_switch
from capacity.planning.whatif_words import in_one_line, notes
from capacity.remembering import each_remembered, key_of, remembered
from inventory.editing import EditedMeanwhile, LastEdit
from inventory.models import CoreSwitch

MOST_COMPARED = 4
NAME_LENGTH = 80


class NameTaken(Exception):
    """Another scenario has this name."""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A what-if with what follows from it, beside the live forecast of the same switch."""

    name: str
    effect: str
    live: Live
    result: Result
    advice: Advice
    notes: tuple[str, ...] = ()


def save(
    *, scenario: Scenario | None, name: str, switch: CoreSwitch | None, what_if: WhatIf, version: int, by: User
) -> Scenario:
    """Store a new scenario (None), or the edit of one. ``version``: the edit number that the person saw.

    Raises NameTaken, and EditedMeanwhile where the scenario is no longer what the person saw.
    """
    try:
        with transaction.atomic():
            stored = Scenario(made_by=by) if scenario is None else _locked(scenario, version)
            if Scenario.objects.filter(name__iexact=name).exclude(pk=stored.pk).exists():
                raise NameTaken
            _fill(stored, name=name, switch=switch, what_if=what_if, by=by)
            return stored
    except IntegrityError as error:
        # Two people at once: the other one's row was stored between our look and our write.
        raise NameTaken from error


def _locked(scenario: Scenario, version: int) -> Scenario:
    stored = Scenario.objects.select_for_update(of=("self",)).select_related("changed_by").filter(pk=scenario.pk)
    found = stored.first()
    if found is None:
        raise EditedMeanwhile(None)
    if found.version != version:
        raise EditedMeanwhile(LastEdit(str(found.changed_by or "somebody"), found.changed_at, ()))
    found.version += 1
    return found


def _fill(stored: Scenario, *, name: str, switch: CoreSwitch | None, what_if: WhatIf, by: User) -> None:
    stored.name, stored.switch, stored.changed_by = name, switch, by
    stored.growth = Decimal(f"{what_if.growth:.2f}")
    size = what_if.vlans_per_tenant
    stored.vlans_per_tenant = None if size is None else Decimal(f"{size:.1f}")
    stored.practical_percent = what_if.practical_percent
    stored.save()
    stored.events.all().delete()
    ScenarioEvent.objects.bulk_create(
        ScenarioEvent(scenario=stored, kind=e.kind.value, on=e.on, customers=e.customers, vlans=e.vlans)
        for e in what_if.events
    )


def duplicate(scenario: Scenario, *, by: User) -> Scenario:
    """A copy under a name and an address of its own."""
    with transaction.atomic():
        taken = set(Scenario.objects.filter(name__startswith=scenario.name[:60]).values_list("name", flat=True))
        return save(
            scenario=None,
            name=_copy_name(scenario.name, taken),
            switch=scenario.switch,
            what_if=scenario.what_if(),
            version=0,
            by=by,
        )


def _copy_name(name: str, taken: set[str]) -> str:
    lowered = {other.lower() for other in taken}
    stem = name[: NAME_LENGTH - 12].rstrip()
    candidates = (f"{stem} (copy{f' {number}' if number > 1 else ''})" for number in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate.lower() not in lowered)


def remove(scenario: Scenario, *, version: int) -> None:
    """Remove a scenario for good. Raises EditedMeanwhile where it is no longer what the person saw."""
    with transaction.atomic():
        _locked(scenario, version).delete()


class LiveData:
    """The live outlook, gathered once for a page; the sum of all switches only where it is asked for."""

    def __init__(self, *, today: date, found: Sequence[Outlook] | None = None) -> None:
        self.today = today
        self._outlooks = outlooks(today=today) if found is None else list(found)
        self._whole: Live | None = None

    @property
    def is_empty(self) -> bool:
        """No core switch in use: there is nothing to suppose anything about."""
        return not self._outlooks

    def of(self, switch: CoreSwitch | None) -> Live | None:
        """One switch, or the whole provider (None); None where the switch is no longer in use."""
        if switch is None:
            return self._provider() if self._outlooks else None
        return next((one_switch(one.case) for one in self._outlooks if one.switch.pk == switch.pk), None)

    def of_slug(self, slug: str) -> Live | None:
        """The same by the switch's slug; the whole provider where it is empty."""
        if not slug:
            return self.of(None)
        return next((one_switch(one.case) for one in self._outlooks if one.switch.slug == slug), None)

    def _provider(self) -> Live:
        if self._whole is None:
            cases = [outlook.case for outlook in self._outlooks]
            subject = subject_of(cases)
            key = key_of("forecast", self.today, subject)
            ahead = remembered(key, lambda: forecast([subject], today=self.today)[0])
            self._whole = whole(cases, subject=subject, forecast=ahead)
        return self._whole


def reckon(wanted: Sequence[tuple[str, WhatIf, Live]]) -> list[Reckoned]:
    """What follows from each what-if (name, suppositions, what they are about), with advice."""
    found = each_remembered(
        [(what_if, live) for _, what_if, live in wanted],
        named=lambda pair: _key(*pair),
        make=_reckoned,
    )
    return [
        Reckoned(
            name=name,
            effect=in_one_line(what_if),
            live=live,
            result=result,
            advice=advice,
            notes=notes(what_if, live=live, result=result),
        )
        for (name, what_if, live), (result, advice) in zip(wanted, found, strict=True)
    ]


def _key(what_if: WhatIf, live: Live) -> str:
    """The live forecast follows from the subject, so its long curves are not part of the key."""
    case, parts = live.case, [(part.ceiling, part.vcenters) for part in live.parts]
    weighed = (case.ceiling, case.vcenters, case.elsewhere, case.reclaimable, case.assumptions)
    return key_of("what if", what_if, case.today, case.subject, weighed, parts)


def _reckoned(pairs: Iterable[tuple[WhatIf, Live]]) -> list[tuple[Result, Advice]]:
    results = [evaluate(what_if, live=live) for what_if, live in pairs]
    return [(result, advise(result.case)) for result in results]
