"""How a message leaves the portal: a mail by Django's settings, a webhook by HTTP.

Where a webhook may go: to public and to private addresses, because a provider's chat and ticket systems are often its
own; never to this machine itself, nor to link-local (where clouds keep their metadata), multicast or reserved
addresses. A name is resolved once and the connection goes to the address that was judged. No redirect is followed, no
proxy of the environment is used, and the answer's body is not read.
"""

import hashlib
import hmac
import ipaddress
import json
import re
import smtplib
import socket
import time
from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from typing import Any

import httpx
from django.conf import settings
from django.core.mail import EmailMultiAlternatives

NOT_CONFIGURED = "Mail is not configured: set EMAIL_URL and MAIL_FROM."
WEBHOOK_SECONDS = 10.0
PASSING_CODES = frozenset({408, 425, 429})  # and every 5xx: the other side asks for patience
SIGNATURE, DELIVERY_ID = "X-ZCSP-Signature", "X-ZCSP-Delivery"
Attachment = tuple[str, bytes, str]  # name, content, media type


class Undelivered(Exception):
    """It did not arrive, in words for the screen. ``passing``: another try may help without anybody's doing."""

    def __init__(self, words: str, *, passing: bool) -> None:
        super().__init__(words)
        self.passing = passing


def send_mail(
    *,
    to: str,
    subject: str,
    text: str,
    html: str,
    key: str = "",
    attachments: Sequence[Attachment] = (),
) -> str:
    """Send one mail to one address; returns what happened, in words. Raises Undelivered.

    ``key`` makes the Message-ID: the same key again is the same message to every mail system.
    """
    if not settings.MAIL_WAY:
        raise Undelivered(NOT_CONFIGURED, passing=False)
    headers = {"Auto-Submitted": "auto-generated"}
    if key:
        headers["Message-ID"] = f"<{key}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2]}>"
    mail = EmailMultiAlternatives(subject=subject, body=text, to=[to], headers=headers)
    mail.attach_alternative(html, "text/html")
    for attachment in attachments:
        mail.attach(*attachment)
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, reply = next(iter(error.recipients.values()))
        raise Undelivered(f"The mail server refused {to}: {code} {_text(reply)}", passing=_passing(code)) from error
    except smtplib.SMTPAuthenticationError as error:
        raise Undelivered(f"The mail server refused the sign-in: {error.smtp_code}", passing=True) from error
    except smtplib.SMTPResponseException as error:
        words = f"The mail server answered {error.smtp_code} {_text(error.smtp_error)}"
        raise Undelivered(words, passing=_passing(error.smtp_code)) from error
    except (smtplib.SMTPException, OSError) as error:  # OSError: no connection, a timeout, TLS
        raise Undelivered(f"The mail server was not reached: {_plain(error)}", passing=True) from error
    return settings.MAIL_WAY


def _passing(code: int) -> bool:
    return 400 <= code < 500  # RFC 5321, 4.2.1: transient negative completion


def _text(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words


def _plain(error: Exception) -> str:
    """Without the operating system's number; the name of an error that says nothing."""
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__


def post_webhook(*, url: str, payload: Mapping[str, Any], secret: str = "", key: str = "") -> str:
    """Post JSON; returns what happened, in words. Raises Undelivered.

    ``key`` goes along as ``X-ZCSP-Delivery``: the receiver tells a repeated message by it.
    """
    body = json.dumps(payload, ensure_ascii=False).encode()
    target = httpx.URL(url)
    headers = {"Content-Type": "application/json", "User-Agent": "zcsp-portal", DELIVERY_ID: key}
    if secret:
        headers[SIGNATURE] = signature(secret, body, at=int(time.time()))
    status = 0
    for address in _addresses(target):
        try:
            status, location = _post(target, address, body, headers)
            break
        except httpx.ConnectError as error:
            trouble = error
        except httpx.HTTPError as error:
            slow = isinstance(error, httpx.TimeoutException)
            words = (
                f"{target.host} did not answer within {WEBHOOK_SECONDS:.0f} s"
                if slow
                else f"{target.host}: {_plain(error)}"
            )
            raise Undelivered(words, passing=True) from error
    if not status:
        raise Undelivered(f"{target.host} was not reached: {_plain(trouble)}", passing=True) from trouble
    return _judged(target, status, location)


def _judged(target: httpx.URL, status: int, location: str) -> str:
    if 200 <= status < 300:
        return f"{target.host} answered {status}"
    if 300 <= status < 400:
        where = f" to {location[:120]}" if location else ""
        raise Undelivered(f"{target.host} redirects{where} ({status}): redirects are not followed", passing=False)
    passing = status >= 500 or status in PASSING_CODES
    raise Undelivered(f"{target.host} answered {status}", passing=passing)


def _post(target: httpx.URL, address: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """Ask one address by the host's name, in TLS too; returns the status and the ``Location`` of the answer."""
    host = target.netloc.decode()
    with (
        httpx.Client(timeout=WEBHOOK_SECONDS, follow_redirects=False, trust_env=False) as client,
        client.stream(
            "POST",
            target.copy_with(host=address),
            content=body,
            headers={**headers, "Host": host},
            extensions={"sni_hostname": target.host},
        ) as answer,
    ):
        return answer.status_code, answer.headers.get("Location", "")


def signature(secret: str, body: bytes, *, at: int) -> str:
    """``t=<seconds since 1970>,v1=<HMAC-SHA256 of "t.body", hex>``; the time lets a receiver refuse old messages."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def _addresses(target: httpx.URL) -> list[str]:
    """Where the host's name leads, without what a webhook must not reach. Raises Undelivered."""
    port = target.port or (443 if target.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(target.host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Undelivered(f"The name {target.host} was not found: {_plain(error)}", passing=True) from error
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    allowed = [address for address in addresses if may_reach(address)]
    if not allowed:
        words = f"{target.host} is {', '.join(addresses)}: a webhook does not go to such an address"
        raise Undelivered(words, passing=False)
    return allowed


def may_reach(address: str) -> bool:
    """Whether a webhook may go to this address; see the policy above."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_loopback:
        return bool(settings.WEBHOOKS_TO_THIS_MACHINE)
    return not (ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved)
