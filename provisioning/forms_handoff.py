"""What people type about a hand-off."""

from typing import TYPE_CHECKING, ClassVar

from django import forms

from provisioning.firewall_intent import FIRST_VRA_PORT, VRAS
from provisioning.models import HandOff

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[HandOff]
else:
    ModelForm = forms.ModelForm

LAST_PORT = FIRST_VRA_PORT + 2 * VRAS - 1
TOO_FEW = "At least one: without a VRA nothing is replicated."
TOO_MANY = f"At most {VRAS}: a tenant's firewall lets so many VRAs' ports through ({FIRST_VRA_PORT} to {LAST_PORT})."


def _count(label: str) -> forms.IntegerField:
    told = {"min_value": TOO_FEW, "max_value": TOO_MANY}
    return forms.IntegerField(label=label, min_value=1, max_value=VRAS, error_messages=told)


class VrasForm(ModelForm):
    """How many replication appliances there are on each side: the port matrix follows from it."""

    customer_vras = _count("VRAs at the customer's site")
    provider_vras = _count("VRAs at the provider's")

    class Meta:
        model = HandOff
        fields: ClassVar = ["customer_vras", "provider_vras"]
