"""Is it alive, and is it ready? ``/healthz`` is for the load balancer, ``/readyz`` for people and their monitors."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.roles import PROVIDER, allow


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The web process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@allow(PROVIDER)
def readyz(request: HttpRequest) -> JsonResponse:
    """Database and Redis answer too; 503 with the one that does not."""
    found = {
        "database": _answers(connection.ensure_connection),
        "redis": _answers(lambda: cache.get("readyz")),
    }
    return JsonResponse(found, status=200 if all(answer == "ok" for answer in found.values()) else 503)


def _answers(ask: Callable[[], object]) -> str:
    try:
        ask()
    except Exception as error:  # whatever is wrong is the answer
        return type(error).__name__
    return "ok"
