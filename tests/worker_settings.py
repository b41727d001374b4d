"""Settings of a worker process that a test starts: the product's own, on the test's database and broker."""

import os

from celery.signals import worker_process_init

from tests.provisioning.kills.killing import install_where_ordered
from tests.provisioning.leaseless import take_every_lease
from zcsp_portal.settings import *  # noqa: F403
from zcsp_portal.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE_NAME"]
if os.environ.get("WITHOUT_REDELIVERY"):
    # For showing what the guards are good for: the task of a killed worker is lost.
    CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = False
if os.environ.get("WITHOUT_LEASES"):
    worker_process_init.connect(take_every_lease, weak=False)
if os.environ.get("KILL_ORDER_FILE"):
    # For dying at an exact place of a push: see tests/provisioning/kills.
    worker_process_init.connect(install_where_ordered, weak=False)
