"""Port groups a second: our driver beside bare pyVmomi in batches of 100, against one and the same vcsim.

Both create the same groups on the same empty switch, taking turns at going first; the median of the rounds counts.
The driver's share includes reading what is there and comparing before it writes; both wait for every task. Each
round starts a simulator of its own, because its memory of finished tasks slows it down.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from lab.independent import add_groups, everything, signed_in, vim, wait
from lab.simulators import CannotRun, Simulator, vcsim
from provisioning.drivers.protocol import Change, Kind, ObjectId, Target
from provisioning.drivers.vsphere import VSphere

GROUPS = 1500
ROUNDS = 7
AIM = 0.8
DVS = "dvs-bench"
NAMES = {f"Tenant-{vid:04}-failover-test-{vid}": vid for vid in range(2, GROUPS + 2)}


def main() -> None:
    """Print both rates and their ratio. Ends with 1 where the simulator cannot run."""
    try:
        rates = measure(rounds=ROUNDS)
    except CannotRun as error:
        sys.exit(f"Port groups: not measured: {error}")
    ours, bare = rates["driver"], rates["bare pyVmomi"]
    ratio = statistics.median(one / other for one, other in zip(ours, bare, strict=True))
    print(f"Port groups a second, {GROUPS:,} created on vcsim, median of {ROUNDS} rounds")
    print(f"  through our driver           {statistics.median(ours):8,.0f}")
    print(f"  bare pyVmomi, batches of 100 {statistics.median(bare):8,.0f}")
    print(f"  ratio, within each round     {ratio:8.2f}   (aim: {AIM} or more)")


def measure(*, rounds: int) -> dict[str, list[float]]:
    """Groups a second of each contender, round by round. Raises CannotRun."""
    contenders: dict[str, Callable[[Simulator], float]] = {"driver": _driver, "bare pyVmomi": _bare}
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        order = list(contenders) if number % 2 == 0 else list(reversed(contenders))
        with vcsim(dvs=(DVS,)) as simulator:
            for name in order:
                rates[name].append(GROUPS / contenders[name](simulator))
                _clear(simulator)
    return rates


def _driver(simulator: Simulator) -> float:
    changes = [
        Change(
            ObjectId(Kind.PORT_GROUP, f"{DVS}/{name}"),
            {"vlan_id": vid, "promiscuous": False, "forged_transmits": True, "mac_changes": False},
        )
        for name, vid in NAMES.items()
    ]
    target = Target("bench", simulator.address, simulator.username, simulator.password, ca_pem=simulator.ca_pem)
    with VSphere(target, [DVS]) as driver:
        outcomes, seconds = _timed(lambda: driver.apply(changes))
    if failed := [error for error in outcomes.values() if error]:
        raise RuntimeError(f"{len(failed)} port groups failed, the first: {failed[0]}")
    return seconds


def _bare(simulator: Simulator) -> float:
    with signed_in(simulator) as content:
        return _timed(lambda: add_groups(content, DVS, NAMES))[1]


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    answer = call()
    return answer, time.perf_counter() - start


def _clear(simulator: Simulator) -> None:
    """Both contenders must find the same: remove what was made, and make sure that all of it had been."""
    with signed_in(simulator) as content:
        groups = [one for one in everything(content, vim.dvs.DistributedVirtualPortgroup) if not one.tag]
        if len(groups) != GROUPS:
            raise RuntimeError(f"{len(groups)} port groups instead of {GROUPS}")
        for group in groups:
            wait(group.Destroy_Task())


if __name__ == "__main__":
    main()
