"""What a transport knows of its host: where it is and how to reach it, how long to wait for it, and what its failures
mean.
"""

from __future__ import annotations

import base64
import time
from typing import Any
from urllib.parse import unquote, urlsplit

from starkcore import __version__, exact
from starkcore.extras import require
from starkcore.http.endpoint import PORTS, Endpoint, proxy_url
from starkcore.http.rules import Failure, Outgoing, Timeouts
from starkcore.http.wire import LARGEST_HEAD, Bounds, HeadTooLong, NotHttp, request_bytes

__all__ = ["Host", "Proxy"]


class Proxy:
    """A host between us and another one: it makes a tunnel to it, or, where that isn't encrypted, hands requests on.

    Attributes:
        endpoint: where it is.
        login: the line of a head that has its name and password; empty where it wants none.
        connect: the request for the tunnel; None where requests are handed on.
    """

    def __init__(self, url: str, target: Endpoint) -> None:
        parts = urlsplit(proxy_url(exact.text(url, "proxy")))
        self.endpoint = Endpoint(parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme])
        self.login, self.connect = "", None
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self.login = f"proxy-authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"
        if target.scheme == "https":
            name = f"{target.name}:{target.port}"
            self.connect = f"CONNECT {name} HTTP/1.1\r\nhost: {name}\r\naccept: */*\r\n{self.login}\r\n".encode()


class Host:
    """The arguments are `SyncTransport`'s.

    Attributes:
        http: the library that connects, httpcore2.
        elsewhere: whether another machine may be connected to.
        proxy: None where there is none.
        bounds: of answers.
    """

    def __init__(
        self, endpoint: Endpoint, timeouts: Timeouts, largest_answer: int, ssl_context: Any, *, anywhere: bool
    ) -> None:
        self.endpoint = endpoint
        self.encrypted = endpoint.scheme == "https"
        self.elsewhere = self.encrypted or anywhere
        self.timeouts = timeouts
        self.bounds = Bounds(largest_answer)
        self.http = require("httpcore2", "client")
        proxy = endpoint.proxy()
        self.proxy = None if proxy is None else Proxy(proxy, endpoint)
        self.ssl_context = self._context(ssl_context) if self.encrypted else None
        self.proxy_ssl_context = None
        if self.proxy is not None and self.proxy.endpoint.scheme == "https":
            self.proxy_ssl_context = self._context(None)
        self._fixed = (
            f"host: {str(endpoint).partition('//')[2]}\r\naccept: application/json\r\naccept-encoding: identity\r\n"
            f"user-agent: starkcore/{__version__}\r\n"
        )
        self._before_path = ""
        if self.proxy is not None and self.proxy.connect is None:
            self._before_path, self._fixed = str(endpoint), self._fixed + self.proxy.login

    def _context(self, given: Any) -> Any:
        """One that trusts what the operating system trusts, unless another is given."""
        context = self.http.default_ssl_context() if given is None else given
        context.set_alpn_protocols(["http/1.1"])
        return context

    def request(self, outgoing: Outgoing) -> bytes | None:
        """A request as it is sent; None where HTTP has no way to say it."""
        return request_bytes(outgoing, self._fixed, self._before_path)

    # ---- How long to wait ----

    def to_connect(self, deadline: float) -> float:
        """Seconds, shortened to what the budget leaves."""
        return self._shortened(self.timeouts.connect, deadline, self.http.ConnectTimeout)

    def to_write(self, deadline: float) -> float:
        """The same, for each piece that is sent."""
        return self._shortened(self.timeouts.write, deadline, self.http.WriteTimeout)

    def to_read(self, deadline: float) -> float:
        """The same, for each piece that comes."""
        return self._shortened(self.timeouts.read, deadline, self.http.ReadTimeout)

    def for_a_place(self, deadline: float) -> float:
        """The same, until fewer requests are under way; not above 0 where the budget is used up."""
        return min(self.timeouts.pool, deadline - time.monotonic())

    @staticmethod
    def _shortened(timeout: float, deadline: float, error: type[Exception]) -> float:
        left = deadline - time.monotonic()
        if left <= 0:
            raise error("the budget is used up")
        return min(timeout, left)

    # ---- What goes wrong ----

    def not_connected(self, error: Exception) -> Failure:
        """Why nothing was sent. The library's text is told only of the connection itself."""
        http = self.http
        if isinstance(error, (http.ConnectTimeout, http.ReadTimeout, http.WriteTimeout)):
            return Failure(False, "no connection in time; nothing was sent")
        if isinstance(error, http.ConnectError):
            return Failure(False, f"no connection; nothing was sent: {str(error)[:200]}")
        return Failure(False, "no connection; nothing was sent")

    def lost(self, error: Exception) -> Failure:
        """Why there is no answer to what was sent, or not all of it. No text but ours is told."""
        http = self.http
        if isinstance(error, HeadTooLong):
            return Failure(True, f"more than {LARGEST_HEAD} bytes came before an answer", again=False)
        if isinstance(error, http.ReadTimeout):
            return Failure(True, "no answer, or not all of it, in time")
        if isinstance(error, http.WriteTimeout):
            return Failure(True, "couldn't be sent in time")
        if isinstance(error, NotHttp):
            return Failure(True, "the connection ended before the answer did, or the answer isn't HTTP")
        return Failure(True, "the connection was lost")
