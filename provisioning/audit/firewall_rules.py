"""Rules about a tenant's firewall: the way to the management networks, translation on Zerto's path, the WAN. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from provisioning.audit.facts import Evidence, Found, TenantSite
from provisioning.audit.filtering import ANY_SERVICE, Names, asked_at, is_off, let_through
from provisioning.audit.ranges import FAMILIES, NOTHING, Box, Ranges, addresses, everything, prefixes
from provisioning.drivers.protocol import Attributes, Kind, ObjectId
from provisioning.models.audit_findings import AuditRule, Severity
from tenants.models import WanKind

CLEAR_TRAFFIC = ObjectId(Kind.RULE, "wan/10-no-clear-traffic")


def management_reach(seen: Evidence) -> Iterator[Found]:
    """A rule that decides about something bound for the provider's prefixes, and lets it through.

    All that comes in from the tenant is asked about: at the interfaces of its VLANs, from its tunnel, and at the WAN,
    there without what comes from the provider's own prefixes. The ZCC has a leg of its own in the management network,
    so nothing for it needs to pass here. A rule is a finding only for what no earlier rule decided about.
    """
    if seen.facts.site is None:
        return
    names = Names.on(seen.state)
    reached: dict[str, list[tuple[str, str, Box, bool]]] = defaultdict(list)
    rules: dict[str, Attributes] = {}
    for family in FAMILIES:
        provider = union(addresses(prefix, family) for prefix in seen.facts.management_prefixes)
        for place in _places(seen):
            sources = everything(family) - provider if place == "wan" else everything(family)
            asked = [Box(sources, provider, ANY_SERVICE)]
            for rule, boxes, certain in let_through(asked, asked_at(place, family, seen.state, names)):
                rules[rule.key] = rule.attributes
                reached[rule.key] += [(place, family, box, certain) for box in boxes]
    for key, ways in reached.items():
        yield _way(seen.facts.site, key, rules[key], ways)
    yield from _forwards_past_the_rules(seen, names)


def union(parts: Iterable[Ranges]) -> Ranges:
    return Ranges.of(run for part in parts for run in part.runs)


def _places(seen: Evidence) -> list[str]:
    return [*sorted(id.key for id in seen.state if id.kind == Kind.INTERFACE), "ipsec", "wan"]


def _way(site: TenantSite, key: str, rule: Attributes, ways: list[tuple[str, str, Box, bool]]) -> Found:
    certain = any(sure for *_, sure in ways)
    ways = [way for way in ways if way[3] == certain]
    places = sorted({place for place, *_ in ways})
    reach = [
        text
        for family in FAMILIES
        for text in prefixes(union(box.destination for _, of, box, _ in ways if of == family), family)
    ]
    what = rule_in_words(key, rule)
    said = (
        f"{what}: what comes in at {', '.join(places)} reaches {', '.join(reach)} past the ZCC."
        if certain
        else f"{what} may let what comes in at {', '.join(places)} reach the provider's prefixes past the ZCC: what it "
        "names or asks for cannot be resolved here."
    )
    data = {"rule": key, "places": places, "reaches": reach, "certain": certain, "configured": dict(rule)}
    severity = Severity.CRITICAL if certain else Severity.WARNING
    return Found(AuditRule.MANAGEMENT_REACH, f"rule {key}", severity, said, data, (site.owner,))


def rule_in_words(key: str, rule: Attributes) -> str:
    name = f" “{rule['description']}”" if rule.get("description") else ""
    ports = f" port {rule['ports']}" if rule.get("ports") else ""
    traffic = "everything" if rule["protocol"] == "any" else str(rule["protocol"])
    verb = {"pass": "passes"}.get(str(rule["action"]), f"{rule['action']}s")
    return f"Rule {key}{name} {verb} {traffic} from {rule['source']} to {rule['destination']}{ports}"


def _forwards_past_the_rules(seen: Evidence, names: Names) -> Iterator[Found]:
    """A port forward that asks no rule (``passes``) and leads into the provider's prefixes."""
    for id, rule in seen.state.items():
        if id.kind != Kind.NAT or not rule.get("passes") or is_off(rule) or rule["action"] != "translate":
            continue
        reach = [
            text
            for family in FAMILIES
            for prefix in seen.facts.management_prefixes
            for text in prefixes(names.party(str(rule["target"]), family, {})[1] & addresses(prefix, family), family)
        ]
        if reach and seen.facts.site:
            said = (
                f"The port forward “{rule['description']}” at {rule['interface']} leads to {', '.join(reach)} and lets "
                "its traffic in without asking a rule."
            )
            data = {"reaches": reach, "certain": True, "configured": dict(rule)}
            owner = (seen.facts.site.owner,)
            yield Found(AuditRule.MANAGEMENT_REACH, f"nat {id.key}", Severity.CRITICAL, said, data, owner)


# --- The WAN --------------------------------------------------------------------------------------


def clear_wan(seen: Evidence) -> Iterator[Found]:
    """A tenant whose site is reached in the clear, or would be: Zerto's own traffic is not encrypted.

    MPLS, a private line or metro Ethernet and a stretched layer 2 are natively secured. Over the internet the tunnel
    has to be on the firewall, switched on, encrypting, and for every prefix of the customer's. Judged once the tenant
    has a network that is live. It is critical where nothing would stop clear traffic either (the rule on the way out of
    the WAN that drops what is for the customer).
    """
    site = seen.facts.site
    if site is None or not site.networks:
        return
    if site.wan == WanKind.INTERNET:
        said = f"{site.owner.name} is reached over the bare internet: nothing encrypts what Zerto sends."
        yield Found(AuditRule.CLEAR_WAN, "wan", Severity.CRITICAL, said, {"wan": site.wan}, (site.owner,))
        return
    if site.wan != WanKind.IPSEC or not site.subnets:
        return
    tunnel = seen.state.get(ObjectId(Kind.TUNNEL, site.remote_gateway))
    faults = [*_faults(tunnel, site, stopped=_clear_traffic_is_stopped(seen))]
    if faults:
        worst = next(one for one in Severity if one in {severity for severity, _ in faults})
        said = f"The tunnel of {site.owner.name} to {site.remote_gateway} {'; it '.join(text for _, text in faults)}."
        data: dict[str, object] = {
            "tunnel": site.remote_gateway,
            "needs": [*site.subnets],
            "found": tunnel and dict(tunnel),
        }
        yield Found(AuditRule.CLEAR_WAN, f"tunnel {site.remote_gateway}", worst, said, data, (site.owner,))


def _clear_traffic_is_stopped(seen: Evidence) -> bool:
    rule = seen.state.get(CLEAR_TRAFFIC)
    return rule is not None and rule["action"] != "pass" and rule["direction"] == "out" and not rule.get("deviates")


def _faults(tunnel: Attributes | None, site: TenantSite, *, stopped: bool) -> Iterator[tuple[Severity, str]]:
    """What is wrong, as the rest of a sentence about the tunnel."""
    open_way = Severity.SERIOUS if stopped else Severity.CRITICAL
    so = "" if stopped else ", and no rule of ours stops clear traffic on the WAN"
    deviates = [str(text) for text in _list(tunnel, "deviates")]
    if tunnel is None:
        yield open_way, f"is not on the firewall{so}"
        return
    if "switched off" in deviates:
        yield open_way, f"is switched off{so}"
    if "does not encrypt" in deviates:
        yield Severity.CRITICAL, "does not encrypt"
    if "a prefix is switched off" in deviates:
        yield open_way, f"is switched off for a prefix{so}"
    if outside := _outside(site.subnets, [str(text) for text in _list(tunnel, "remote_prefixes")]):
        yield open_way, f"is not for {', '.join(outside)}{so}"
    others = [text for text in deviates if text.startswith("another encryption") or text == "signs in another way"]
    if others and "does not encrypt" not in deviates:
        yield Severity.WARNING, f"is not as the portal writes it ({', '.join(others)})"


def _list(attributes: Attributes | None, name: str) -> list[object]:
    found = (attributes or {}).get(name)
    return [*found] if isinstance(found, list) else []


def _outside(wanted: Iterable[str], given: Iterable[str]) -> list[str]:
    """What of the wanted prefixes no given one is about."""
    outside = []
    for family in FAMILIES:
        covered = union(_parsed(text, family) for text in given)
        outside += [text for prefix in wanted for text in prefixes(_parsed(prefix, family) - covered, family)]
    return outside


def _parsed(text: str, family: str) -> Ranges:
    try:
        return addresses(text, family)
    except ValueError:  # a tunnel for the network of an interface
        return NOTHING
