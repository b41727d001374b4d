from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from inventory.models.nsx import NsxManager
from inventory.models.vlans import VlanState

FIRST_VNI, LAST_VNI = 1, 2**24 - 1  # a VNI has 24 bits (RFC 7348); 0 is not used
USUAL_FIRST, USUAL_LAST = 5000, LAST_VNI  # where NSX's segment ID pools begin by convention
WITHIN_24_BITS = (MinValueValidator(FIRST_VNI), MaxValueValidator(LAST_VNI))

# A VNI lives as a VLAN does. It needs no state for what is found, reserved or infrastructure: the pool's bounds say so.
VNI_STATES = (
    *(VlanState.FREE, VlanState.HELD, VlanState.ALLOCATED),
    *(VlanState.RELEASING, VlanState.QUARANTINED),
)
VNI_STATE_CHOICES = [(state.value, state.label) for state in VNI_STATES]


class VniPool(models.Model):
    """The VNIs that tenants of an NSX manager may have, from ``first`` to ``last``.

    There is no row for each of its millions of numbers: a row comes with a number's first use. ``next``: from here on
    a number that was never used is looked for.
    """

    nsx = models.OneToOneField(NsxManager, on_delete=models.CASCADE, related_name="vni_pool")
    first = models.PositiveIntegerField("first VNI", default=USUAL_FIRST, validators=WITHIN_24_BITS)
    last = models.PositiveIntegerField("last VNI", default=USUAL_LAST, validators=WITHIN_24_BITS)
    next = models.PositiveIntegerField(default=USUAL_FIRST, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(first__gte=FIRST_VNI, last__lte=LAST_VNI, first__lte=F("last")), name="vni_pool_in_24_bits"
            ),
        ]

    def __str__(self) -> str:
        return f"VNIs {self.first}–{self.last} of {self.nsx}"


class Vni(models.Model):
    """One VNI of a pool that was ever used. ``until``: the end of a hold or of a quarantine."""

    pool = models.ForeignKey(VniPool, on_delete=models.CASCADE, related_name="vnis")
    number = models.PositiveIntegerField("VNI")
    state = models.CharField(max_length=15, choices=VNI_STATE_CHOICES, default=VlanState.FREE)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pool", "number"]
        verbose_name = "VNI"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pool", "number"], name="one_row_per_vni_of_a_pool"),
            models.CheckConstraint(condition=Q(number__gte=FIRST_VNI, number__lte=LAST_VNI), name="vni_in_24_bits"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["pool", "state", "number"], name="vni_by_pool_and_state"),  # the free-list
            models.Index(fields=["state", "until"], name="vni_by_end"),  # what lapses or ends
        ]

    def __str__(self) -> str:
        return f"VNI {self.number}"


class VniMove(models.Model):
    """One recorded step in a VNI's life: from which state to which, when, by whom and why."""

    vni = models.ForeignKey(Vni, on_delete=models.CASCADE, related_name="moves")
    from_state = models.CharField(max_length=15, choices=VNI_STATE_CHOICES)
    to_state = models.CharField(max_length=15, choices=VNI_STATE_CHOICES)
    at = models.DateTimeField(db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    why = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.vni}: {self.from_state} → {self.to_state}"

    @property
    def number(self) -> int:
        return self.vni.number
