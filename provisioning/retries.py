"""When what failed for a passing reason is tried again."""

import random
from datetime import datetime, timedelta

MAX_ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 2.0


def next_attempt(attempts: int, *, now: datetime) -> datetime:
    """Twice the pause after each attempt, give or take a quarter, so that many do not come back at once."""
    pause = FIRST_PAUSE_SECONDS * 2 ** (attempts - 1)
    return now + timedelta(seconds=pause * random.uniform(0.75, 1.25))  # noqa: S311 - no secret depends on it
