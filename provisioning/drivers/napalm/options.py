"""What differs from one provider's switches to another's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How the driver deals with a switch.

    ``parking_vlan``: put on a Junos trunk when its last VLAN is taken off; 0: that is refused. The other platforms have
    a list that says ``none``. ``confirm_seconds``: how long a switch keeps a change that we do not confirm, rounded up
    to whole minutes, which is what the platforms count in. ``known_hosts``: files with host keys, as OpenSSH writes
    them; empty: the account's and the system's.
    """

    parking_vlan: int = 0
    confirm_seconds: int = 60
    known_hosts: tuple[str, ...] = ()

    @property
    def revert_seconds(self) -> int:
        return max(60, -(-self.confirm_seconds // 60) * 60)
