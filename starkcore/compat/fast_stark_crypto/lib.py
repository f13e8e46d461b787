"""fast-stark-crypto's functions."""

from __future__ import annotations

from functools import lru_cache

import starkcore
from starkcore import exact, grind_key
from starkcore.compat import values
from starkcore.compat.values import felt, number, texts_number
from starkcore.errors import InvalidPublicKey, InvalidSignature, _invalid
from starkcore.extended.messages import _DOMAIN, LIMIT_ORDER, ORDER, TRANSFER, WITHDRAWAL
from starkcore.hashing import poseidon_hash_many
from starkcore.starknet.felts import short_string
from starkcore.starknet.template import PREFIX, MessageTemplate

__all__ = [
    "generate_keypair_from_eth_signature",
    "get_limit_order_msg_hash",
    "get_order_msg_hash",
    "get_public_key",
    "get_transfer_msg_hash",
    "get_withdrawal_msg_hash",
    "pedersen_hash",
    "sign",
    "verify",
]

_HEX = frozenset("0123456789abcdefABCDEF")


def get_public_key(private_key: int) -> int:
    """The x-coordinate of the public key."""
    return values.key(private_key, "private_key").public_key.x


def pedersen_hash(first: int, second: int) -> int:
    """Pedersen's hash of two field elements."""
    return starkcore.pedersen_hash(felt(first, "first"), felt(second, "second"))


def sign(private_key: int, msg_hash: int) -> tuple[int, int]:
    """(r, s), by RFC 6979 without a seed."""
    return values.sign(private_key, "private_key", msg_hash, None)


def verify(public_key: int, msg_hash: int, r: int, s: int) -> bool:
    """Whether the signature is right.

    Raises:
        ValueError: r or s isn't in [1, n), msg_hash isn't in [0, 2^251), or no point has public_key for its x.
    """
    x, message_hash = felt(public_key, "public_key"), felt(msg_hash, "msg_hash")
    numbers = felt(r, "r"), felt(s, "s")
    for value, field in zip(numbers, ("r", "s"), strict=True):
        if not 1 <= value < values.ORDER:
            raise InvalidSignature(field, "must be in [1, n)")
    if message_hash >= 1 << 251:
        raise _invalid("msg_hash", "must be in [0, 2^251)")
    try:
        key = starkcore.PublicKey.from_x(x)
    except InvalidPublicKey as error:
        rule = error.rule
    else:
        return key.verify(message_hash, starkcore.Signature(*numbers))
    raise InvalidPublicKey("public_key", rule)


def generate_keypair_from_eth_signature(eth_signature: str) -> tuple[int, int]:
    """The private key that is ground from an Ethereum signature's r, and its public key.

    Args:
        eth_signature: at least 64 hex digits, with or without 0x; what follows the first 64, which are r, isn't looked
            at.
    """
    text = exact.text(eth_signature, "eth_signature")
    digits = text.removeprefix("0x")[:64]
    if len(digits) < 64 or not _HEX.issuperset(digits):
        raise InvalidSignature("eth_signature", "must begin with 64 hex digits")
    key = grind_key(bytes.fromhex(digits), strip_zeros=True)
    return int(key.secret_hex(), 16), key.public_key.x


# ---- Messages


@lru_cache(maxsize=64)
def _domain_hash(name: str, version: str, chain_id: str, revision: int) -> int:
    return poseidon_hash_many([_DOMAIN, short_string(name), short_string(version), short_string(chain_id), revision])


def _domain(name: str, version: str, chain_id: str, revision: str) -> int:
    fields = ("domain_name", "domain_version", "domain_chain_id")
    texts = [exact.text(value, field) for value, field in zip((name, version, chain_id), fields, strict=True)]
    for text, field in zip(texts, fields, strict=True):
        if len(text) > 31 or not text.isascii():
            raise _invalid(field, "must be a short string: at most 31 characters of ASCII")
    return _domain_hash(*texts, texts_number(exact.text(revision, "domain_revision"), "domain_revision", 0, 1 << 32))


def _message(domain: int, public_key: int, struct: list[int]) -> int:
    return poseidon_hash_many([PREFIX, domain, felt(public_key, "user_public_key"), poseidon_hash_many(struct)])


def _amount(value: int, field: str) -> int:
    """A signed amount as a field element: −x is p − x."""
    return texts_number(value, field, -(1 << 63), 1 << 63) % values.FIELD_PRIME


def _u64(value: int, field: str) -> int:
    return texts_number(value, field, 0, 1 << 64)


def _position(value: int, field: str) -> int:
    return texts_number(value, field, 0, 1 << 32)


def _trade(
    base: int, base_amount: int, quote: int, quote_amount: int, fee: int, fee_amount: int, expiration: int, salt: int
) -> list[int]:
    """What an order and a vault's limit order have alike: three amounts of three assets, and until when."""
    return [
        felt(base, "base_asset_id"),
        _amount(base_amount, "base_amount"),
        felt(quote, "quote_asset_id"),
        _amount(quote_amount, "quote_amount"),
        felt(fee, "fee_asset_id"),
        _u64(fee_amount, "fee_amount"),
        _u64(expiration, "expiration"),
        _u64(salt, "salt"),
    ]


def _movement(collateral_id: int, amount: int, expiration: int, salt: int) -> list[int]:
    """What a transfer and a withdrawal have alike."""
    return [
        felt(collateral_id, "collateral_id"),
        _u64(amount, "amount"),
        _u64(expiration, "expiration"),
        texts_number(salt, "salt", 0, values.FIELD_PRIME),
    ]


@lru_cache(maxsize=256)
def _order_template(
    name: str, version: str, chain_id: str, revision: str, public_key: int, position_id: int
) -> MessageTemplate:
    """Orders of one signer and position, of plain texts and ints: their constants are hashed once."""
    domain = _domain(name, version, chain_id, revision)
    struct = [ORDER, _position(position_id, "position_id"), *[None] * 8]
    return MessageTemplate(1, domain, felt(public_key, "user_public_key"), struct)


def get_order_msg_hash(
    position_id: int,
    base_asset_id: int,
    base_amount: int,
    quote_asset_id: int,
    quote_amount: int,
    fee_asset_id: int,
    fee_amount: int,
    expiration: int,
    salt: int,
    user_public_key: int,
    domain_name: str,
    domain_version: str,
    domain_chain_id: str,
    domain_revision: str,
) -> int:
    """The hash of an order, which is signed."""
    shape = _order_template(
        exact.text(domain_name, "domain_name"),
        exact.text(domain_version, "domain_version"),
        exact.text(domain_chain_id, "domain_chain_id"),
        exact.text(domain_revision, "domain_revision"),
        number(user_public_key, "user_public_key"),
        texts_number(position_id, "position_id", 0, 1 << 32),
    )
    return shape.hash(
        _trade(base_asset_id, base_amount, quote_asset_id, quote_amount, fee_asset_id, fee_amount, expiration, salt)
    )


def get_limit_order_msg_hash(
    source_position_id: int,
    receive_position_id: int,
    base_asset_id: int,
    base_amount: int,
    quote_asset_id: int,
    quote_amount: int,
    fee_asset_id: int,
    fee_amount: int,
    expiration: int,
    salt: int,
    user_public_key: int,
    domain_name: str,
    domain_version: str,
    domain_chain_id: str,
    domain_revision: str,
) -> int:
    """The hash of a vault's limit order."""
    domain = _domain(domain_name, domain_version, domain_chain_id, domain_revision)
    struct = [
        LIMIT_ORDER,
        _position(source_position_id, "source_position_id"),
        _position(receive_position_id, "receive_position_id"),
        *_trade(base_asset_id, base_amount, quote_asset_id, quote_amount, fee_asset_id, fee_amount, expiration, salt),
    ]
    return _message(domain, user_public_key, struct)


def get_transfer_msg_hash(
    recipient_position_id: int,
    sender_position_id: int,
    collateral_id: int,
    amount: int,
    expiration: int,
    salt: int,
    user_public_key: int,
    domain_name: str,
    domain_version: str,
    domain_chain_id: str,
    domain_revision: str,
) -> int:
    """The hash of a transfer."""
    domain = _domain(domain_name, domain_version, domain_chain_id, domain_revision)
    struct = [
        TRANSFER,
        _position(recipient_position_id, "recipient_position_id"),
        _position(sender_position_id, "sender_position_id"),
        *_movement(collateral_id, amount, expiration, salt),
    ]
    return _message(domain, user_public_key, struct)


def get_withdrawal_msg_hash(
    recipient_hex: str,
    position_id: int,
    collateral_id: int,
    amount: int,
    expiration: int,
    salt: int,
    user_public_key: int,
    domain_name: str,
    domain_version: str,
    domain_chain_id: str,
    domain_revision: str,
) -> int:
    """The hash of a withdrawal. The recipient's address is hex text, with or without 0x."""
    domain = _domain(domain_name, domain_version, domain_chain_id, domain_revision)
    digits = exact.text(recipient_hex, "recipient_hex").removeprefix("0x")
    if not 1 <= len(digits) <= 64 or not _HEX.issuperset(digits):
        raise _invalid("recipient_hex", "must be 1 to 64 hex digits")
    struct = [
        WITHDRAWAL,
        felt(int(digits, 16), "recipient_hex"),
        _position(position_id, "position_id"),
        *_movement(collateral_id, amount, expiration, salt),
    ]
    return _message(domain, user_public_key, struct)
