"""The made-up lives of tenants: when each was taken in, with which networks, and when it left. Pure: no database."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random

from netaddr import IPNetwork

from tenants.models import NetworkRole, NetworkStatus, TenantStatus, WanKind
from zcsp_portal.demo.calendar import busy_days, office_hour, working_day_on_or_before
from zcsp_portal.demo.company import DemoPod, DemoSwitch

# How many VLANs a customer starts with; the mean is just under the five that one plans for.
_SIZES = {2: 14, 3: 18, 4: 13, 5: 28, 6: 12, 8: 9, 10: 4, 14: 2}
_WANS = {WanKind.IPSEC: 66, WanKind.MPLS: 17, WanKind.PRIVATE_LINE: 10, WanKind.STRETCHED_L2: 7}
_FIRST_STAY = timedelta(days=120)


@dataclass(slots=True, eq=False)
class NetworkLife:
    """A network from claim to removal; an empty moment has not come yet. The replay gives it its ``vid``."""

    role: NetworkRole
    prefix: str
    claimed_at: datetime
    live_at: datetime | None = None
    releasing_at: datetime | None = None
    gone_at: datetime | None = None
    vid: int = 0

    @property
    def status(self) -> NetworkStatus:
        if self.gone_at:
            return NetworkStatus.REMOVED
        if self.releasing_at:
            return NetworkStatus.REMOVING
        return NetworkStatus.LIVE if self.live_at else NetworkStatus.PLANNED


@dataclass(slots=True, eq=False)
class TenantLife:
    name: str
    pod: DemoPod
    status: TenantStatus
    taken_in_at: datetime
    wan: WanKind
    gateway: str | None
    subnets: tuple[str, ...]
    onboarded_on: date | None = None
    departed_on: date | None = None
    networks: list[NetworkLife] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return self.name.lower()


class Addresses:
    """Prefixes that never overlap: one block a tenant for its site, one /24 a network, one gateway a VPN.

    RFC 1918 and RFC 2544 space outside the provider's own prefixes.
    """

    def __init__(self) -> None:
        self._sites = IPNetwork("10.64.0.0/10").subnet(22)
        self._networks = IPNetwork("10.32.0.0/11").subnet(24)
        self._gateways = (str(IPNetwork("198.18.0.0/15")[n]) for n in count(1, 3))

    def site(self, rng: Random) -> tuple[str, ...]:
        """One to three customer subnets."""
        block = next(self._sites)
        lengths = rng.choice(((22,), (23,), (24,), (24, 24), (23, 24), (24, 24, 24)))
        parts = block.subnet(min(lengths)) if len(lengths) == 1 else block.subnet(23 if 23 in lengths else 24)
        chosen = [next(parts) for _ in lengths]
        return tuple(str(next(part.subnet(n))) for part, n in zip(chosen, lengths, strict=True))

    def network(self) -> str:
        return str(next(self._networks))

    def gateway(self) -> str:
        return next(self._gateways)


def tenant_lives(
    switch: DemoSwitch, *, names: Iterator[str], today: date, hold_days: int, addresses: Addresses, rng: Random
) -> list[TenantLife]:
    """Everybody who ever was behind this switch, former ones and newcomers included."""
    yesterday = working_day_on_or_before(today - timedelta(days=1))
    settled = switch.customers + switch.departed + switch.offboarding
    days = busy_days(settled, first=today - timedelta(days=switch.opens), last=yesterday, pace=switch.pace, rng=rng)
    people = _Newcomers(switch, names, today, addresses, rng)
    lives = [people.settled(day) for day in days]
    old_enough = [life for life in lives if life.onboarded_on and life.onboarded_on + _FIRST_STAY < yesterday]
    leaving = rng.sample(old_enough, switch.departed + switch.offboarding)
    staying = set(leaving).symmetric_difference(lives)
    for life in filter(staying.__contains__, lives):
        people.grow(life, until=yesterday)
    for life in leaving[: switch.departed]:
        people.depart(life, before=yesterday)
    for life in leaving[switch.departed :]:
        people.begin_to_leave(life, on=yesterday)
    lives += [people.arriving(days_ago=1 + (2 * n) % hold_days) for n in range(switch.onboarding)]
    lives += [people.withdrawn(days_ago=rng.randrange(30, 300)) for _ in range(switch.withdrawn)]
    return lives


@dataclass(frozen=True, slots=True)
class _Newcomers:
    """Makes the tenants of one switch."""

    switch: DemoSwitch
    names: Iterator[str]
    today: date
    addresses: Addresses
    rng: Random

    def settled(self, onboarded_on: date) -> TenantLife:
        """Taken in a few days before it went live."""
        asked_on = working_day_on_or_before(onboarded_on - timedelta(days=self.rng.randint(1, 9)))
        life = self._taken_in(office_hour(asked_on, self.rng), open_on=onboarded_on)
        life.status, life.onboarded_on = TenantStatus.ACTIVE, onboarded_on
        live_at = max(office_hour(onboarded_on, self.rng), life.taken_in_at + timedelta(minutes=20))
        for network in life.networks:
            network.live_at = live_at
        return life

    def arriving(self, *, days_ago: int) -> TenantLife:
        """Taken in, not pushed: its VLANs are held."""
        return self._taken_in(office_hour(self.today - timedelta(days=days_ago), self.rng), open_on=self.today)

    def withdrawn(self, *, days_ago: int) -> TenantLife:
        """Taken in and given up before it ever went live."""
        day = self.today - timedelta(days=days_ago)
        life = self._taken_in(office_hour(day, self.rng), open_on=day)
        life.status = TenantStatus.WITHDRAWN
        for network in life.networks:
            network.gone_at = office_hour(day + timedelta(days=3), self.rng)
        return life

    def grow(self, life: TenantLife, *, until: date) -> None:
        """Some long-standing customers take more networks later; a few give one back."""
        if life.onboarded_on is None or (until - life.onboarded_on).days < 200:
            return
        chance = self.rng.random()
        if chance < 0.15:
            for _ in range(self.rng.randint(1, 2)):
                asked_at = self._working_moment(life.onboarded_on + timedelta(days=60), until - timedelta(days=10))
                network = NetworkLife(NetworkRole.EXTRA, self.addresses.network(), asked_at)
                network.live_at = asked_at + timedelta(days=self.rng.randint(1, 5), minutes=5)
                life.networks.append(network)
        elif chance < 0.20 and life.networks[-1].role == NetworkRole.EXTRA:
            self._remove(life.networks[-1], self._working_moment(life.onboarded_on + timedelta(days=90), until))

    def depart(self, life: TenantLife, *, before: date) -> None:
        assert life.onboarded_on
        leaving_at = self._working_moment(life.onboarded_on + _FIRST_STAY, before)
        for network in life.networks:
            self._remove(network, leaving_at)
        life.status, life.departed_on = TenantStatus.DEPARTED, leaving_at.date()

    def begin_to_leave(self, life: TenantLife, *, on: date) -> None:
        """Asked to leave; its VLANs are being released and the devices still carry them."""
        life.status, asked_at = TenantStatus.OFFBOARDING, office_hour(on, self.rng)
        for network in life.networks:
            network.releasing_at = asked_at

    @staticmethod
    def _remove(network: NetworkLife, at: datetime) -> None:
        network.releasing_at, network.gone_at = at, at + timedelta(minutes=40)

    def _working_moment(self, first: date, last: date) -> datetime:
        day = first + timedelta(days=self.rng.randrange(max(1, (last - first).days)))
        return office_hour(working_day_on_or_before(day), self.rng)

    def _taken_in(self, at: datetime, *, open_on: date) -> TenantLife:
        wan = self.rng.choices(list(_WANS), weights=list(_WANS.values()))[0]
        return TenantLife(
            name=next(self.names),
            pod=self._pod(open_on),
            status=TenantStatus.ONBOARDING,
            taken_in_at=at,
            wan=wan,
            gateway=self.addresses.gateway() if wan == WanKind.IPSEC else None,
            subnets=self.addresses.site(self.rng),
            networks=[NetworkLife(role, self.addresses.network(), at) for role in self._roles()],
        )

    def _pod(self, day: date) -> DemoPod:
        days_ago = (self.today - day).days
        pods = [p for p in self.switch.pods if p.opens >= days_ago and (p.accepts_tenants or days_ago > 365)]
        return self.rng.choices(pods, weights=[pod.weight for pod in pods])[0]

    def _roles(self) -> list[NetworkRole]:
        size = self.rng.choices(list(_SIZES), weights=list(_SIZES.values()))[0]
        third = NetworkRole.REPLICATION if self.rng.random() < 0.6 else NetworkRole.EXTRA
        roles = [NetworkRole.FAILOVER_PRODUCTION, NetworkRole.FAILOVER_TEST, third]
        return (roles + [NetworkRole.EXTRA] * size)[:size]


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
