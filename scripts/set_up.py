"""Sets up what `make` needs: a virtual environment with the locked packages, and the front end's files.

``python3 scripts/set_up.py portal`` for running, ``… dev`` for testing. Uses the standard library only. A step whose
inputs did not change since it last succeeded is skipped: its stamp holds a digest of them. Whatever is missing on the
machine is told in one sentence.
"""

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
NODE_MODULES = ROOT / "node_modules"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 18
LOCKS = {"portal": ["portal"], "dev": ["portal", "dev"]}  # which requirements files each kind of set-up installs


class SetUpFailed(Exception):
    """One sentence that says what is missing and how to mend it."""


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "portal"
    if kind not in LOCKS:
        sys.exit("usage: python3 scripts/set_up.py portal|dev")
    try:
        with open(ROOT / ".set-up.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two set-ups of one checkout take turns
            make_environment()
            for name in LOCKS[kind]:
                install_packages(name)
            fetch_front_end()
    except SetUpFailed as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit("Set-up interrupted: the next start goes on where it stopped.")


def make_environment() -> None:
    """A virtual environment of this Python, in place of one that no longer runs."""
    if sys.version_info < OLDEST_PYTHON:
        raise SetUpFailed(
            f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old: install Python 3.11 or newer, "
            "or name it with `make PYTHON=python3.11 …`."
        )
    if works([str(VENV / "bin" / "python"), "-m", "pip", "--version"]):
        return
    if not works([sys.executable, "-c", "import ensurepip, venv"]):
        raise SetUpFailed("Python's venv module is missing: install it with `apt-get install python3-venv`.")
    say("Making the Python environment …")
    run([sys.executable, "-m", "venv", "--clear", str(VENV)], failed="The Python environment could not be made")


def install_packages(name: str) -> None:
    """The packages of ``requirements/<name>.txt``, each checked against its locked hash."""
    lock = ROOT / "requirements" / f"{name}.txt"
    stamp = VENV / f".{name}-installed"
    wanted = digest(lock, extra=f"{VENV} {sys.version_info[:2]}")
    if is_stamped(stamp, wanted):
        return
    say(f"Installing Python packages ({lock.relative_to(ROOT)}) …")
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "-qq"]
    run(
        [*pip, "install", "--require-hashes", "--no-deps", "--requirement", str(lock)],
        failed="The Python packages could not be installed",
    )
    stamp.write_text(wanted)


def fetch_front_end() -> None:
    """Bootstrap, its icons and plotly.js, by the lock file; no package's own scripts are run."""
    stamp = NODE_MODULES / ".fetched"
    wanted = digest(ROOT / "package-lock.json", ROOT / "package.json")
    if is_stamped(stamp, wanted):
        return
    check_node()
    say("Fetching the front end's files …")
    run(["npm", "ci", "--ignore-scripts", "--silent"], failed="The front end's files could not be fetched")
    stamp.write_text(wanted)


def check_node() -> None:
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise SetUpFailed(
                f"{program} is missing: install Node.js {OLDEST_NODE} or newer (`apt-get install nodejs npm`)."
            )
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)", answer.stdout)
    if not version or int(version[1]) < OLDEST_NODE:
        found = answer.stdout.strip() or "of an unknown version"
        raise SetUpFailed(f"Node.js {found} is too old: install version {OLDEST_NODE} or newer.")


def digest(*files: Path, extra: str = "") -> str:
    total = hashlib.sha256(extra.encode())
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


def is_stamped(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def run(command: list[str], *, failed: str) -> None:
    """Raises SetUpFailed when the command fails; what it said itself is on the screen above."""
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if code:
        raise SetUpFailed(f"{failed}: `{' '.join(command[:4])} …` ended with {code}; its own words stand above.")


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
