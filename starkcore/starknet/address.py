"""Addresses of Starknet's contracts."""

from __future__ import annotations

from starkcore.hashing import pedersen_hash_elements
from starkcore.starknet.felts import read_element, read_elements, short_string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["contract_address"]

_PREFIX = short_string("STARKNET_CONTRACT_ADDRESS")
_BOUND = 2**251 - 256


def contract_address(
    *, class_hash: int | str, salt: int | str, deployer: int | str = 0, calldata: Iterable[int | str] = ()
) -> int:
    """The address that a contract gets when it is deployed.

    Pedersen's list hash of ("STARKNET_CONTRACT_ADDRESS", deployer, salt, class hash, list hash of the calldata), modulo
    2^251 − 256 (Starknet's documentation, "Contract address").

    Args:
        class_hash, salt: field elements: ints in [0, p), or "0x…" text.
        deployer: the address of the contract that deploys; 0 for an account's own deployment.
        calldata: the constructor's, field elements.

    Returns:
        An int in [0, 2^251 − 256).
    """
    parts = [
        _PREFIX,
        read_element(deployer, "deployer"),
        read_element(salt, "salt"),
        read_element(class_hash, "class_hash"),
        pedersen_hash_elements(read_elements(calldata, "calldata")),
    ]
    return pedersen_hash_elements(parts) % _BOUND
