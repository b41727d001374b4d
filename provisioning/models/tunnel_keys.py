from django.db import models

from inventory.secrets import decrypt, encrypt
from tenants.models import Tenant


class TunnelKey(models.Model):
    """The pre-shared key of a tenant's IPsec tunnel, encrypted; made once, and in no plan, log or screen."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="tunnel_key")
    secret = models.BinaryField(editable=False)
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Tunnel key of {self.tenant}"

    def set_key(self, key: str) -> None:
        """Keep the key, encrypted; the caller saves."""
        self.secret = encrypt(key)

    def key(self) -> str:
        """Raises SecretUnreadable."""
        return decrypt(bytes(self.secret))
