"""Paradex: keys, account addresses, and the messages that its exchange takes, signed.

>>> from starkcore import PrivateKey, paradex
>>> account = 0x129c135ed63df9353885e292be4426b8ed6122b13c6c0e1bb787288a1f5adfa
>>> signer = paradex.OrderSigner(PrivateKey(0x123), account=account)
>>> signed = signer.sign_order(market="BTC-USD-PERP", side="BUY", order_type="LIMIT", size="0.5", price="60000")
>>> signed.size, signed.price
(50000000, 6000000000000)
"""

from starkcore.lazy import names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starkcore.paradex.account import account_address, derive_key
    from starkcore.paradex.columns import SignedColumns
    from starkcore.paradex.credentials import Credentials
    from starkcore.paradex.networks import MAINNET, TESTNET, Network
    from starkcore.paradex.sdk import ExternalSigner, SdkSigner
    from starkcore.paradex.signer import OrderSigner, SignedMessage, SignedOrder

__all__ = [
    "MAINNET",
    "TESTNET",
    "Credentials",
    "ExternalSigner",
    "Network",
    "OrderSigner",
    "SdkSigner",
    "SignedColumns",
    "SignedMessage",
    "SignedOrder",
    "account_address",
    "derive_key",
]

__getattr__, __dir__ = names_of(
    globals(),
    {
        "starkcore.paradex.account": "account_address derive_key",
        "starkcore.paradex.columns": "SignedColumns",
        "starkcore.paradex.credentials": "Credentials",
        "starkcore.paradex.networks": "MAINNET TESTNET Network",
        "starkcore.paradex.sdk": "ExternalSigner SdkSigner",
        "starkcore.paradex.signer": "OrderSigner SignedMessage SignedOrder",
    },
)
