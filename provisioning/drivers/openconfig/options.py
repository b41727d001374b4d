"""What differs from one provider's switches to another's."""

from dataclasses import dataclass

DEFAULT_PORT = 830  # RFC 6242: NETCONF over SSH


@dataclass(frozen=True, slots=True)
class Options:
    """How the driver deals with a switch.

    ``network_instance``: where the switch keeps its VLANs. ``parking_vlan``: put on a trunk when its last VLAN is
    taken off, because a trunk without a list carries all VLANs; 0: taking the last one off is refused.
    ``lock_seconds``: how long to wait for a configuration that another session has locked. ``confirm_seconds``: how
    long the switch keeps a change that we do not confirm. ``known_hosts``: files with host keys, as OpenSSH writes
    them; empty: the account's and the system's.
    """

    network_instance: str = "default"
    parking_vlan: int = 0
    lock_seconds: float = 15.0
    confirm_seconds: int = 60
    known_hosts: tuple[str, ...] = ()
