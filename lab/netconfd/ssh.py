"""An SSH server that hands every ``netconf`` session to a netconf-subsystem of its own.

It runs on a thread of its own, keeps what clients sent, and can hang up at a chosen message, as a network does.
"""

import asyncio
import base64
import hashlib
import os
import re
import signal
import threading
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import asyncssh

END_OF_MESSAGE = re.compile(rb"\n##\n|\]\]>\]\]>")  # NETCONF 1.1 ends a message with the first, 1.0 with the second
CHUNK_HEADER = re.compile(rb"\n#\d+\n")
READ_BYTES = 65536
ENDING_SECONDS = 5.0

asyncssh.set_log_level("ERROR")  # else it tells of every connection

OnMessage = Callable[[bytes], bytes | None]


@dataclass(slots=True)
class Wire:
    """What goes over the wire between one account, ``watched``, and the server.

    ``messages``: whole messages from the client, without framing, in order of arrival. ``on_message``: while set,
    asked for each before it is passed on: what to pass on instead (the switch does otherwise than it was told),
    nothing (it is lost), or None to hang up. ``ghosts``: the server's end of a session outlives such a hang-up, as
    behind a broken line, until ``lay_ghosts``. ``hidden``: capabilities that the greeting shall not offer.
    """

    watched: str
    messages: list[bytes] = field(default_factory=list)
    on_message: OnMessage | None = None
    ghosts: bool = False
    hidden: tuple[bytes, ...] = ()
    _sessions: dict[int, str] = field(default_factory=dict)  # account by process id
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def forget(self) -> None:
        self.messages.clear()
        self.on_message, self.ghosts, self.hidden = None, False, ()
        self.lay_ghosts()

    def lay_ghosts(self) -> None:
        """End what is left of the watched account's sessions, and wait until it ended."""
        for process, account in list(self._sessions.items()):
            if account == self.watched:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        assert self.all_closed()

    def all_closed(self, *, seconds: float = 10.0) -> bool:
        """Whether the watched account's sessions end within this time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.watched not in self._sessions.values(), seconds)

    def began(self, process: int, account: str) -> None:
        with self._changed:
            self._sessions[process] = account
            self._changed.notify_all()

    def ended(self, process: int) -> None:
        with self._changed:
            del self._sessions[process]
            self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class Listening:
    port: int
    host_key: asyncssh.SSHKey

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the host key, in hex."""
        return hashlib.sha256(self.host_key.public_data).hexdigest()

    @property
    def known_hosts_line(self) -> str:
        kind, data = self.host_key.algorithm.decode(), base64.b64encode(self.host_key.public_data).decode()
        return f"[127.0.0.1]:{self.port} {kind} {data}\n"


class _Accounts(asyncssh.SSHServer):
    def __init__(self, accounts: Mapping[str, str], connections: "set[asyncssh.SSHServerConnection]") -> None:
        self._accounts = accounts
        self._connections = connections

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connections.add(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return self._accounts.get(username) == password


@contextmanager
def ssh_server(
    *,
    accounts: Mapping[str, str],
    subsystem: list[str],
    environment: Mapping[str, str],
    wire: Wire,
    greeted: Callable[[], int] | None = None,
) -> Iterator[Listening]:
    """Serve on a free port of 127.0.0.1 until the block is left; all sessions end with it.

    ``greeted``: how many greetings the server behind has taken. A session's first request is held back until it has
    taken the greeting before it: netconfd loses a request that arrives in one read with the greeting.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="lab-ssh", daemon=True)
    thread.start()
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    connections: set[asyncssh.SSHServerConnection] = set()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(
            lambda: _Accounts(accounts, connections),
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            process_factory=lambda process: _serve(process, subsystem, environment, wire, greeted),
            encoding=None,
        )

    try:
        acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result()
        try:
            yield Listening(acceptor.get_port(), host_key)
        finally:
            asyncio.run_coroutine_threadsafe(_shut(acceptor, connections), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _shut(acceptor: asyncssh.SSHAcceptor, connections: "set[asyncssh.SSHServerConnection]") -> None:
    acceptor.close()
    for connection in connections:
        connection.abort()
        await connection.wait_closed()
    await acceptor.wait_closed()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:  # each ends its subsystem and waits for it
        _, others = await asyncio.wait(others, timeout=ENDING_SECONDS)
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _serve(
    client: "asyncssh.SSHServerProcess[bytes]",
    subsystem: list[str],
    environment: Mapping[str, str],
    wire: Wire,
    greeted: Callable[[], int] | None,
) -> None:
    if client.subsystem != "netconf":
        client.exit(1)
        return
    account: str = client.get_extra_info("username")
    server = await asyncio.create_subprocess_exec(
        *subsystem, stdin=PIPE, stdout=PIPE, env=os.environ | dict(environment) | {"USER": account}
    )
    wire.began(server.pid, account)
    seen = wire if account == wire.watched else Wire(watched="")
    pumps = [
        asyncio.ensure_future(_from_client(client, server, seen, greeted)),
        asyncio.ensure_future(_to_client(client, server, seen)),
    ]
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for pump in pumps:
            pump.cancel()
        if seen.ghosts:
            await server.wait()
        if server.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(server.pid, signal.SIGKILL)  # its own kill() would reap it before the loop does, and complain
        await server.wait()
        wire.ended(server.pid)
        client.close()


async def _from_client(
    client: "asyncssh.SSHServerProcess[bytes]", server: Process, wire: Wire, greeted: Callable[[], int] | None
) -> None:
    """Pass whole messages on, one by one; return when the client, or the interruption, ends the session."""
    assert server.stdin is not None
    waiting, before = b"", greeted() if greeted else 0
    with suppress(asyncssh.Error, ConnectionError):
        while data := await client.stdin.read(READ_BYTES):
            waiting += data
            while end := END_OF_MESSAGE.search(waiting, max(0, len(waiting) - len(data) - 6)):
                message, waiting = waiting[: end.end()], waiting[end.end() :]
                bare = CHUNK_HEADER.sub(b"", message[: end.start()])
                wire.messages.append(bare)
                if wire.on_message and (changed := wire.on_message(bare)) != bare:
                    if changed is None:
                        client.channel.get_connection().abort()
                        return
                    if not changed:
                        continue
                    message = b"\n#%d\n%b\n##\n" % (len(changed), changed)
                server.stdin.write(message)
                await server.stdin.drain()
                if greeted and b"hello" in bare:
                    await _until(lambda: greeted() > before)


async def _until(done: Callable[[], bool]) -> None:
    deadline = asyncio.get_running_loop().time() + ENDING_SECONDS
    while not done() and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.002)


async def _to_client(client: "asyncssh.SSHServerProcess[bytes]", server: Process, wire: Wire) -> None:
    assert server.stdout is not None
    with suppress(asyncssh.Error, ConnectionError, asyncio.IncompleteReadError):
        greeting = await server.stdout.readuntil(b"]]>]]>")
        for capability in wire.hidden:
            greeting = re.sub(rb"<capability>[^<]*%b</capability>" % re.escape(capability), b"", greeting)
        client.stdout.write(greeting)
        while data := await server.stdout.read(READ_BYTES):
            client.stdout.write(data)
            await client.stdout.drain()
