"""`client.onboarding`: from an Ethereum wallet to a Stark key, a user and API credentials."""

from __future__ import annotations

from collections.abc import Callable

from starkcore import PrivateKey
from starkcore.dydx.auth import all_stark_keys, personal_stark_keys
from starkcore.dydx.credentials import api_key_of, credentials_of
from starkcore.dydx.networks import key_derivation_message, personal_key_derivation_text
from starkcore.dydx.requests import Auth, post
from starkcore.dydx.results import ApiKeyCredentials, KeyPairWithYCoordinate, OnboardingAnswer, Response
from starkcore.dydx.session import Session
from starkcore.errors import _invalid
from starkcore.ethereum import SigningFailed, SigningRefused
from starkcore.http.calls import Mode, Module, call
from starkcore.http.rules import Steps

__all__ = ["Onboarding"]


class Onboarding(Module[Session, Mode]):
    """Needs a wallet: an Ethereum key, or web3."""

    @call
    def derive_stark_key(
        self, ethereum_address: str | None = None, *, legacy_python: bool = False
    ) -> Steps[KeyPairWithYCoordinate]:
        """Derive the wallet's Stark key, as the website does: always the same from the same wallet.

        A client that has no Stark key signs with this one from now on. Nothing is sent to the exchange.

        Args:
            ethereum_address: optional where an Ethereum key or a default address was given.
            legacy_python: the key that dYdX's Python client made, which differs for one wallet in 256.

        Raises:
            WrongSigner, SigningFailed, InvalidInput
        """
        signature = yield from self._sign_derivation(ethereum_address)
        key = PrivateKey.from_eth_signature(signature, legacy_python=legacy_python)
        if self._session.stark_key is None and self._session.stark_public is None:
            self._session.use_stark_key(key)
        return _key_pair(key)

    @call
    def derive_all_stark_keys(self, ethereum_address: str | None = None) -> Steps[list[KeyPairWithYCoordinate]]:
        """The Stark keys that the website could have derived for this wallet, to find the one that it once registered.

        Wallets have written the same signature in different ways, and the key is a hash of what they wrote. The first
        is that of `derive_stark_key`. Those at the end are of wallets that couldn't sign typed data and signed a text
        instead (`legacySigning` in the browser's local storage). What the wallet can't sign is left out; its owner's no
        ends it. The client's own key stays as it is.

        Raises:
            SigningRefused, WrongSigner, InvalidInput; SigningFailed: the wallet signs neither.
        """
        session = self._session
        address = session.address(ethereum_address)
        keys: list[PrivateKey] = []
        failure = None
        text = personal_key_derivation_text(session.network_id)
        ways: tuple[tuple[Callable[[bytes], list[PrivateKey]], Callable[[], Steps[bytes]]], ...] = (
            (all_stark_keys, lambda: self._sign_derivation(address)),
            (personal_stark_keys, lambda: session.sign_text(text, address)),
        )
        for made, ask in ways:
            try:
                keys += made((yield from ask()))
            except SigningRefused:
                raise
            except SigningFailed as error:
                failure = failure or error
        if not keys and failure is not None:
            raise failure
        return [_key_pair(key) for key in keys]

    @call
    def recover_default_api_key_credentials(self, ethereum_address: str | None = None) -> Steps[ApiKeyCredentials]:
        """The API credentials that the exchange made for this wallet when it was registered.

        A client that has none uses them from now on. Nothing is sent to the exchange.
        """
        api_key = yield from self._session.default_api_key(ethereum_address)
        if self._session.api_key is None:
            self._session.api_key = api_key
        return credentials_of(api_key)

    @call
    def create_user(
        self,
        stark_public_key: str | None = None,
        stark_public_key_y_coordinate: str | None = None,
        ethereum_address: str | None = None,
        referred_by_affiliate_link: str | None = None,
        country: str | None = None,
    ) -> Steps[Response[OnboardingAnswer]]:
        """Register the wallet and its Stark key: a user, an account and API credentials.

        A client that has no API credentials uses these from now on.

        Args:
            stark_public_key, stark_public_key_y_coordinate: hex; the client's own, unless given.
            ethereum_address: as in `derive_stark_key`.
            country: ISO 3166-1 alpha-2.
        """
        session = self._session
        known = session.stark_public
        x = hex(known.x) if stark_public_key is None and known is not None else stark_public_key
        y = stark_public_key_y_coordinate
        if y is None and known is not None and known.y is not None and x == hex(known.x):
            y = hex(known.y)
        if x is None:
            raise _invalid("stark_public_key", "must be given, or derived first")
        if y is None:
            raise _invalid("stark_public_key_y_coordinate", "must be given, or derived first")
        request = post(
            "onboarding",
            auth=Auth.ONBOARDING,
            address=session.address(ethereum_address),
            body={
                "starkKey": x,
                "starkKeyYCoordinate": y,
                "referredByAffiliateLink": referred_by_affiliate_link,
                "country": country,
            },
        )
        return (yield from session.call(request, OnboardingAnswer, self._use_api_key))

    def _sign_derivation(self, ethereum_address: str | None) -> Steps[bytes]:
        session = self._session
        address = session.address(ethereum_address)
        return (yield from session.sign(key_derivation_message(session.network_id), address, repeatable=True))

    def _use_api_key(self, answer: OnboardingAnswer) -> None:
        if self._session.api_key is None:
            self._session.api_key = api_key_of(answer.api_key)


def _key_pair(key: PrivateKey) -> KeyPairWithYCoordinate:
    point = key.public_key
    assert point.y is not None  # noqa: S101 - made from a private key
    return KeyPairWithYCoordinate(
        public_key=hex(point.x), public_key_y_coordinate=hex(point.y), private_key=key.secret_hex()
    )
