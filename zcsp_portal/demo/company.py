"""The demo provider as values: its switches, pods, vCenters and own networks. Every name and address is invented
(``example`` domains of RFC 2606, addresses of RFC 1918 and RFC 2544)."""

from dataclasses import dataclass, field

from inventory.models import NetworkPurpose, Platform

DOMAIN = "demo.example"


@dataclass(frozen=True, slots=True)
class DemoPod:
    """``opens``: how many days ago it took its first tenant. ``weight``: its share of newcomers while it is open."""

    name: str
    vcenter: str
    trunk_port: str
    opens: int
    weight: float = 1.0
    accepts_tenants: bool = True


@dataclass(frozen=True, slots=True)
class DemoSwitch:
    """A core switch and the history that is to be made up for it.

    ``customers``: active tenants today; ``departed``: former ones; ``pace``: how fast newcomers arrived at the
    start and arrive now, one against the other. ``infrastructure``: (first, last, reason). ``unclaimed``: (VLAN ID,
    name of the port group) found on a vCenter, and nobody here knows whose they are.
    """

    name: str
    platform: Platform
    site: str
    pods: tuple[DemoPod, ...]
    infrastructure: tuple[tuple[int, int, str], ...]
    customers: int
    departed: int
    pace: tuple[float, float]
    onboarding: int
    offboarding: int
    withdrawn: int
    unclaimed: tuple[tuple[int, str], ...] = ()
    limits: dict[str, int] = field(default_factory=dict)

    @property
    def opens(self) -> int:
        return max(pod.opens for pod in self.pods)


@dataclass(frozen=True, slots=True)
class DemoNetwork:
    """A prefix of the provider's own; ``pod`` empty: the whole provider."""

    name: str
    prefix: str
    purpose: NetworkPurpose
    pod: str = ""
    vid: int | None = None


YEARS_3 = 1095
_INFRASTRUCTURE = (
    (2, 9, "switch and out-of-band management"),
    (10, 19, "ESXi, vMotion and storage"),
    (20, 25, "Zerto management and ZCC transit"),
)
MANAGEMENT_VID, TRANSIT_VID = 20, 21

SWITCHES = (
    DemoSwitch(
        name="core-north",
        platform=Platform.NXOS,
        site="North hall",
        pods=(
            DemoPod("north-1", "vc-north-a", "port-channel11", opens=YEARS_3, accepts_tenants=False),
            DemoPod("north-2", "vc-north-a", "port-channel12", opens=840, weight=1.5),
            DemoPod("north-3", "vc-north-b", "port-channel13", opens=520, weight=2.5),
        ),
        infrastructure=(*_INFRASTRUCTURE, (3900, 3903, "backup fabric")),
        customers=558,
        departed=150,
        pace=(1.5, 0.7),
        onboarding=4,
        offboarding=1,
        withdrawn=2,
        unclaimed=(
            (3410, "legacy-backup-3410"),
            (3411, "legacy-backup-3411"),
            (3502, "voice-gateway"),
            (3608, "migration-2023-a"),
            (3609, "migration-2023-b"),
        ),
        limits={"max_logical_ports": 14_000, "trunks": 3},
    ),
    DemoSwitch(
        name="core-harbour",
        platform=Platform.EOS,
        site="Harbour hall",
        pods=(
            DemoPod("harbour-1", "vc-harbour", "Port-Channel21", opens=640),
            DemoPod("harbour-2", "vc-harbour", "Port-Channel22", opens=280, weight=2.0),
        ),
        infrastructure=_INFRASTRUCTURE,
        customers=289,
        departed=38,
        pace=(0.8, 1.2),
        onboarding=3,
        offboarding=1,
        withdrawn=1,
        unclaimed=((3120, "dmz-old"), (3121, "dmz-old-test"), (3300, "camera-net")),
    ),
    DemoSwitch(
        name="core-hill",
        platform=Platform.IOSXE,
        site="Hill hall",
        pods=(DemoPod("hill-1", "vc-hill", "Port-channel31", opens=85),),
        infrastructure=_INFRASTRUCTURE,
        customers=31,
        departed=0,
        pace=(0.6, 1.4),
        onboarding=5,
        offboarding=0,
        withdrawn=0,
        limits={"max_logical_ports": 7_000, "trunks": 2},
    ),
)

PODS = tuple(pod for switch in SWITCHES for pod in switch.pods)
VCENTERS = tuple(dict.fromkeys(pod.vcenter for pod in PODS))

MANAGEMENT_NETWORKS = (
    DemoNetwork("Out-of-band management", "10.0.0.0/22", NetworkPurpose.MANAGEMENT, vid=2),
    DemoNetwork("Zerto Cloud Manager", "10.0.8.0/24", NetworkPurpose.MANAGEMENT),
    *(
        DemoNetwork(f"Management {pod.name}", f"10.1.{n}.0/24", NetworkPurpose.MANAGEMENT, pod.name, MANAGEMENT_VID)
        for n, pod in enumerate(PODS, start=1)
    ),
    *(
        DemoNetwork(f"ZCC transit {pod.name}", f"10.2.{4 * n}.0/22", NetworkPurpose.TRANSIT, pod.name, TRANSIT_VID)
        for n, pod in enumerate(PODS, start=1)
    ),
)
