"""``python -m lab.demonstrate``: play the main job against a simulated vCenter, in a data folder of its own."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

READY_SECONDS = 60.0
POLL_SECONDS = 0.1
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Ends with 0 when exactly what was intended is on the vCenter, with 1 and the reasons when not."""
    from lab.simulators import why_not  # noqa: PLC0415

    if reason := why_not():
        sys.exit(f"The lab cannot run here: {reason}")
    with tempfile.TemporaryDirectory(prefix="zcsp-lab-") as folder:
        # Before Django reads its settings: a database, keys and a broker of the lab's own, whatever is set outside.
        for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"):
            os.environ.pop(name, None)
        os.environ |= {"DJANGO_SETTINGS_MODULE": "zcsp_portal.settings", "DEBUG": "yes", "DATA_DIR": folder}
        sys.exit(_play(Path(folder)))


def _play(folder: Path) -> int:
    import django  # noqa: PLC0415 - only once the settings' environment stands

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from lab import scenario  # noqa: PLC0415
    from lab.provider import POD_SWITCHES  # noqa: PLC0415
    from lab.simulators import vcsim  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    with vcsim(dvs=POD_SWITCHES) as simulator, _redis(folder), _worker(folder):
        played = scenario.play(simulator, say=print)
        wrong = scenario.complaints(simulator, played)
    for line in wrong:
        print(f"Not as intended: {line}")
    if not wrong:
        print("A session that is not ours found exactly the intended port groups, and all 500 others untouched.")
    return 1 if wrong else 0


@contextmanager
def _redis(folder: Path) -> Iterator[None]:
    from django.conf import settings  # noqa: PLC0415

    from zcsp_portal.running import embedded_redis  # noqa: PLC0415

    socket = settings.REDIS_SOCKET
    command = embedded_redis.command(socket=socket, data_dir=folder)
    with _process(command, log=folder / "redis.out", ready=lambda: embedded_redis.answers(socket)):
        yield


@contextmanager
def _worker(folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "-A", "zcsp_portal", "worker", "-c", "2", "-l", "info"]
    log = folder / "worker.log"
    with _process(command, log=log, ready=lambda: " ready." in log.read_text(errors="replace")):
        yield


@contextmanager
def _process(command: list[str], *, log: Path, ready: Callable[[], bool]) -> Iterator[None]:
    """Run it until the block ends; entered once it is ready. Its output is shown when it does not get there."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{command[0]} did not start:\n{log.read_text(errors='replace')}")
            time.sleep(POLL_SECONDS)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
