"""The forms about tenants. The rules themselves are in ``rules.py``: a form reads, and shows what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet

from inventory.models import Pod
from tenants.models import NetworkRole, Tenant, WanKind
from tenants.models.tenants import GONE
from tenants.rules import NetworkWish, WanWish

NAT_CHOICES = [("no", "no"), ("yes", "yes")]


class NetworkForm(forms.Form):
    """One network that is wanted."""

    role = forms.ChoiceField(choices=NetworkRole.choices)
    vid = forms.IntegerField(label="VLAN ID", required=False, help_text="Empty: the lowest free one.")
    prefix = forms.CharField(  # type: ignore[assignment]  # the form class takes its fields out of its namespace
        required=False, max_length=43, help_text="Such as 10.40.0.0/24."
    )

    def wish(self) -> NetworkWish:
        data = self.cleaned_data
        return NetworkWish(NetworkRole(data["role"]), data["vid"], data["prefix"])


NetworkFormSet = forms.formset_factory(NetworkForm, extra=0, max_num=100, absolute_max=100, validate_max=True)


class WanFields(forms.Form):
    """How the customer's site reaches the provider, and what is behind it."""

    wan = forms.ChoiceField(label="WAN connection", choices=WanKind.choices, widget=forms.RadioSelect)
    remote_gateway = forms.CharField(
        label="Customer's VPN gateway", required=False, max_length=45, help_text="For an IPsec VPN: its public address."
    )
    nat = forms.ChoiceField(
        label="Is there NAT in the path?",
        choices=NAT_CHOICES,
        widget=forms.RadioSelect,
        help_text="Anywhere between the customer's Zerto components and the provider's.",
    )
    customer_subnets = forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "mono"}),
        help_text="Routed to the tenant as they are; one prefix a line, such as 192.168.10.0/24.",
    )

    def wan_wish(self) -> WanWish:
        data = self.cleaned_data
        return WanWish(WanKind(data["wan"]), data["remote_gateway"], nat=data["nat"] == "yes")

    def subnets(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["customer_subnets"].splitlines() if line.strip()]


class OnboardForm(WanFields):
    """A tenant to take in. ``token`` is good for one intake, so that a form sent twice takes in once."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(
        label="ZORG name",
        max_length=80,
        help_text="2 to 50 letters, digits, hyphens or underscores; no spaces.",
        error_messages={"max_length": "A ZORG name has 2 to 50 letters, digits, hyphens or underscores."},
    )
    contact = forms.CharField(required=False, max_length=120)
    pod = forms.ModelChoiceField(
        queryset=Pod.objects.filter(archived_at=None).select_related("switch"),
        to_field_name="slug",
        required=False,
        empty_label="Propose for me",
    )
    field_order = ["token", "name", "contact", "pod", "wan", "remote_gateway", "nat", "customer_subnets"]


class EditForm(WanFields):
    """What may change about a tenant. ``version``: its edit number when the form was opened."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    contact = forms.CharField(required=False, max_length=120)
    field_order = ["version", "contact", "wan", "remote_gateway", "nat", "customer_subnets"]


class AdoptForm(forms.Form):
    """Whose VLAN it is. The tenant is typed: there may be tens of thousands."""

    tenant = forms.CharField(
        max_length=60,
        help_text="Type its name; suggestions appear as you type.",
        widget=forms.TextInput(attrs={"list": "tenant-names", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(choices=NetworkRole.choices, initial=NetworkRole.EXTRA)

    def clean_tenant(self) -> Tenant:
        name = self.cleaned_data["tenant"].strip()
        present = Tenant.objects.exclude(status__in=GONE).select_related("pod__switch")
        tenant = present.filter(name__iexact=name).first() or present.filter(slug=name.lower()).first()
        if tenant is None:
            raise forms.ValidationError(f"No tenant is named {name!r}: choose one from the suggestions.")
        return tenant


def tell(errors: Mapping[str, Sequence[str]], *, form: forms.Form, rows: BaseFormSet[Any] | None = None) -> list[str]:
    """Put each message at its field; returns those that are about the set of networks as a whole."""
    of_set: list[str] = []
    for name, messages in errors.items():
        _, dash, rest = name.partition("networks-")
        if dash and rows is not None:
            index, _, field = rest.partition("-")
            rows.forms[int(index)].add_error(field, list(messages))
        elif name == "networks" and rows is not None:
            of_set.extend(messages)
        else:
            form.add_error(name if name in form.fields else None, list(messages))
    return of_set
