"""What an account at Paradex signs with, as one value: what a key file holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn

from starkcore import exact
from starkcore.errors import _invalid, _wrong_type
from starkcore.keys import PrivateKey
from starkcore.keystore.entry import Entry, Secret
from starkcore.paradex.networks import find
from starkcore.paradex.signer import OrderSigner
from starkcore.starknet.felts import read_element

__all__ = ["Credentials"]

VENUE = "paradex"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An account at Paradex, and the Stark key that signs for it: the account's own, or a subkey.

    Attributes:
        account: the account's Starknet address, an int; "0x…" text is taken as well.
        stark_key: the private key; None where it isn't known.
        network: "mainnet" or "testnet".
        ethereum_address: of the wallet that the key was derived from, in checksum form, as far as it is known.
    """

    account: int
    stark_key: PrivateKey | None = field(default=None, repr=False)
    network: str = "mainnet"
    ethereum_address: str | None = None

    ADDRESS: ClassVar[Callable[[Any], bool]] = lambda value: _is_felt(value)
    FACTS: ClassVar[Mapping[str, Callable[[Any], bool]]] = {
        "ethereum_address": lambda value: value is None or _is_address(value)
    }
    KEY_FACTS: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        account = read_element(self.account, "account")
        if account == 0:
            raise _invalid("account", "must not be 0")
        object.__setattr__(self, "account", account)
        if self.stark_key is not None and not isinstance(self.stark_key, PrivateKey):
            raise _wrong_type("stark_key", "a PrivateKey or None", type(self.stark_key))
        object.__setattr__(self, "network", find(exact.text(self.network, "network")).name)
        if self.ethereum_address is not None:
            from starkcore.ethereum import checksum_address

            address = checksum_address(exact.text(self.ethereum_address, "ethereum_address"), "ethereum_address")
            object.__setattr__(self, "ethereum_address", address)

    def order_signer(self) -> OrderSigner:
        """What signs with these.

        Raises:
            InvalidInput: there is no Stark key.
        """
        if self.stark_key is None:
            raise _invalid("stark_key", "must be there for signing, and isn't")
        return OrderSigner(self.stark_key, self.account, self.network)

    def to_entry(self) -> Entry:
        """What a key file holds of this: see `starkcore.keystore`."""
        facts = {"ethereum_address": self.ethereum_address}
        return Entry.of(VENUE, self.network, hex(self.account), Secret(self.stark_key), facts)

    @classmethod
    def from_entry(cls, entry: Entry) -> Credentials:
        """The credentials of a key file that was opened.

        Raises:
            InvalidInput, InputTypeError: it is of another venue, or not of this kind.
        """
        if not isinstance(entry, Entry) or entry.secret is None or entry.venue != VENUE:
            raise _invalid("entry", "must be an opened entry of Paradex")
        return cls(
            account=entry.address,  # type: ignore[arg-type]
            stark_key=entry.secret.stark_key,
            network=entry.network,
            ethereum_address=entry.facts["ethereum_address"],  # type: ignore[arg-type]
        )

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials can't be copied or pickled")


def _is_address(value: object) -> bool:
    from starkcore.ethereum import checksum_address

    with suppress(ValueError, TypeError):
        return isinstance(value, str) and checksum_address(value) == value
    return False


def _is_felt(value: object) -> bool:
    with suppress(ValueError, TypeError):
        return isinstance(value, str) and hex(read_element(value, "account")) == value
    return False
