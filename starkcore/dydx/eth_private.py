"""`client.api_keys`, which is `client.eth_private`: what the wallet itself signs for."""

from __future__ import annotations

from starkcore.dydx.credentials import api_key_of
from starkcore.dydx.requests import Auth, delete, get, post
from starkcore.dydx.results import ApiKeyAnswer, Record, RecoveryAnswer, Response
from starkcore.dydx.session import Session
from starkcore.http.calls import Mode, Module, call
from starkcore.http.rules import Steps

__all__ = ["EthPrivate"]


class EthPrivate(Module[Session, Mode]):
    """Needs a wallet: an Ethereum key, or web3. `ethereum_address` is optional where either brings one."""

    @call
    def create_api_key(self, ethereum_address: str | None = None) -> Steps[Response[ApiKeyAnswer]]:
        """Register another API key. A client that has no API credentials uses it from now on."""
        session = self._session
        request = post("api-keys", auth=Auth.ETHEREUM, address=session.address(ethereum_address), body={})
        return session.call(request, ApiKeyAnswer, self._use_api_key)

    @call
    def delete_api_key(self, api_key: str, ethereum_address: str | None = None) -> Steps[Response[Record]]:
        """Delete an API key, by its UUID."""
        session = self._session
        address = session.address(ethereum_address)
        return session.call(delete("api-keys", auth=Auth.ETHEREUM, address=address, query={"apiKey": api_key}), Record)

    @call
    def recovery(self, ethereum_address: str | None = None) -> Steps[Response[RecoveryAnswer]]:
        """What recovering the funds on Ethereum takes, for who lost both Stark key and API key."""
        session = self._session
        request = get("recovery", auth=Auth.ETHEREUM, address=session.address(ethereum_address))
        return session.call(request, RecoveryAnswer)

    def _use_api_key(self, answer: ApiKeyAnswer) -> None:
        if self._session.api_key is None:
            self._session.api_key = api_key_of(answer.api_key)
