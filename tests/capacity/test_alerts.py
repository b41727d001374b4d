"""Alerts are raised once, tell once over each channel, survive a mail server that is down, and clear by themselves."""

import hashlib
import hmac
from datetime import date, timedelta
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from capacity import alerts, delivering, outbox
from capacity.delivering import Undelivered, may_reach, post_webhook, send_mail
from capacity.models import Alert, AlertRule, Delivery, DeliveryState
from capacity.planning.alerting import Condition, Reading, Rule
from inventory.models import CoreSwitch
from tests.capacity.alarms import mail_server, make_delivery, make_rule, web_server
from tests.capacity.believable import fill, small_pod
from tests.factories import make_switch, make_user
from tests.races.racing import meet_after, race
from zcsp_portal.outgoing_mail import mail_settings

TODAY = date(2026, 11, 22)


@pytest.fixture
def full(db: None) -> CoreSwitch:
    """80 of 75 customers: 106 % of the practical ceiling."""
    pod = small_pod("core-a")
    fill(pod, tenants=80, onboarded_on=date(2026, 1, 5))
    return pod.switch


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The messages that workers would have been woken for."""
    woken: list[int] = []
    monkeypatch.setattr(outbox, "_wake", woken.append)
    return woken


def say(monkeypatch: pytest.MonkeyPatch, percent: int) -> None:
    """Let the outlook of every switch say so many percent."""
    real = alerts.reading_of

    def told(outlook: Any) -> Reading:
        seen = real(outlook)
        return Reading(seen.switch, seen.today, percent, seen.full_on, seen.order_by)

    monkeypatch.setattr(alerts, "reading_of", told)


class TestChecking:
    def test_thirty_daily_checks_raise_one_alert(self, full: CoreSwitch) -> None:
        make_rule()
        changed = [alerts.check(today=timezone.localdate() + timedelta(days=day)).raised for day in range(30)]
        assert changed == [1, *[0] * 29]
        alert = Alert.objects.get()
        assert (alert.switch, alert.words) == (full, "106 % of the practical ceiling used")

    def test_it_clears_by_itself_and_is_raised_again_when_it_holds_again(
        self, full: CoreSwitch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_rule()
        for percent, expected in [(90, (1, 0)), (89, (0, 0)), (87, (0, 1)), (89, (0, 0)), (91, (1, 0))]:
            with monkeypatch.context() as patch:
                say(patch, percent)
                found = alerts.check(today=timezone.localdate())
            assert (found.raised, found.cleared) == expected, percent
        assert Alert.objects.filter(cleared_at=None).count() == 1
        past = Alert.objects.exclude(cleared_at=None).get()
        assert past.cleared_because == "no longer true: 87 % of the practical ceiling used"
        assert past.latest == "89 % of the practical ceiling used"

    def test_a_second_threshold_is_the_other_rules_alert(
        self, full: CoreSwitch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_rule(threshold=90)
        make_rule(threshold=100)
        say(monkeypatch, 95)
        assert alerts.check(today=timezone.localdate()).raised == 1
        say(monkeypatch, 101)
        assert alerts.check(today=timezone.localdate()).raised == 1
        assert Alert.objects.filter(cleared_at=None).count() == 2

    def test_days_to_full_and_the_order_by_date_are_watched_too(self, full: CoreSwitch) -> None:
        make_rule("days-to-full", 30)
        make_rule("order-by", 3650)
        alerts.check(today=timezone.localdate())
        words = set(Alert.objects.values_list("words", flat=True))
        assert "practical ceiling reached" in words

    def test_a_rule_that_is_switched_off_or_removed_clears_its_alerts_and_stops_its_messages(
        self, full: CoreSwitch
    ) -> None:
        off, gone = make_rule(email_to="a@example.net"), make_rule(threshold=95, email_to="b@example.net")
        alerts.check(today=timezone.localdate())
        alerts.switch_rule(off, on=False)
        alerts.remove_rule(gone)
        told = dict(Alert.objects.values_list("rule_words", "cleared_because"))
        assert set(told.values()) == {"the rule was switched off", "the rule was removed"}
        assert not Alert.objects.filter(cleared_at=None).exists()
        assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.WITHDRAWN}
        assert alerts.check(today=timezone.localdate()).raised == 0

    def test_an_archived_switch_clears(self, full: CoreSwitch) -> None:
        make_rule()
        alerts.check(today=timezone.localdate())
        CoreSwitch.objects.update(archived_at=timezone.now())
        assert alerts.check(today=timezone.localdate()).cleared == 1
        assert Alert.objects.get().cleared_because == "the core switch is no longer in use"

    def test_acknowledging_notes_who_and_when_and_leaves_it_open(self, full: CoreSwitch) -> None:
        make_rule()
        alerts.check(today=timezone.localdate())
        one, other = make_user("one", Role.OPERATOR), make_user("other", Role.OPERATOR)
        assert alerts.acknowledge(Alert.objects.get(), by=one)
        assert not alerts.acknowledge(Alert.objects.get(), by=other)
        alert = Alert.objects.get()
        assert (alert.acknowledged_by, alert.is_open) == (one, True)
        assert alert.acknowledged_at is not None
        assert list(alerts.open_alerts()) == [alert]

    def test_without_rules_and_alerts_nothing_is_reckoned(
        self, db: None, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with django_assert_num_queries(2):
            alerts.check(today=timezone.localdate())

    @pytest.mark.parametrize(
        ("condition", "days", "words"),
        [
            (Condition.DAYS_TO_FULL, 0, "practical ceiling reached"),
            (Condition.DAYS_TO_FULL, 1, "practical ceiling in 1 day, on 23 November 2026"),
            (Condition.DAYS_TO_FULL, None, "practical ceiling not within ten years"),
            (Condition.ORDER_BY, 0, "order-by date today"),
            (Condition.ORDER_BY, 40, "order-by date in 40 days, on 1 January 2027"),
            (Condition.ORDER_BY, -2, "order by 20 November 2026: 2 days late"),
            (Condition.ORDER_BY, None, "nothing to order"),
        ],
    )
    def test_the_value_is_said_in_words(self, condition: Condition, days: int | None, words: str) -> None:
        on = None if days is None else TODAY + timedelta(days=days)
        assert alerts.said(Rule(1, condition, 60), Reading(1, TODAY, 50, on, on)) == words


def _without_the_constraint() -> None:
    constraint = next(c for c in Alert._meta.constraints if c.name == "one_open_alert_per_rule_and_switch")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Alert, constraint)


def _with_the_constraint() -> None:
    Alert.objects.all().delete()
    constraint = next(c for c in Alert._meta.constraints if c.name == "one_open_alert_per_rule_and_switch")
    with connection.schema_editor() as editor:
        editor.add_constraint(Alert, constraint)


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    @pytest.fixture
    def crowded(self, transactional_db: None) -> AlertRule:
        fill(small_pod("core-a"), tenants=80, onboarded_on=date(2026, 1, 5))
        return make_rule(email_to="noc@example.net")

    def test_with_the_guard_off_two_checks_raise_two(
        self, crowded: AlertRule, monkeypatch: pytest.MonkeyPatch, sent: list[int]
    ) -> None:
        _without_the_constraint()
        try:
            meet_after(monkeypatch, alerts, "outlooks", jobs=2)
            race([lambda: alerts.check(today=timezone.localdate())] * 2)
            assert Alert.objects.count() == 2
        finally:
            _with_the_constraint()

    def test_two_checks_at_once_raise_one_alert_and_send_one_mail(
        self, crowded: AlertRule, monkeypatch: pytest.MonkeyPatch, sent: list[int]
    ) -> None:
        meet_after(monkeypatch, alerts, "outlooks", jobs=2)
        outcome = race([lambda: alerts.check(today=timezone.localdate())] * 2)
        assert not outcome.lost
        assert sorted(found.raised for found in outcome.won) == [0, 1]
        assert Alert.objects.count() == 1
        (delivery,) = sent
        race([lambda: outbox.deliver(delivery)] * 4)
        assert len(mail.outbox) == 1


def go_through(settings: Any, port: int) -> None:
    """Send mail through the test's own server, as EMAIL_URL would have it."""
    settings.MAIL_WAY, values = mail_settings(f"smtp://127.0.0.1:{port}", folder=None)
    for name, value in values.items():
        setattr(settings, name, value)
    settings.DEFAULT_FROM_EMAIL = "ZCSP Portal <portal@example.net>"
    settings.PUBLIC_URL = "https://portal.example.net"


def at(delivery: Delivery) -> Delivery:
    """Its row, due now."""
    Delivery.objects.filter(pk=delivery.pk).update(next_at=timezone.now())
    outbox.deliver(delivery.pk)
    delivery.refresh_from_db()
    return delivery


class TestMail:
    def test_one_mail_with_text_html_and_a_link_reaches_a_real_server(self, full: CoreSwitch, settings: Any) -> None:
        delivery = make_delivery(full)
        with mail_server() as server:
            go_through(settings, server.port)
            assert at(delivery).state == DeliveryState.SENT
            at(delivery)  # a second worker, or a lost message that comes late
        (data,) = server.received
        got = message_from_string(data, policy=policy.default)
        assert got["Subject"] == "core-a: 91 % used"
        assert got["From"] == "ZCSP Portal <portal@example.net>"
        assert got["Message-ID"] == f"<alert-{delivery.alert_id}-{delivery.pk}@example.net>"
        parts = [part.get_content() for part in got.iter_parts()]
        assert all(f"https://portal.example.net{full.get_absolute_url()}" in part for part in parts)
        assert "90 % of the practical ceiling or more" in parts[0]

    def test_a_server_that_is_down_loses_nothing(self, full: CoreSwitch, settings: Any) -> None:
        delivery = make_delivery(full)
        with mail_server() as server:
            go_through(settings, server.port)
            server.hang_up = True
            before = timezone.now()
            assert at(delivery).state == DeliveryState.WAITING
            assert "The mail server was not reached" in delivery.outcome
            assert delivery.next_at >= before + timedelta(minutes=1)
            assert Alert.objects.get().is_open
            outbox.deliver(delivery.pk)  # not due yet
            delivery.refresh_from_db()
            assert delivery.attempts == 1
            server.hang_up = False
            assert at(delivery).state == DeliveryState.SENT
        assert len(server.received) == 1

    @pytest.mark.parametrize(
        ("reply", "state"),
        [("451 greylisted, come back", DeliveryState.WAITING), ("550 no such user", DeliveryState.FAILED)],
    )
    def test_a_refusal_for_now_is_retried_and_one_for_good_is_not(
        self, full: CoreSwitch, settings: Any, reply: str, state: str
    ) -> None:
        delivery = make_delivery(full)
        with mail_server() as server:
            server.reply = reply
            go_through(settings, server.port)
            assert at(delivery).state == state
        assert delivery.outcome == f"The mail server refused noc@example.net: {reply}"

    def test_after_a_day_it_is_given_up_and_a_person_may_try_again(
        self, full: CoreSwitch, settings: Any, sent: list[int]
    ) -> None:
        delivery = make_delivery(full)
        with mail_server() as server:
            go_through(settings, server.port)
            server.hang_up = True
            Delivery.objects.update(attempts=outbox.MOST_ATTEMPTS - 1)
            assert at(delivery).state == DeliveryState.FAILED
            server.hang_up = False
            assert outbox.again(delivery)
            assert not outbox.again(delivery)
            assert at(delivery).state == DeliveryState.SENT

    def test_the_pauses_grow_to_an_hour(self) -> None:
        minutes = [outbox.pause_after(attempt) / timedelta(minutes=1) for attempt in range(1, 10)]
        assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60]

    def test_mail_that_is_not_configured_is_said_plainly(self, full: CoreSwitch, settings: Any) -> None:
        settings.MAIL_WAY = ""
        delivery = make_delivery(full)
        assert at(delivery).state == DeliveryState.FAILED
        assert delivery.outcome == delivering.NOT_CONFIGURED

    def test_a_message_whose_worker_died_is_sent_by_another(self, full: CoreSwitch, sent: list[int]) -> None:
        delivery = make_delivery(full)
        Delivery.objects.update(claimed_until=timezone.now() + timedelta(minutes=1), attempts=1)
        outbox.wake_due()
        outbox.deliver(delivery.pk)
        assert (sent, mail.outbox) == ([], [])
        Delivery.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        outbox.wake_due()
        assert sent == [delivery.pk]
        assert at(delivery).state == DeliveryState.SENT

    def test_without_a_server_development_mode_keeps_mails_as_files(self, settings: Any, tmp_path: Path) -> None:
        settings.MAIL_WAY, values = mail_settings("", folder=tmp_path / "mail")
        for name, value in values.items():
            setattr(settings, name, value)
        send_mail(
            to="a@example.net",
            subject="s",
            text="t",
            html="<p>t</p>",
            attachments=[("r.pdf", b"%PDF", "application/pdf")],
        )
        (kept,) = (tmp_path / "mail").iterdir()
        assert "r.pdf" in kept.read_text()

    def test_a_password_goes_out_under_tls_only(self) -> None:
        way, values = mail_settings("smtp://portal:s%40crét@mail.example.net", folder=None)
        assert way == "sent through mail.example.net, port 587 (STARTTLS)"
        assert (values["EMAIL_USE_TLS"], values["EMAIL_HOST_PASSWORD"]) == (True, "s@crét")
        assert mail_settings("smtps://mail.example.net", folder=None)[1]["EMAIL_USE_SSL"]
        assert not mail_settings("smtp://relay.example.net:25", folder=None)[1]["EMAIL_USE_TLS"]
        assert mail_settings("", folder=None)[0] == ""


class TestWebhook:
    @pytest.fixture(autouse=True)
    def allowed(self, settings: Any) -> None:
        settings.WEBHOOKS_TO_THIS_MACHINE = True

    def test_it_posts_json_that_the_receiver_can_verify(self, full: CoreSwitch, settings: Any) -> None:
        settings.PUBLIC_URL = "https://portal.example.net"
        with web_server() as hook:
            delivery = make_delivery(full, channel="webhook", target=hook.url)
            rule = delivery.alert.rule
            assert rule is not None
            rule.set_secret("shh")
            rule.save()
            assert b"shh" not in bytes(rule.webhook_secret)
            assert at(delivery).state == DeliveryState.SENT
        ((headers, body),) = hook.received
        stamp, signed = (part.partition("=")[2] for part in headers["X-ZCSP-Signature"].split(","))
        assert signed == hmac.new(b"shh", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        (told,) = hook.bodies()
        assert told["event"] == "capacity.alert.raised"
        assert told["id"] == headers["X-ZCSP-Delivery"]
        assert (told["switch"], told["value"], told["threshold"]) == ("core-a", "91 % used", 90)
        assert told["url"] == f"https://portal.example.net{full.get_absolute_url()}"

    def test_500_is_tried_again_and_then_200_ends_it(self, full: CoreSwitch) -> None:
        with web_server() as hook:
            hook.answers = [500, 200]
            delivery = make_delivery(full, channel="webhook", target=hook.url)
            assert at(delivery).state == DeliveryState.WAITING
            assert delivery.outcome == "127.0.0.1 answered 500"
            assert at(delivery).state == DeliveryState.SENT
            at(delivery)
        ids = {body["id"] for body in hook.bodies()}
        assert (len(hook.received), len(ids), delivery.attempts) == (2, 1, 2)

    @pytest.mark.parametrize(
        ("status", "passing"), [(301, False), (307, False), (400, False), (404, False), (429, True), (503, True)]
    )
    def test_only_what_may_pass_is_tried_again(self, status: int, passing: bool) -> None:
        with web_server() as hook:
            hook.answers = [status]
            with pytest.raises(Undelivered) as trouble:
                post_webhook(url=hook.url, payload={})
        assert trouble.value.passing is passing
        assert str(status) in str(trouble.value)
        assert len(hook.received) == 1, "no redirect is followed"

    def test_a_silent_receiver_is_left_after_the_timeout(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(delivering, "WEBHOOK_SECONDS", 0.2)
        with web_server() as hook:
            hook.silent = True
            with pytest.raises(Undelivered, match="did not answer within") as trouble:
                post_webhook(url=hook.url, payload={})
        assert trouble.value.passing

    def test_nobody_there_may_pass(self) -> None:
        with web_server() as hook:
            url = hook.url
        with pytest.raises(Undelivered, match="was not reached") as trouble:
            post_webhook(url=url, payload={})
        assert trouble.value.passing

    def test_this_machine_is_out_of_reach_but_in_development_mode(self, settings: Any) -> None:
        settings.WEBHOOKS_TO_THIS_MACHINE = False
        with web_server() as hook:
            with pytest.raises(Undelivered, match="does not go to such an address") as trouble:
                post_webhook(url=hook.url.replace("127.0.0.1", "localhost"), payload={})
            assert not hook.received
        assert not trouble.value.passing

    @pytest.mark.parametrize(
        ("address", "allowed"),
        [
            ("10.1.2.3", True),
            ("192.168.0.9", True),
            ("93.184.216.34", True),
            ("2606:2800:220:1::1", True),
            ("fd00::7", True),
            ("127.0.0.1", False),
            ("::1", False),
            ("::ffff:127.0.0.1", False),
            ("169.254.169.254", False),
            ("::ffff:169.254.169.254", False),
            ("fe80::1%eth0", False),
            ("0.0.0.0", False),
            ("224.0.0.1", False),
        ],
    )
    def test_private_addresses_are_allowed_and_dangerous_ones_are_not(
        self, settings: Any, address: str, allowed: bool
    ) -> None:
        settings.WEBHOOKS_TO_THIS_MACHINE = False
        assert may_reach(address) is allowed

    def test_a_secret_that_no_key_opens_is_told(self, full: CoreSwitch) -> None:
        with web_server() as hook:
            delivery = make_delivery(full, channel="webhook", target=hook.url, webhook_secret=b"gAAAA-stale")
            assert at(delivery).state == DeliveryState.FAILED
        assert "CREDENTIAL_KEYS" in delivery.outcome
        assert not hook.received


GOOD = {"kind": "percent", "threshold": "90", "switch": "", "in_app": "on", "email_to": "", "webhook_url": ""}


@pytest.fixture
def planner(client: Client, db: None) -> Client:
    client.force_login(make_user("pia", Role.MANAGER))
    return client


class TestScreens:
    @pytest.mark.parametrize(
        ("wrong", "field", "words"),
        [
            ({"threshold": "0"}, "threshold", "Percent go from 1 to 200."),
            ({"threshold": "201"}, "threshold", "Percent go from 1 to 200."),
            ({"kind": "order-by", "threshold": "3651"}, "threshold", "Days go from 1 to 3,650."),
            ({"threshold": "many"}, "threshold", "Enter a whole number."),
            ({"email_to": "a@example.net\nnot-an-address"}, "email_to", "Not an e-mail address: not-an-address."),
            ({"webhook_url": "ftp://h/x"}, "webhook_url", "Write it with http:// or https:// in front."),
            ({"webhook_url": "https://u:p@h/x"}, "webhook_url", "Leave user and password out of the address"),
            ({"webhook_url": "https://h:http/"}, "webhook_url", "check the host and the port"),
            ({"in_app": ""}, "in_app", "Choose one at least"),
            ({"secret": "shh"}, "webhook_url", "enter its address too"),
        ],
    )
    def test_bad_input_is_told_at_its_field_and_what_was_typed_stays(
        self, planner: Client, wrong: dict[str, str], field: str, words: str
    ) -> None:
        answer = planner.post("/capacity/alerts/rules/new/", GOOD | wrong)
        assert words in " ".join(answer.context["form"].errors[field])
        assert not AlertRule.objects.exists()
        assert all(value in answer.content.decode() for name, value in wrong.items() if name == "threshold")

    def test_a_saved_rule_is_checked_at_once_and_its_secret_never_shown(
        self, planner: Client, full: CoreSwitch
    ) -> None:
        typed = GOOD | {"email_to": "a@example.net; b@example.net", "webhook_url": "https://h/x", "secret": "hush-hush"}
        page = planner.post("/capacity/alerts/rules/new/", typed, follow=True).content.decode()
        assert "1 alert raised" in page
        rule = AlertRule.objects.get()
        assert (rule.addresses, rule.secret()) == (["a@example.net", "b@example.net"], "hush-hush")
        assert Delivery.objects.count() == 3
        edit = planner.get(rule.get_absolute_url()).content.decode()
        assert "hush-hush" not in page + edit
        planner.post(rule.get_absolute_url(), typed | {"secret": "", "version": "1", "threshold": "85"})
        rule.refresh_from_db()
        assert (rule.threshold, rule.secret()) == (85, "hush-hush")
        answer = planner.post(rule.get_absolute_url(), typed | {"version": "1"})
        assert "Somebody else saved this rule meanwhile" in answer.content.decode()
        planner.post(rule.get_absolute_url(), typed | {"secret": "", "forget_secret": "on", "version": "2"})
        rule.refresh_from_db()
        assert rule.secret() == ""

    def test_a_rule_that_is_made_to_watch_something_else_starts_anew(self, planner: Client, full: CoreSwitch) -> None:
        rule = make_rule()
        alerts.check(today=timezone.localdate())
        planner.post(rule.get_absolute_url(), GOOD | {"version": "1", "kind": "days-to-full", "threshold": "30"})
        told = Alert.objects.order_by("pk").values_list("latest", "cleared_because")
        assert list(told) == [
            ("106 % of the practical ceiling used", "the rule watches something else now"),
            ("practical ceiling reached", ""),
        ]

    def test_a_message_that_fails_is_seen_with_its_reason_and_tried_again_by_a_click(
        self, planner: Client, full: CoreSwitch, settings: Any, sent: list[int]
    ) -> None:
        settings.MAIL_WAY = ""
        delivery = at(make_delivery(full))
        page = planner.get("/capacity/alerts/").content.decode()
        assert "Mail is not configured: no e-mail leaves the portal" in page
        assert delivering.NOT_CONFIGURED in page
        settings.MAIL_WAY = "kept"
        planner.post(f"/capacity/alerts/messages/{delivery.pk}/again/")
        assert at(delivery).state == DeliveryState.SENT

    def test_a_test_says_what_happened_over_each_channel(self, planner: Client, settings: Any) -> None:
        settings.WEBHOOKS_TO_THIS_MACHINE = True
        with web_server() as hook:
            hook.answers = [404]
            rule = make_rule(email_to="a@example.net", webhook_url=hook.url)
            page = planner.post(f"/capacity/alerts/rules/{rule.pk}/test/", follow=True).content.decode()
        assert f"E-mail to a@example.net: {settings.MAIL_WAY}" in page
        assert "not sent. 127.0.0.1 answered 404" in page
        assert mail.outbox[0].subject.startswith("Test: ")
        assert hook.bodies()[0]["event"] == "capacity.alert.test"
        assert not Alert.objects.exists()

    def test_acknowledging_and_switching_and_removing(self, planner: Client, full: CoreSwitch) -> None:
        make_rule()
        alerts.check(today=timezone.localdate())
        alert = Alert.objects.get()
        planner.post(f"/capacity/alerts/{alert.pk}/acknowledge/")
        assert "Seen by pia" in planner.get("/capacity/alerts/").content.decode()
        assert "seen by pia" in planner.get("/capacity/alerts/notices/").content.decode()
        rule = AlertRule.objects.get()
        planner.post(f"/capacity/alerts/rules/{rule.pk}/switch/", {"on": "no"})
        assert "the rule was switched off" in planner.get("/capacity/alerts/").content.decode()
        planner.post(f"/capacity/alerts/rules/{rule.pk}/switch/", {"on": "yes"})
        assert Alert.objects.filter(cleared_at=None).count() == 1
        planner.post(f"/capacity/alerts/rules/{rule.pk}/delete/")
        assert not AlertRule.objects.exists()
        assert Alert.objects.filter(cleared_at=None).count() == 0

    def test_those_who_only_read_see_alerts_and_no_buttons(self, client: Client, full: CoreSwitch) -> None:
        make_rule(email_to="a@example.net")
        alerts.check(today=timezone.localdate())
        client.force_login(make_user("noc", Role.NOC))
        page = client.get("/capacity/alerts/").content.decode()
        assert "106 % of the practical ceiling used" in page
        assert not any(word in page for word in ("Acknowledge", "Send a test", "Add rule", "Switch off"))

    def test_the_page_takes_as_many_queries_for_many_alerts_as_for_one(
        self, planner: Client, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(6):
            make_delivery(make_switch(f"core-{number}"), threshold=90 + number)
        with django_assert_max_num_queries(11):
            assert planner.get("/capacity/alerts/").status_code == 200


def test_the_beat_checks_every_hour_and_looks_for_due_messages_every_minute() -> None:
    beat = {entry["task"]: entry["schedule"] for entry in django_settings.CELERY_BEAT_SCHEDULE.values()}
    assert (beat["capacity.check_alerts"], beat["capacity.deliver_due"]) == (3600.0, 60.0)
