"""Every check that is not a test, one after the other; all of them run, and the exit code says whether all passed.

``python scripts/check.py`` from the virtual environment (``make check`` does).
"""

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="zcsp-check-") as folder:
        development = {"DEBUG": "yes", "DATA_DIR": folder}
        production = {
            "DEBUG": "no",
            "DATA_DIR": folder,
            "SECRET_KEY": secrets.token_urlsafe(64),
            "CREDENTIAL_KEYS": Fernet.generate_key().decode(),
            "ALLOWED_HOSTS": "portal.example.net",
        }
        passed = [
            check("ruff", "check", "."),
            check("ruff", "format", "--check", "."),
            check("mypy", ".", **development),
            check("lint-imports"),
            check("python", "manage.py", "makemigrations", "--check", "--dry-run", **development),
            check("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING", **production),
        ]
    sys.exit(not all(passed))


def check(program: str, *arguments: str, **environment: str) -> bool:
    print(f"— {program} {' '.join(arguments)}", flush=True)
    clean = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return subprocess.run([BIN / program, *arguments], cwd=ROOT, env=clean | environment, check=False).returncode == 0


if __name__ == "__main__":
    main()
