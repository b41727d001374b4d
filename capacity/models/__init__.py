from capacity.models.alerts import Alert, AlertRule, Channel, Delivery, DeliveryState, RuleKind
from capacity.models.assumptions import PlanningAssumptions
from capacity.models.contracts import Contract, ContractState
from capacity.models.mailings import Mailing, MailingState, Recipient
from capacity.models.scenarios import Scenario, ScenarioEvent
from capacity.models.snapshots import Snapshot

__all__ = [
    "Alert",
    "AlertRule",
    "Channel",
    "Contract",
    "ContractState",
    "Delivery",
    "DeliveryState",
    "Mailing",
    "MailingState",
    "PlanningAssumptions",
    "Recipient",
    "RuleKind",
    "Scenario",
    "ScenarioEvent",
    "Snapshot",
]
