"""Keys that development mode makes for itself and keeps, so that a restart keeps sessions and secrets."""

from collections.abc import Callable
from pathlib import Path


def kept(path: Path, make: Callable[[], str]) -> str:
    """The text in ``path``; made and written (readable by the owner only) when absent."""
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    text = make()
    path.touch(mode=0o600)
    path.write_text(text)
    return text
