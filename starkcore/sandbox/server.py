"""Running the exchange: in this process until it is stopped, in a thread, or as a process of its own."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn

from starkcore.sandbox.app import create_app
from starkcore.sandbox.connections import Connections, WebSocket
from starkcore.sandbox.errors import SandboxError
from starkcore.sandbox.exchange import Settings
from starkcore.sandbox.hosts import KnownHosts
from starkcore.sandbox.store import MEMORY

__all__ = ["Sandbox", "running", "running_process", "serve"]

_READY = "starkcore sandbox: "
_DATABASE = "starkcore sandbox database: "
_PATIENCE = 30
_GRACE = 5


class _Server(uvicorn.Server):
    """A server that stops, too, when a client doesn't read what it was sent."""

    def __init__(self, config: uvicorn.Config, connections: Connections) -> None:
        super().__init__(config)
        self._connections = connections

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        hang_up = asyncio.get_running_loop().call_later(_GRACE, self._connections.abort)
        await super().shutdown(sockets)
        hang_up.cancel()


def _server(settings: Settings, host: str, names: Iterable[str]) -> uvicorn.Server:
    connections = Connections()
    # An address that is listened on is no name, and every address is known.
    own_names = [*names] if ":" in host else [*names, host]
    return _Server(
        uvicorn.Config(
            KnownHosts(create_app(settings), own_names),
            http=connections.protocol,  # type: ignore[arg-type]  # a factory is all that it is used as
            ws=WebSocket,
            log_level="warning",
            access_log=False,
            lifespan="on",
            ws_max_size=65536,
            # As public servers have it. Clients that pause for a moment should not meet a connection that is just being
            # closed.
            timeout_keep_alive=75,
            # A window for each connection is memory that anybody could take. Over loopback there is nothing to gain.
            ws_per_message_deflate=False,
        ),
        connections,
    )


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise SandboxError(f"port must be a number from 0 to 65535, not {port}")
    if "\0" in host:  # which the socket's own check refuses by another exception, and stays open
        raise SandboxError(f"{host!a}:{port} can't be listened on: that is no host's name")
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SandboxError(f"{host}:{port} can't be listened on: {error.strerror or error}") from None
    except ValueError:  # no host has such a name: a part is too long
        raise SandboxError(f"{host!a}:{port} can't be listened on: that is no host's name") from None


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    host: str = "127.0.0.1", port: int = 8080, settings: Settings | None = None, *, names: Iterable[str] = ()
) -> None:
    """Run the exchange until it is interrupted. When it can be reached, a line with its URL is printed.

    Args:
        host: the address that it listens on, or a name that leads there.
        port: 0 for any that is free.
        names: other names that it is reached by, beside localhost and addresses in figures.

    Raises:
        SandboxError: the port is taken, or the database isn't the sandbox's.
    """
    with _listen(host, port) as listener:
        server = _server(Settings() if settings is None else settings, host, names)
        # Connections wait in the socket's queue until the server takes them.
        print(f"{_READY}{_url(listener)}", flush=True)
        with suppress(KeyboardInterrupt):  # uvicorn raises it again once it has shut down
            server.run(sockets=[listener])
        if not server.started:
            raise SandboxError("the exchange couldn't start: see the log above")


class Sandbox:
    """A running exchange.

    Attributes:
        url: where its REST API is, without the /v3; ws_url: its WebSocket.
        process: the child process, unless it runs in a thread.
        database: the file that the child process writes; None where it is in memory, or not known here.
    """

    def __init__(self, url: str, process: subprocess.Popen[str] | None = None, database: Path | None = None) -> None:
        self.url = url
        self.database = database
        self.ws_url = "ws" + url.removeprefix("http") + "/v3/ws"
        self.process = process

    def __repr__(self) -> str:
        return f"<Sandbox at {self.url}>"


@contextmanager
def running(*, host: str = "127.0.0.1", port: int = 0, names: Iterable[str] = (), **settings: Any) -> Iterator[Sandbox]:
    """An exchange in a thread of this process, in memory unless `database` names a file.

        with starkcore.sandbox.running(initial_balance=100_000) as sandbox:
            client = Client(sandbox.url, …)

    Args:
        host, port, names: as in `serve`.
        settings: those of `Settings`.
    """
    with _listen(host, port) as listener:
        server = _server(Settings(**settings), host, names)
        thread = threading.Thread(target=server.run, args=([listener],), name="starkcore sandbox", daemon=True)
        thread.start()
        try:
            while not server.started:
                thread.join(0.01)
                if not thread.is_alive():
                    raise SandboxError("the exchange couldn't start: see the log above")
            yield Sandbox(_url(listener))
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def running_process(
    database: str | Path | None = None, *arguments: str, host: str = "127.0.0.1", port: int = 0
) -> Iterator[Sandbox]:
    """An exchange as a process of its own, which has an interpreter to itself; stopped at the end, if it still runs.

    It ends with this process, too, whatever ends that: it reads a pipe of which this process has the other end.

    Args:
        database: a file, or ":memory:"; None: a temporary file, `Sandbox.database`, which is removed at the end.
        arguments: more for the command line, as `python -m starkcore.sandbox --help` lists them.
    """
    command = [sys.executable, "-P", "-m", "starkcore.sandbox", "--host", host, "--port", str(port), "--until-eof"]
    where = ["--temporary"] if database is None else ["--database", str(database)]
    process = subprocess.Popen(
        [*command, *where, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    path = None if database in (None, MEMORY) else Path(str(database))
    try:
        lines = process.stdout or ()
        for line in lines:
            if line.startswith(_READY):
                break
            if line.startswith(_DATABASE):
                path = Path(line.removeprefix(_DATABASE).rstrip("\n"))
        else:
            raise SandboxError("the exchange couldn't start: see the messages above")
        yield Sandbox(line.removeprefix(_READY).strip(), process, path)
    finally:
        _stop(process)
        if database is None and path is not None:  # the exchange itself may have been killed
            shutil.rmtree(path.parent, ignore_errors=True)


def _stop(process: subprocess.Popen[str]) -> None:
    """End an exchange. Its pipe goes first, so that it ends also when this is interrupted."""
    if process.stdin:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
