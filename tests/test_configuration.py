"""The configuration page lists what the code reads, and a wrong value is told in one sentence."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from zcsp_portal.data_folder import LONGEST_SOCKET_PATH, redis_socket, usable_folder
from zcsp_portal.database import database_from
from zcsp_portal.environment import SETTINGS, read_environment

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "configuration.md").read_text()
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \|([^|]*)\|", PAGE, flags=re.MULTILINE))


def test_the_page_lists_every_setting_and_no_other() -> None:
    assert sorted(ROWS) == sorted(setting.name for setting in SETTINGS)


def test_the_page_tells_every_default() -> None:
    told = {name: shown.strip(" `") for name, shown in ROWS.items() if name != "DATA_DIR"}
    assert told == {setting.name: setting.default for setting in SETTINGS if setting.name != "DATA_DIR"}


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("DEBUG", "perhaps", "expected yes or no"),
        ("PORT", "http", "expected a port number from 1 to 65535"),
        ("PORT", "70000", "expected a port number from 1 to 65535"),
        ("TASK_WORKERS", "0", "expected a whole number above zero"),
        ("HOLD_DAYS", "-1", "expected a whole number above zero"),
        ("TIME_ZONE", "Mars/Olympus", "such as Europe/Berlin"),
        ("LOG_LEVEL", "loud", "expected one of DEBUG, INFO, WARNING, ERROR"),
        ("CSRF_TRUSTED_ORIGINS", "portal.example.net", "expected origins such as https://"),
        ("CREDENTIAL_KEYS", "letmein", "expected Fernet keys"),
        ("DATABASE_URL", "mysql://u:letmein@h/db", "expected postgres://"),
        ("DATABASE_URL", "postgres://u:letmein@h", "the database's name is missing"),
        ("DATABASE_URL", "postgres://u:letmein/x@h:5432/db", "special characters in a password"),
        ("REDIS_URL", "http://letmein@h", "expected redis://"),
        ("REDIS_URL", "redis://", "expected redis://"),
        ("EMAIL_URL", "mail.example.net", "expected smtp://"),
        ("EMAIL_URL", "smtp://u:letmein@mail.example.net/inbox", "after the port nothing follows"),
        ("EMAIL_URL", "smtp://letmein@mail.example.net", "a user needs a password"),
        ("MAIL_FROM", "the portal", "expected an address such as"),
        ("PUBLIC_URL", "portal.example.net", "expected https://portal.example.net"),
        ("PUBLIC_URL", "https://portal.example.net/app?x=1", "with nothing after it"),
    ],
)
def test_a_wrong_value_is_told_in_one_sentence_that_names_the_variable(name: str, value: str, reason: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        read_environment({name: value})
    told = str(refusal.value)
    assert told.startswith(name)
    assert reason in told
    assert "\n" not in told
    assert "letmein" not in told


def test_an_empty_variable_counts_as_none() -> None:
    assert read_environment({"PORT": "", "DATABASE_URL": ""})["PORT"] == 8000


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DEBUG": "no"}, "SECRET_KEY is not set: it is required unless DEBUG is on."),
        ({"DEBUG": "no", "SECRET_KEY": "x" * 60}, "CREDENTIAL_KEYS is not set: it is required unless DEBUG is on."),
        ({"DEBUG": "yes", "EMAIL_URL": "smtp://h"}, "MAIL_FROM is not set: it is required with EMAIL_URL."),
        ({"DEBUG": "yes", "LOG_LEVEL": "loud"}, "LOG_LEVEL='loud' is not valid: expected one of"),
        ({"DEBUG": "yes", "DATA_DIR": "/proc/portal"}, "DATA_DIR /proc/portal cannot be made: "),
    ],
)
def test_every_command_says_it_without_a_traceback(environment: dict[str, str], sentence: str) -> None:
    for command in (["manage.py", "check"], ["manage.py", "migrate"], ["-m", "zcsp_portal.running"]):
        ended = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 1
        assert ended.stderr.startswith(sentence)
        assert ended.stderr.count("\n") == 1


def test_a_unix_socket_in_the_database_url_reaches_psycopg(tmp_path: Path) -> None:
    config = database_from("postgres://portal@/portal?host=/run/postgresql", data_dir=tmp_path)
    assert config["HOST"] == ""
    assert config["OPTIONS"]["host"] == "/run/postgresql"
    assert config["NAME"] == "portal"
    assert database_from("postgres://portal@%2Frun%2Fpg/portal", data_dir=tmp_path)["HOST"] == "/run/pg"


def test_sqlite_owns_the_write_lock_before_it_reads_however_it_is_named(tmp_path: Path) -> None:
    for url in ("", f"sqlite:///{tmp_path}/other.sqlite3"):
        assert database_from(url, data_dir=tmp_path)["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.fixture
def temporary_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short one: what pytest gives is itself too long for a unix socket."""
    with tempfile.TemporaryDirectory(prefix="z-") as folder:
        monkeypatch.setattr("tempfile.tempdir", folder)
        yield Path(folder)


def test_a_long_data_folder_gets_a_short_socket_in_a_private_folder(temporary_folder: Path) -> None:
    long = usable_folder(temporary_folder / ("x" * 100))
    socket = redis_socket(long)
    assert len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH
    assert socket == redis_socket(long)
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    assert redis_socket(temporary_folder / "s") == temporary_folder / "s" / "redis.sock"


def test_a_foreign_folder_in_place_of_the_private_one_is_refused(temporary_folder: Path) -> None:
    long = temporary_folder / ("x" * 100)
    redis_socket(long).parent.chmod(0o777)
    with pytest.raises(ImproperlyConfigured, match="shorten DATA_DIR"):
        redis_socket(long)
