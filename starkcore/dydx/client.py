"""`Client`: dYdX v3's API, with the modules and names of its own Python client.

>>> client = Client("http://localhost:8080", eth_private_key="0x" + "11" * 32)
>>> key_pair = client.onboarding.derive_stark_key()
>>> key_pair.public_key == key_pair["public_key"] == client.stark_public_key
True
>>> client.close()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from starkcore.dydx.base import BaseClient
from starkcore.dydx.credentials import ApiKey
from starkcore.dydx.eth import Eth
from starkcore.dydx.session import Session
from starkcore.http.calls import Sync
from starkcore.http.rules import Steps
from starkcore.http.transport import NOWHERE, SyncTransport

__all__ = ["Client"]


class Client(BaseClient[Sync]):
    """dYdX v3, for threads: any number of them may share one client.

    Use it in a `with` block, or `close` it.
    """

    def _open(self, session: Session, options: Mapping[str, Any]) -> Callable[[Steps[Any]], Any]:
        self._transport = SyncTransport(session.endpoint or NOWHERE, session.timeouts, **options)
        return self._transport.run

    def _default_api_key(self) -> ApiKey:
        return self._run(self._session.known_api_key())  # type: ignore[no-any-return]

    @property
    def eth(self) -> Eth:
        """The exchange's contracts on Ethereum."""
        return self._ethereum()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
