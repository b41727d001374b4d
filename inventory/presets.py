"""What some models allow, by their vendors' data sheets: a beginning that the operator edits per switch."""

from collections.abc import Mapping
from dataclasses import dataclass

from inventory.models import RangePurpose
from inventory.ranges import Span


@dataclass(frozen=True, slots=True)
class Preset:
    """``limits``: fields of a core switch; ``spans``: IDs that the model takes beside its platform's."""

    label: str
    limits: Mapping[str, int]
    spans: tuple[Span, ...] = ()


PRESETS: Mapping[str, Preset] = {
    "ex2200": Preset(
        "Juniper EX2200: 1,024 VLANs, 253 VSTP instances", {"max_active_vlans": 1024, "max_stp_instances": 253}
    ),
    "vstp-510": Preset("Juniper with VSTP: 510 instances", {"max_stp_instances": 510}),
    "catalyst-3560": Preset(
        "Cisco Catalyst 3560/3750: 1,005 VLANs, 128 spanning-tree instances",
        {"max_active_vlans": 1005, "max_stp_instances": 128},
    ),
    "aruba-rpvst": Preset("Aruba with RPVST+: 128 instances (up to 400 on larger models)", {"max_stp_instances": 128}),
    "cumulus": Preset(
        "Cumulus: 3000–3999 kept by some models",
        {},
        (Span(RangePurpose.RESERVED, 3000, 3999, "Cumulus internal VLANs"),),
    ),
}
