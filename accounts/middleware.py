"""What htmx must be told when the session is over."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

UNDER_WAY = frozenset({301, 302, 303, 307, 308})


class SignInAsAPage:
    """An htmx request of an expired session gets no sign-in form inside a fragment: the whole page goes to sign-in.

    A browser follows a plain redirect by itself, before htmx sees it; ``HX-Redirect`` is for htmx to follow. After
    signing in one comes back to the page that was open, not to the fragment.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        sign_in = resolve_url(settings.LOGIN_URL)
        leads_to = urlsplit(response.headers.get("Location", "")).path
        if request.headers.get("HX-Request") != "true" or response.status_code not in UNDER_WAY or leads_to != sign_in:
            return response
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = page._replace(scheme="", netloc="").geturl() or "/"
        told = HttpResponse(status=204, headers={"HX-Redirect": f"{sign_in}?{urlencode({'next': back})}"})
        told.cookies = response.cookies
        return told
