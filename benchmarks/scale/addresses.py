"""Which pages are measured, and where they are in a provider that was just built."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

OVERVIEW, SWITCHES, SWITCH, SCENARIOS, COMPARED, SCENARIO, TEN, YESTERDAY, REPORT = PAGES = (
    "overview",
    "capacity",
    "switch page",
    "scenarios",
    "four compared",
    "scenario, live",
    "report, ten switches",
    "the same, yesterday",
    "report, all switches",
)

SAVED = 20  # scenarios
TURN = "TURN"  # in an address: another number every time it is asked for, as a slider that moves


def addresses(*, by: Any) -> dict[str, str]:
    """The address of every page; what a page needs is made, by this user."""
    from capacity.models import Scenario  # noqa: PLC0415
    from inventory.models import CoreSwitch  # noqa: PLC0415

    ten = list(CoreSwitch.objects.order_by("name").values_list("slug", flat=True)[:10])
    switch = CoreSwitch.objects.order_by("name")[0]
    saved = [
        Scenario.objects.create(name=f"scenario {number}", switch=switch, growth=1 + number / 10, made_by=by)
        for number in range(SAVED)
    ]
    typed = {"name": "Faster", "switch": switch.slug, "growth": f"1.{TURN}", "version": "0"}
    rows = {"events-TOTAL_FORMS": "0", "events-INITIAL_FORMS": "0"}
    named: dict[str, tuple[str, list[str], dict[str, Any]]] = {
        OVERVIEW: ("capacity:overview", [], {}),
        SWITCHES: ("capacity:switches", [], {}),
        SWITCH: ("capacity:switch", [switch.slug], {}),
        SCENARIOS: ("capacity:scenarios", [], {}),
        COMPARED: ("capacity:scenarios", [], {"with": [one.slug for one in saved[:4]]}),
        SCENARIO: ("capacity:scenario_preview", [], typed | rows),
        TEN: ("capacity:report", [], {"switch": ten}),
        YESTERDAY: ("capacity:report", [], {"switch": ten, "date": timezone.localdate() - timedelta(days=1)}),
        REPORT: ("capacity:report", [], {}),
    }
    return {
        page: reverse(name, args=arguments) + (f"?{urlencode(query, doseq=True)}" if query else "")
        for page, (name, arguments, query) in named.items()
    }
