"""Devices and their credentials; plans, runs and steps; what the last look at each device found."""

from provisioning.drivers.simulated.models import SimulatedBatch, SimulatedDevice, SimulatedObject
from provisioning.models.acceptances import AcceptanceEnd, DriftAcceptance
from provisioning.models.audit_findings import Audit, AuditFinding, AuditRule, Severity
from provisioning.models.devices import Device, DeviceKind, DriverName, Tls
from provisioning.models.findings import DriftFinding, DriftKind, Leak
from provisioning.models.handoffs import HandOff, HandOffTick
from provisioning.models.holds import MaintenanceWindow, Stop, WindowKind
from provisioning.models.plans import Action, Operation, Plan, PlanStatus, Purpose
from provisioning.models.runs import LogLine, OnCancel, Run, RunStatus, Step, StepState, Undone
from provisioning.models.tunnel_keys import TunnelKey
from provisioning.models.zerto import ZertoManager, ZertoProduct

__all__ = [
    "AcceptanceEnd",
    "Action",
    "Audit",
    "AuditFinding",
    "AuditRule",
    "Device",
    "DeviceKind",
    "DriftAcceptance",
    "DriftFinding",
    "DriftKind",
    "DriverName",
    "HandOff",
    "HandOffTick",
    "Leak",
    "LogLine",
    "MaintenanceWindow",
    "OnCancel",
    "Operation",
    "Plan",
    "PlanStatus",
    "Purpose",
    "Run",
    "RunStatus",
    "Severity",
    "SimulatedBatch",
    "SimulatedDevice",
    "SimulatedObject",
    "Step",
    "StepState",
    "Stop",
    "Tls",
    "TunnelKey",
    "Undone",
    "WindowKind",
    "ZertoManager",
    "ZertoProduct",
]
