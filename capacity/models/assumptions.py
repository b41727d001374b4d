"""What only the provider knows about money and time, in one row for all core switches."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from capacity.planning.costs import Assumptions, Licence, Price

DEFAULTS = Assumptions()
ONLY = 1  # the key of the one row
MOST_CAPITAL = 100_000_000
MOST_MONTHLY = 10_000_000
MOST_PER_TENANT = 100_000
MOST_LEAD_DAYS = 1_095
LONGEST_HORIZON = 120  # the forecast goes no further


def whole(default: float, least: int, most: int) -> "models.PositiveIntegerField[int, int]":
    limits = [MinValueValidator(least), MaxValueValidator(most)]
    return models.PositiveIntegerField(default=int(default), validators=limits)


def fraction(default: float, most: int) -> "models.FloatField[float, float]":
    return models.FloatField(default=default, validators=[MinValueValidator(0), MaxValueValidator(most)])


class PlanningAssumptions(models.Model):
    """The stored assumptions; where there is no row, the defaults that the page states hold.

    ``version`` rises by one with every saved edit, so that two people never overwrite each other unseen.
    """

    currency = models.CharField(
        max_length=3,
        default=DEFAULTS.currency,
        validators=[RegexValidator(r"^[A-Z]{3}\Z", "Write the three capital letters of a currency, such as EUR.")],
    )
    horizon_months = whole(DEFAULTS.horizon_months, 12, LONGEST_HORIZON)
    discount_percent = fraction(DEFAULTS.discount_percent, 50)
    decide_months = whole(DEFAULTS.decide_months, 1, 60)
    hourly_rate = whole(DEFAULTS.hourly_rate, 0, 10_000)
    hours_per_reclaimed_vlan = fraction(DEFAULTS.hours_per_reclaimed_vlan, 100)
    reclaim_lead_days = whole(DEFAULTS.reclaim_lead_days, 0, MOST_LEAD_DAYS)
    tightened_size = whole(DEFAULTS.tightened_size, 2, 100)
    tighten_lead_days = whole(DEFAULTS.tighten_lead_days, 0, MOST_LEAD_DAYS)
    new_pod_capital = whole(DEFAULTS.new_pod.capital, 0, MOST_CAPITAL)
    new_pod_monthly = whole(DEFAULTS.new_pod.monthly, 0, MOST_MONTHLY)
    new_pod_per_tenant = fraction(DEFAULTS.new_pod.per_tenant, MOST_PER_TENANT)
    new_pod_lead_days = whole(DEFAULTS.new_pod.lead_days, 0, MOST_LEAD_DAYS)
    new_switch_capital = whole(DEFAULTS.new_switch.capital, 0, MOST_CAPITAL)
    new_switch_monthly = whole(DEFAULTS.new_switch.monthly, 0, MOST_MONTHLY)
    new_switch_per_tenant = fraction(DEFAULTS.new_switch.per_tenant, MOST_PER_TENANT)
    new_switch_lead_days = whole(DEFAULTS.new_switch.lead_days, 0, MOST_LEAD_DAYS)
    nsx_licence = models.CharField(
        max_length=20, default=DEFAULTS.nsx_licence.value, choices=[(state.value, state.value) for state in Licence]
    )
    nsx_capital = whole(DEFAULTS.nsx.capital, 0, MOST_CAPITAL)
    nsx_monthly = whole(DEFAULTS.nsx.monthly, 0, MOST_MONTHLY)
    nsx_per_tenant = fraction(DEFAULTS.nsx.per_tenant, MOST_PER_TENANT)
    nsx_lead_days = whole(DEFAULTS.nsx.lead_days, 0, MOST_LEAD_DAYS)
    evpn_possible = models.BooleanField(default=DEFAULTS.evpn_possible)
    evpn_capital = whole(DEFAULTS.evpn.capital, 0, MOST_CAPITAL)
    evpn_monthly = whole(DEFAULTS.evpn.monthly, 0, MOST_MONTHLY)
    evpn_per_tenant = fraction(DEFAULTS.evpn.per_tenant, MOST_PER_TENANT)
    evpn_lead_days = whole(DEFAULTS.evpn.lead_days, 0, MOST_LEAD_DAYS)
    underlay_mtu = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1280), MaxValueValidator(9600)]
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "planning assumptions"
        verbose_name_plural = "planning assumptions"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=ONLY), name="one_row_of_assumptions"),
        ]

    def __str__(self) -> str:
        return "planning assumptions"

    def price(self, stem: str) -> Price:
        capital, monthly, per_tenant, lead_days = (
            getattr(self, f"{stem}_{part}") for part in ("capital", "monthly", "per_tenant", "lead_days")
        )
        return Price(capital, monthly, per_tenant, lead_days)

    @property
    def value(self) -> Assumptions:
        """The row as the pure core takes it."""
        return Assumptions(
            currency=self.currency,
            horizon_months=self.horizon_months,
            discount_percent=self.discount_percent,
            hourly_rate=self.hourly_rate,
            hours_per_reclaimed_vlan=self.hours_per_reclaimed_vlan,
            tightened_size=self.tightened_size,
            nsx_licence=Licence(self.nsx_licence),
            evpn_possible=self.evpn_possible,
            underlay_mtu=self.underlay_mtu,
            new_pod=self.price("new_pod"),
            new_switch=self.price("new_switch"),
            nsx=self.price("nsx"),
            evpn=self.price("evpn"),
            reclaim_lead_days=self.reclaim_lead_days,
            tighten_lead_days=self.tighten_lead_days,
            decide_months=self.decide_months,
        )


def current() -> Assumptions:
    """What holds now: the stored row, or the stated defaults. One query."""
    stored = PlanningAssumptions.objects.filter(pk=ONLY).first()
    return stored.value if stored else DEFAULTS
