"""What is read back from a Zerto manager, of each product, over TLS; and what is said when it cannot be."""

import logging
from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from inventory.models import Pod
from lab.zerto import Running, serve
from lab.zerto.manager import ApiError, Product
from lab.zerto.server import PASSWORD, Request
from provisioning.drivers.protocol import (
    DeviceError,
    Refused,
    SignInRefused,
)
from provisioning.models import ZertoManager
from provisioning.zerto import facts, managers_for, read_back
from provisioning.zerto.faults import Busy
from tests.factories import make_pod, make_switch, make_tenant
from tests.provisioning.zerto.conftest import GROUP, stand_in
from tests.provisioning.zerto.managers import make_zerto_manager, manager_of

pytestmark = pytest.mark.django_db


def stored(manager: ZertoManager) -> ZertoManager:
    return ZertoManager.objects.get(pk=manager.pk)


def test_a_zorg_that_is_there_is_found_with_its_identifier(running: Running) -> None:
    seen = read_back(manager_of(running), zorg="Acme")
    assert (seen.zorg, seen.zorg_id) == (True, "0f2a-acme")
    assert "zvm-1 knows the ZORG Acme (identifier 0f2a-acme)" in seen.said


def test_a_zorg_that_is_not_there_is_said_not_to_be(running: Running) -> None:
    seen = read_back(manager_of(running), zorg="Acm")
    assert (seen.zorg, seen.zorg_id) == (False, "")
    assert "knows no ZORG called Acm" in seen.said


def test_a_zorg_in_other_capitals_is_found_and_the_difference_told(running: Running) -> None:
    seen = read_back(manager_of(running), zorg="ACME")
    assert (seen.zorg, seen.zorg_id) == (True, "0f2a-acme")
    assert "but writes it Acme" in seen.said


def test_the_spelling_that_was_asked_for_goes_before_others(running: Running) -> None:
    running.manager.zorgs["ACME"] = "9999-capitals"
    assert read_back(manager_of(running), zorg="ACME").zorg_id == "9999-capitals"


def test_a_zvm_tells_the_networks_of_all_its_sites_and_a_zcm_none(running: Running) -> None:
    seen = read_back(manager_of(running), zorg="Acme")
    if running.manager.product == Product.ZCM:
        assert seen.networks is None
        assert "does not tell which networks" in seen.said
    else:
        assert seen.networks == frozenset({GROUP, "management", "other"})
        assert "its sites see 3 networks" in seen.said


def test_a_test_of_the_connection_tells_version_zorgs_and_sites(running: Running) -> None:
    manager = manager_of(running)
    found = facts(manager)
    assert "It knows 2 ZORGs." in found.details
    assert "Sites: Frankfurt, Vienna / old." in found.details
    if running.manager.product == Product.ZCM:
        assert (found.product, found.version) == ("Zerto Cloud Manager", "")
        assert "Versions of their ZVMs: 10.0.60." in found.details
    else:
        assert (found.product, found.version) == ("Zerto Virtual Manager", "10.0.60")
        assert stored(manager).software == "10.0.60"


def test_only_signing_in_and_out_is_anything_but_a_read_and_no_session_stays_behind(running: Running) -> None:
    read_back(manager_of(running), zorg="Acme")
    others = {request.path for request in running.requests if request.method != "GET"}
    openid = "/auth/realms/zerto/protocol/openid-connect"
    with_token = {f"{openid}/token", f"{openid}/logout"}
    with_session = {"/v1/session/add", "/v1/session"}
    assert others == (with_token if running.manager.product == Product.ZVM else with_session)
    assert running.sign_ins == 1
    assert not running.sessions


def test_a_session_is_given_back_although_the_read_failed(running: Running) -> None:
    def refuse(request: Request) -> None:
        if request.method == "GET":
            raise ApiError(500, "Object reference not set")

    running.refuse = refuse
    with pytest.raises(Busy, match="an error inside of the manager"):
        read_back(manager_of(running), zorg="Acme")
    assert not running.sessions


def test_a_wrong_password_is_said_to_be_one_and_noted(running: Running) -> None:
    manager = manager_of(running, password="a wrong guess")
    with pytest.raises(SignInRefused, match="user name or password is refused"):
        read_back(manager, zorg="Acme")
    assert "user name or password is refused" in stored(manager).last_error
    assert stored(manager).last_seen_at is None


def test_a_token_or_session_that_ends_in_the_middle_is_opened_anew_once(running: Running) -> None:
    first = [True]

    def before(request: Request) -> None:
        if request.method == "GET" and first.pop() if first else False:
            running.end_sessions()

    running.before = before
    assert read_back(manager_of(running), zorg="Acme").zorg
    assert running.sign_ins == 2
    assert not running.sessions


def test_a_session_that_is_never_taken_is_given_up_after_one_more(running: Running) -> None:
    def refuse(request: Request) -> None:
        if request.method == "GET":
            raise ApiError(401)

    running.refuse = refuse
    with pytest.raises(SignInRefused, match="we signed in, but may not read"):
        read_back(manager_of(running), zorg="Acme")
    assert running.sign_ins == 2


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (403, SignInRefused, "give the user a role that may view it"),
        (404, Refused, "check the product, the address and the port"),
        (400, Refused, "It said: No such view"),
        (500, Busy, "look at its log"),
    ],
)
def test_what_it_refuses_is_told_with_what_to_do(
    running: Running, status: int, kind: type[DeviceError], words: str
) -> None:
    def refuse(request: Request) -> None:
        if request.path == "/v1/zorgs":
            raise ApiError(status, "No such view")

    running.refuse = refuse
    with pytest.raises(kind, match=words):
        read_back(manager_of(running), zorg="Acme")


@pytest.mark.parametrize("path", ["/v1/zorgs", "/v1/session/add"])
def test_a_page_to_sign_in_at_is_not_followed(path: str) -> None:
    def before(request: Request) -> None:
        if request.path == path:
            raise ApiError(302, location="https://elsewhere.example.net/")

    with serve(stand_in(Product.ZCM)) as zcm:
        zcm.before = before
        with pytest.raises(Refused, match="check the product, the address and the port"):
            read_back(manager_of(zcm), zorg="Acme")


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_manager_is_waited_for_as_it_says(running: Running, waits: list[float], status: int) -> None:
    left = [2]

    def refuse(request: Request) -> None:
        if request.path == "/v1/zorgs" and left[0]:
            left[0] -= 1
            raise ApiError(status, retry_after=7)

    running.refuse = refuse
    assert read_back(manager_of(running), zorg="Acme").zorg
    assert waits == [7.0, 7.0]


def test_a_manager_that_stays_busy_is_given_up_within_bounds(zvm: Running, waits: list[float]) -> None:
    def before(_request: Request) -> None:
        raise ApiError(503, retry_after=9)

    zvm.before = before
    with pytest.raises(Busy, match="stayed so: try again later") as caught:
        read_back(manager_of(zvm), zorg="Acme")
    assert caught.value.transient
    assert 0 < len(waits) < 10


@pytest.mark.parametrize("raw", [b"<html>Sign in</html>", b'{"Message": "odd"}', b'["a string"]', b"null", b"\xff"])
def test_an_answer_that_is_no_list_of_objects_is_refused(zvm: Running, raw: bytes) -> None:
    zvm.raw = raw
    with pytest.raises(Refused, match="not what this product's API gives"):
        read_back(manager_of(zvm), zorg="Acme")


def test_fields_that_are_no_text_find_nothing_and_break_nothing() -> None:
    with serve(stand_in(Product.ZCM)) as zcm:
        zcm.raw = b'[{"Name": 7, "ZorgIdentifier": null}, {}]'
        assert not read_back(manager_of(zcm), zorg="Acme").zorg


def test_a_site_without_an_identifier_is_not_left_out_in_silence(zvm: Running) -> None:
    zvm.raw = b'[{"VirtualizationSiteName": "Frankfurt"}]'
    with pytest.raises(Refused, match="the networks of Frankfurt: the answer is not what"):
        read_back(manager_of(zvm), zorg="Acme")


@pytest.mark.parametrize(
    ("is_", "said_to_be"), [(Product.ZCM, "zvm"), (Product.ZVM, "zcm"), (Product.ZVM_WINDOWS, "zvm")]
)
def test_another_product_than_was_said_is_told(is_: Product, said_to_be: str) -> None:
    with serve() as running:
        running.manager.product = is_
        with pytest.raises(DeviceError, match=r"check the product, the address and the port|password is refused"):
            read_back(manager_of(running, product=said_to_be), zorg="Acme")


def test_no_secret_is_logged_or_told(running: Running, caplog: pytest.LogCaptureFixture, waits: list[float]) -> None:
    """At the most talkative level; also where the manager itself repeats what it was given."""
    caplog.set_level(logging.DEBUG)
    carried: set[str] = set()

    def refuse(request: Request) -> None:
        carried.update(running.sessions, running.sessions.values())
        if request.path == "/v1/zorgs":
            raise ApiError(400, f"User portal / {PASSWORD} may not")

    running.refuse = refuse
    manager = manager_of(running)
    with pytest.raises(Refused) as caught:
        read_back(manager, zorg="Acme")
    told = "\n".join([caplog.text, str(caught.value), stored(manager).last_error, repr(manager)])
    assert carried - {""}
    assert not [secret for secret in carried | {PASSWORD} if secret and secret in told]
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_the_last_contact_is_noted_and_takes_the_last_error_away(running: Running) -> None:
    manager = manager_of(running, last_error="did not answer")
    before = timezone.now()
    read_back(manager, zorg="Acme")
    seen_at = stored(manager).last_seen_at
    assert seen_at is not None
    assert seen_at >= before
    assert stored(manager).last_error == ""
    assert stored(manager).version == manager.version


def test_a_password_that_no_key_opens_says_to_set_it_again() -> None:
    manager = make_zerto_manager()
    manager.secret = b"not a token"
    with pytest.raises(SignInRefused, match="set it again"):
        read_back(manager, zorg="Acme")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ask", [facts, partial(read_back, zorg="Acme")], ids=["facts", "read_back"])
def test_no_manager_is_called_inside_a_transaction(ask: Callable[[ZertoManager], object]) -> None:
    manager = make_zerto_manager()
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a database transaction"):
        ask(manager)


def test_a_tenant_is_asked_about_where_its_vcenter_is_and_where_any_is() -> None:
    switch = make_switch()
    pod, elsewhere = make_pod("pod-1", switch=switch), make_pod("pod-2", switch=switch)
    here = make_zerto_manager("here", vcenter=pod.dvs.vcenter)
    of_any = make_zerto_manager("of-any")
    make_zerto_manager("there", vcenter=elsewhere.dvs.vcenter)
    Pod.objects.create(name="pod-3", slug="pod-3", switch=switch, dvs=pod.dvs, trunk_port="port-channel3")
    assert managers_for(make_tenant("Acme", pod=pod)) == [here, of_any]
