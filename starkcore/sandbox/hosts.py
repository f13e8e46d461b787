"""Which host a request was sent to, and from which page: what keeps web pages out.

A page in a browser can have its own name lead to this machine (DNS rebinding), and the browser then takes the exchange
for the page's own host: the page may send it anything, and read what it answers. But the browser says in the Host
header which name it asked for. A page of another origin, which may open a WebSocket to any host, is told by the Origin
header. Programs other than browsers set the one as they were told, and send no other.

Starlette's TrustedHostMiddleware compares with a list of names. An exchange that listens on all of a machine's
addresses answers under each of them, which aren't known beforehand: no name leads to an address in figures, so all of
these are allowed.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from starkcore import exact
from starkcore.sandbox.errors import Refused, SandboxError

__all__ = ["KnownHosts"]

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9A-Za-z_.-]{1,253}))(?::[0-9]{0,5})?")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]{0,20}://(.{1,300})")
_UNREADABLE = None, ""


class KnownHosts:
    """An ASGI application that hands on what was sent to this machine, by a name that is known to be its own.

    Args:
        app: what answers.
        names: the host's names beside "localhost", those that end in ".localhost", and addresses in figures.

    Raises:
        SandboxError: one of them is no name.
    """

    def __init__(self, app: Any, names: Iterable[str]) -> None:
        self._app = app
        given = {exact.text(name, "names") for name in names}
        for name in given:
            if _parts(name) == _UNREADABLE:
                raise SandboxError(f"{name[:80]!a} is no host's name")
        self._names = {"localhost", *map(_plain, (*given, socket.gethostname()))} - {""}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        refused = self.refusal(Headers(scope=scope)) if scope["type"] in ("http", "websocket") else None
        if refused is None:
            await self._app(scope, receive, send)
        else:
            await JSONResponse(refused.body(), refused.status)(scope, receive, send)

    def refusal(self, headers: Headers) -> Refused | None:
        """Why a request with these headers isn't answered; None where it is."""
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) > 1 or not all(self._is_ours(host) for host in hosts):
            return Refused(
                "Host must be an address in figures, localhost, or a name that the exchange was given by --host or "
                "--name",
                421,
            )
        # Where a page comes from tells nothing once it is an address: the page may be of any machine.
        if not all(self._is_from_here(origin, hosts) for origin in origins):
            return Refused("Origin must be a page of this machine: pages of other hosts aren't answered", 403)
        return None

    def _is_ours(self, host: str) -> bool:
        address, name = _parts(host)
        return address is not None or name in self._names or name.endswith(".localhost")

    def _is_from_here(self, origin: str, hosts: list[str]) -> bool:
        found = _ORIGIN.fullmatch(origin)
        if found is None:
            return False
        address, name = _parts(found[1])
        if hosts and (address, name) == _parts(hosts[0]):
            return True
        return address.is_loopback if address is not None else name in self._names or name.endswith(".localhost")


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")


def _parts(host: str) -> tuple[IPv4Address | IPv6Address | None, str]:
    """The address of a Host header's value, or None, and its name, or nothing."""
    found = _HOST.fullmatch(host)
    if found is None:
        return _UNREADABLE
    try:
        return ip_address(found[1] or found[2]), ""
    except ValueError:
        return _UNREADABLE if found[1] else (None, _plain(found[2]))
