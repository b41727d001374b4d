"""Celery's thin side of provisioning: take ids, call a verb."""

from celery import shared_task
from django.utils import timezone

from provisioning import beginning, dispatch, drift, execution, proving, recovery
from provisioning.audit import auditing
from provisioning.models import Device


@shared_task(name=dispatch.BEGIN_RUN)
def begin_run(run_id: int) -> None:
    beginning.begin(run_id)


@shared_task(name=dispatch.DRAIN_DEVICE)
def drain_device(device_id: int) -> None:
    execution.drain_device(device_id)


@shared_task(name=dispatch.CHECK_RUN)
def check_run(run_id: int) -> None:
    proving.check(run_id)


@shared_task(name="provisioning.sweep")
def sweep() -> None:
    recovery.sweep(now=timezone.now())


@shared_task(name=dispatch.CHECK_DRIFT)
def check_drift(device_id: int) -> None:
    drift.check_quietly(Device.objects.get(pk=device_id))


@shared_task(name="provisioning.check_drift_everywhere")
def check_drift_everywhere() -> None:
    """A task a device: one that does not answer keeps nobody waiting. The portal's own data is audited with it."""
    dispatch.send(dispatch.AUDIT_PORTAL, expires=3000.0)
    for device_id in Device.objects.order_by("pk").values_list("pk", flat=True):
        dispatch.send(dispatch.CHECK_DRIFT, device_id, expires=3000.0)


@shared_task(name=dispatch.AUDIT_PORTAL)
def audit_portal() -> None:
    auditing.audit_the_portal()
