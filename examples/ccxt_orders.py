"""A program written with CCXT, with our engine: an order for Paradex as CCXT encodes and signs it, then verified.

In a program: the first two lines, or `python -m starkcore.compat program.py`, unchanged. No network, no account.
"""

from starkcore import compat

compat.install("ccxt")

import json  # noqa: E402
import sys  # noqa: E402

from starkcore import PrivateKey, Signature  # noqa: E402

try:
    import ccxt
except ImportError:
    sys.exit("this example needs CCXT: pip install ccxt")

key = PrivateKey(0x123)
fields = ("timestamp", "market", "side", "orderType", "size", "price")
values = ("1796000000000", "0x4254432d5553442d50455250", "1", "0x4c494d4954", "50000000", "6000000000000")
domain = {"name": "Paradex", "chainId": "0x505249564154455f534e5f50415241434c4541525f4d41494e4e4554", "version": 1}
types = {"Order": [{"name": name, "type": "felt"} for name in fields]}

exchange = ccxt.paradex()
message_hash = exchange.starknet_encode_structured_data(
    domain,
    types,
    dict(zip(fields, values, strict=True)),
    "0x129c135ed63df9353885e292be4426b8ed6122b13c6c0e1bb787288a1f5adfa",
)
signature = json.loads(exchange.starknet_sign(message_hash, "0x123"))
print("order", hex(message_hash), "signed:", signature)
print("verifies:", key.public_key.verify(message_hash, Signature(*(int(number, 16) for number in signature))))
