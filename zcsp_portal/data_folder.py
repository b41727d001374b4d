"""The folder where embedded data lives, and the unix socket of the embedded Redis in it."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

LONGEST_SOCKET_PATH = 107  # bytes; sun_path of unix(7) holds 108 with the closing NUL


def usable_folder(path: Path) -> Path:
    """``path`` made absolute, and made.

    Raises ImproperlyConfigured when it cannot be made or written to.
    """
    path = path.expanduser().absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"DATA_DIR {path} cannot be made: {error.strerror}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"DATA_DIR {path} cannot be written to: permission denied.")
    return path


def redis_socket(data_dir: Path) -> Path:
    """Where the embedded Redis listens: in the data folder, or, where that path is too long for a unix socket, in a
    private folder of the system's temporary one whose name follows from the data folder's.
    """
    path = data_dir / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"zcsp-portal-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise ImproperlyConfigured(
            f"DATA_DIR is too long a path for a unix socket, and {folder} belongs to somebody else: shorten DATA_DIR."
        )
    return folder / "redis.sock"
