"""How a kill test says what became of its run, for the matrix that is printed at the end."""

from collections.abc import Callable

import pytest

from tests.provisioning.kills.hall import Note


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Note:
    """Write a line of the kill matrix: plain text only, for a test process of several sends nothing else home."""
    return lambda what, where, outcome: record_property("kill", (str(what), str(where), str(outcome)))
