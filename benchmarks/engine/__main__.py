"""800 tenants × 5 networks imported and pushed through the whole engine, beside the bare protocols.

``python -m benchmarks.engine``. A PostgreSQL, a Redis and a Celery worker of its own; a core switch (netconfd), a
vCenter (vcsim) and simulated firewalls. Printed: port groups a second through the engine beside bare pyVmomi in
batches of 100 on another vcsim of the same kind, switch VLANs a second beside bare ncclient batches, and the sum of
the devices' times beside the wall time of the whole push.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

from benchmarks.engine.timing import CALLS_FILE, Call, calls
from benchmarks.scale.pages import portal
from lab.netconfd import independent as netconf
from lab.netconfd import switch
from lab.simulators import CannotRun, vcsim

TENANTS, NETWORKS = 800, 5
AIM = 0.8
WORKERS = 2
SWEEP_SECONDS = 5.0
POLL_SECONDS = 0.1
BATCH = 1000  # VLANs of a bare ncclient batch
DEADLINE = 1800.0


def main() -> None:
    arguments = argparse.ArgumentParser(description="Pushes a whole provider through the engine.")
    arguments.add_argument("--tenants", type=int, default=TENANTS)
    tenants = arguments.parse_args().tenants
    try:
        with portal():
            measure(tenants)
    except CannotRun as error:
        sys.exit(f"Engine: not measured: {error}")


def measure(tenants: int) -> None:
    """Import, plan, approve, push; then the bare contenders. Raises CannotRun."""
    from benchmarks.engine.company import DVS, TRUNK, set_up, wanted  # noqa: PLC0415

    count = tenants * NETWORKS
    with vcsim(dvs=(DVS,)) as simulator, switch(ports=(), bundles=(TRUNK,)) as core:
        set_up(core, simulator)
        print(f"{tenants} tenants × {NETWORKS} networks: {count:,} VLANs, {count:,} port groups", flush=True)
        runs = prepared(tenants)
        seconds, seen = pushed(runs)
        with netconf.signed_in(core) as session:
            if len(netconf.vlans(session)) != count:
                raise RuntimeError("the switch does not carry what was pushed")
    tell(seen, seconds, count=count)
    names = {f"{one.tenant}-{one.role}-{one.vid}": one.vid for one in wanted(tenants)}
    beside("port groups", "vcenter", seen, bare_port_groups(names), count=count)
    beside("switch VLANs", "core-switch", seen, bare_vlans(names), count=count)


def prepared(tenants: int) -> list[int]:
    """The provider's list imported, a plan for each tenant from one look at the devices, all approved."""
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks.engine.company import write_list  # noqa: PLC0415
    from provisioning import dispatch  # noqa: PLC0415
    from provisioning.approval import approve  # noqa: PLC0415
    from provisioning.devices import read_all  # noqa: PLC0415
    from provisioning.models import Device  # noqa: PLC0415
    from provisioning.planning import make_plan  # noqa: PLC0415
    from tenants.models import Tenant  # noqa: PLC0415
    from tests.factories import make_user  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder, lap("imported"):
        path = Path(folder) / "customers.csv"
        write_list(path, tenants=tenants)
        call_command("import_inventory", str(path), commit=True, stdout=StringIO())
    operator, approver = make_user("olga"), make_user("ann")
    with lap("planned"):
        read = read_all(Device.objects.exclude(kind="firewall").select_related("vcenter"))
        everybody = Tenant.objects.select_related("pod__switch", "pod__dvs__vcenter").order_by("pk")
        plans = [make_plan(tenant=tenant, by=operator, read=read) for tenant in everybody]
    with lap("approved"), dispatch.waking_nobody():
        runs = [approve(plan=plan, plan_hash=plan.hash, by=approver) for plan in plans]
    return [run.pk for run in runs if run]


def pushed(runs: list[int]) -> tuple[float, list[Call]]:
    """Seconds until the last run has ended, from the moment that a worker is ready; every call to a device."""
    from django.utils import timezone  # noqa: PLC0415

    from provisioning import recovery  # noqa: PLC0415
    from provisioning.models import Run, RunStatus  # noqa: PLC0415
    from provisioning.models.runs import OPEN_RUNS  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder, worker(Path(folder)):
        began = swept = time.monotonic()
        recovery.sweep(now=timezone.now())
        while Run.objects.filter(pk__in=runs, status__in=OPEN_RUNS).exists():
            if time.monotonic() - swept > SWEEP_SECONDS:
                recovery.sweep(now=timezone.now())
                swept = time.monotonic()
            if time.monotonic() - began > DEADLINE:
                raise RuntimeError(f"the push did not end within {DEADLINE:.0f} s")
            time.sleep(POLL_SECONDS)
        seconds = time.monotonic() - began
        for run in Run.objects.filter(pk__in=runs).exclude(status=RunStatus.SUCCEEDED)[:1]:
            raise RuntimeError(f"{run} ended as {run.get_status_display()}: {run.message}")
        return seconds, calls(Path(folder) / "calls")


@contextmanager
def worker(folder: Path) -> Iterator[None]:
    log = folder / "log"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "benchmarks.engine.worker_settings",
        CALLS_FILE: str(folder / "calls"),
        "LOG_LEVEL": "INFO",
    }
    command = [sys.executable, "-m", "celery", "-A", "zcsp_portal", "worker", "-c", str(WORKERS), "-l", "info"]
    with log.open("wb") as out, subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process:
        try:
            while " ready." not in log.read_text(errors="replace"):
                if process.poll() is not None:
                    raise RuntimeError(f"the worker ended:\n{log.read_text(errors='replace')[-2000:]}")
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


@contextmanager
def lap(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"  {what:<10} in {time.monotonic() - began:7.1f} s", flush=True)


def tell(seen: list[Call], seconds: float, *, count: int) -> None:
    kinds = sorted({call.device for call in seen})
    total = sum(call.seconds for call in seen)
    print(f"  pushed     in {seconds:7.1f} s of wall time; the devices' own times add up to {total:.1f} s")
    for kind in kinds:
        of_kind = [call for call in seen if call.device == kind]
        by_what = ", ".join(
            f"{what} {sum(c.seconds for c in of_kind if c.what == what):.1f}" for what in ("read", "apply")
        )
        sessions = sum(call.what == "enter" for call in of_kind)
        print(f"    {kind:<12} {sum(c.seconds for c in of_kind):7.1f} s in {sessions} sessions ({by_what})")


def beside(what: str, kind: str, seen: list[Call], bare: float, *, count: int) -> None:
    """Ours: in the device's own time while it is written (reads and read-backs included), and from its first session
    to its last."""
    writing = [call for call in seen if call.device == kind]
    first = min(call.began for call in writing if call.what == "apply")
    last = max(call.began + call.seconds for call in writing if call.what == "apply")
    applying = sum(call.seconds for call in writing if call.what == "apply")
    print(f"  {what} a second: bare {count / bare:,.0f}")
    print(f"    written by the engine {count / applying:8,.0f}   ratio {bare / applying:.2f}")
    print(
        f"    first to last write   {count / (last - first):8,.0f}   ratio {bare / (last - first):.2f}   (aim: {AIM})"
    )


def bare_port_groups(names: dict[str, int]) -> float:
    from benchmarks.engine.company import DVS  # noqa: PLC0415
    from lab.independent import add_groups, signed_in  # noqa: PLC0415

    with vcsim(dvs=(DVS,)) as simulator, signed_in(simulator) as content:
        began = time.monotonic()
        add_groups(content, DVS, names)
        return time.monotonic() - began


def bare_vlans(names: dict[str, int]) -> float:
    from benchmarks.engine.company import TRUNK  # noqa: PLC0415

    short = {vid: name[:32] for name, vid in names.items()}
    vids = list(short)
    with switch(ports=(), bundles=(TRUNK,)) as core, netconf.signed_in(core) as session:
        began = time.monotonic()
        for start in range(0, len(vids), BATCH):
            part = vids[start : start + BATCH]
            netconf.edit(session, vlans={v: short[v] for v in part}, port=TRUNK, add=[str(v) for v in part])
            session.commit()
        return time.monotonic() - began


if __name__ == "__main__":
    main()
