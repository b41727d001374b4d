from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from inventory.models import CoreSwitch, NsxManager, VCenter
from inventory.secrets import decrypt, encrypt
from tenants.models import Tenant


class DeviceKind(models.TextChoices):
    VCENTER = "vcenter", "vCenter"
    CORE_SWITCH = "core-switch", "core switch"
    FIREWALL = "firewall", "tenant firewall"
    NSX = "nsx", "NSX manager"


class DriverName(models.TextChoices):
    SIMULATED = "simulated", "simulated"
    VSPHERE = "vsphere", "vSphere (pyVmomi)"
    OPENCONFIG = "openconfig", "OpenConfig (NETCONF)"
    PFSENSE = "pfsense", "pfSense (REST API v2)"
    OVS = "ovs", "Open vSwitch (OVSDB)"
    NSX = "nsx", "NSX (Policy API)"
    NAPALM_EOS = "napalm-eos", "Arista EOS (NAPALM, eAPI)"
    NAPALM_NXOS = "napalm-nxos", "Cisco NX-OS (NAPALM, NX-API)"
    NAPALM_IOS = "napalm-ios", "Cisco IOS (NAPALM, SSH)"
    NAPALM_JUNOS = "napalm-junos", "Juniper Junos (NAPALM, NETCONF)"


class Tls(models.TextChoices):
    VERIFY = "verify", "verify the certificate"
    PINNED = "pinned", "pin the certificate's thumbprint"


STANDS_FOR = ("vcenter", "switch", "tenant", "nsx")  # what a device may be the device of


def _stands_for(kind: str, field: str) -> Q:
    """A device of this kind names that one thing, and no other."""
    return Q(kind=kind, **{f"{name}__isnull": name != field for name in STANDS_FOR})


class Device(models.Model):
    """Something the portal pushes to: exactly one vCenter, core switch, NSX manager or tenant firewall.

    The secret is stored encrypted and never read back to a screen. The lease names the one worker that may write
    to the device until ``lease_until``. A device that keeps failing is put aside until ``aside_until``.
    """

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=12, choices=DeviceKind.choices)
    driver = models.CharField(max_length=12, choices=DriverName.choices)
    vcenter = models.OneToOneField(VCenter, null=True, blank=True, on_delete=models.CASCADE, related_name="device")
    switch = models.OneToOneField(CoreSwitch, null=True, blank=True, on_delete=models.CASCADE, related_name="device")
    tenant = models.OneToOneField(Tenant, null=True, blank=True, on_delete=models.CASCADE, related_name="firewall")
    nsx = models.OneToOneField(NsxManager, null=True, blank=True, on_delete=models.CASCADE, related_name="device")
    address = models.CharField(max_length=255)
    username = models.CharField(max_length=120, blank=True)
    secret = models.BinaryField(blank=True, default=b"", editable=False)
    tls = models.CharField("certificate check", max_length=8, choices=Tls.choices, default=Tls.VERIFY)
    thumbprint = models.CharField("SHA-256 thumbprint", max_length=95, blank=True)
    ca_pem = models.TextField("certificate authority (PEM)", blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)
    lease_owner = models.CharField(max_length=80, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField("failures in a row", default=0, editable=False)
    aside_until = models.DateTimeField("put aside until", null=True, blank=True, editable=False)
    only_in_windows = models.BooleanField("changed in maintenance windows only", default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering: ClassVar = ["kind", "name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(
                    _stands_for("vcenter", "vcenter")
                    | _stands_for("core-switch", "switch")
                    | _stands_for("firewall", "tenant")
                    | _stands_for("nsx", "nsx")
                ),
                name="device_is_exactly_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("provisioning:device", args=[self.slug])

    @property
    def is_simulated(self) -> bool:
        return self.driver == DriverName.SIMULATED

    def set_password(self, password: str) -> None:
        """Keep the password, encrypted; the caller saves."""
        self.secret = encrypt(password)

    def password(self) -> str:
        return decrypt(bytes(self.secret)) if self.secret else ""
