"""The forms of the inventory's screens."""

from inventory.forms.networks import ManagementNetworkForm
from inventory.forms.nsx import NsxManagerForm
from inventory.forms.pods import PodForm
from inventory.forms.records import ArchiveForm, RecordForm
from inventory.forms.switches import SwitchForm
from inventory.forms.vcenters import VCenterForm

__all__ = [
    "ArchiveForm",
    "ManagementNetworkForm",
    "NsxManagerForm",
    "PodForm",
    "RecordForm",
    "SwitchForm",
    "VCenterForm",
]
