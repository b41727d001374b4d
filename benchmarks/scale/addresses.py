"""Which pages are measured, and where they are in a provider that was just built."""

from typing import Any

from django.urls import NoReverseMatch, reverse

OVERVIEW, SWITCHES, SWITCH, SCENARIOS, SCENARIO, REPORT = PAGES = (
    "overview",
    "capacity",
    "switch page",
    "scenarios",
    "scenario, live",
    "report",
)


def addresses(*, by: Any) -> dict[str, str]:
    """The address of every page that there is; what a page needs is made, by this user."""
    from inventory.models import CoreSwitch  # noqa: PLC0415

    slug = CoreSwitch.objects.order_by("name")[0].slug
    named = {
        OVERVIEW: ("capacity:overview", []),
        SWITCHES: ("capacity:switches", []),
        SWITCH: ("capacity:switch", [slug]),
        SCENARIOS: ("capacity:scenarios", []),
        REPORT: ("capacity:report", []),
    }
    found = {}
    for page, (name, arguments) in named.items():
        try:
            found[page] = reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    return found
