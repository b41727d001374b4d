"""How dates of a forecast are said on every page, in the report and in mails: one wording."""

from datetime import date

from capacity.planning.forecast import Interval

NEVER = "not within ten years"


def median(interval: Interval) -> str:
    """The P50 as a month: "March 2028", "reached", "not within ten years"."""
    if interval.reached:
        return "reached"
    return f"{interval.p50:%B %Y}" if interval.p50 else NEVER


def spread(interval: Interval) -> str:
    """The P10 to the P90: "January 2028 to May 2029", "from January 2031"; empty where nothing is to be said."""
    if interval.reached or interval.p10 is None:
        return ""
    if interval.p90 is None:
        return f"from {interval.p10:%B %Y}"
    first, last = f"{interval.p10:%B %Y}", f"{interval.p90:%B %Y}"
    return first if first == last else f"{first} to {last}"


def day(when: date | None) -> str:
    """ "3 March 2028"; a dash for none."""
    return f"{when.day} {when:%B %Y}" if when else "–"


def order_by(when: date | None, *, today: date) -> str:
    """The order-by date, and how late it is where it has passed."""
    if when is None:
        return "nothing to order"
    late = (today - when).days
    if late > 0:
        return f"{day(when)}: {late:,} day{'' if late == 1 else 's'} late"
    return day(when)
