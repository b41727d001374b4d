"""What people do with scenarios: save, duplicate, remove, and reckon them on top of the live data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from accounts.models import User
from capacity.models import Scenario, ScenarioEvent
from capacity.outlook import Outlook, ranked, some
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
    """The live outlook for a page: of one switch where only that is asked for, of all for the whole provider."""

    def __init__(self, *, today: date, found: Sequence[Outlook] | None = None) -> None:
        self.today = today
        self._found = {outlook.switch.pk: outlook for outlook in found or ()}
        self._briefs = None if found is not None else ranked(today=today)
        self._whole: Live | None = None

    @property
    def is_empty(self) -> bool:
        """No core switch in use: there is nothing to suppose anything about."""
        return not (self._found or self._briefs)

    def of(self, switch: CoreSwitch | None) -> Live | None:
        """One switch, or the whole provider (None); None where the switch is no longer in use."""
        if switch is None:
            return None if self.is_empty else self._provider()
        outlook = self._outlook(switch.pk)
        return None if outlook is None else one_switch(outlook.case)

    def of_slug(self, slug: str) -> Live | None:
        """The same by the switch's slug, None for one that there is not; the whole provider where it is empty."""
        if not slug:
            return self.of(None)
        switch = CoreSwitch.objects.filter(slug=slug).first()
        return None if switch is None else self.of(switch)

    def _outlook(self, pk: int) -> Outlook | None:
        """Read once; the others of a large provider are left alone."""
        wanted = [brief for brief in self._briefs or () if brief.pk == pk and pk not in self._found]
        if wanted:
            (self._found[pk],) = some(wanted, today=self.today)
        return self._found.get(pk)

    def _all(self) -> list[Outlook]:
        return list(self._found.values()) if self._briefs is None else some(self._briefs, today=self.today)

    def _provider(self) -> Live:
        if self._whole is None:
            cases = [outlook.case for outlook in self._all()]
            subject = subject_of(cases)
            key = key_of("forecast", self.today, subject)
            ahead = remembered(key, lambda: forecast([subject], today=self.today)[0])
            self._whole = whole(cases, subject=subject, forecast=ahead)
        return self._whole


@dataclass(frozen=True, slots=True)
class Asked:
    """A what-if to reckon. ``keep``: remember the answer; not for each place that a slider passes."""

    name: str
    what_if: WhatIf
    live: Live
    keep: bool = True


def reckon(asked: Sequence[Asked]) -> list[Reckoned]:
    """What follows from each, with advice, in their order."""
    kept = [one for one in asked if one.keep]
    known = each_remembered(kept, named=lambda one: _key(one.what_if, one.live), make=_answers)
    answers = dict(zip(map(id, kept), known, strict=True))
    return [_told(one, *(answers.get(id(one)) or _answers([one])[0])) for one in asked]


def _told(one: Asked, result: Result, advice: Advice) -> Reckoned:
    return Reckoned(
        name=one.name,
        effect=in_one_line(one.what_if),
        live=one.live,
        result=result,
        advice=advice,
        notes=notes(one.what_if, live=one.live, result=result),
    )


def _key(what_if: WhatIf, live: Live) -> str:
    """The live forecast follows from the subject, so its long curves are not part of the key."""
    case, parts = live.case, [(part.ceiling, part.vcenters) for part in live.parts]
    weighed = (case.ceiling, case.vcenters, case.elsewhere, case.reclaimable, case.assumptions)
    return key_of("what if", what_if, case.today, case.subject, weighed, parts)


def _answers(asked: Iterable[Asked]) -> list[tuple[Result, Advice]]:
    results = [evaluate(one.what_if, live=one.live) for one in asked]
    return [(result, advise(result.case)) for result in results]
