"""dYdX v3: onboarding and trading, with the modules and names of its own Python client. Needs the extra `client`.

`Client` and `AsyncClient` have the same calls. The exchange itself stopped in October 2024; `starkcore.sandbox` is one
to run them against.
"""

from starkcore.dydx.async_client import AsyncClient
from starkcore.dydx.batches import OrderBatch
from starkcore.dydx.client import Client
from starkcore.dydx.credentials import ApiKey, Credentials
from starkcore.http.rules import Retries, Timeouts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starkcore.dydx.sync_feed import SyncFeed
    from starkcore.dydx.websocket import Feed

__all__ = [
    "ApiKey",
    "AsyncClient",
    "Client",
    "Credentials",
    "Feed",
    "OrderBatch",
    "Retries",
    "SyncFeed",
    "Timeouts",
]

_FEEDS = {"Feed": "starkcore.dydx.websocket", "SyncFeed": "starkcore.dydx.sync_feed"}


def __getattr__(name: str) -> object:
    """The feeds: imported when they are first asked for, with asyncio, which the synchronous client does without."""
    if name in _FEEDS:
        from importlib import import_module

        return getattr(import_module(_FEEDS[name]), name)
    raise AttributeError(f"module 'starkcore.dydx' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(globals().keys() | _FEEDS.keys())
