from capacity.models.assumptions import PlanningAssumptions

__all__ = ["PlanningAssumptions"]
