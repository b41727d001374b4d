from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse

from inventory.models.records import Record

# A path of the Policy API's tree, such as /infra/tier-1s/gw-1; a federation's begins with /global-infra.
POLICY_PATH = RegexValidator(
    r"^/(?:global-)?infra(?:/[A-Za-z0-9._-]+)+\Z",
    "Write the object's policy path, such as /infra/tier-1s/gw-1: letters, digits, dot, underscore and hyphen "
    "between the slashes.",
)


class NsxManager(Record):
    """An NSX manager: tenants of a pod that has one are placed on VXLAN, each network a segment with a VNI.

    ``transport_zone_path``: the overlay transport zone that segments are made in. ``connectivity_path``: the gateway
    that they hang off; empty where each is a network by itself.
    """

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    transport_zone_path = models.CharField(
        "transport zone",
        max_length=200,
        validators=[POLICY_PATH],
        help_text="Its policy path: /infra/sites/default/enforcement-points/default/transport-zones/…",
    )
    connectivity_path = models.CharField(
        "gateway",
        max_length=200,
        blank=True,
        validators=[POLICY_PATH],
        help_text="The policy path of the gateway that segments hang off, such as /infra/tier-1s/gw-1. Empty: none.",
    )

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "NSX manager"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("inventory:nsx_manager", args=[self.slug])
