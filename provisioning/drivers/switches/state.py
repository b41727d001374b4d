"""What a switch carries, and what to change of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from provisioning.drivers.switches.trunks import Trunk, TrunkEdit


@dataclass(frozen=True, slots=True)
class SwitchState:
    """VLAN names by ID (None: there is no such network instance, or bridge, on the switch) and ports by name."""

    vlans: Mapping[int, str] | None
    trunks: Mapping[str, Trunk]
    instances: Sequence[str]  # the network instances, or bridges, that are there


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit: VLANs to create or rename, VLANs to delete, entries of trunks."""

    vlans: Mapping[int, str]
    gone_vlans: Sequence[int]
    trunks: Sequence[TrunkEdit]

    def __bool__(self) -> bool:
        return bool(self.vlans or self.gone_vlans or self.trunks)
