"""Signers for Paradex's own SDK, paradex-py, in the places that it has for them.

    Paradex(env=PROD, l2_private_key=…, signer=SdkSigner(key, account))

or the `signer=` of each call that submits or changes orders, over REST and WebSocket. Nothing of the SDK is imported
here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, NoReturn

from starkcore.errors import InvalidInput, StarkcoreError, _invalid, _wrong_type
from starkcore.keys import PrivateKey, _not_copied
from starkcore.paradex.networks import Network
from starkcore.paradex.signer import SEED, OrderSigner, signature_text

__all__ = ["ExternalSignature", "ExternalSigner", "SdkSigner"]

_REQUIRED = ("market", "side", "type", "size", "signature_timestamp")


class SdkSigner:
    """Signs orders as the SDK writes them: what `Order.dump_to_dict` gives.

    Args:
        key: the account's private key, or that of a subkey.
        account: the account's Starknet address: an int, or "0x…" text.
        network: "mainnet" or "testnet".

        >>> signer = SdkSigner(PrivateKey(0x123), 0x129c135ed63df9353885e292be4426b8ed6122b13c6c0e1bb787288a1f5adfa)
        >>> order = {"market": "BTC-USD-PERP", "side": "BUY", "type": "LIMIT", "size": "0.5", "price": "60000",
        ...          "signature_timestamp": 1_700_000_000_000}
        >>> signer.sign_order(order)["signature"][:2]
        '["'
    """

    __slots__ = ("_signer",)

    def __init__(self, key: PrivateKey, account: int | str, network: str | Network = "mainnet") -> None:
        self._signer = OrderSigner(key, account, network)

    @property
    def public_key(self) -> int:
        """The x-coordinate of the key that signs."""
        return self._signer.public_key

    def __repr__(self) -> str:
        return f"<SdkSigner for Paradex {self._signer.network.name}, account {self._signer.account:#x}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise _not_copied("a signer")

    def sign_order(self, order_data: Mapping[str, Any]) -> dict[str, Any]:
        """The order with its "signature"; what else is in it stays, and isn't signed.

        Args:
            order_data: market, side, type, size and signature_timestamp; price, of limit types; id, of an order that is
                changed. Decimals beyond the eighth are cut in what is signed, as the SDK does it.

        Raises:
            InvalidInput, InvalidAmount, InputTypeError: `field` is the parameter of `OrderSigner.sign_order`.

        Of a stop, take-profit or stop-loss order at the market, the SDK signs a limit price other than 0 that a program
        gave it, and doesn't hand it to signers: 0 is signed here.
        """
        signed = self._signer.sign_order(**_terms(order_data))
        return {**order_data, "signature": signed.signature_text}

    def sign_batch(self, orders: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """`sign_order` of each. One bad order refuses the batch, as the exchange does; `index` is its place.

        Raises:
            As `sign_order`.
        """
        if isinstance(orders, (str, Mapping)) or not isinstance(orders, Iterable):
            raise _wrong_type("orders", "a list of orders", type(orders))
        given = list(orders)
        terms = []
        for i, order in enumerate(given):
            try:
                terms.append(_terms(order))
            except StarkcoreError as error:
                raise _at(error, i) from None
        batch = []
        for i, (order, signed) in enumerate(zip(given, self._signer.sign_orders(terms), strict=True)):
            if isinstance(signed, StarkcoreError):
                raise _at(signed, i)
            batch.append({**order, "signature": signed.signature_text})
        return batch


def _at(error: StarkcoreError, index: int) -> StarkcoreError:
    if isinstance(error, (InvalidInput, TypeError)):
        error.index = index
    return error


def _terms(order: object) -> dict[str, Any]:
    """The SDK's words as the parameters of `OrderSigner.sign_order`."""
    if not isinstance(order, Mapping):
        raise _wrong_type("order", "a mapping", type(order))
    for name in _REQUIRED:
        if name not in order:
            raise _invalid("order", f"must have {name!r}")
    return {
        "market": order["market"],
        "side": order["side"],
        "order_type": order["type"],
        "size": order["size"],
        "price": order.get("price"),
        "timestamp": order["signature_timestamp"],
        "order_id": order.get("id"),
        "rounding": "down",
    }


class ExternalSignature(NamedTuple):
    """What the SDK takes for the answer of a signer: the signature's text, and headers, of which there are none."""

    signature: str
    headers: dict[str, str]


class ExternalSigner:
    """For the SDK's `ExternalSignerAccount`: signs orders, requests, onboarding and block trades with a key in native
    memory.

    Args:
        key: the account's private key.

        >>> ExternalSigner(PrivateKey(5)).sign_hash(1).signature == signature_text(PrivateKey(5).sign(1, SEED))
        True
    """

    __slots__ = ("_key",)

    def __init__(self, key: PrivateKey) -> None:
        if not isinstance(key, PrivateKey):
            raise _wrong_type("key", "a PrivateKey", type(key))
        self._key = key

    @property
    def public_key(self) -> int:
        """The x-coordinate of the public key: the account's `l2_public_key` is its hex text."""
        return self._key.public_key.x

    def sign_hash(self, message_hash: int) -> ExternalSignature:
        """Sign a message's hash, an int in [0, 2^251)."""
        return ExternalSignature(signature_text(self._key.sign(message_hash, SEED)), {})

    def __repr__(self) -> str:
        return f"<ExternalSigner for Paradex, public key {self.public_key:#x}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise _not_copied("a signer")
