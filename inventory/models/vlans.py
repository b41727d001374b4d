from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from inventory.models.switches import FIRST_VLAN_ID, LAST_VLAN_ID, CoreSwitch


class VlanState(models.TextChoices):
    """The one life of a VLAN: free → held → allocated → releasing → quarantined → free.

    Reserved and infrastructure stand beside it. Unclaimed: a device carries it, and nobody here knows whose it is;
    a person adopts it (allocated) or it is read back gone (free).
    """

    FREE = "free", "free"
    HELD = "held", "held"
    ALLOCATED = "allocated", "allocated"
    RELEASING = "releasing", "releasing"
    QUARANTINED = "quarantined", "quarantined"
    UNCLAIMED = "unclaimed", "unclaimed"
    RESERVED = "reserved", "reserved"
    INFRASTRUCTURE = "infrastructure", "infrastructure"


IN_USE = frozenset({VlanState.HELD, VlanState.ALLOCATED, VlanState.RELEASING, VlanState.UNCLAIMED})


class Vlan(models.Model):
    """One VLAN ID of one core switch: a row each, so that a claim is a row that two requests cannot both win.

    ``until``: the end of a hold or of a quarantine; empty where the state has no end of its own.
    ``label``: what a device or a person calls it, where no tenant network does.
    """

    switch = models.ForeignKey(CoreSwitch, on_delete=models.CASCADE, related_name="vlans")
    vid = models.PositiveSmallIntegerField("VLAN ID")
    state = models.CharField(max_length=15, choices=VlanState.choices, default=VlanState.FREE)
    until = models.DateTimeField(null=True, blank=True)
    label = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering: ClassVar = ["switch", "vid"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["switch", "vid"], name="one_row_per_vlan_of_a_switch"),
            models.CheckConstraint(condition=Q(vid__gte=FIRST_VLAN_ID, vid__lte=LAST_VLAN_ID), name="vid_in_1_4094"),
        ]
        indexes: ClassVar = [models.Index(fields=["switch", "state", "vid"], name="vlan_by_switch_and_state")]

    def __str__(self) -> str:
        return f"VLAN {self.vid}"

    @property
    def may_be_claimed(self) -> bool:
        return self.state == VlanState.FREE


class VlanMove(models.Model):
    """One recorded step in a VLAN's life: from which state to which, when, by whom and why."""

    vlan = models.ForeignKey(Vlan, on_delete=models.CASCADE, related_name="moves")
    from_state = models.CharField(max_length=15, choices=VlanState.choices)
    to_state = models.CharField(max_length=15, choices=VlanState.choices)
    at = models.DateTimeField(db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    why = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.vlan}: {self.from_state} → {self.to_state}"

    @property
    def number(self) -> int:
        return self.vlan.vid
