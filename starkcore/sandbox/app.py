"""The ASGI application: one exchange, its REST API and its WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from starkcore.sandbox import page
from starkcore.sandbox.errors import SandboxError
from starkcore.sandbox.exchange import Exchange, Settings
from starkcore.sandbox.rest import error_handlers, routes
from starkcore.sandbox.websocket import Hub

__all__ = ["create_app"]

_EXPIRY_SECONDS = 0.25


def create_app(settings: Settings) -> Starlette:
    """The exchange as an ASGI application. Its database is opened now, and closed when the server stops it.

    Raises:
        SandboxError, UnknownNetwork, InvalidAmount: settings that no exchange can run with.
    """
    exchange = Exchange(settings)
    hub = Hub(exchange)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        tasks = asyncio.create_task(exchange.committer.run()), asyncio.create_task(_expire(exchange))
        try:
            await exchange.durable()
            yield
        finally:
            tasks[1].cancel()
            exchange.committer.close()
            await tasks[0]
            exchange.store.close()

    everything = [*page.routes(), *routes(exchange), WebSocketRoute("/v3/ws", hub.serve)]
    return Starlette(routes=everything, lifespan=lifespan, exception_handlers=error_handlers())


async def _expire(exchange: Exchange) -> None:
    """Cancel orders whose time is over, whether or not anybody asks."""
    while True:
        await asyncio.sleep(_EXPIRY_SECONDS)
        try:
            exchange.ready()
        except SandboxError:  # the database can't be written: requests are told
            return
