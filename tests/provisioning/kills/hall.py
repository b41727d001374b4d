"""Where one worker after the other works, and how a test plays the scheduler."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from django.utils import timezone

from provisioning import recovery
from provisioning.models import Device, Run
from tests.provisioning.kills.killing import ORDER_FILE, Order
from tests.services import Redis, Worker, celery_worker, wait_until

LEASE_SECONDS = 2

# What was killed, where, and what became of the run: a line of the kill matrix.
Note = Callable[[str, str, str], None]


@dataclass(slots=True)
class Hall:
    """One worker after the other, on one broker; each obeys the orders that are written to ``orders``."""

    redis: Redis
    orders: Path
    stack: ExitStack = field(default_factory=ExitStack)
    worker: Worker | None = None

    def ensure_worker(self) -> Worker:
        if self.worker is None or self.worker.process.poll() is not None:
            env = {"LEASE_SECONDS": str(LEASE_SECONDS), ORDER_FILE: str(self.orders)}
            self.worker = self.stack.enter_context(celery_worker(self.redis, env=env))
        return self.worker

    def killed_and_made_good(self, order: Order, run: Run) -> None:
        """Let a worker die by the order, have another; sweep as the scheduler does, until the run has ended."""
        order.write(self.orders)
        worker = self.ensure_worker()
        sweep_until(lambda: not self.orders.exists(), what=f"the worker to come to “{order.boundary}”")
        if order.whole:
            wait_until(lambda: worker.process.poll() is not None, what="the whole worker to be dead")
        self.ensure_worker()
        ends(run)


def sweep_until(condition: Callable[[], bool], *, what: str, seconds: float = 90) -> None:
    """Sweep, as the scheduler does every few seconds, until it is so."""

    def so() -> bool:
        recovery.sweep(now=timezone.now())
        return condition()

    wait_until(so, what=what, seconds=seconds)


def ends(run: Run) -> None:
    def ended() -> bool:
        run.refresh_from_db()
        return not run.is_open

    sweep_until(ended, what="the run to end")
    # The one who ended the run may still be about to leave: nobody is killed with a lease in his hands.
    sweep_until(lambda: not Device.objects.exclude(lease_owner="").exists(), what="every lease to be given back")
