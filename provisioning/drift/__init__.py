"""Drift: what devices carry against what all tenants on them want, as of the last look.

``comparing`` is the pure core; ``carried`` judges what nobody intends, leaked VLANs above all; ``checking`` looks and
stores. What a person does about a finding: ``accepting``, ``restoring``, ``adopting``, ``clearing``.
"""

from provisioning.drift.checking import check, check_quietly

__all__ = ["check", "check_quietly"]
