"""Extended's SDK as it is, with our engine: what it hashes and signs an order with. No network, no account.

In a program:  compat.install("fast_stark_crypto"), then the SDK's client with StarkAccount(vault, key, api_key=…)
"""

from starkcore import PrivateKey, Signature, compat
from starkcore.extended import StarkAccount

compat.install("fast_stark_crypto")

from fast_stark_crypto import get_order_msg_hash, verify  # noqa: E402

key = PrivateKey.generate()
account = StarkAccount(10002, key)
message_hash = get_order_msg_hash(
    position_id=account.vault, base_asset_id=0x4254432D3600000000000000000000, base_amount=1000, quote_asset_id=1,
    quote_amount=-43_445_117, fee_asset_id=1, fee_amount=21_723, expiration=1_797_209_600, salt=7,
    user_public_key=account.public_key, domain_name="Perpetuals", domain_version="v0", domain_chain_id="SN_MAIN",
    domain_revision="1",
)  # fmt: skip
r, s = account.sign(message_hash)
print("order", hex(message_hash), "signed:", Signature(r, s).to_hex())
print("verifies:", verify(account.public_key, message_hash, r, s))
