"""A provider in a process of its own, with its own PostgreSQL and Redis, whose pages can be asked for and timed."""

import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import django
from cryptography.fernet import Fernet

from benchmarks.scale.addresses import TURN, addresses
from lab.postgresql import postgresql_server
from zcsp_portal.running import embedded_redis

WAIT_SECONDS = 30
HOST = "localhost"


class When(StrEnum):
    """What was there before the page was asked for."""

    WARM = "warm"
    CHANGED = "after a change"  # a tenant was taken in behind one core switch
    COLD = "nothing remembered"


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer of the portal: how long it took in its process, and how many queries that were."""

    seconds: float
    queries: int


class Provider:
    """A provider that was built and answers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.built_in: float = self._answer()

    def read(self, page: str, when: When) -> Reading:
        self._connection.send((page, when))
        answer: Reading = self._answer()
        return answer

    def _answer(self) -> Any:
        answer = self._connection.recv()
        if isinstance(answer, BaseException):
            raise answer
        return answer


@contextmanager
def provider(switches: int, tenants: int) -> Iterator[Provider]:
    """A provider of this size, built before it is handed out; gone when left."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(theirs, switches, tenants))
    process.start()
    try:
        yield Provider(ours)
    finally:
        ours.close()
        process.join(WAIT_SECONDS)


def _serve(connection: Connection, switches: int, tenants: int) -> None:
    with portal():
        try:
            reader = Reader(switches, tenants)
            connection.send(reader.built_in)
            while True:
                connection.send(reader.read(*connection.recv()))
        except EOFError:
            return  # the benchmark is over
        except Exception as error:  # told to whoever waits for an answer
            connection.send(RuntimeError(f"{type(error).__name__}: {error}"))


@contextmanager
def portal() -> Iterator[None]:
    """Django set up as in production, on a PostgreSQL and a Redis of its own, migrated and empty."""
    with postgresql_server() as url, tempfile.TemporaryDirectory(prefix="zsb-") as folder:
        socket = Path(folder) / "redis.sock"
        keys = {"SECRET_KEY": secrets.token_urlsafe(64), "CREDENTIAL_KEYS": Fernet.generate_key().decode()}
        places = {"DATABASE_URL": url, "DATA_DIR": folder, "REDIS_URL": f"unix://{socket}", "ALLOWED_HOSTS": HOST}
        production = {"DEBUG": "no", "LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "benchmarks.scale.settings"}
        os.environ.update(keys | places | production)
        with subprocess.Popen(
            embedded_redis.command(socket=socket, data_dir=Path(folder)), stdout=subprocess.DEVNULL
        ) as redis:
            try:
                django.setup()
                from django.core.management import call_command  # noqa: PLC0415
                from django.db import connections  # noqa: PLC0415

                call_command("migrate", verbosity=0)
                _wait_for(lambda: embedded_redis.answers(socket), what="redis-server")
                yield
                connections.close_all()
            finally:
                redis.terminate()


def _wait_for(condition: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"Waited {WAIT_SECONDS} s in vain for {what}.")
        time.sleep(0.05)


class Reader:
    """Asks for pages through Django's test client, as a signed-in manager. Needs ``portal``."""

    def __init__(self, switches: int, tenants: int) -> None:
        from django.test import Client  # noqa: PLC0415
        from django.utils import timezone  # noqa: PLC0415

        from accounts.roles import Role  # noqa: PLC0415
        from benchmarks.scale.company import Size, build  # noqa: PLC0415
        from tests.factories import make_user  # noqa: PLC0415

        begin = time.perf_counter()
        build(Size(switches, tenants), today=timezone.localdate())
        self.built_in = time.perf_counter() - begin
        self.user = make_user("bench", Role.MANAGER, Role.OPERATOR)
        self.addresses = addresses(by=self.user)
        self.client = Client(SERVER_NAME=HOST)
        self.client.force_login(self.user)
        self._changes = self._turn = 0

    def read(self, page: str, when: When) -> Reading:
        """Raises RuntimeError where the page does not answer 200."""
        from django.db import connection  # noqa: PLC0415
        from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

        self.prepare(when)
        with CaptureQueriesContext(connection) as captured:
            begin = time.perf_counter()
            self.ask(page)
            seconds = time.perf_counter() - begin
        return Reading(seconds, len(captured))

    def ask(self, page: str) -> None:
        self._turn += 1
        address = self.addresses[page].replace(TURN, f"{self._turn % 100:02}")
        answer = self.client.get(address, secure=True)
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{address} answered {answer.status_code}")

    def prepare(self, when: When) -> None:
        """Bring about what is to be there before a page is asked for."""
        from django.core.cache import caches  # noqa: PLC0415

        if when is When.CHANGED:
            self._change()
        elif when is When.COLD:
            caches["figures"].clear()

    def _change(self) -> None:
        """A tenant is taken in behind one core switch, by the verb behind the form."""
        from django.utils import timezone  # noqa: PLC0415

        from inventory.models import Pod  # noqa: PLC0415
        from tenants.models import NetworkRole, WanKind  # noqa: PLC0415
        from tenants.onboarding import NetworkWish, WanWish, take_in  # noqa: PLC0415

        self._changes += 1
        take_in(
            name=f"newcomer-{self._changes}",
            pod=Pod.objects.order_by("name")[0],
            networks=[NetworkWish(NetworkRole.FAILOVER_PRODUCTION), NetworkWish(NetworkRole.FAILOVER_TEST)],
            wan=WanWish(WanKind.MPLS),
            customer_subnets=[f"172.16.{self._changes}.0/24"],
            by=self.user,
            now=timezone.now(),
        )
