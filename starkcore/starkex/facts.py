"""The facts and conditions of a fast withdrawal.

A fast withdrawal is a conditional transfer to a liquidity provider, who is paid once the fact is registered on
Ethereum that they have sent the tokens to the recipient.
"""

from __future__ import annotations

from starkcore import _native, exact
from starkcore.errors import _invalid
from starkcore.ethereum.address import address_bytes
from starkcore.starkex.amounts import quantums

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starkcore.starkex.amounts import Amount

__all__ = ["fact_to_condition", "transfer_erc20_fact"]

_CONDITION_MASK = (1 << 250) - 1


def transfer_erc20_fact(
    *, recipient: str | bytes, token_decimals: int, amount: Amount, token_address: str | bytes, salt: int
) -> bytes:
    """The fact that tokens were sent: keccak256(recipient ‖ amount in token units ‖ token ‖ salt).

    Args:
        recipient, token_address: Ethereum addresses, 20 bytes or hex text.
        token_decimals: an int in [0, 19].
        amount: decimal text, a Decimal or an int; amount × 10^token_decimals must be whole and below 2^64.
        salt: an int in [0, 2^256); dYdX takes the nonce.

    Returns:
        32 bytes.

    Raises:
        InvalidAmount, InvalidInput, InputTypeError

    dYdX's published example:

        >>> transfer_erc20_fact(recipient="0x1234567890123456789012345678901234567890", token_decimals=3,
        ...     amount="123.456", token_address="0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa",
        ...     salt=0x1234567890abcdef).hex()
        '34052387b5efb6132a42b244cff52a85a507ab319c414564d7a89207d4473672'
    """
    decimals, number = exact.integer(token_decimals, "token_decimals"), exact.integer(salt, "salt")
    if not 0 <= decimals <= 19:
        raise _invalid("token_decimals", "must be in [0, 19]")
    if not 0 <= number < 1 << 256:
        raise _invalid("salt", "must be in [0, 2^256)")
    units = quantums(amount, 10**decimals, "amount")
    return _native.keccak256(
        address_bytes(recipient, "recipient")
        + units.to_bytes(32, "big")
        + address_bytes(token_address, "token_address")
        + number.to_bytes(32, "big")
    )


def fact_to_condition(fact_registry: str | bytes, fact: str | bytes) -> int:
    """The condition that a conditional transfer signs: keccak256(registry ‖ fact), its low 250 bits.

    Args:
        fact_registry: the contract's Ethereum address.
        fact: 32 bytes, or 64 hex digits.

    >>> hex(fact_to_condition("0xe4a295420b58a4a7aa5c98920d6e8a0ef875b17a",  # published by dYdX
    ...     "cf9492ae0554c642b57f5d9cabee36fb512dd6b6629bdc51e60efb3118b8c2d8"))
    '0x4d794792504b063843afdf759534f5ed510a3ca52e7baba2e999e02349dd24'
    """
    data = address_bytes(fact_registry, "fact_registry") + _native.fixed_bytes(fact, 32, "fact")
    return int.from_bytes(_native.keccak256(data), "big") & _CONDITION_MASK
