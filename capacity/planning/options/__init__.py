"""The ways out for a core switch that fills up: what each costs, gains, needs and risks."""

from capacity.planning.options.values import Candidate, Case, Choice, Elsewhere, Option, Reclaimable
from capacity.planning.options.weighing import options

__all__ = ["Candidate", "Case", "Choice", "Elsewhere", "Option", "Reclaimable", "options"]
