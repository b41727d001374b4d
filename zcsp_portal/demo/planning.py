"""What the demo's planners have written down: signed contracts, and two what-ifs worth comparing."""

from datetime import date, timedelta

from accounts.models import User
from capacity.models import Contract, Scenario, ScenarioEvent
from capacity.models.scenarios import EventKind
from zcsp_portal.demo.inventory import Owned


def write_planning(owned: Owned, *, today: date, by: User | None) -> None:
    """``by``: the manager, in development mode."""
    _write_contracts(owned, today)
    _write_scenarios(owned, today, by)


def _write_contracts(owned: Owned, today: date) -> None:
    north, harbour = owned.switches["core-north"], owned.switches["core-harbour"]
    Contract.objects.bulk_create(
        [
            Contract(
                customer="Meridian Logistics", switch=north, customers=1, vlans=6, signed_by="M. Oduya",
                signed_on=today - timedelta(days=40), starts_on=today - timedelta(days=5), note="waits for its line",
            ),
            Contract(
                customer="Castell Holdings, 12 sites", switch=harbour, customers=12, vlans=58, signed_by="M. Oduya",
                signed_on=today - timedelta(days=12), starts_on=today + timedelta(days=75),
            ),
            Contract(
                customer="Port Authority of Vellmar", switch=harbour, pod=owned.pods["harbour-2"], customers=3,
                vlans=15, signed_by="R. Lindqvist", signed_on=today - timedelta(days=3),
                starts_on=today + timedelta(days=130),
            ),
        ]
    )  # fmt: skip


def _write_scenarios(owned: Owned, today: date, by: User | None) -> None:
    harbour = owned.switches["core-harbour"]
    made = {"switch": harbour, "made_by": by, "changed_by": by}
    reseller = Scenario.objects.create(name="Harbour wins the reseller", **made)
    ScenarioEvent.objects.create(
        scenario=reseller, kind=EventKind.BATCH, on=today + timedelta(days=210), customers=80, vlans=360
    )
    Scenario.objects.create(name="Harbour sells half as much again", growth="1.5", **made)
