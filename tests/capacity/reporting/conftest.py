from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from capacity.reporting.assemble import assemble
from capacity.reporting.values import Report
from tests.capacity.believable import fill, small_pod
from tests.factories import make_user

LONG = "core-with-a-name-of-sixty-letters-as-long-as-one-may-be-here"


@pytest.fixture
def provider(db: None) -> None:
    """Three switches: nearly full and growing, roomy and growing, and one with a long name and no customer."""
    brimming, roomy = small_pod("brimming", places=60), small_pod("roomy", places=200)
    for months_ago in range(1, 15):
        day = timezone.localdate() - timedelta(days=30 * months_ago)
        fill(brimming, tenants=3, onboarded_on=day, first_vid=100 + 9 * months_ago)
        fill(roomy, tenants=2, onboarded_on=day, first_vid=300 + 6 * months_ago)
    small_pod(LONG)


@pytest.fixture
def report(provider: None) -> Report:
    return assemble(day=timezone.localdate(), now=timezone.now())


@pytest.fixture
def manager(client: Client, db: None) -> Iterator[Client]:
    client.force_login(make_user("mona", Role.MANAGER))
    yield client
