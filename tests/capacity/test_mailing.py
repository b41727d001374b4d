"""The report by e-mail: once a month to each, whatever runs twice, comes late or fails in between."""

import email
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.roles import Role
from capacity import mailing
from capacity.models import Mailing, MailingState, Recipient
from capacity.outbox import MOST_ATTEMPTS
from inventory.models import CoreSwitch
from tests.capacity.alarms import MailServer, mail_server
from tests.capacity.believable import fill, small_pod
from tests.factories import make_user
from zcsp_portal.outgoing_mail import mail_settings

pytestmark = pytest.mark.django_db
FIRST = timezone.make_aware(datetime(2026, 11, 1, 6, 0))


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with mail_server() as found:
        settings.MAIL_WAY, values = mail_settings(f"smtp://127.0.0.1:{found.port}", folder=None)
        for name, value in values.items():
            setattr(settings, name, value)
        settings.DEFAULT_FROM_EMAIL = "portal@provider.example"
        yield found


def someone(address: str = "board@provider.example", **fields: Any) -> Recipient:
    fields = {"as_pdf": False, "as_xlsx": True, **fields}  # the PDF takes seconds, and is drawn in tests of its own
    return Recipient.objects.create(address=address, **fields)


def mails(server: MailServer) -> list[EmailMessage]:
    return [email.message_from_string(text, policy=default) for text in server.received]


def a_provider() -> None:
    for name in ("core-a", "core-b"):
        fill(small_pod(name), tenants=5, onboarded_on=FIRST.date() - timedelta(days=200))


def test_each_recipient_gets_one_mail_a_month_however_often_it_is_looked(server: MailServer) -> None:
    a_provider()
    someone()
    someone("cto@provider.example")
    assert mailing.send_due(now=FIRST) == 2
    for hours in range(1, 30):
        assert mailing.send_due(now=FIRST + timedelta(hours=hours)) == 0
    assert sorted(mail["To"] for mail in mails(server)) == ["board@provider.example", "cto@provider.example"]
    assert mailing.send_due(now=timezone.make_aware(datetime(2026, 12, 3, 8, 0))) == 2


def test_the_mail_reads_by_itself_and_brings_the_files(server: MailServer, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://portal.provider.example"
    a_provider()
    someone()
    mailing.send_due(now=FIRST)
    (mail,) = mails(server)
    body = mail.get_body(("plain",))
    assert body is not None
    assert "10 customers on 2 core switches" in body.get_content()
    assert "https://portal.provider.example/capacity/report/" in body.get_content()
    assert [part.get_filename() for part in mail.iter_attachments()] == ["capacity-2026-11-01.xlsx"]


def test_a_recipient_may_get_some_switches_only(server: MailServer) -> None:
    a_provider()
    someone().switches.set(CoreSwitch.objects.filter(name="core-b"))
    mailing.send_due(now=FIRST)
    body = mails(server)[0].get_body(("plain",))
    assert body is not None
    assert "on 1 core switch" in body.get_content()


def test_who_is_switched_off_gets_nothing(server: MailServer) -> None:
    someone(is_on=False)
    assert mailing.send_due(now=FIRST) == 0
    assert not server.received
    assert not Mailing.objects.exists()


def test_a_mail_that_a_worker_has_claimed_is_not_sent_by_another(server: MailServer) -> None:
    someone()
    Mailing.objects.create(
        recipient=Recipient.objects.get(),
        month=FIRST.date(),
        next_at=FIRST,
        claimed_until=FIRST + timedelta(minutes=4),
    )
    assert mailing.send_due(now=FIRST) == 0
    assert mailing.send_due(now=FIRST + timedelta(minutes=5)) == 1, "a claim of a worker that died runs out"


def test_two_who_look_at_the_same_moment_send_one(server: MailServer) -> None:
    """Both have seen the mail as due; one statement decides which of them claims it."""
    someone()
    row = Mailing.objects.create(recipient=Recipient.objects.get(), month=FIRST.date(), next_at=FIRST)
    assert [mailing._deliver(row, now=FIRST) for _ in range(2)] == [True, False]
    assert len(server.received) == 1


def test_a_mail_server_that_is_away_loses_nothing(server: MailServer) -> None:
    someone()
    server.hang_up = True
    assert mailing.send_due(now=FIRST) == 0
    row = Mailing.objects.get()
    assert (row.state, row.attempts) == (MailingState.WAITING, 1)
    assert "mail server was not reached" in row.outcome
    server.hang_up = False
    assert mailing.send_due(now=FIRST + timedelta(minutes=1)) == 0, "it waits a little first"
    assert mailing.send_due(now=FIRST + timedelta(minutes=6)) == 1


def test_a_refused_address_is_told_and_may_be_tried_again(server: MailServer) -> None:
    someone()
    server.reply = "550 no such person"
    mailing.send_due(now=FIRST)
    row = Mailing.objects.get()
    assert (row.state, row.outcome) == (
        MailingState.FAILED,
        "The mail server refused board@provider.example: 550 no such person",
    )
    server.reply = "250 ok"
    assert mailing.again(row)
    assert not mailing.again(row)
    assert mailing.send_due(now=timezone.now()) >= 1


def test_after_many_tries_it_is_given_up(server: MailServer) -> None:
    someone()
    server.hang_up = True
    Mailing.objects.create(
        recipient=Recipient.objects.get(), month=FIRST.date(), next_at=FIRST, attempts=MOST_ATTEMPTS - 1
    )
    mailing.send_due(now=FIRST)
    assert Mailing.objects.get().state == MailingState.FAILED


def test_without_mail_settings_the_page_and_the_row_say_so(client: Client, settings: Settings) -> None:
    settings.MAIL_WAY = ""
    someone()
    mailing.send_due(now=FIRST)
    client.force_login(make_user("mona", Role.MANAGER))
    page = client.get("/capacity/report/recipients/").content.decode()
    assert page.count("Mail is not configured: set EMAIL_URL and MAIL_FROM.") == 2


def test_recipients_are_added_edited_tried_and_deleted_on_screen(client: Client, server: MailServer) -> None:
    client.force_login(make_user("mona", Role.MANAGER))
    assert "Nobody gets the report yet" in client.get("/capacity/report/recipients/").content.decode()
    new = {"address": "board@provider.example", "as_xlsx": "on", "is_on": "on"}
    assert client.post("/capacity/report/recipients/new/", new).status_code == 302
    found = Recipient.objects.get()
    url = f"/capacity/report/recipients/{found.pk}/"
    client.post(url, {**new, "address": "cto@provider.example"})
    page = client.post(f"{url}try/", follow=True).content.decode()
    assert "cto@provider.example: Handed to" in page or "cto@provider.example:" in page
    assert mails(server)[0]["To"] == "cto@provider.example"
    for _ in range(2):
        assert client.post(f"{url}delete/").status_code == 302
    assert not Recipient.objects.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"address": "board"}, "This is no e-mail address"),
        ({"address": ""}, "This field is required"),
        ({"address": "taken@provider.example"}, "This address gets the report already"),
        ({"as_xlsx": ""}, "Choose at least one file"),
    ],
)
def test_bad_input_is_told_at_its_field_and_kept(client: Client, change: dict[str, str], words: str) -> None:
    someone("taken@provider.example")
    client.force_login(make_user("mona", Role.MANAGER))
    given = {"address": "board@provider.example", "as_xlsx": "on", "is_on": "on", **change}
    response = client.post("/capacity/report/recipients/new/", {name: value for name, value in given.items() if value})
    assert response.status_code == 400
    assert words in response.content.decode()
    assert Recipient.objects.count() == 1


def test_the_noc_reads_the_list_and_changes_nothing(client: Client) -> None:
    found = someone()
    client.force_login(make_user("nora", Role.NOC))
    page = client.get("/capacity/report/recipients/").content.decode()
    assert "board@provider.example" in page
    assert "Add a recipient" not in page
    assert client.post(f"/capacity/report/recipients/{found.pk}/delete/").status_code == 403
