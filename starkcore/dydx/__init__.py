"""dYdX v3: onboarding and trading, with the modules and names of its own Python client. Needs the extra `client`.

`Client` and `AsyncClient` have the same calls. The exchange itself stopped in October 2024; `starkcore.sandbox` is one to
run them against.
"""

from starkcore.dydx.async_client import AsyncClient
from starkcore.dydx.batches import OrderBatch
from starkcore.dydx.client import Client
from starkcore.dydx.credentials import ApiKey, Credentials
from starkcore.http.rules import Retries, Timeouts

__all__ = ["ApiKey", "AsyncClient", "Client", "Credentials", "OrderBatch", "Retries", "Timeouts"]
