"""The simulated driver keeps the contract of every driver, and misbehaves on request."""

import pytest

from provisioning.drivers.protocol import CertificateNotTrusted, Change, Driver, Refused, Target, Unreachable
from provisioning.drivers.simulated.driver import Simulated
from provisioning.models import SimulatedDevice
from tests.provisioning.driver_contract import DriverContract

pytestmark = pytest.mark.django_db
Fault = SimulatedDevice.Fault


def session(fault: str = "", *, address: str = "sim-1") -> Simulated:
    SimulatedDevice.objects.update_or_create(address=address, defaults={"fault": fault})
    return Simulated(Target(name="vc-1", address=address), ["dvs-pod-1"])


class TestContract(DriverContract):
    def open(self) -> Driver:
        return session()

    def open_with_wrong_password(self) -> Driver:
        return session(Fault.SIGN_IN)

    def open_where_nothing_answers(self) -> Driver:
        return session(Fault.UNREACHABLE)


def test_a_certificate_that_nobody_vouches_for_is_told_as_such() -> None:
    with pytest.raises(CertificateNotTrusted, match="pin its thumbprint"), session(Fault.CERTIFICATE):
        pass


def test_a_refusing_device_keeps_nothing_and_says_so_for_each_object() -> None:
    id, attributes = TestContract().thing(1)
    with session(Fault.REFUSES) as driver:
        assert isinstance(driver.apply([Change(id, attributes)])[id], Refused)
        assert id not in driver.read()


def test_a_breaking_device_keeps_half_of_the_batch() -> None:
    things = [TestContract().thing(number) for number in (1, 2)]
    with session(Fault.BREAKS) as driver:
        with pytest.raises(Unreachable):
            driver.apply([Change(id, attributes) for id, attributes in things])
        assert [id in driver.read() for id, _ in things] == [True, False]


def test_a_forgetting_device_says_yes_and_keeps_nothing() -> None:
    id, attributes = TestContract().thing(1)
    with session(Fault.FORGETS) as driver:
        assert driver.apply([Change(id, attributes)]) == {id: None}
        assert id not in driver.read()
