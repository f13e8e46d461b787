"""StarkEx perpetual messages: the field elements of each and their hash.

Source: StarkWare's `perpetual_messages.py` (stark-perpetual, services/perpetual/public) for the layouts and bounds of
messages 3, 4, 5 and 7; dydx3 `starkex/withdrawal.py` for message 6, which later StarkEx dropped; dydx3
`starkex/helpers.py` for nonces, facts and conditions. A message's hash is the nested Pedersen chain over its elements.
"""

import hashlib
from decimal import Decimal
from fractions import Fraction

from .keccak import keccak256
from .pedersen import nested_hash

LIMIT_ORDER_WITH_FEES = 3
TRANSFER = 4
CONDITIONAL_TRANSFER = 5
WITHDRAWAL = 6
WITHDRAWAL_TO_ADDRESS = 7

WIDTHS = {
    "asset_id_synthetic": 128,
    "asset_id_collateral": 250,
    "asset_id": 250,
    "asset_id_fee": 250,
    "receiver_public_key": 251,
    "condition": 251,
    "eth_address": 160,
    "nonce": 32,
    "expiration": 32,
}  # every other field has 64 bits


def check(**fields: int) -> None:
    """Every field within its width, otherwise an error that names it."""
    for name, value in fields.items():
        if not 0 <= value < 2 ** WIDTHS.get(name, 64):
            raise ValueError(f"{name} does not fit in {WIDTHS.get(name, 64)} bits")


def pack(*fields: tuple[int, int]) -> int:
    """(value, width) pairs from the most significant down."""
    result = 0
    for value, width in fields:
        assert 0 <= value < 2**width
        result = result << width | value
    return result


def limit_order(
    *,
    asset_id_synthetic: int,
    asset_id_collateral: int,
    is_buying_synthetic: bool,
    asset_id_fee: int,
    amount_synthetic: int,
    amount_collateral: int,
    max_amount_fee: int,
    nonce: int,
    position_id: int,
    expiration: int,
) -> list[int]:
    """Message 3. Buying the synthetic sells the collateral."""
    check(
        asset_id_synthetic=asset_id_synthetic,
        asset_id_collateral=asset_id_collateral,
        asset_id_fee=asset_id_fee,
        amount_synthetic=amount_synthetic,
        amount_collateral=amount_collateral,
        max_amount_fee=max_amount_fee,
        nonce=nonce,
        position_id=position_id,
        expiration=expiration,
    )
    sell, buy = (asset_id_synthetic, amount_synthetic), (asset_id_collateral, amount_collateral)
    if is_buying_synthetic:
        sell, buy = buy, sell
    amounts = pack((sell[1], 64), (buy[1], 64), (max_amount_fee, 64), (nonce, 32))
    position = (position_id, 64)
    tail = pack((LIMIT_ORDER_WITH_FEES, 10), position, position, position, (expiration, 32), (0, 17))
    return [sell[0], buy[0], asset_id_fee, amounts, tail]


def transfer(
    *,
    asset_id: int,
    receiver_public_key: int,
    sender_position_id: int,
    receiver_position_id: int,
    amount: int,
    nonce: int,
    expiration: int,
    asset_id_fee: int = 0,
    src_fee_position_id: int | None = None,
    max_amount_fee: int = 0,
    condition: int | None = None,
) -> list[int]:
    """Message 4, or 5 with a condition. dYdX pays no fee: fee asset and amount 0, fee position = the sender's."""
    fee_position = sender_position_id if src_fee_position_id is None else src_fee_position_id
    check(
        asset_id=asset_id,
        asset_id_fee=asset_id_fee,
        receiver_public_key=receiver_public_key,
        condition=condition or 0,
        sender_position_id=sender_position_id,
        receiver_position_id=receiver_position_id,
        src_fee_position_id=fee_position,
        nonce=nonce,
        amount=amount,
        max_amount_fee=max_amount_fee,
        expiration=expiration,
    )
    kind = TRANSFER if condition is None else CONDITIONAL_TRANSFER
    positions = pack((sender_position_id, 64), (receiver_position_id, 64), (fee_position, 64), (nonce, 32))
    tail = pack((kind, 10), (amount, 64), (max_amount_fee, 64), (expiration, 32), (0, 81))
    conditions = [] if condition is None else [condition]
    return [asset_id, asset_id_fee, receiver_public_key, *conditions, positions, tail]


def withdrawal(
    *,
    asset_id_collateral: int,
    position_id: int,
    amount: int,
    nonce: int,
    expiration: int,
    eth_address: int | None = None,
) -> list[int]:
    """Message 6, or 7 with the address that receives the funds."""
    check(
        asset_id_collateral=asset_id_collateral,
        position_id=position_id,
        eth_address=eth_address or 0,
        nonce=nonce,
        amount=amount,
        expiration=expiration,
    )
    kind = WITHDRAWAL if eth_address is None else WITHDRAWAL_TO_ADDRESS
    fields = pack((kind, 10), (position_id, 64), (nonce, 32), (amount, 64), (expiration, 32), (0, 49))
    addresses = [] if eth_address is None else [eth_address]
    return [asset_id_collateral, *addresses, fields]


def message_hash(elements: list[int]) -> int:
    """The number that is signed."""
    return nested_hash(elements)


def nonce_from_client_id(client_id: str) -> int:
    """sha256 of the UTF-8 text, its last four bytes."""
    return int.from_bytes(hashlib.sha256(client_id.encode()).digest()[-4:], "big")


def transfer_fact(recipient: int, token_decimals: int, amount: str | Decimal, token: int, salt: int) -> bytes:
    """The fact that a liquidity provider registers: keccak256(recipient20 ‖ amount32 ‖ token20 ‖ salt32).

    dydx3 computes the amount in floating point; here it is exact, and a remainder is an error.
    """
    units = Fraction(amount) * 10**token_decimals
    if units.denominator != 1 or units < 0:
        raise ValueError("amount has more precision than the token, or is negative")
    parts = (recipient, 20), (units.numerator, 32), (token, 20), (salt, 32)
    return keccak256(b"".join(value.to_bytes(size, "big") for value, size in parts))


def fact_condition(registry: int, fact: bytes) -> int:
    """keccak256(registry20 ‖ fact), its low 250 bits."""
    return int.from_bytes(keccak256(registry.to_bytes(20, "big") + fact), "big") % 2**250
