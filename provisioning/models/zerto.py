from typing import ClassVar

from django.db import models
from django.urls import reverse

from inventory.models import VCenter
from inventory.secrets import decrypt, encrypt
from provisioning.models.devices import Tls


class ZertoProduct(models.TextChoices):
    ZVM = "zvm", "ZVM 10 (appliance)"
    ZVM_WINDOWS = "zvm-windows", "ZVM on Windows"
    ZCM = "zcm", "ZCM (Cloud Manager)"


# Where the API is unless an address says otherwise. ZCM and Windows: “The default port is …” in Zerto's own API guides;
# the appliance of version 10 has its API behind the HTTPS port.
USUAL_PORTS: dict[str, int] = {ZertoProduct.ZVM: 443, ZertoProduct.ZVM_WINDOWS: 9669, ZertoProduct.ZCM: 9989}


class ZertoManager(models.Model):
    """A Zerto manager that is only ever read: whether a ZORG is there, and which networks Zerto sees.

    ``vcenter``: the one that it works with; none: it may know of any tenant. The secret is stored encrypted and never
    read back to a screen. ``software``: the version that it told at the last test of the connection.
    """

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    product = models.CharField(max_length=12, choices=ZertoProduct.choices)
    vcenter = models.ForeignKey(
        VCenter, null=True, blank=True, on_delete=models.CASCADE, related_name="zerto_managers", verbose_name="vCenter"
    )
    address = models.CharField(max_length=255)
    username = models.CharField(max_length=120)
    secret = models.BinaryField(blank=True, default=b"", editable=False)
    tls = models.CharField("certificate check", max_length=8, choices=Tls.choices, default=Tls.VERIFY)
    thumbprint = models.CharField("SHA-256 thumbprint", max_length=95, blank=True)
    ca_pem = models.TextField("certificate authority (PEM)", blank=True)
    software = models.CharField(max_length=60, blank=True, editable=False)
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "Zerto manager"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("provisioning:zerto_manager", args=[self.slug])

    @property
    def usual_port(self) -> int:
        return USUAL_PORTS[self.product]

    def set_password(self, password: str) -> None:
        """Keep the password, encrypted; the caller saves."""
        self.secret = encrypt(password)

    def password(self) -> str:
        """Raises SecretUnreadable."""
        return decrypt(bytes(self.secret)) if self.secret else ""
