from capacity.models.alerts import Alert, AlertRule, Channel, Delivery, DeliveryState, RuleKind
from capacity.models.assumptions import PlanningAssumptions
from capacity.models.scenarios import Scenario, ScenarioEvent

__all__ = [
    "Alert",
    "AlertRule",
    "Channel",
    "Delivery",
    "DeliveryState",
    "PlanningAssumptions",
    "RuleKind",
    "Scenario",
    "ScenarioEvent",
]
