"""A scenario as it is typed: read, judged against the live data, and not saved."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import QueryDict

from capacity.forms.scenarios import EventForm, EventFormSet, ScenarioForm, tell, what_if_of
from capacity.models.scenarios import EventKind
from capacity.planning.timeline import add_months, month_of
from capacity.planning.whatif import Live, WhatIf
from capacity.planning.whatif_rules import problems
from capacity.scenarios import LiveData

MONTHS_AHEAD = 6  # a new event's date, until another is chosen
FIRST_CUSTOMERS = 10


class Draft:
    """What was typed. After ``is_valid()`` has said yes, ``what_if`` and ``about`` hold."""

    what_if: WhatIf
    about: Live

    def __init__(self, data: QueryDict | Mapping[str, Any], *, live: LiveData, needs_name: bool = True) -> None:
        self.live = live
        self.form = ScenarioForm(data, needs_name=needs_name)
        self.rows = EventFormSet(data, prefix="events")
        self._judged: bool | None = None

    @classmethod
    def of_initial(cls, form: ScenarioForm, rows: Any, *, live: LiveData) -> "Draft":
        """The same values as a form that is shown unjudged."""
        data: dict[str, Any] = {name: form[name].value() for name in form.fields}
        data |= {"events-TOTAL_FORMS": len(rows.forms), "events-INITIAL_FORMS": 0}
        for row in rows.forms:
            data |= {row.add_prefix(name): row[name].value() for name in row.fields}
        return cls({key: value for key, value in data.items() if value is not None}, live=live, needs_name=False)

    @property
    def name(self) -> str:
        return str(self.form.cleaned_data.get("name") or "")

    def is_valid(self) -> bool:
        if self._judged is None:
            self._judged = self._judge()
        return self._judged

    def _judge(self) -> bool:
        if not (self.form.is_valid() & self.rows.is_valid()):
            return False
        about = self.live.of(self.form.cleaned_data["switch"])
        if about is None:
            self.form.add_error("switch", "There is no core switch in use here: add one first.")
            return False
        self.about, self.what_if = about, what_if_of(self.form, self.rows)
        found = problems(self.what_if, position=about.case.subject.position, today=self.live.today)
        tell(found, form=self.form, rows=self.rows)
        return not found

    def problem_list(self) -> list[tuple[str, str, str]]:
        """Everything that is wrong: where to mend it, what that is called, and why."""
        found = [("", "", str(error)) for error in (*self.form.non_field_errors(), *self.rows.non_form_errors())]
        for title, form in [("", self.form), *((row.title + ", ", row) for row in self.rows.forms)]:
            for bound in form:
                label = f"{title}{bound.label}" if not title else f"{title}{str(bound.label).lower()}"
                found += [(bound.auto_id, label, str(error)) for error in bound.errors]
        return found


def with_other_rows(data: QueryDict, *, today: date) -> tuple[ScenarioForm, Any]:
    """The form as it was typed, with an event more (``more`` says of which kind) or one less, and not judged yet."""
    rows = EventFormSet(data, prefix="events")
    typed = [_typed(row, data) for row in rows.forms]
    drop, more = data.get("drop", ""), data.get("more", "")
    if drop.isascii() and drop.isdecimal() and int(drop) < len(typed):
        del typed[int(drop)]
    elif more in EventKind.values:
        on = add_months(month_of(today), MONTHS_AHEAD)
        typed.append({"kind": more, "on": on, "customers": FIRST_CUSTOMERS})
    form = ScenarioForm(initial={name: data.get(name, "") for name in ScenarioForm.base_fields})
    return form, EventFormSet(prefix="events", initial=typed)


def _typed(row: EventForm, data: QueryDict) -> dict[str, Any]:
    return {name: data.get(row.add_prefix(name), "") for name in EventForm.base_fields}
