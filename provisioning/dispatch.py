"""Waking workers up. The database is the outbox: a message that the broker loses is found again by the sweeper."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

BEGIN_RUN = "provisioning.begin_run"
DRAIN_DEVICE = "provisioning.drain_device"
CHECK_RUN = "provisioning.check_run"
CHECK_DRIFT = "provisioning.check_drift"
AUDIT_PORTAL = "provisioning.audit_portal"


_nobody_is_woken: ContextVar[bool] = ContextVar("nobody_is_woken", default=False)


@contextmanager
def waking_nobody() -> Iterator[None]:
    """Inside, no message is sent: the caller does the waiting work itself."""
    token = _nobody_is_woken.set(True)
    try:
        yield
    finally:
        _nobody_is_woken.reset(token)


_waiting: ContextVar[dict[tuple[str, tuple[Any, ...]], float | None] | None] = ContextVar("waiting", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Inside, messages are kept; they are sent at the end, each once, however often it was asked for."""
    waiting: dict[tuple[str, tuple[Any, ...]], float | None] = {}
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
        for (task, args), expires in waiting.items():
            send(task, *args, expires=expires)


def after_commit(task: str, *args: Any) -> None:
    """Send the task once the present transaction is committed (now, where there is none)."""
    transaction.on_commit(lambda: send(task, *args), robust=True)


def send(task: str, *args: Any, expires: float | None = None) -> bool:
    """Send the task now. A broker that is down is logged and breaks nothing: returns whether it was sent or kept."""
    if _nobody_is_woken.get():
        return False
    if (waiting := _waiting.get()) is not None:
        waiting[task, args] = expires
        return True
    try:
        current_app.send_task(task, args=args, expires=expires, retry=False)
    except (KombuError, RedisError, OSError) as error:
        logger.warning("%s%s was not sent, the sweeper will find it: %s", task, args, error)
        return False
    return True
