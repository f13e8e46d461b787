"""`AsyncClient`: the same as `Client`, awaited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, wraps
from types import TracebackType
from typing import Any

from starkcore.dydx.base import BaseClient
from starkcore.dydx.eth import Eth
from starkcore.dydx.session import Session
from starkcore.extras import require
from starkcore.http.calls import Async
from starkcore.http.rules import Steps
from starkcore.http.transport import NOWHERE, AsyncTransport

__all__ = ["AsyncClient"]


class AsyncClient(BaseClient[Async]):
    """dYdX v3, for the tasks of one event loop (asyncio or trio).

    Use it in an `async with` block, or `await client.aclose()`. A wallet behind web3 is asked in a thread.
    """

    def _open(self, session: Session, options: Mapping[str, Any]) -> Callable[[Steps[Any]], Any]:
        self._transport = AsyncTransport(session.endpoint or NOWHERE, session.timeouts, **options)
        return self._transport.run

    @property
    def eth(self) -> AsyncEth:
        """The exchange's contracts on Ethereum: the methods of `Client.eth`, awaited."""
        return AsyncEth(self._ethereum())

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


class AsyncEth:
    """The methods of `starkcore.dydx.eth.Eth`, each run in a thread and awaited."""

    def __init__(self, eth: Eth) -> None:
        self._eth = eth

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._eth, name)
        if name.startswith("_") or not callable(value):
            return value

        @wraps(value)
        async def in_a_thread(*arguments: Any, **keywords: Any) -> Any:
            return await require("anyio", "client").to_thread.run_sync(partial(value, *arguments, **keywords))

        return in_a_thread
