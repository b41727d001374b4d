"""What people type about Zerto managers."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.db import transaction

from inventory.editing import free_slug
from inventory.models import VCenter
from provisioning.addresses import BadAddress, check_address
from provisioning.credentials import record_new_password
from provisioning.forms_trust import CertificateFields, write_only
from provisioning.models import ZertoManager

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[ZertoManager]
else:
    ModelForm = forms.ModelForm

SETTINGS = ["name", "product", "vcenter", "address", "username", "tls", "thumbprint", "ca_pem"]


class ZertoForm(CertificateFields, ModelForm):
    """How a Zerto manager is reached. Its password can be set, and is never shown."""

    password = write_only()
    field_order = [*SETTINGS[:5], "password", *SETTINGS[5:]]

    class Meta:
        model = ZertoManager
        fields: ClassVar = SETTINGS
        labels: ClassVar = {"vcenter": "vCenter"}
        help_texts: ClassVar = {
            "vcenter": "The one that it works with: it is asked about tenants there. None: about any tenant.",
            "address": "Host name or address, with :port where it is not 443 (ZVM 10), 9669 (ZVM on Windows) or 9989 "
            "(ZCM).",
            "username": "A user that may look and no more is enough: nothing is ever written.",
            "thumbprint": "64 hexadecimal digits, colons allowed; only where it is pinned.",
            "ca_pem": "Only where the certificate is vouched for by an authority of your own.",
        }
        widgets: ClassVar = {"ca_pem": forms.Textarea(attrs={"rows": 4, "class": "mono"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = VCenter.objects.filter(archived_at=None)
        if self.instance.vcenter_id:
            there = there | VCenter.objects.filter(pk=self.instance.vcenter_id)
        self.fields["vcenter"].queryset = there  # type: ignore[attr-defined]
        self.fields["vcenter"].empty_label = "any"  # type: ignore[attr-defined]

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"])
        try:
            check_address(str(self.data.get("product", "")), address)
        except BadAddress as error:
            raise forms.ValidationError(str(error)) from error
        return address

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.check_pin(data)
        return data

    def keep(self, manager: ZertoManager) -> bool:
        """Whether a password was given; the caller saves it."""
        if password := self.cleaned_data["password"]:
            manager.set_password(password)
        return bool(password)


class NewZertoForm(ZertoForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].required = True
        self.fields["password"].help_text = "It is stored encrypted, never shown."

    def create(self) -> ZertoManager:
        manager = self.instance
        manager.slug = free_slug(ZertoManager, manager.name)
        self.keep(manager)
        with transaction.atomic():
            manager.save()
            record_new_password(manager)
        return manager


class EditZertoForm(ZertoForm):
    """An edit of the version that the person saw; another one is refused."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version
        self.fields["password"].help_text = "Leave empty to keep the present one. It is stored encrypted, never shown."

    def saved(self) -> bool:
        """Save under the row's lock; False, with the reason among the errors, when somebody else saved first."""
        if not self.is_valid():
            return False
        with transaction.atomic():
            stored = ZertoManager.objects.select_for_update().filter(pk=self.instance.pk).first()
            if stored is None or stored.version != self.cleaned_data["version"]:
                self.add_error(None, "Somebody else saved or removed it meanwhile: open it anew, then edit it.")
                return False
            given = self.keep(self.instance)
            self.instance.version = stored.version + 1
            self.instance.save(update_fields=[*SETTINGS, *(["secret"] if given else []), "version"])
            if given:
                record_new_password(self.instance)
        return True


class RemoveZertoForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)

    def removed(self, manager: ZertoManager) -> bool:
        """Its settings and its password are gone; False when somebody else saved it meanwhile."""
        with transaction.atomic():
            stored = ZertoManager.objects.select_for_update().filter(pk=manager.pk).first()
            if stored is not None and stored.version != self.cleaned_data["version"]:
                return False
            if stored is not None:
                stored.delete()
        return True
