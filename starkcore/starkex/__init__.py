"""The messages of StarkEx perpetual exchanges: orders, transfers, withdrawals, and the signer that makes them.

`OrderSigner` goes the whole way, from what a person writes to what the exchange accepts. The messages can also be used
by themselves: `Order(…).hash()`. Venues, networks and markets are data: see `Venue`.

Venues that sign other messages with the same curve (SNIP-12) are no part of this package.
"""

from starkcore.lazy import names_of
from starkcore.starkex.amounts import to_quantums, to_step
from starkcore.starkex.expiry import expiration_hours
from starkcore.starkex.orders import HumanOrder, Order, OrderTerms, SignedOrder
from starkcore.starkex.signer import OrderSigner, SignedMessage
from starkcore.starkex.venue import DYDX, Market, Network, Venue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starkcore.starkex.amounts import Amount
    from starkcore.starkex.columns import SignedColumns
    from starkcore.starkex.expiry import Expiration
    from starkcore.starkex.facts import fact_to_condition, transfer_erc20_fact
    from starkcore.starkex.orders import Side
    from starkcore.starkex.registration import registration_hash, sign_registration
    from starkcore.starkex.transfers import ConditionalTransfer, Transfer
    from starkcore.starkex.withdrawals import Withdrawal, WithdrawalToAddress

__all__ = [
    "DYDX",
    "Amount",
    "ConditionalTransfer",
    "Expiration",
    "HumanOrder",
    "Market",
    "Network",
    "Order",
    "OrderSigner",
    "OrderTerms",
    "Side",
    "SignedColumns",
    "SignedMessage",
    "SignedOrder",
    "Transfer",
    "Venue",
    "Withdrawal",
    "WithdrawalToAddress",
    "expiration_hours",
    "fact_to_condition",
    "registration_hash",
    "sign_registration",
    "to_quantums",
    "to_step",
    "transfer_erc20_fact",
]

# Types that need `decimal`, `datetime` and `typing`, which take longer to import than all that is above; and what
# programs that sign orders can do without.
__getattr__, __dir__ = names_of(
    globals(),
    {
        "starkcore.starkex.amounts": "Amount",
        "starkcore.starkex.columns": "SignedColumns",
        "starkcore.starkex.expiry": "Expiration",
        "starkcore.starkex.facts": "fact_to_condition transfer_erc20_fact",
        "starkcore.starkex.orders": "Side",
        "starkcore.starkex.registration": "registration_hash sign_registration",
        "starkcore.starkex.transfers": "ConditionalTransfer Transfer",
        "starkcore.starkex.withdrawals": "Withdrawal WithdrawalToAddress",
    },
)
