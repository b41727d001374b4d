"""The driver of pretended devices. It keeps to the same contract as the real ones; its device lives in two tables."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from django.db import transaction
from django.utils import timezone

from provisioning.drivers.protocol import (
    CertificateNotTrusted,
    Change,
    DeviceError,
    DeviceState,
    Facts,
    Kind,
    ObjectId,
    Outcomes,
    Refused,
    SignInRefused,
    Target,
    Unreachable,
)
from provisioning.drivers.simulated.models import SimulatedBatch, SimulatedDevice, SimulatedObject

Fault = SimulatedDevice.Fault
T = TypeVar("T")


class Simulated:
    """A session with a pretended device, which comes to be at first contact.

    ``dvs_names``: of port groups, only those of these distributed switches are looked at; empty: all.
    """

    def __init__(self, target: Target, dvs_names: Sequence[str] = ()) -> None:
        self.target = target
        self.dvs_names = frozenset(dvs_names)
        self._device: SimulatedDevice | None = None

    def __enter__(self) -> Self:
        device, _ = SimulatedDevice.objects.get_or_create(address=self.target.address)
        if refusal := self._refusal(device.fault):
            raise refusal
        self._device = device
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._device = None

    def _refusal(self, fault: str) -> DeviceError | None:
        where = f"{self.target.name} ({self.target.address})"
        if fault == Fault.UNREACHABLE:
            return Unreachable(f"{where} does not answer: check its address and that the network lets us through.")
        if fault == Fault.SIGN_IN:
            return SignInRefused(f"{where} refused the user name or password: set them again on the device's page.")
        if fault == Fault.CERTIFICATE:
            return CertificateNotTrusted(f"{where} shows a certificate that nobody vouches for: pin its thumbprint.")
        return None

    @property
    def device(self) -> SimulatedDevice:
        if self._device is None:
            raise RuntimeError("The session is not open: use the driver in a with statement.")
        return self._device

    def read(self) -> DeviceState:
        rows = SimulatedObject.objects.filter(device=self.device).values_list("kind", "key", "attributes")
        # Rules come in the order in which they are asked: of each place, ours by their keys, then those of others.
        in_order = sorted(rows, key=lambda row: ("/tracker-" in row[1], row[1]))
        state = {ObjectId(Kind(kind), key): attributes for kind, key, attributes in in_order}
        return {id: attributes for id, attributes in state.items() if self._in_scope(id)}

    def _in_scope(self, id: ObjectId) -> bool:
        return id.kind != Kind.PORT_GROUP or not self.dvs_names or id.key.partition("/")[0] in self.dvs_names

    def apply(self, changes: Sequence[Change]) -> Outcomes:
        refusals = self._refusals([change.id for change in changes])
        with self._noted(len(changes)):
            self._put(changes, refusals)
        return {change.id: refusals.get(change.id) for change in changes}

    def _put(self, changes: Sequence[Change], refusals: Mapping[ObjectId, DeviceError]) -> None:
        for part in self._parts([change for change in changes if change.id not in refusals]):
            SimulatedObject.objects.bulk_create(
                [
                    SimulatedObject(
                        device=self.device, kind=change.id.kind, key=change.id.key, attributes=dict(change.after)
                    )
                    for change in part
                ],
                update_conflicts=True,
                unique_fields=["device", "kind", "key"],
                update_fields=["attributes"],
            )

    def remove(self, ids: Sequence[ObjectId]) -> Outcomes:
        refusals = self._refusals(ids)
        with self._noted(len(ids)):
            self._take_away(ids, refusals)
        return {id: refusals.get(id) for id in ids}

    def _take_away(self, ids: Sequence[ObjectId], refusals: Mapping[ObjectId, DeviceError]) -> None:
        for part in self._parts([id for id in ids if id not in refusals]):
            with transaction.atomic():
                for kind in Kind:
                    keys = [id.key for id in part if id.kind == kind]
                    SimulatedObject.objects.filter(device=self.device, kind=kind, key__in=keys).delete()

    @contextmanager
    def _noted(self, count: int) -> Iterator[None]:
        if not self.device.keeps_record:
            yield
            return
        batch = SimulatedBatch.objects.create(device=self.device, began_at=timezone.now(), objects_written=count)
        yield
        SimulatedBatch.objects.filter(pk=batch.pk).update(ended_at=timezone.now())

    def _refusals(self, ids: Sequence[ObjectId]) -> dict[ObjectId, DeviceError]:
        whole = self.device.fault == Fault.REFUSES
        refused = [id for id in ids if whole or id.key == self.device.refused_key]
        return {id: Refused(f"{self.target.name} refused to write {id}.") for id in refused}

    def _parts(self, whole: Sequence[T]) -> Iterator[Sequence[T]]:
        """The batch at once, or, on a slow device, one write after the other; less of it on a broken one."""
        fault, delay = self.device.fault, self.device.write_delay_ms / 1000
        if fault == Fault.FORGETS:
            return
        kept = whole[: len(whole) // 2] if fault == Fault.BREAKS else whole
        for part in [kept] if not delay else [kept[i : i + 1] for i in range(len(kept))]:
            time.sleep(delay)
            if part:
                yield part
        if fault == Fault.BREAKS:
            raise Unreachable(f"The connection to {self.target.name} broke.")

    def facts(self) -> Facts:
        count = SimulatedObject.objects.filter(device=self.device).count()
        return Facts("simulated device", "1", (f"{count} objects", "No real device is behind this one."))
