from capacity.models.assumptions import PlanningAssumptions
from capacity.models.scenarios import Scenario, ScenarioEvent

__all__ = ["PlanningAssumptions", "Scenario", "ScenarioEvent"]
