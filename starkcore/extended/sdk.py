"""An account for Extended's own SDK, x10-python-trading-starknet, whose key stays in native memory.

Give it wherever the SDK takes a `StarkPerpetualAccount`: to a trading client, or to `create_order_object`. The hashes
are then the SDK's, by fast-stark-crypto or what stands for it: `starkcore.compat`. Nothing of the SDK is imported here.
"""

from __future__ import annotations

from typing import NoReturn

from starkcore import exact
from starkcore.errors import _invalid, _wrong_type
from starkcore.extended.messages import read_vault
from starkcore.keys import PrivateKey, _not_copied

__all__ = ["StarkAccount"]


class StarkAccount:
    """One vault at Extended, and its key.

    Args:
        vault: an int in [0, 2^32), or its decimal digits.
        key: the private key.
        api_key: the text that the exchange gave for requests; not needed for signing.

        >>> account = StarkAccount(10002, PrivateKey(5), api_key="…")
        >>> account.sign(1) == tuple(PrivateKey(5).sign(1))
        True
        >>> account
        <StarkAccount for Extended, vault 10002>
    """

    __slots__ = ("_api_key", "_key", "_public_key", "_vault")

    def __init__(self, vault: int | str, key: PrivateKey, api_key: str | None = None) -> None:
        if exact.is_a(vault, str):
            text = exact.text(vault, "vault")
            if not text.isascii() or not text.isdigit() or len(text) > 10:
                raise _invalid("vault", "must be an int or decimal digits")
            vault = int(text)
        if not isinstance(key, PrivateKey):
            raise _wrong_type("key", "a PrivateKey", type(key))
        self._vault = read_vault(vault)
        self._key = key
        self._public_key = key.public_key.x
        self._api_key = None if api_key is None else exact.text(api_key, "api_key")

    @property
    def vault(self) -> int:
        """The position's id."""
        return self._vault

    @property
    def public_key(self) -> int:
        """The x-coordinate of the public key."""
        return self._public_key

    @property
    def api_key(self) -> str | None:
        """What requests are authorized with. A secret: it is in no repr."""
        return self._api_key

    def sign(self, msg_hash: int) -> tuple[int, int]:
        """(r, s) of a message's hash, an int in [0, 2^251)."""
        signature = self._key.sign(msg_hash)
        return signature.r, signature.s

    def __repr__(self) -> str:
        return f"<StarkAccount for Extended, vault {self._vault}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise _not_copied("an account")
