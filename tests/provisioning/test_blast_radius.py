"""A plan that touches or removes very much needs two people, whoever made it."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.roles import Role
from provisioning.approval import ApprovalRefused, approve
from provisioning.models import PlanStatus, Run
from provisioning.planning import make_plan
from tests.factories import make_user
from tests.provisioning.things import approved, make_newcomer, work

pytestmark = pytest.mark.django_db


def test_a_small_plan_needs_one_approver() -> None:
    assert not approved(make_newcomer()).plan.needs_two


def test_a_plan_that_touches_much_is_pushed_after_two_people_approved_the_same_hash(settings: Settings) -> None:
    settings.TWO_APPROVERS_ABOVE = 3
    plan = make_plan(tenant=make_newcomer(), by=make_user("olga"))
    ann, bert = make_user("ann"), make_user("bert")
    assert plan.needs_two
    assert approve(plan=plan, plan_hash=plan.hash, by=ann) is None
    plan.refresh_from_db()
    assert (plan.status, plan.first_approved_by) == (PlanStatus.PROPOSED, ann)
    assert not Run.objects.exists()
    with pytest.raises(ApprovalRefused, match="a second person approves it too"):
        approve(plan=plan, plan_hash=plan.hash, by=ann)
    with pytest.raises(ApprovalRefused, match="not the one that you read"):
        approve(plan=plan, plan_hash="another", by=bert)
    run = approve(plan=plan, plan_hash=plan.hash, by=bert)
    assert run
    work()
    run.refresh_from_db()
    assert run.status == "succeeded"


def test_the_maker_is_neither_of_the_two(settings: Settings) -> None:
    settings.TWO_APPROVERS_ABOVE = 3
    olga = make_user("olga")
    plan = make_plan(tenant=make_newcomer(), by=olga)
    approve(plan=plan, plan_hash=plan.hash, by=make_user("ann"))
    with pytest.raises(ApprovalRefused, match="You made this plan"):
        approve(plan=plan, plan_hash=plan.hash, by=olga)


def test_a_plan_that_removes_much_needs_two_as_well(settings: Settings) -> None:
    from tests.provisioning.test_undo import live_tenant
    from tests.provisioning.things import leaving

    tenant = leaving(live_tenant())
    settings.TWO_APPROVERS_REMOVALS = 3
    assert make_plan(tenant=tenant, by=None).needs_two


def test_the_page_says_who_approved_and_that_one_more_is_needed(client: Client, settings: Settings) -> None:
    settings.TWO_APPROVERS_ABOVE = 3
    plan = make_plan(tenant=make_newcomer(), by=None)
    client.force_login(make_user("ann", Role.APPROVER))
    page = client.post(f"/provisioning/plans/{plan.pk}/approve/", {"hash": plan.hash}, follow=True).content.decode()
    assert "Your approval is noted." in page
    assert "one more is needed" in page
