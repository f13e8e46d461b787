"""Amounts, keys and signatures as texts and numbers, under the old client's names."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from starkcore import PrivateKey, exact
from starkcore.compat.dydx3.constants import ASSET_RESOLUTION
from starkcore.compat.dydx3.helpers.db import utf8
from starkcore.errors import _invalid, _wrong_type
from starkcore.starkex import DYDX, Amount, fact_to_condition, to_quantums, transfer_erc20_fact

__all__ = [
    "BIT_MASK_250",
    "NONCE_UPPER_BOUND_EXCLUSIVE",
    "bytes_to_int",
    "deserialize_signature",
    "fact_to_condition",
    "generate_private_key_hex_unsafe",
    "get_transfer_erc20_fact",
    "int_to_hex_32",
    "message_to_hash",
    "nonce_from_client_id",
    "private_key_from_bytes",
    "private_key_to_public_hex",
    "private_key_to_public_key_pair_hex",
    "serialize_signature",
    "to_quantums_exact",
    "to_quantums_round_down",
    "to_quantums_round_up",
]

BIT_MASK_250 = (1 << 250) - 1
NONCE_UPPER_BOUND_EXCLUSIVE = 1 << 32


def bytes_to_int(x: bytes) -> int:
    """A number of its bytes, the highest first."""
    return int.from_bytes(x, "big")


def int_to_hex_32(x: int) -> str:
    """64 hex digits without 0x. ValueError: the number doesn't fit."""
    if not 0 <= x < 1 << 256:
        raise ValueError("the number must fit in 32 bytes")
    return f"{x:064x}"


def serialize_signature(r: int, s: int) -> str:
    """r and s, each 64 hex digits, as one text."""
    return int_to_hex_32(r) + int_to_hex_32(s)


def deserialize_signature(signature: str) -> tuple[int, int]:
    """r and s of 128 hex digits."""
    if len(signature) != 128:
        raise ValueError("the signature must be 128 hex digits: r and s")
    return int(signature[:64], 16), int(signature[64:], 16)


def _resolution(asset: str) -> int:
    known = ASSET_RESOLUTION.get(exact.text(asset, "asset"))
    if known is None:
        raise _invalid("asset", "must be one of ASSET_RESOLUTION")
    return int(Decimal(known))


def to_quantums_exact(human_amount: Amount, asset: str) -> int:
    """An amount in quantums; ValueError where that isn't a whole number."""
    return to_quantums(human_amount, _resolution(asset))


def to_quantums_round_down(human_amount: Amount, asset: str) -> int:
    """An amount in quantums, rounded down."""
    return to_quantums(human_amount, _resolution(asset), "down")


def to_quantums_round_up(human_amount: Amount, asset: str) -> int:
    """An amount in quantums, rounded up."""
    return to_quantums(human_amount, _resolution(asset), "up")


def nonce_from_client_id(client_id: str) -> int:
    """The nonce that is signed for a client id."""
    return DYDX.nonce(client_id)


def get_transfer_erc20_fact(
    recipient: str, token_decimals: int, human_amount: Amount, token_address: str, salt: int
) -> bytes:
    """The fact that tokens were sent to a recipient."""
    return transfer_erc20_fact(
        recipient=recipient, token_decimals=token_decimals, amount=human_amount, token_address=token_address, salt=salt
    )


def message_to_hash(message_string: str) -> int:
    """A hash below 2^251 of any text, by SHA-256."""
    return int.from_bytes(hashlib.sha256(utf8(message_string, "message_string")).digest(), "big") >> 5


def generate_private_key_hex_unsafe() -> str:
    """A new private key, hex. The old client's random numbers could be guessed; these are the operating system's."""
    return PrivateKey.generate().secret_hex()


def private_key_from_bytes(data: bytes) -> str:
    """A private key of any bytes: keccak256(data) >> 5, hex."""
    if not isinstance(data, bytes):
        raise _wrong_type("data", "bytes", type(data))
    return PrivateKey.from_seed(data).secret_hex()


def private_key_to_public_hex(private_key_hex: str) -> str:
    """The x of the public key, hex."""
    return hex(PrivateKey(private_key_hex).public_key.x)


def private_key_to_public_key_pair_hex(private_key_hex: str) -> list[str]:
    """x and y of the public key, hex."""
    public = PrivateKey(private_key_hex).public_key
    assert public.y is not None  # noqa: S101 - made from a private key
    return [hex(public.x), hex(public.y)]
