"""starknet.py with our signer: typed data of revision 1, signed, then verified. No network, no account.

In a program:  Account(address=…, client=…, signer=AccountSigner(key, StarknetChainId.MAINNET))
"""

from starkcore import PrivateKey, Signature
from starkcore.starknet import AccountSigner, TypedData, short_string

ADDRESS = 0x129C135ED63DF9353885E292BE4426B8ED6122B13C6C0E1BB787288A1F5ADFA
document = {
    "types": {
        "StarknetDomain": [
            {"name": "name", "type": "shortstring"}, {"name": "version", "type": "shortstring"},
            {"name": "chainId", "type": "shortstring"}, {"name": "revision", "type": "shortstring"},
        ],
        "Mail": [{"name": "to", "type": "ContractAddress"}, {"name": "text", "type": "string"}],
    },
    "primaryType": "Mail",
    "domain": {"name": "Example", "version": "1", "chainId": "SN_MAIN", "revision": "1"},
    "message": {"to": "0x1234", "text": "Hello"},
}  # fmt: skip

key = PrivateKey.generate()
signature = AccountSigner(key, short_string("SN_MAIN")).sign_message(document, ADDRESS)
print("signed:", signature)
print("verifies:", key.public_key.verify(TypedData.from_dict(document).hash(ADDRESS), Signature(*signature)))
