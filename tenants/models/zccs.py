from typing import ClassVar

from django.db import models

from inventory.models import ManagementNetwork
from tenants.models.tenants import Tenant


class Zcc(models.Model):
    """The address that a tenant's Zerto Cloud Connector has in the provider's ZCC/transit network.

    Its other leg is in the tenant's own network. A person deploys the ZCC: that this row is there says that the address
    is the tenant's and nobody else's, not that a ZCC answers at it.
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="zcc")
    network = models.ForeignKey(ManagementNetwork, on_delete=models.PROTECT, related_name="zccs")
    address = models.GenericIPAddressField(unique=True)
    taken_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        verbose_name = "ZCC"

    def __str__(self) -> str:
        return f"ZCC of {self.tenant} at {self.address}"
