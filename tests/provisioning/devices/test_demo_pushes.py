"""The demo's own pushes end, or say what keeps them."""

import pytest

from provisioning import holding
from provisioning.models import Device
from tests.factories import make_user
from tests.provisioning.things import approved, fault, make_newcomer
from zcsp_portal.demo.pushes import PushStuck, finish

pytestmark = pytest.mark.django_db


def test_a_run_of_the_demo_ends_by_itself() -> None:
    run = approved(make_newcomer())
    finish(run)
    assert run.status == "succeeded"


def test_a_held_device_ends_the_demo_with_what_holds_it() -> None:
    run = approved(make_newcomer())
    holding.stop(device=Device.objects.get(kind="vcenter"), by=make_user("olga"), reason="new release")
    with pytest.raises(PushStuck, match="Stopped by olga: new release"):
        finish(run)


def test_a_device_that_is_stopped_between_two_stages_does_not_turn_the_demo_round_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, by = approved(make_newcomer()), make_user("olga")
    from provisioning import execution

    drain = execution.drain_device

    def then_stop(device_id: int) -> None:
        drain(device_id)
        holding.stop(device=None, by=by, reason="that is enough")

    monkeypatch.setattr(execution, "drain_device", then_stop)
    with pytest.raises(PushStuck, match=r"gets no work\. All pushing is stopped by olga: that is enough"):
        finish(run)


def test_a_device_that_does_not_answer_ends_the_demo_in_its_words() -> None:
    run = approved(make_newcomer())
    fault(Device.objects.get(kind="core-switch"), "unreachable")
    with pytest.raises(PushStuck, match="does not end"):
        finish(run)
