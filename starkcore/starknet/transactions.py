"""Hashes of Starknet's transactions, which an account signs.

A hash of version 3 is Poseidon's over a list of what all kinds have in common, and of what each kind adds (Starknet's
documentation, "Transaction types"). One of version 1 is Pedersen's.
"""

from __future__ import annotations

from collections.abc import Mapping

from starkcore import exact
from starkcore.errors import _invalid, _wrong_type
from starkcore.hashing import pedersen_hash_elements, poseidon_hash_many
from starkcore.starknet.address import contract_address
from starkcore.starknet.felts import read_element, read_elements, read_uint, short_string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    Felt: TypeAlias = int | str
    Bound: TypeAlias = tuple[int, int] | Mapping[str, int]

__all__ = ["declare_hash_v3", "deploy_account_hash_v3", "invoke_hash_v1", "invoke_hash_v3"]

_QUERY = 1 << 128
# A resource's name in a request, and in the hash.
_RESOURCES = {
    "l1_gas": short_string("L1_GAS"),
    "l2_gas": short_string("L2_GAS"),
    "l1_data_gas": short_string("L1_DATA"),
}
_MODES = {"L1": 0, "L2": 1}


def invoke_hash_v1(
    *, sender_address: Felt, calldata: Iterable[Felt], chain_id: Felt, nonce: Felt, max_fee: int, query: bool = False
) -> int:
    """The hash of an invoke transaction of version 1, which Starknet no longer takes: for what was signed before.

    Pedersen's list hash of ("invoke", version, address, 0, list hash of the calldata, highest fee, chain, nonce).

    Args:
        sender_address, calldata, chain_id, nonce: as for `invoke_hash_v3`.
        max_fee: in wei, below 2^128.
        query: whether the transaction is for an estimate alone: its version is then 2^128 + 1.
    """
    if not isinstance(query, bool):
        raise _wrong_type("query", "True or False", type(query))
    return pedersen_hash_elements(
        [
            short_string("invoke"),
            1 | (_QUERY if query else 0),
            read_element(sender_address, "sender_address"),
            0,
            pedersen_hash_elements(read_elements(calldata, "calldata")),
            read_uint(max_fee, 128, "max_fee"),
            read_element(chain_id, "chain_id"),
            read_element(nonce, "nonce"),
        ]
    )


def invoke_hash_v3(
    *,
    sender_address: Felt,
    calldata: Iterable[Felt],
    chain_id: Felt,
    nonce: Felt,
    resource_bounds: Mapping[str, Bound],
    tip: int = 0,
    paymaster_data: Iterable[Felt] = (),
    account_deployment_data: Iterable[Felt] = (),
    nonce_data_availability_mode: int | str = 0,
    fee_data_availability_mode: int | str = 0,
    proof_facts: Iterable[Felt] | None = None,
    query: bool = False,
) -> int:
    """The hash of an invoke transaction.

    Args:
        sender_address: the account's address; like every other felt here an int in [0, p), or "0x…" text.
        calldata: what the account's `__execute__` takes, as field elements.
        chain_id: the chain's short string as a felt: `short_string("SN_MAIN")`.
        nonce: the account's.
        resource_bounds: for each of "l1_gas", "l2_gas" and "l1_data_gas" the most that may be used, below 2^64, and the
            highest price of a unit, below 2^128: a pair, or a mapping with "max_amount" and "max_price_per_unit".
            Bounds that are left out are 0.
        tip: below 2^64.
        paymaster_data, account_deployment_data: empty on today's Starknet.
        nonce_data_availability_mode, fee_data_availability_mode: 0 or "L1", 1 or "L2".
        proof_facts: left out of the hash when there are none.
        query: whether the transaction is for an estimate alone: its version is then 2^128 + 3.
    """
    account_data = read_elements(account_deployment_data, "account_deployment_data")
    own = [poseidon_hash_many(account_data), poseidon_hash_many(read_elements(calldata, "calldata"))]
    if proof_facts is not None and (facts := read_elements(proof_facts, "proof_facts")):
        own.append(poseidon_hash_many(facts))
    address = read_element(sender_address, "sender_address")
    modes = _modes(nonce_data_availability_mode, fee_data_availability_mode)
    return _hash("invoke", address, chain_id, nonce, resource_bounds, tip, paymaster_data, modes, query, own)


def declare_hash_v3(
    *,
    sender_address: Felt,
    class_hash: Felt,
    compiled_class_hash: Felt,
    chain_id: Felt,
    nonce: Felt,
    resource_bounds: Mapping[str, Bound],
    tip: int = 0,
    paymaster_data: Iterable[Felt] = (),
    account_deployment_data: Iterable[Felt] = (),
    nonce_data_availability_mode: int | str = 0,
    fee_data_availability_mode: int | str = 0,
    query: bool = False,
) -> int:
    """The hash of a declare transaction: of a class, by its hash and that of its compiled form.

    Else as `invoke_hash_v3`.
    """
    own = [
        poseidon_hash_many(read_elements(account_deployment_data, "account_deployment_data")),
        read_element(class_hash, "class_hash"),
        read_element(compiled_class_hash, "compiled_class_hash"),
    ]
    address = read_element(sender_address, "sender_address")
    modes = _modes(nonce_data_availability_mode, fee_data_availability_mode)
    return _hash("declare", address, chain_id, nonce, resource_bounds, tip, paymaster_data, modes, query, own)


def deploy_account_hash_v3(
    *,
    class_hash: Felt,
    salt: Felt,
    constructor_calldata: Iterable[Felt],
    chain_id: Felt,
    nonce: Felt,
    resource_bounds: Mapping[str, Bound],
    contract_address: Felt | None = None,
    tip: int = 0,
    paymaster_data: Iterable[Felt] = (),
    nonce_data_availability_mode: int | str = 0,
    fee_data_availability_mode: int | str = 0,
    query: bool = False,
) -> int:
    """The hash of the transaction that deploys an account. Else as `invoke_hash_v3`.

    Args:
        contract_address: the account's address; when left out, the one that follows from class hash, salt and calldata.
    """
    calldata = read_elements(constructor_calldata, "constructor_calldata")
    class_element, salt_element = read_element(class_hash, "class_hash"), read_element(salt, "salt")
    if contract_address is None:
        address = _address_of(class_element, salt_element, calldata)
    else:
        address = read_element(contract_address, "contract_address")
    own = [poseidon_hash_many(calldata), class_element, salt_element]
    modes = _modes(nonce_data_availability_mode, fee_data_availability_mode)
    return _hash("deploy_account", address, chain_id, nonce, resource_bounds, tip, paymaster_data, modes, query, own)


def _address_of(class_hash: int, salt: int, calldata: list[int]) -> int:
    return contract_address(class_hash=class_hash, salt=salt, calldata=calldata)


def _hash(
    kind: str,
    address: int,
    chain_id: Felt,
    nonce: Felt,
    resource_bounds: Mapping[str, Bound],
    tip: int,
    paymaster_data: Iterable[Felt],
    modes: int,
    query: bool,
    own: list[int],
) -> int:
    """What all kinds have in common, then a kind's own."""
    if not isinstance(query, bool):
        raise _wrong_type("query", "True or False", type(query))
    fee = [read_uint(tip, 64, "tip"), *_bounds(resource_bounds)]
    common = [
        short_string(kind),
        3 | (_QUERY if query else 0),
        address,
        poseidon_hash_many(fee),
        poseidon_hash_many(read_elements(paymaster_data, "paymaster_data")),
        read_element(chain_id, "chain_id"),
        read_element(nonce, "nonce"),
        modes,
    ]
    return poseidon_hash_many([*common, *own])


def _bounds(bounds: Mapping[str, Bound]) -> list[int]:
    """A resource's name << 192 | most amount << 128 | highest price, of each resource."""
    if not isinstance(bounds, Mapping):
        raise _wrong_type("resource_bounds", "a mapping", type(bounds))
    unknown = set(bounds) - set(_RESOURCES)
    if unknown:
        raise _invalid("resource_bounds", f"must have no names but {', '.join(_RESOURCES)}")
    words = []
    for name, code in _RESOURCES.items():
        amount, price = _bound(bounds.get(name, (0, 0)), f"resource_bounds[{name!r}]")
        words.append(code << 192 | amount << 128 | price)
    return words


def _bound(bound: Bound, field: str) -> tuple[int, int]:
    if isinstance(bound, Mapping):
        if set(bound) != {"max_amount", "max_price_per_unit"}:
            raise _invalid(field, "must have max_amount and max_price_per_unit")
        amount, price = bound["max_amount"], bound["max_price_per_unit"]
    elif isinstance(bound, (tuple, list)) and len(bound) == 2:
        amount, price = bound
    else:
        raise _wrong_type(field, "a pair of ints, or a mapping", type(bound))
    return read_uint(amount, 64, f"{field}.max_amount"), read_uint(price, 128, f"{field}.max_price_per_unit")


def _modes(nonce_mode: int | str, fee_mode: int | str) -> int:
    """Where data are made available: the nonce's mode << 32 | the fee's."""
    modes = []
    for value, field in ((nonce_mode, "nonce_data_availability_mode"), (fee_mode, "fee_data_availability_mode")):
        mode = _MODES.get(exact.text(value, field), 2) if exact.is_a(value, str) else exact.integer(value, field)
        if mode not in (0, 1):
            raise _invalid(field, "must be 0 or 'L1', 1 or 'L2'")
        modes.append(mode)
    return modes[0] << 32 | modes[1]
