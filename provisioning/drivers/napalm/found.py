"""What was read from a switch. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioning.drivers.switches.state import SwitchState


@dataclass(frozen=True, slots=True)
class Found:
    """``words``: of a Junos trunk, how the configuration writes an entry (``{port: {"100": ("customer-a",)}}``).

    ``lists``: VLANs that Junos has in one statement with others, by ID; they are read and never written.
    """

    state: SwitchState
    words: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    lists: Mapping[int, str] = field(default_factory=dict)

    @property
    def names(self) -> Mapping[int, str]:
        return self.state.vlans or {}
