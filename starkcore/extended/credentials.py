"""What an account at Extended signs and asks with, as one value: what a key file holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn

from starkcore import exact
from starkcore.errors import _invalid, _wrong_type
from starkcore.extended.networks import find
from starkcore.extended.signer import OrderSigner
from starkcore.keys import PrivateKey
from starkcore.keystore.entry import Entry, Secret
from starkcore.starknet.felts import read_uint

__all__ = ["Credentials"]

VENUE = "extended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An Ethereum wallet's account at Extended: its Stark key, its API key, its vault.

    Attributes:
        ethereum_address: the wallet, in checksum form.
        stark_key: the private key; None where it isn't known.
        api_key: what the X-Api-Key header has; None where there is none.
        vault: the account's vault (its position), an int in [0, 2^32), once it is known.
        network: "mainnet" or "testnet".
        account_index: 0 for the main account, 1 … 127 for a sub-account.
    """

    ethereum_address: str
    stark_key: PrivateKey | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    vault: int | None = None
    network: str = "mainnet"
    account_index: int = 0

    ADDRESS: ClassVar[Callable[[Any], bool]] = lambda value: _is_address(value)
    FACTS: ClassVar[Mapping[str, Callable[[Any], bool]]] = {
        "account_index": lambda value: _is_uint(value, 7),
        "vault": lambda value: value is None or _is_uint(value, 32),
    }
    KEY_FACTS: ClassVar[frozenset[str]] = frozenset({"vault"})

    def __post_init__(self) -> None:
        from starkcore.ethereum import checksum_address

        address = checksum_address(exact.text(self.ethereum_address, "ethereum_address"), "ethereum_address")
        object.__setattr__(self, "ethereum_address", address)
        if self.stark_key is not None and not isinstance(self.stark_key, PrivateKey):
            raise _wrong_type("stark_key", "a PrivateKey or None", type(self.stark_key))
        if self.api_key is not None:
            text = exact.text(self.api_key, "api_key", "text or None")
            if not re.fullmatch(r"[!-~]{1,200}", text, flags=re.ASCII):
                raise _invalid("api_key", "must be 1 to 200 printable ASCII characters without spaces")
            object.__setattr__(self, "api_key", text)
        if self.vault is not None:
            object.__setattr__(self, "vault", read_uint(self.vault, 32, "vault"))
        object.__setattr__(self, "network", find(exact.text(self.network, "network")).name)
        object.__setattr__(self, "account_index", read_uint(self.account_index, 7, "account_index"))

    def order_signer(self) -> OrderSigner:
        """What signs with these.

        Raises:
            InvalidInput: there is no Stark key, or the vault isn't known.
        """
        if self.stark_key is None:
            raise _invalid("stark_key", "must be there for signing, and isn't")
        if self.vault is None:
            raise _invalid("vault", "must be known for signing, and isn't")
        return OrderSigner(self.stark_key, self.vault, self.network)

    def to_entry(self) -> Entry:
        """What a key file holds of this: see `starkcore.keystore`."""
        secret = Secret(self.stark_key, None if self.api_key is None else {"key": self.api_key})
        facts = {"account_index": self.account_index, "vault": self.vault}
        return Entry.of(VENUE, self.network, self.ethereum_address, secret, facts)

    @classmethod
    def from_entry(cls, entry: Entry) -> Credentials:
        """The credentials of a key file that was opened.

        Raises:
            InvalidInput, InputTypeError: it is of another venue, or not of this kind.
        """
        if not isinstance(entry, Entry) or entry.secret is None or entry.venue != VENUE:
            raise _invalid("entry", "must be an opened entry of Extended")
        facts, api = entry.facts, entry.secret.api_key
        if api is not None and api.keys() != {"key"}:
            raise _invalid("entry", "must have the key of its API key, and nothing else")
        return cls(
            ethereum_address=entry.address,
            stark_key=entry.secret.stark_key,
            api_key=None if api is None else api["key"],
            vault=facts["vault"],  # type: ignore[arg-type]
            network=entry.network,
            account_index=facts["account_index"],  # type: ignore[arg-type]
        )

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials can't be copied or pickled")


def _is_uint(value: object, bits: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << bits


def _is_address(value: object) -> bool:
    from starkcore.ethereum import checksum_address

    with suppress(ValueError, TypeError):
        return isinstance(value, str) and checksum_address(value) == value
    return False
