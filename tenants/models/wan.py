from typing import ClassVar

from django.db import models
from django.db.models import Q

from inventory.models.pods import validate_prefix
from tenants.models.tenants import Tenant


class WanKind(models.TextChoices):
    """How the customer's site reaches the provider. Bare internet is offered on screen in order to be refused."""

    IPSEC = "ipsec", "IPsec VPN over the internet"
    MPLS = "mpls", "MPLS"
    PRIVATE_LINE = "private-line", "private line or metro Ethernet"
    STRETCHED_L2 = "stretched-l2", "stretched layer 2"
    INTERNET = "internet", "bare internet"


NATIVELY_SECURED = (WanKind.IPSEC, WanKind.MPLS, WanKind.PRIVATE_LINE, WanKind.STRETCHED_L2)


class WanConnection(models.Model):
    """A tenant's WAN: natively secured and without NAT, or it is not stored."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="wan")
    kind = models.CharField(max_length=15, choices=WanKind.choices)
    remote_gateway = models.GenericIPAddressField("customer's VPN gateway", null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=NATIVELY_SECURED), name="wan_is_natively_secured"),
            models.CheckConstraint(
                condition=~Q(kind=WanKind.IPSEC) | Q(remote_gateway__isnull=False),
                name="ipsec_has_a_remote_gateway",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class CustomerSubnet(models.Model):
    """A prefix at the customer's site that is routed to the tenant, never translated."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="customer_subnets")
    prefix = models.CharField(max_length=43, validators=[validate_prefix])

    class Meta:
        ordering: ClassVar = ["prefix"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "prefix"], name="one_subnet_once_per_tenant"),
        ]

    def __str__(self) -> str:
        return self.prefix
