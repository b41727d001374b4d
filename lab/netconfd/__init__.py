"""A core switch's control plane for the lab: Debian's netconfd, a real NETCONF server, behind a small SSH server.

Only the YANG modules beside this file are ours; candidate, lock, validate, confirmed commit and its roll-back are
netconfd's own. There is no switch behind it: no frame ever flows.
"""

from lab.netconfd.server import Switch, switch, why_not

__all__ = ["Switch", "switch", "why_not"]
