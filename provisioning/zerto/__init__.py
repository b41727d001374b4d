"""Zerto managers, which are only ever read: no documented call of theirs makes a ZORG or deploys a ZCC.

``read_back`` says whether what a person did by hand is there.
"""

from provisioning.zerto.reading import Seen, facts, managers_for, read_back, try_out

__all__ = ["Seen", "facts", "managers_for", "read_back", "try_out"]
