"""One test for both clients: `Both(client)` calls either as if it were a `Client`."""

import asyncio
import inspect
from contextlib import contextmanager


class Both:
    """A client whose calls return results, whichever client it is. An AsyncClient's run on one event loop."""

    def __init__(self, client, runner=None):
        self._client = client
        self._runner = runner

    def __getattr__(self, name):
        value = getattr(self._client, name)
        module = type(value).__module__
        if (module.startswith("starkcore.dydx") and hasattr(value, "_session")) or type(value).__name__ == "AsyncEth":
            return Both(value, self._runner)
        if not callable(value):
            return value

        def call(*arguments, **keywords):
            result = value(*arguments, **keywords)
            return self._runner.run(_await(result)) if inspect.isawaitable(result) else result

        return call


async def _await(awaitable):
    return await awaitable


@contextmanager
def opened(kind, host, **settings):
    client = kind(host, **settings)
    if not hasattr(client, "aclose"):
        with client:
            yield Both(client)
        return
    with asyncio.Runner() as runner:
        try:
            yield Both(client, runner)
        finally:
            runner.run(client.aclose())
