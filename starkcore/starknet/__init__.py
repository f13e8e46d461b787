"""Starknet's messages: typed data (SNIP-12), transaction hashes, addresses, and a signer for accounts.

>>> from starkcore.starknet import contract_address, short_string
>>> short_string("SN_MAIN") == 0x534E5F4D41494E
True
"""

from starkcore.starknet.address import contract_address
from starkcore.starknet.felts import selector, short_string, starknet_keccak
from starkcore.starknet.sdk import AccountSigner
from starkcore.starknet.signer import StarknetSigner
from starkcore.starknet.transactions import declare_hash_v3, deploy_account_hash_v3, invoke_hash_v1, invoke_hash_v3
from starkcore.starknet.typed_data import TypedData

__all__ = [
    "AccountSigner",
    "StarknetSigner",
    "TypedData",
    "contract_address",
    "declare_hash_v3",
    "deploy_account_hash_v3",
    "invoke_hash_v1",
    "invoke_hash_v3",
    "selector",
    "short_string",
    "starknet_keccak",
]
