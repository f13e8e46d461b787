"""A signer for starknet.py's accounts: `Account(address=…, client=…, signer=AccountSigner(key, chain_id))`.

Typed data and transactions of version 3 are hashed here as well as signed. What starknet.py still has of older
versions, and the class hash of a contract that is declared, is hashed by starknet.py. Nothing of it is imported here.
"""

from __future__ import annotations

import sys
from enum import Enum
from typing import Any, NoReturn

from starkcore import exact
from starkcore.errors import InvalidTypedData, _wrong_type
from starkcore.keys import PrivateKey, _not_copied
from starkcore.starknet.felts import read_element
from starkcore.starknet.transactions import deploy_account_hash_v3, invoke_hash_v3
from starkcore.starknet.typed_data import TypedData

__all__ = ["AccountSigner"]

_SEED = 32
# Kinds of documents whose types are kept.
_MOST_DOCUMENTS = 64


class AccountSigner:
    """Signs for one account with a key that stays in native memory: a starknet.py `BaseSigner`.

    Args:
        key: the account's private key.
        chain_id: the chain's short string as a felt, an int: starknet.py's `StarknetChainId.MAINNET`.

    Signatures are starknet.py's own, bit for bit.
    """

    __slots__ = ("_chain_id", "_documents", "_key", "_public_key")

    def __init__(self, key: PrivateKey, chain_id: int) -> None:
        if not isinstance(key, PrivateKey):
            raise _wrong_type("key", "a PrivateKey", type(key))
        self._key = key
        self._public_key = key.public_key.x
        self._chain_id = read_element(exact.integer(chain_id, "chain_id"), "chain_id")
        self._documents: dict[object, TypedData] = {}
        base = sys.modules.get("starknet_py.net.signer.base_signer")
        if base is not None:  # so that isinstance says what it is
            base.BaseSigner.register(type(self))

    @property
    def public_key(self) -> int:
        """The x-coordinate of the public key."""
        return self._public_key

    def __repr__(self) -> str:
        return f"<AccountSigner for Starknet, public key {self._public_key:#x}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise _not_copied("a signer")

    def sign_transaction(self, transaction: Any) -> list[int]:
        """[r, s] over a transaction of starknet.py's models."""
        return self._signed(self.transaction_hash(transaction))

    def sign_message(self, typed_data: Any, account_address: int) -> list[int]:
        """[r, s] over typed data (SNIP-12): starknet.py's `TypedData`, or a document as `TypedData.from_dict` takes it.

        Raises:
            InvalidTypedData: what the standard doesn't allow, where starknet.py may be lax: docs/starknet.md.
        """
        return self._signed(self._read(typed_data).hash(account_address))

    def transaction_hash(self, transaction: Any) -> int:
        """The hash that `sign_transaction` signs."""
        kind = type(transaction).__name__
        if kind == "InvokeV3":
            return invoke_hash_v3(
                sender_address=transaction.sender_address,
                calldata=transaction.calldata,
                account_deployment_data=transaction.account_deployment_data,
                proof_facts=transaction.proof_facts or None,
                **self._common(transaction),
            )
        if kind == "DeployAccountV3":
            return deploy_account_hash_v3(
                class_hash=transaction.class_hash,
                salt=transaction.contract_address_salt,
                constructor_calldata=transaction.constructor_calldata,
                **self._common(transaction),
            )
        if not hasattr(transaction, "calculate_hash"):
            raise _wrong_type("transaction", "a transaction of starknet.py", type(transaction))
        return exact.integer(transaction.calculate_hash(self._chain_id), "transaction")

    def _common(self, transaction: Any) -> dict[str, Any]:
        bounds = transaction.resource_bounds
        return {
            "chain_id": self._chain_id,
            "nonce": transaction.nonce,
            "resource_bounds": {
                name: (bound.max_amount, bound.max_price_per_unit)
                for name in ("l1_gas", "l2_gas", "l1_data_gas")
                for bound in (getattr(bounds, name),)
            },
            "tip": transaction.tip,
            "paymaster_data": transaction.paymaster_data,
            "nonce_data_availability_mode": transaction.nonce_data_availability_mode.value,
            "fee_data_availability_mode": transaction.fee_data_availability_mode.value,
            "query": transaction.version >= 1 << 128,
        }

    def _signed(self, message_hash: int) -> list[int]:
        signature = self._key.sign(message_hash, _SEED)
        return [signature.r, signature.s]

    def _read(self, typed_data: Any) -> TypedData:
        """starknet.py's typed data, read; the types and the domain of the last kinds are kept."""
        if isinstance(typed_data, dict):
            return TypedData.from_dict(typed_data)
        for name in ("types", "domain", "primary_type", "message"):
            if not hasattr(typed_data, name):
                raise _wrong_type("typed_data", "a TypedData of starknet.py", type(typed_data))
        domain = {
            "name": typed_data.domain.name,
            "version": typed_data.domain.version,
            "chainId": typed_data.domain.chain_id,
        }
        revision = typed_data.domain.revision
        if revision is not None:
            domain["revision"] = revision.value if isinstance(revision, Enum) else revision
        types = {
            name: [(member.name, member.type, getattr(member, "contains", None)) for member in members]
            for name, members in typed_data.types.items()
        }
        # As texts, because 1, True and "1" are one key of a dict, and not one value.
        key = repr((types, domain, typed_data.primary_type))
        known = self._documents.get(key)
        if known is not None:
            return known.with_message(typed_data.message)
        document = TypedData.from_dict(
            {
                "types": {name: [_member(*member) for member in members] for name, members in types.items()},
                "primaryType": typed_data.primary_type,
                "domain": domain,
                "message": typed_data.message,
            }
        )
        if len(self._documents) < _MOST_DOCUMENTS:
            self._documents[key] = document
        return document


def _member(name: str, kind: str, contains: str | None) -> dict[str, str]:
    member = {"name": name, "type": kind}
    if contains is not None:
        member["contains"] = contains
    elif kind in ("enum", "merkletree"):
        raise InvalidTypedData("types", "must say what an enum or a merkletree contains")
    return member
