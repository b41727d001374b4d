"""The planner's assumptions as a form: what each number drives, its default, and the numbers that make no sense."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from capacity.models.assumptions import ONLY, PlanningAssumptions
from capacity.planning.costs import Licence
from inventory.editing import EditedMeanwhile, last_edit

GROUPED = re.compile(r"-?(?:\d+|\d{1,3}(?:[, \u00a0]\d{3})+)\Z")  # 350000, 350,000, 350 000


@dataclass(frozen=True, slots=True)
class Entry:
    """One number: the model's field, what it is called, its unit, and what it drives."""

    name: str
    label: str
    unit: str
    drives: str

    def unit_in(self, currency: str) -> str:
        return self.unit.replace("money", currency)


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    about: str
    entries: tuple[Entry, ...]


def _price(stem: str, noun: str, per_tenant: str) -> tuple[Entry, ...]:
    return (
        Entry(f"{stem}_capital", f"{noun}: capital", "money", "Paid once, when it is ordered."),
        Entry(f"{stem}_monthly", f"{noun}: running costs", "money a month", "Paid every month of the horizon."),
        Entry(f"{stem}_per_tenant", f"{noun}: per customer", "money a month each", per_tenant),
        Entry(
            f"{stem}_lead_days",
            f"{noun}: lead time",
            "days",
            "From the order to the first customer: it sets the order-by date.",
        ),
    )


GAINED = "Paid for each customer that it takes in."
ALL = "Paid for every customer of the switch, for all of them fail over into the hosts that it covers."
GROUPS = (
    Group(
        "Money and time",
        "How costs are added up and compared.",
        (
            Entry("currency", "Currency", "", "Shown with every amount. Nothing is converted."),
            Entry("horizon_months", "Horizon", "months", "Costs are added up, and customers carried, this far."),
            Entry("discount_percent", "Discount rate", "% a year", "What is paid later counts less, month by month."),
            Entry("decide_months", "Decide ahead", "months", "An order further away than this is no decision yet."),
        ),
    ),
    Group(
        "Without buying",
        "Reclaiming VLANs and tightening the offer.",
        (
            Entry("hourly_rate", "Hour of work", "money an hour", "The price of reclaiming."),
            Entry("hours_per_reclaimed_vlan", "Work to reclaim a VLAN", "hours", "Asking, removing, reading back."),
            Entry("reclaim_lead_days", "Lead time to reclaim", "days", "Until customers have answered."),
            Entry("tightened_size", "VLANs of a new customer, tightened", "VLANs", "The most it may take."),
            Entry("tighten_lead_days", "Lead time to tighten", "days", "Until new contracts say so."),
        ),
    ),
    Group("A new pod", "Hosts, storage, a distributed switch. On any core switch.", _price("new_pod", "Pod", GAINED)),
    Group(
        "A new core switch",
        "On top of the pod behind it; the longer of both lead times counts.",
        _price("new_switch", "Core switch", GAINED),
    ),
    Group(
        "VXLAN with NSX",
        "For one core switch. Providers outside the vendor's programme may not be able to buy it.",
        (
            Entry("nsx_licence", "NSX licence", "", "Not known: shown, not recommended. Cannot be bought: left out."),
            *_price("nsx", "NSX", ALL),
        ),
    ),
    Group(
        "VXLAN with EVPN on the fabric",
        "For one core switch with its pods. No NSX licence.",
        (Entry("evpn_possible", "The fabric can do EVPN-VXLAN", "", "No: left out."), *_price("evpn", "EVPN", ALL)),
    ),
    Group(
        "The network underneath",
        "",
        (
            Entry(
                "underlay_mtu", "MTU of the underlay", "bytes",
                "VXLAN needs 1,600. Lower: both kinds are left out. Empty: not known, so shown and not recommended.",
            ),
        ),
    ),
)  # fmt: skip
LICENCES = {
    Licence.OWNED: "owned already",
    Licence.CAN_BUY: "can be bought",
    Licence.CANNOT_BUY: "cannot be bought",
    Licence.UNKNOWN: "not known yet",
}


def entries() -> Iterator[Entry]:
    return (entry for group in GROUPS for entry in group.entries)


def in_words(value: Any) -> str:
    """A value as the pages show it."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return LICENCES[Licence(value)] if value in set(Licence) else str(value)


def default_of(name: str) -> Any:
    return _model_field(name).get_default()


def _model_field(name: str) -> "models.Field[Any, Any]":
    field = PlanningAssumptions._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field


class WholeNumber(forms.IntegerField):
    """Digits, grouped in threes if you like. ``350.000`` is refused rather than read as 350."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> int | None:
        text = str(value).strip() if value is not None else ""
        if text and not GROUPED.match(text):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(re.sub(r"[, \u00a0]", "", text))


class AssumptionsForm(forms.Form):
    """All assumptions at once, with the edit number that the person saw (0: nobody has saved any yet)."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, stored: PlanningAssumptions | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = stored
        self.initial.setdefault("version", stored.version if stored else 0)
        for entry in entries():
            self.fields[entry.name] = _field(entry, stored.currency if stored else default_of("currency"))
            shown = getattr(stored, entry.name) if stored else default_of(entry.name)
            self.initial.setdefault(entry.name, _typed(shown))

    def groups(self) -> list[tuple[Group, list[forms.BoundField]]]:
        return [(group, [self[entry.name] for entry in group.entries]) for group in GROUPS]

    def saved(self) -> bool:
        """Store all or nothing; False, with the reason among the errors, where somebody else was faster."""
        if not self.is_valid():
            return False
        try:
            with transaction.atomic():
                self._store()
        except EditedMeanwhile as meanwhile:
            self.add_error(None, _meanwhile(meanwhile))
            return False
        return True

    def _store(self) -> None:
        row = PlanningAssumptions.objects.select_for_update().filter(pk=ONLY).first()
        seen = self.cleaned_data["version"]
        if (row.version if row else 0) != seen:
            raise EditedMeanwhile(last_edit(row) if row else None)
        kept = row or PlanningAssumptions(pk=ONLY)
        for entry in entries():
            setattr(kept, entry.name, self.cleaned_data[entry.name])
        kept.version = seen + 1
        try:
            with transaction.atomic():
                kept.save(force_insert=row is None)
        except IntegrityError as error:  # the first row, stored by two at once
            raise EditedMeanwhile(last_edit(kept)) from error


def _typed(value: Any) -> Any:
    """A number as one would type it: 45, not 45.0."""
    return f"{value:g}" if isinstance(value, float) and value < 1_000_000 else value


def _field(entry: Entry, currency: str) -> forms.Field:
    field, default = _model_field(entry.name), default_of(entry.name)
    help_text = f"{entry.drives} Default: {in_words(default)}."
    unit = entry.unit_in(currency)
    label = f"{entry.label} ({unit})" if unit else entry.label
    if entry.name == "nsx_licence":
        return forms.ChoiceField(label=label, help_text=help_text, choices=[(s.value, w) for s, w in LICENCES.items()])
    if isinstance(field, models.BooleanField):
        return forms.BooleanField(label=label, help_text=help_text, required=False)
    if isinstance(field, models.CharField):
        required = f"Write a currency in three letters. The default is {default}."
        return forms.CharField(
            label=label, help_text=help_text, validators=field.validators, error_messages={"required": required}
        )
    return _number(field, label=label, help_text=help_text, default=default)


def _number(field: "models.Field[Any, Any]", *, label: str, help_text: str, default: Any) -> forms.Field:
    """``least`` to ``most`` come from the model, so that the form promises what the database keeps."""
    least = max(v.limit_value for v in field.validators if isinstance(v, MinValueValidator))
    most = min(v.limit_value for v in field.validators if isinstance(v, MaxValueValidator))
    whole = not isinstance(field, models.FloatField)
    within = f"Enter a number from {least:,} to {most:,}."
    zero = " Enter 0 if there is none." if least == 0 else ""
    return (WholeNumber if whole else forms.FloatField)(
        label=label,
        help_text=help_text,
        required=not field.null,
        min_value=least,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric" if whole else "decimal", "class": "num"}),
        error_messages={
            "required": f"This was left empty.{zero} The default is {in_words(default)}.",
            "invalid": "Enter a whole number in digits, such as 350000." if whole else "Enter a number, such as 12.5.",
            "min_value": within if least else f"A negative number makes no sense here. {within}",
            "max_value": within,
        },
    )


def _meanwhile(meanwhile: EditedMeanwhile) -> str:
    last = meanwhile.last
    if last is None:
        return "The assumptions were changed after you had opened them. Open them afresh, and make your change again."
    fields = f" ({', '.join(name.replace('_', ' ') for name in last.fields)})" if 0 < len(last.fields) < 8 else ""
    at = timezone.localtime(last.at)
    return (
        f"{last.by} changed the assumptions{fields} on {at:%-d %B %Y at %H:%M}, after you had opened them. "
        "What you typed is still here: open them afresh, and make your change again."
    )
