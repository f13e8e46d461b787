"""paradex-py with our signer: an order as its `Order.dump_to_dict` writes it, signed, then verified. No network, no
account.

In a program:  Paradex(env=PROD, l2_private_key=…, signer=SdkSigner(key, account))
"""

import json

from starkcore import PrivateKey, Signature
from starkcore.paradex import OrderSigner, SdkSigner, account_address

key = PrivateKey.generate()
account = account_address(key.public_key)
order = {
    "market": "BTC-USD-PERP", "side": "BUY", "size": "0.5", "type": "LIMIT", "client_id": "mine", "instruction": "GTC",
    "signature": "", "signature_timestamp": 1_796_000_000_000, "recv_window": None, "stp": None, "price": "60000",
}  # fmt: skip

signed = SdkSigner(key, account).sign_order(order)
print(signed)

expected = OrderSigner(key, account).sign_order(
    market="BTC-USD-PERP", side="BUY", order_type="LIMIT", size="0.5", price="60000", timestamp=1_796_000_000_000
)
r, s = map(int, json.loads(signed["signature"]))
print("verifies:", key.public_key.verify(expected.hash, Signature(r, s)))
