"""A node of Ethereum by its URL, as a web3.Web3 that reads what the node answers within bounds.

web3 takes an answer whole, however long and however deep it is, for as long as it goes on coming; a megabyte of "["
ends the process (see `starkcore.http.strict_json`). Here the request goes over `starkcore.http.transport`, and the
answer through `strict_json`: size, headers, pieces, depth, values and time are bounded, and redirects aren't followed.
A Web3 or a provider that a program makes itself reads as that program has it.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from starkcore import exact
from starkcore.errors import _invalid
from starkcore.extras import require
from starkcore.http.answer import Answer
from starkcore.http.rules import Failure, Outgoing, Retries, Send, Sleep, Steps, Timeouts
from starkcore.http.strict_json import BadJson, strict_json
from starkcore.http.transport import Endpoint, SyncTransport

__all__ = ["NodeFailed", "web3_at"]

_PORTS = {"https": 443, "http": 80}
_BUSY = (429, 502, 503, 504)
# RFC 3986: what may stand in a path or query as it is. "%" is among it, since what is quoted already stays so.
_AS_IT_IS = "/?:@!$&'()*+,;=-._~%"


class NodeFailed(OSError):
    """A node gave no answer, or none that could be read. What was sent may have been carried out.

    It shows nothing of the URL, which may hold a key, or of the answer. An OSError, as what web3's own providers raise.
    """


def web3_at(url: str, timeouts: Timeouts | None = None) -> Any:
    """A web3.Web3 of the node at a URL.

    Args:
        url: "https://…", or "http://…", which is spoken to without encryption, wherever it is. A name and a password in
            it are sent as HTTP has them.
        timeouts: of a request; the default is Timeouts().

    Raises:
        InvalidInput, InputTypeError: `field` is "web3_provider".
        MissingExtra: web3 isn't installed.
    """
    web3 = require("web3", "ethereum").Web3
    return web3(_provider()(exact.text(url, "web3_provider", "a URL"), Timeouts() if timeouts is None else timeouts))


class _Node:
    """Where a node is, and how it is asked."""

    def __init__(self, url: str, timeouts: Timeouts) -> None:
        parts = port = None
        try:
            parts = urlsplit(url)
            port = _PORTS[parts.scheme] if parts.port is None else parts.port
            (parts.hostname or "").encode("ascii")
        except (ValueError, KeyError):
            parts = None
        if parts is None or not port or not parts.hostname or not url.isprintable():
            raise _invalid("web3_provider", "must be a URL such as https://node.example.com/v3/project")
        self.timeouts = timeouts
        self.path = quote(parts.path or "/", _AS_IT_IS) + ("?" + quote(parts.query, _AS_IT_IS) if parts.query else "")
        self.headers: Mapping[str, str] = {}
        if parts.username is not None:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            self.headers = {"authorization": f"Basic {base64.b64encode(login).decode()}"}
        endpoint = Endpoint(parts.scheme, parts.hostname, port)
        self.endpoint, self.transport = endpoint, SyncTransport(endpoint, timeouts, anywhere=True)

    def ask(self, body: bytes, *, attempts: int) -> Any:
        """The JSON that is answered.

        Args:
            attempts: how often it may be sent, where no answer comes or the node is busy.

        Raises:
            NodeFailed
        """
        answer = self.transport.run(self._steps(body, Retries(attempts=attempts)))
        try:
            return strict_json(answer.body)
        except BadJson as error:
            problem = error.what
        raise NodeFailed(f"the node's answer {problem}")

    def _steps(self, body: bytes, retries: Retries) -> Steps[Answer]:
        deadline, attempt = time.monotonic() + self.timeouts.total, 0
        while True:
            attempt += 1
            outcome: Answer | Failure = yield Send(Outgoing("POST", self.path, self.headers, body), deadline)
            if isinstance(outcome, Answer) and outcome.status < 300:
                return outcome
            again = outcome.again if isinstance(outcome, Failure) else outcome.status in _BUSY
            wait = retries.wait(attempt, None) if again else None
            if wait is None or time.monotonic() + wait >= deadline:
                raise NodeFailed(f"of the node at {self.endpoint}: {_told(outcome)}")
            yield Sleep(wait)


def _told(outcome: Answer | Failure) -> str:
    if isinstance(outcome, Failure):
        return outcome.what
    if outcome.status < 400:
        return f"a redirect with status {outcome.status}, which isn't followed"
    return f"refused with status {outcome.status}"


@lru_cache(maxsize=1)
def _provider() -> Any:
    """The class; made when it is first needed, as web3 is an extra."""
    http_provider = require("web3", "ethereum").Web3.HTTPProvider

    class NodeProvider(http_provider):  # type: ignore[misc, valid-type]
        """web3's HTTPProvider, but for how it asks and reads."""

        def __init__(self, url: str, timeouts: Timeouts) -> None:
            self._node = _Node(url, timeouts)
            super().__init__(url, request_kwargs={"timeout": timeouts.read})

        def make_request(self, method: Any, params: Any) -> Any:
            answer = self._node.ask(self.encode_rpc_request(method, params), attempts=self._attempts(method))
            if not isinstance(answer, dict):
                raise NodeFailed("the node's answer is no object, as JSON-RPC has it")
            return answer

        def make_batch_request(self, batch_requests: Any) -> Any:
            answer = self._node.ask(self.encode_batch_rpc_request(batch_requests), attempts=1)
            if isinstance(answer, dict):  # one error for all
                return answer
            if not isinstance(answer, list) or not all(
                isinstance(one, dict) and type(one.get("id")) is int for one in answer
            ):
                raise NodeFailed("the node's answer is no batch, as JSON-RPC has it")
            return sorted(answer, key=lambda one: int(one["id"]))

        def _attempts(self, method: str) -> int:
            """By web3's own list of what may be sent again."""
            repeating = self.exception_retry_configuration
            allowed = () if repeating is None else repeating.method_allowlist
            return Retries().attempts if method in allowed or method.partition("_")[0] in allowed else 1

    return NodeProvider
