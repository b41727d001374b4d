"""What people type about plans and devices."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.db import transaction

from inventory.editing import free_slug
from inventory.models import CoreSwitch, NsxManager, VCenter
from provisioning.addresses import BadAddress, check_address
from provisioning.credentials import record_new_password
from provisioning.drivers.fingerprints import sha256_hex
from provisioning.forms_trust import CertificateFields, write_only
from provisioning.models import Device, DeviceKind, DriverName, Tls, ZertoManager
from tenants.models import Tenant
from tenants.models.tenants import GONE

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Device]
else:
    ModelForm = forms.ModelForm

# The kind of device that a real driver speaks to; the simulated one speaks to any.
SPEAKS_TO: dict[str, DeviceKind] = {
    DriverName.VSPHERE: DeviceKind.VCENTER,
    DriverName.OPENCONFIG: DeviceKind.CORE_SWITCH,
    DriverName.OVS: DeviceKind.CORE_SWITCH,
    DriverName.PFSENSE: DeviceKind.FIREWALL,
    DriverName.NSX: DeviceKind.NSX,
    DriverName.NAPALM_EOS: DeviceKind.CORE_SWITCH,
    DriverName.NAPALM_NXOS: DeviceKind.CORE_SWITCH,
    DriverName.NAPALM_IOS: DeviceKind.CORE_SWITCH,
    DriverName.NAPALM_JUNOS: DeviceKind.CORE_SWITCH,
}
SETTINGS = ["name", "driver", "address", "username", "tls", "thumbprint", "ca_pem", "only_in_windows"]


class DecisionForm(forms.Form):
    """An approval or rejection names the hash of the plan that was read."""

    hash = forms.CharField(max_length=64, widget=forms.HiddenInput)
    note = forms.CharField(max_length=200, required=False, label="Why not", help_text="Its maker reads it.")


class DeviceForm(CertificateFields, ModelForm):
    """How a device is reached. Its password can be set, and is never shown."""

    password = write_only()

    class Meta:
        model = Device
        fields: ClassVar = SETTINGS
        help_texts: ClassVar = {
            "driver": "“Simulated” pushes to no real device: everything it carries lives in the portal's database.",
            "address": "Host name or address, with :port where it is not the usual one.",
            "username": "Empty for a pfSense with an API key: the key goes into the password.",
            "tls": "For a switch reached over SSH: verify means known host keys, pinned means its host key.",
            "thumbprint": "64 hexadecimal digits, colons allowed, or SHA256:… of a host key; only where it is pinned.",
            "ca_pem": "Only where the certificate is vouched for by an authority of your own.",
            "only_in_windows": "Work for it waits until an open maintenance window.",
        }
        widgets: ClassVar = {"ca_pem": forms.Textarea(attrs={"rows": 4, "class": "mono"})}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        speaks_to = SPEAKS_TO.get(str(data.get("driver")))
        if speaks_to and self._kind(data) != speaks_to:
            thing = DeviceKind(speaks_to).label
            self.add_error("driver", f"This driver speaks to a {thing} only: choose another for this device.")
        if data.get("driver") and data.get("address"):
            try:
                check_address(data["driver"], data["address"])
            except BadAddress as error:
                self.add_error("address", str(error))
        self.check_pin(data)
        return data

    def _kind(self, data: dict[str, Any]) -> str:
        return self.instance.kind

    def keep(self, device: Device) -> bool:
        """Whether a password was given; the caller saves it."""
        if password := self.cleaned_data["password"]:
            device.set_password(password)
        return bool(password)


class PinForm(forms.Form):
    """A thumbprint that a person has compared on the device, for the version of the entry that the person saw."""

    thumbprint = forms.CharField(max_length=95, widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    compared = forms.BooleanField(
        label="I compared it, digit by digit, with what the device itself shows",
        error_messages={"required": "Compare it on the device first: whoever stands in between shows another one."},
    )

    def clean_thumbprint(self) -> str:
        try:
            return sha256_hex(self.cleaned_data["thumbprint"])
        except ValueError as error:
            raise forms.ValidationError("This is not a SHA-256 thumbprint: test the connection again.") from error

    def pin(self, device: Device | ZertoManager) -> bool:
        """Pin it; False when somebody else saved the device meanwhile. A second click changes nothing."""
        with transaction.atomic():
            stored = type(device)._default_manager.select_for_update().get(pk=device.pk)
            pin = self.cleaned_data["thumbprint"]
            if stored.tls == Tls.PINNED and stored.thumbprint.replace(":", "").lower() == pin:
                return True
            if stored.version != self.cleaned_data["version"]:
                return False
            stored.tls, stored.thumbprint, stored.version = Tls.PINNED, pin, stored.version + 1
            stored.save(update_fields=["tls", "thumbprint", "version"])
        return True


class NewDeviceForm(DeviceForm):
    """A new device stands for exactly one thing of the inventory that has no device yet."""

    kind = forms.ChoiceField(label="Stands for a", choices=DeviceKind.choices)
    vcenter = forms.ModelChoiceField(
        VCenter.objects.filter(device=None, archived_at=None), required=False, label="vCenter, where it is one"
    )
    switch = forms.ModelChoiceField(
        CoreSwitch.objects.filter(device=None, archived_at=None), required=False, label="Core switch, where it is one"
    )
    nsx = forms.ModelChoiceField(
        NsxManager.objects.filter(device=None, archived_at=None), required=False, label="NSX manager, where it is one"
    )
    tenant = forms.CharField(
        required=False, max_length=50, label="Tenant, where it is a firewall", help_text="The ZORG name, as written."
    )
    field_order = ["kind", "vcenter", "switch", "nsx", "tenant", *SETTINGS[:4], "password", *SETTINGS[4:]]

    def _kind(self, data: dict[str, Any]) -> str:
        return str(data.get("kind"))

    def clean_tenant(self) -> Tenant | None:
        name = str(self.cleaned_data["tenant"]).strip()
        if not name:
            return None
        tenant = Tenant.objects.exclude(status__in=GONE).filter(name__iexact=name).first()
        if tenant is None:
            raise forms.ValidationError(f"No present tenant is called {name}.")
        if Device.objects.filter(tenant=tenant).exists():
            raise forms.ValidationError(f"{tenant} has a firewall already: edit that device.")
        return tenant

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        stands_for = {"vcenter": "vcenter", "core-switch": "switch", "firewall": "tenant", "nsx": "nsx"}
        field = stands_for.get(str(data.get("kind")), "kind")
        if not data.get(field) and field not in self.errors:
            self.add_error(field, "Say which one this device stands for.")
        self.stands_for = {field: data.get(field)}
        return data

    def create(self) -> Device:
        device = self.instance
        device.kind = self.cleaned_data["kind"]
        for name, thing in self.stands_for.items():
            setattr(device, name, thing)
        device.slug = free_slug(Device, device.name)
        given = self.keep(device)
        with transaction.atomic():
            device.save()
            if given:
                record_new_password(device)
        return device


class EditDeviceForm(DeviceForm):
    """An edit of the version that the person saw; another one is refused."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    field_order = [*SETTINGS[:4], "password", *SETTINGS[4:]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version
        self.fields["password"].help_text = "Leave empty to keep the present one. It is stored encrypted, never shown."

    def saved(self) -> bool:
        """Save under the row's lock; False, with the reason among the errors, when somebody else saved first."""
        if not self.is_valid():
            return False
        with transaction.atomic():
            stored = Device.objects.select_for_update().get(pk=self.instance.pk)
            if stored.version != self.cleaned_data["version"]:
                self.add_error(None, "Somebody else saved this device meanwhile: open it anew, then edit it.")
                return False
            given = self.keep(self.instance)
            self.instance.version = stored.version + 1
            self.instance.save(update_fields=[*SETTINGS, *(["secret"] if given else []), "version"])
            if given:
                record_new_password(self.instance)
        return True
