"""Switch VLANs a second: our driver beside bare ncclient in one batch, against one and the same netconfd.

All create the same VLANs and put them on the same trunk, taking turns at going first; the median of the rounds counts.
The driver's share includes the lock, reading before and after, and a commit that is confirmed; the bare contender
writes and commits, and, once more, with a confirmed commit, which is what its safety costs without any reading.
"""

import statistics
import sys
import time
from collections.abc import Callable

from ncclient.manager import Manager

from lab.netconfd import Switch, switch
from lab.netconfd.independent import clear, edit, signed_in, vlans
from lab.simulators import CannotRun
from provisioning.drivers.openconfig import OpenConfig
from provisioning.drivers.protocol import Change, Kind, ObjectId, Target

FIRST, COUNT = 1000, 1000
ROUNDS = 5
PORT = "Ethernet1"
NAMES = {vid: f"Tenant-{vid}-failover-test" for vid in range(FIRST, FIRST + COUNT)}
DRIVER, BARE, CONFIRMED = "through our driver", "bare ncclient, one batch", "the same, confirmed commit"


def main() -> None:
    """Print the rates and their ratios. Ends with 1 where netconfd cannot run."""
    try:
        rates = measure(rounds=ROUNDS)
    except CannotRun as error:
        sys.exit(f"Switch VLANs: not measured: {error}")
    print(f"Switch VLANs a second, {COUNT:,} created and put on a trunk of netconfd, median of {ROUNDS} rounds")
    for name, seen in rates.items():
        ratio = statistics.median(one / other for one, other in zip(rates[DRIVER], seen, strict=True))
        beside = "" if name == DRIVER else f"   (the driver beside it: {ratio:.2f})"
        print(f"  {name:<28} {statistics.median(seen):8,.0f}{beside}")


def measure(*, rounds: int) -> dict[str, list[float]]:
    """VLANs a second of each contender, round by round. Raises CannotRun."""
    contenders: dict[str, Callable[[Switch, Manager], float]] = {DRIVER: _driver, BARE: _bare, CONFIRMED: _confirmed}
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        order = list(contenders)[number % 3 :] + list(contenders)[: number % 3]
        for name in order:
            with switch(ports=(PORT,)) as core, signed_in(core) as session:
                rates[name].append(COUNT / contenders[name](core, session))
                if vlans(session) != NAMES:
                    raise RuntimeError(f"{name}: the switch does not carry what was written")
                clear(session)
    return rates


def _driver(core: Switch, session: Manager) -> float:
    changes = [Change(ObjectId(Kind.VLAN, str(vid)), {"name": name}) for vid, name in NAMES.items()]
    changes += [Change(ObjectId(Kind.TRUNK_VLAN, f"{PORT}/{vid}"), {}) for vid in NAMES]
    target = Target(
        "bench", core.address, core.username, core.password, tls="pinned", thumbprint=core.host_key_fingerprint
    )
    with OpenConfig(target) as driver:
        start = time.perf_counter()
        outcomes = driver.apply(changes)
        seconds = time.perf_counter() - start
    if failed := [error for error in outcomes.values() if error]:
        raise RuntimeError(f"{len(failed)} objects failed, the first: {failed[0]}")
    return seconds


def _bare(core: Switch, session: Manager) -> float:
    start = time.perf_counter()
    edit(session, vlans=NAMES, port=PORT, add=[f"{FIRST}..{FIRST + COUNT - 1}"])
    session.commit()
    return time.perf_counter() - start


def _confirmed(core: Switch, session: Manager) -> float:
    start = time.perf_counter()
    edit(session, vlans=NAMES, port=PORT, add=[f"{FIRST}..{FIRST + COUNT - 1}"])
    session.commit(confirmed=True, timeout="60")
    session.commit()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
