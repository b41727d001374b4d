"""The forms of a scenario. What may be supposed is decided by ``whatif_rules``; a form reads, and tells it in place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet

from capacity.models import Scenario
from capacity.models.scenarios import EventKind
from capacity.planning.whatif import PODS, Event, Kind, WhatIf
from capacity.planning.whatif_rules import MOST_EVENTS, Problem
from capacity.scenarios import NAME_LENGTH
from inventory.models import CoreSwitch

LABELS = {
    Kind.BATCH: ("Customers who come", "VLANs in all", "Empty: as many each as newcomers take."),
    Kind.DEPARTURE: ("Customers who leave", "VLANs given back", "Empty: as many each as those present have."),
    **dict.fromkeys(PODS, ("", "VLANs of the new switch", "Empty: 4,000. On the same switch there are none more.")),
}
TITLES = {
    Kind.BATCH: "A batch of customers",
    Kind.DEPARTURE: "Customers leave",
    Kind.NEW_SWITCH_POD: "A new pod",
    Kind.SAME_SWITCH_POD: "A new pod",
    Kind.VXLAN: "VXLAN from a date",
}


def number(step: str, least: str, most: str) -> forms.NumberInput:
    """``data-slide``: the span of the slider that the script puts beside the number."""
    return forms.NumberInput(attrs={"step": step, "data-slide": f"{least} {most}", "inputmode": "decimal"})


class ScenarioForm(forms.Form):
    """What is supposed about the whole time. ``version``: the edit number that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        max_length=NAME_LENGTH,
        error_messages={"required": "Give the scenario a name that tells it from the others."},
    )
    switch = forms.ModelChoiceField(
        label="About",
        queryset=CoreSwitch.objects.filter(archived_at=None),
        to_field_name="slug",
        required=False,
        empty_label="The whole provider",
        error_messages={"invalid_choice": "This core switch is no longer in use: choose another."},
    )
    growth = forms.DecimalField(
        label="Growth, times that of today",
        decimal_places=2,
        widget=number("0.05", "0", "3"),
        help_text="1 is the pace of the past; 0 is no newcomer at all.",
        error_messages={
            "invalid": "Write a number, such as 1.5.",
            "required": "Give a number: 1 is the pace of today.",
            "max_decimal_places": "At most two decimals, such as 1.25.",
        },
    )
    vlans_per_tenant = forms.DecimalField(
        label="VLANs per new customer",
        required=False,
        decimal_places=1,
        widget=number("0.1", "2", "12"),
        help_text="Empty: as observed. It sets the customers' ceiling too.",
        error_messages={
            "invalid": "Write a number, such as 4, or leave it empty.",
            "max_decimal_places": "At most one decimal, such as 3.5.",
        },
    )
    practical_percent = forms.IntegerField(
        label="Practical ceiling, % of the theoretical",
        required=False,
        widget=number("1", "1", "100"),
        help_text="Empty: as the core switch has it.",
        error_messages={"invalid": "Write a whole number, such as 80."},
    )

    def __init__(self, *args: Any, needs_name: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = needs_name

    def start_sliders(self, *, size: float, percent: int) -> None:
        """Where the sliders of empty numbers stand: at what holds today."""
        self.fields["vlans_per_tenant"].widget.attrs["data-unset"] = f"{size:.1f}"
        self.fields["practical_percent"].widget.attrs["data-unset"] = str(percent)

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class EventForm(forms.Form):
    """One event; it has only the fields that its kind knows."""

    kind = forms.ChoiceField(choices=EventKind.choices, widget=forms.HiddenInput)
    on = forms.DateField(
        label="On",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Give the day.", "invalid": "Write the day as 2027-06-30."},
    )
    customers = forms.IntegerField(
        widget=number("1", "1", "200"),
        error_messages={"required": "How many? Give a whole number.", "invalid": "Write a whole number, such as 20."},
    )
    vlans = forms.IntegerField(required=False, error_messages={"invalid": "Write a whole number, or leave it empty."})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = self.data.get(self.add_prefix("kind")) if self.is_bound else self.initial.get("kind")
        self.event_kind = Kind(typed) if typed in set(Kind) else Kind.BATCH
        self._shape()

    def _shape(self) -> None:
        if self.event_kind in PODS:
            choices = [(kind, label) for kind, label in EventKind.choices if Kind(kind) in PODS]
            self.fields["kind"] = forms.ChoiceField(label="What", choices=choices)
        customers, vlans, help_text = LABELS.get(self.event_kind, ("", "", ""))
        for name, label in (("customers", customers), ("vlans", vlans)):
            if label:
                self.fields[name].label = label
            else:
                del self.fields[name]
        if vlans:
            self.fields["vlans"].help_text = help_text

    @property
    def title(self) -> str:
        return TITLES[self.event_kind]

    def event(self) -> Event:
        data, kind = self.cleaned_data, Kind(self.cleaned_data["kind"])
        vlans = None if kind == Kind.SAME_SWITCH_POD else data.get("vlans")
        return Event(kind, data["on"], data.get("customers") or 0, vlans)


class BaseEventFormSet(BaseFormSet):  # type: ignore[type-arg]  # only its stubs know a parameter
    default_error_messages = {
        **BaseFormSet.default_error_messages,
        "too_many_forms": f"At most {MOST_EVENTS} events: remove some, or make a second scenario.",
        "missing_management_form": "The list of events did not arrive whole. Reload the page, and type them again.",
    }


EventFormSet = forms.formset_factory(
    EventForm,
    formset=BaseEventFormSet,
    extra=0,
    max_num=MOST_EVENTS,
    absolute_max=MOST_EVENTS + 8,
    validate_max=True,
)


def initial_of(scenario: Scenario) -> dict[str, Any]:
    return {
        "version": scenario.version,
        "name": scenario.name,
        "switch": scenario.switch.slug if scenario.switch else "",
        "growth": f"{scenario.growth.normalize():f}",
        "vlans_per_tenant": "" if scenario.vlans_per_tenant is None else f"{scenario.vlans_per_tenant.normalize():f}",
        "practical_percent": scenario.practical_percent,
    }


def initial_rows(scenario: Scenario) -> list[dict[str, Any]]:
    return [
        {"kind": event.kind, "on": event.on, "customers": event.customers or None, "vlans": event.vlans}
        for event in scenario.events.all()
    ]


def what_if_of(form: ScenarioForm, rows: BaseFormSet[EventForm]) -> WhatIf:
    """What was typed, of forms that are valid in themselves."""
    data = form.cleaned_data
    size = data["vlans_per_tenant"]
    return WhatIf(
        growth=float(data["growth"]),
        vlans_per_tenant=None if size is None else float(size),
        practical_percent=data["practical_percent"],
        events=tuple(row.event() for row in rows.forms),
    )


def tell(found: tuple[Problem, ...], *, form: ScenarioForm, rows: BaseFormSet[EventForm]) -> None:
    """Put each problem at its field."""
    for problem in found:
        if problem.event is not None:
            rows.forms[problem.event].add_error(problem.field, problem.message)
        else:
            form.add_error(problem.field if problem.field in form.fields else None, problem.message)
