"""Extended: keys, and the messages that its exchange takes, signed.

>>> from starkcore import PrivateKey, extended
>>> market = extended.Market(
...     "BTC-USD", synthetic_id=0x4254432d3600000000000000000000, synthetic_resolution=10**6,
...     collateral_id=1, collateral_resolution=10**6)
>>> signer = extended.OrderSigner(PrivateKey(0x123), vault=10002)
>>> signed = signer.sign_order(
...     market=market, side="BUY", size="0.001", price="43445.1168", taker_fee="0.0005", expire_time=1796000000)
>>> signed.base_amount, signed.quote_amount, signed.fee_amount
(1000, -43445117, 21723)
"""

from starkcore.lazy import names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starkcore.extended.account import api_key_headers, derive_key, onboarding, sub_account
    from starkcore.extended.columns import SignedColumns
    from starkcore.extended.credentials import Credentials
    from starkcore.extended.market import Market
    from starkcore.extended.networks import MAINNET, TESTNET, Network
    from starkcore.extended.sdk import StarkAccount
    from starkcore.extended.signer import OrderSigner, SignedLimitOrder, SignedOrder, SignedTransfer, SignedWithdrawal

__all__ = [
    "MAINNET",
    "TESTNET",
    "Credentials",
    "Market",
    "Network",
    "OrderSigner",
    "SignedColumns",
    "SignedLimitOrder",
    "SignedOrder",
    "SignedTransfer",
    "SignedWithdrawal",
    "StarkAccount",
    "api_key_headers",
    "derive_key",
    "onboarding",
    "sub_account",
]

__getattr__, __dir__ = names_of(
    globals(),
    {
        "starkcore.extended.account": "api_key_headers derive_key onboarding sub_account",
        "starkcore.extended.columns": "SignedColumns",
        "starkcore.extended.credentials": "Credentials",
        "starkcore.extended.market": "Market",
        "starkcore.extended.networks": "MAINNET TESTNET Network",
        "starkcore.extended.sdk": "StarkAccount",
        "starkcore.extended.signer": "OrderSigner SignedLimitOrder SignedOrder SignedTransfer SignedWithdrawal",
    },
)
