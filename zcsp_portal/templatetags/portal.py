"""What the base templates need beyond Django's own tags: navigation, the look of a state, accessible form widgets."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, Select, Widget
from django.forms.widgets import ChoiceWidget
from django.template import RequestContext
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

register = template.Library()


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown: a tone (CSS) and an icon; never the one without the other."""

    tone: str
    icon: str


UNKNOWN = Look("neutral", "circle")
LOOKS: dict[str, Look] = {
    # the life of a VLAN
    "free": Look("free", "circle"),
    "held": Look("held", "hourglass-split"),
    "allocated": Look("allocated", "check-circle-fill"),
    "releasing": Look("releasing", "box-arrow-right"),
    "quarantined": Look("quarantined", "moon-stars-fill"),
    "unclaimed": Look("unclaimed", "question-circle-fill"),
    "reserved": Look("reserved", "lock-fill"),
    "infrastructure": Look("infrastructure", "hdd-network-fill"),
    # tenants and their networks
    "onboarding": Look("info", "hourglass-split"),
    "active": Look("ok", "check-circle-fill"),
    "offboarding": Look("warn", "box-arrow-right"),
    "departed": Look("neutral", "dash-circle"),
    "withdrawn": Look("neutral", "x-circle"),
    "planned": Look("info", "pencil-square"),
    "live": Look("ok", "check-circle-fill"),
    "removing": Look("warn", "box-arrow-right"),
    "removed": Look("neutral", "dash-circle"),
    # plans, runs, steps
    "proposed": Look("warn", "hourglass-split"),
    "approved": Look("ok", "check-circle-fill"),
    "rejected": Look("bad", "x-octagon-fill"),
    "superseded": Look("neutral", "arrow-repeat"),
    "queued": Look("neutral", "hourglass"),
    "running": Look("info", "play-circle-fill"),
    "checking": Look("info", "eye-fill"),
    "undoing": Look("warn", "arrow-counterclockwise"),
    "cancelled": Look("neutral", "x-circle"),
    "succeeded": Look("ok", "check-circle-fill"),
    "failed": Look("bad", "x-octagon-fill"),
    "refused": Look("bad", "slash-circle"),
    "pending": Look("neutral", "hourglass"),
    "writing": Look("info", "pencil-fill"),
    "done": Look("ok", "check-circle-fill"),
    "already": Look("ok", "check-circle"),
    "skipped": Look("neutral", "skip-forward-circle"),
    # drift
    "missing": Look("bad", "dash-circle-fill"),
    "changed": Look("warn", "exclamation-triangle-fill"),
    "unknown": Look("info", "question-circle-fill"),
    "leaked": Look("bad", "droplet-fill"),
    "accepted": Look("neutral", "check2-circle"),
    # severities and the rest
    "ok": Look("ok", "check-circle-fill"),
    "success": Look("ok", "check-circle-fill"),
    "info": Look("info", "info-circle-fill"),
    "debug": Look("neutral", "info-circle"),
    "notice": Look("info", "info-circle-fill"),
    "warning": Look("warn", "exclamation-triangle-fill"),
    "error": Look("bad", "x-octagon-fill"),
    "danger": Look("bad", "x-octagon-fill"),
    "critical": Look("bad", "x-octagon-fill"),
    "serious": Look("warn", "exclamation-octagon-fill"),
    "simulated": Look("info", "joystick"),
    "archived": Look("neutral", "archive"),
    "yes": Look("ok", "check-circle-fill"),
    "no": Look("neutral", "dash-circle"),
}


@register.filter
def look(state: object) -> Look:
    """The tone and icon of a state, by its stored value; a plain circle for one that is not known."""
    return LOOKS.get(str(state), UNKNOWN)


@register.inclusion_tag("components/nav_link.html", takes_context=True)
def nav_link(context: RequestContext, name: str, text: str, icon: str, under: str = "") -> dict[str, Any]:
    """A link of the navigation; nothing at all where no URL has this name.

    ``under``: where the pages that belong to it begin, if that is not its own address.
    """
    try:
        url = reverse(name)
    except NoReverseMatch:
        return {"url": ""}
    here = getattr(context.get("request"), "path", "")
    current = "page" if here == url else "true" if url != "/" and here.startswith(under or url) else ""
    return {"url": url, "text": text, "icon": icon, "current": current}


@register.filter
def widget(field: BoundField) -> SafeString:
    """The field's control with Bootstrap's class, tied to its help and its error for screen readers."""
    about = [f"{field.auto_id}_help"] if field.help_text else []
    if field.errors:
        about.insert(0, f"{field.auto_id}_error")
    attrs: dict[str, Any] = {"class": _classes(field)}
    if about:
        attrs["aria-describedby"] = " ".join(about)
    if field.errors:
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


def _classes(field: BoundField) -> str:
    control: Widget = field.field.widget
    own = control.attrs.get("class", "")
    base = "form-select" if isinstance(control, Select) else "form-control"
    if isinstance(control, CheckboxInput) or (isinstance(control, ChoiceWidget) and not isinstance(control, Select)):
        base = "form-check-input"
    return f"{base} {'is-invalid' if field.errors else ''} {own}".strip()


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)
