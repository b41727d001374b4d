"""The portal's processes: what they are, the order in which they start, and how one knows that they are up."""

import http.client
import os
import sys
from contextlib import closing

from django.conf import settings
from django.db import connections

from zcsp_portal.running import embedded_redis
from zcsp_portal.running.preflight import check_address, check_database, check_redis, take_folder
from zcsp_portal.running.preparation import prepare, say
from zcsp_portal.running.processes import Died, Family, Stopping

WEB_PATIENCE = 15.0
WORKER_PATIENCE = 45.0  # longer than one device call: a push that has begun is finished and read back
SERVICE_PATIENCE = 10.0
LOCAL = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # where one reaches what listens everywhere


def run() -> None:
    env = settings.ENV
    family = Family(Stopping())
    with closing(take_folder(settings.DATA_DIR)):
        check_address(env["BIND"], env["PORT"])
        family.stopping.listen()
        try:
            if start(family):
                family.watch()
        except KeyboardInterrupt:
            pass  # asked to stop while the database was being prepared
        except Died as death:
            print(f"{death}: everything is being stopped.", file=sys.stderr, flush=True)
            sys.exit(1)
        finally:
            family.stop()
    say("Stopped.")


def start(family: Family) -> bool:
    """Bring everything up in order; False when somebody asked to stop meanwhile."""
    env = settings.ENV
    if env["REDIS_URL"]:
        check_redis(settings.REDIS_URL)
    elif not start_redis(family):
        return False
    check_database()
    with family.stopping.interrupting():
        prepare()
    connections.close_all()
    for name, command, patience in commands():
        family.start(name, command, env=environment(), patience=patience)
    if not family.watch(until=web_answers):
        return False
    say(f"ZCSP Portal runs at {address()} (Ctrl-C stops it).")
    return True


def start_redis(family: Family) -> bool:
    embedded_redis.clear_away(settings.REDIS_SOCKET)
    command = embedded_redis.command(socket=settings.REDIS_SOCKET, data_dir=settings.DATA_DIR)
    family.start("redis", command, env=os.environ, patience=SERVICE_PATIENCE)
    return family.watch(until=lambda: embedded_redis.answers(settings.REDIS_SOCKET))


def commands() -> list[tuple[str, list[str], float]]:
    """Name, command and patience of every process, in the order of their start."""
    env, python = settings.ENV, [sys.executable, "-m"]
    celery = [*python, "celery", "--app", "zcsp_portal", "--quiet"]
    web = [
        *(*python, "gunicorn", "zcsp_portal.wsgi:application"),
        *("--bind", f"{bracketed(env['BIND'])}:{env['PORT']}"),
        *("--workers", str(env["WEB_WORKERS"]), "--threads", "4", "--log-level", "warning"),
    ]
    beat = [*celery, "beat", "--schedule", settings.CELERY_BEAT_SCHEDULE_FILENAME, "--pidfile", ""]
    return [
        ("worker", [*celery, "worker", "--concurrency", str(env["TASK_WORKERS"])], WORKER_PATIENCE),
        ("beat", beat, SERVICE_PATIENCE),
        ("web", web, WEB_PATIENCE),
    ]


def environment() -> dict[str, str]:
    """The children's environment. In development Celery's page-long advice against running as root is not shown."""
    if not settings.DEBUG or "PYTHONWARNINGS" in os.environ:
        return dict(os.environ)
    return {**os.environ, "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}


def web_answers() -> bool:
    """Whether the web process answers at all; it is asked under a name that it listens to."""
    host = next((name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"), "localhost")
    bind, port = settings.ENV["BIND"], settings.ENV["PORT"]
    with closing(http.client.HTTPConnection(LOCAL.get(bind, bind), port, timeout=2)) as web:
        try:
            web.request("GET", "/healthz", headers={"Host": host})
            return web.getresponse().status > 0
        except (OSError, http.client.HTTPException):
            return False


def address() -> str:
    bind, port = settings.ENV["BIND"], settings.ENV["PORT"]
    return f"http://{bracketed(LOCAL.get(bind, bind))}:{port}/"


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
