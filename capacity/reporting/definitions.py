"""What each term of the report means, and what was assumed, in the words that the report prints."""

from collections.abc import Iterator

from capacity.planning.costs import Assumptions, Price
from capacity.reporting.values import Line

DEFINITIONS = (
    Line(
        "Pod",
        "A block of infrastructure: hosts, a vCenter, a distributed switch, storage. It hangs off one core switch.",
    ),
    Line("Core switch", "One domain of 4,094 VLAN IDs. All pods behind it share them, however many there are."),
    Line("Customer", "A tenant that is being onboarded, active, or being offboarded: it has VLANs on the switch."),
    Line("Binding limit", "The lowest of all limits on a switch's VLANs; it is reached first."),
    Line("Theoretical ceiling", "The binding limit divided by the VLANs that are planned for a customer."),
    Line(
        "Practical ceiling",
        "The share of the theoretical ceiling that is sold: above it, customers who grow find no VLANs. It is reached "
        "by customers or by VLANs, whichever is first.",
    ),
    Line("Hard ceiling", "The day on which the VLANs in use reach the binding limit: nobody can be taken in any more."),
    Line(
        "P10, P50, P90",
        "Of all simulated futures, one in ten reaches the ceiling before P10, half before P50, nine in ten before P90. "
        "Eight in ten lie between P10 and P90.",
    ),
    Line("Order-by date", "The P10 of the practical ceiling less the lead time of what is recommended."),
    Line("Lead time", "From the order to the first customer that can be taken in."),
    Line("Customers gained", "Customers up to the practical ceiling more than by staying."),
    Line("Cost", "Present value of capital, monthly costs and costs per customer over the horizon, discounted yearly."),
    Line("VXLAN", "An overlay network with about 16 million segments, which does away with the limit of 4,094 IDs."),
    Line("Quarantine", "The time for which a released VLAN is kept before another customer may have it."),
)


def assumed(assumptions: Assumptions) -> tuple[Line, ...]:
    """Every assumption about money and time, printed."""
    a = assumptions
    return (
        Line("Currency", a.currency),
        Line("Horizon", f"{a.horizon_months} months"),
        Line("Discount rate", f"{a.discount_percent:g} % a year"),
        *_price("New pod", a.new_pod, a),
        *_price("New core switch, on top of a pod", a.new_switch, a),
        *_price("VXLAN with NSX", a.nsx, a),
        *_price("VXLAN with EVPN", a.evpn, a),
        Line("NSX licence", a.nsx_licence.value),
        Line("EVPN on the fabric", "possible" if a.evpn_possible else "not possible"),
        Line("MTU of the underlay", "not known" if a.underlay_mtu is None else f"{a.underlay_mtu:,}"),
        Line("Work to reclaim a VLAN", f"{a.hours_per_reclaimed_vlan:g} h at {a.money(a.hourly_rate)} an hour"),
        Line("Lead time of reclaiming", f"{a.reclaim_lead_days} days"),
        Line("VLANs of a new customer, tightened", str(a.tightened_size)),
        Line("Lead time of tightening", f"{a.tighten_lead_days} days"),
        Line("A decision is asked for", f"{a.decide_months} months before the order-by date"),
    )


def _price(what: str, price: Price, a: Assumptions) -> Iterator[Line]:
    per_tenant = f", {a.currency} {price.per_tenant:g} a month and customer" if price.per_tenant else ""
    terms = f"{a.money(price.capital)} once, {a.money(price.monthly)} a month{per_tenant}; {price.lead_days} days"
    yield Line(what, terms)
