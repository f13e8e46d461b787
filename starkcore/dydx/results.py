"""What the exchange's calls return: the JSON that it answers, with attributes, and still the dictionaries of old.

    >>> order = Order({"id": "1", "clientId": "a", "limitFee": "0.001"})
    >>> order["clientId"], order.client_id, order.limit_fee
    ('a', 'a', '0.001')

Amounts and prices are decimal text, as the exchange sends them. What it sends beyond the fields that are declared here
is there as well, under the same two names.
"""

from __future__ import annotations

from starkcore.http.records import D, Record, Response, camel, shaped  # noqa: F401 - who had them from here still has

__all__ = [
    "Account", "AccountAnswer", "AccountsAnswer", "ApiKeyAnswer", "ApiKeyCredentials", "ApiKeysAnswer", "Candle",
    "Fill", "FillsAnswer", "FundingPayment", "KeyPairWithYCoordinate", "Market", "MarketsAnswer", "OnboardingAnswer",
    "Order", "OrderAnswer", "OrderbookAnswer", "OrderbookLevel", "OrdersAnswer", "Position", "PositionsAnswer",
    "Record", "RecoveryAnswer", "RegistrationAnswer", "Response", "TimeAnswer", "Trade", "TradesAnswer", "Transfer",
    "TransferAnswer", "TransfersAnswer", "User", "UserAnswer", "WithdrawalAnswer",
]  # fmt: skip


# ---- Keys ----


class KeyPairWithYCoordinate(Record):
    """A Stark key. All three are hex text with 0x, without leading zeros."""

    public_key: str
    public_key_y_coordinate: str
    private_key: str


class ApiKeyCredentials(Record):
    """An API key with what requests are signed with."""

    # The chain of those that a wallet has by itself; no member, as the exchange tells none.
    __slots__ = ("_network_id",)

    key: str
    secret: str
    passphrase: str


class ApiKeyName(Record):
    key: str


class ApiKeyAnswer(Record):
    """What creating an API key answers."""

    api_key: ApiKeyCredentials


class ApiKeysAnswer(Record):
    """The API keys of an account, by name alone."""

    api_keys: list[ApiKeyName]


class RegistrationAnswer(Record):
    """The signature with which `client.eth.register_user` registers the Stark key: hex text of 65 bytes with 0x."""

    signature: str


# ---- Users and accounts ----


class User(Record):
    """A user, as the exchange has them."""

    ethereum_address: str
    is_registered: bool | None
    email: str | None
    username: str | None
    user_data: Record | None
    maker_fee_rate: str | None
    taker_fee_rate: str | None
    country: str | None


class Position(Record):
    """A position in a market."""

    market: str
    status: str
    side: str
    size: str
    max_size: str | None
    entry_price: str | None
    exit_price: str | None
    unrealized_pnl: str | None
    realized_pnl: str | None
    created_at: str | None
    closed_at: str | None
    sum_open: str | None
    sum_close: str | None
    net_funding: str | None


class Account(Record):
    """An account. `position_id` is what orders are signed with."""

    id: str
    stark_key: str
    position_id: str
    equity: str
    free_collateral: str
    quote_balance: str
    account_number: str | None
    pending_deposits: str | None
    pending_withdrawals: str | None
    open_positions: dict[str, Position] | None
    created_at: str | None


class OnboardingAnswer(Record):
    """What onboarding answers: the API key, the user and the account."""

    api_key: ApiKeyCredentials
    user: User
    account: Account


class UserAnswer(Record):
    """A user."""

    user: User


class AccountAnswer(Record):
    """An account."""

    account: Account


class AccountsAnswer(Record):
    """Accounts."""

    accounts: list[Account]


class PositionsAnswer(Record):
    """Positions."""

    positions: list[Position]


class RecoveryAnswer(Record):
    """What is told to the owner of an Ethereum key alone."""

    stark_key: str
    position_id: str
    equity: str
    free_collateral: str
    quote_balance: str
    positions: list[Position]


# ---- Orders ----


class Order(Record):
    """An order, as the exchange has it; amounts are decimal text."""

    id: str
    client_id: str | None
    account_id: str | None
    market: str
    side: str
    price: str
    size: str | None
    remaining_size: str | None
    trigger_price: str | None
    trailing_percent: str | None
    type: str | None
    limit_fee: str | None
    status: str | None
    time_in_force: str | None
    post_only: bool | None
    reduce_only: bool | None
    cancel_reason: str | None
    created_at: str | None
    expires_at: str | None
    unfillable_at: str | None


class OrderAnswer(Record):
    """An order."""

    order: Order


class CanceledOrderAnswer(Record):
    cancel_order: Order


class CanceledOrdersAnswer(Record):
    cancel_orders: list[Order]


class OrdersAnswer(Record):
    """Orders."""

    orders: list[Order]


class Fill(Record):
    """A trade of one's own; amounts are decimal text."""

    id: str
    order_id: str | None
    market: str
    side: str
    liquidity: str
    type: str | None
    price: str
    size: str
    fee: str
    created_at: str


class FillsAnswer(Record):
    """Fills."""

    fills: list[Fill]


# ---- Money ----


class Transfer(Record):
    """A deposit, withdrawal or transfer; amounts are decimal text."""

    id: str
    type: str
    status: str
    debit_asset: str | None
    credit_asset: str | None
    debit_amount: str | None
    credit_amount: str | None
    transaction_hash: str | None
    client_id: str | None
    from_address: str | None
    to_address: str | None
    created_at: str | None
    confirmed_at: str | None


class TransferAnswer(Record):
    """A transfer."""

    transfer: Transfer


class WithdrawalAnswer(Record):
    """A withdrawal."""

    withdrawal: Transfer


class TransfersAnswer(Record):
    """Transfers."""

    transfers: list[Transfer]


class FundingPayment(Record):
    """A payment of funding."""

    market: str
    payment: str
    rate: str
    position_size: str
    price: str
    effective_at: str


class FundingPaymentsAnswer(Record):
    funding_payments: list[FundingPayment]


# ---- Markets ----


class Market(Record):
    """A market and its rules; amounts are decimal text."""

    market: str
    status: str
    step_size: str
    tick_size: str
    min_order_size: str
    index_price: str | None
    oracle_price: str | None


class MarketsAnswer(Record):
    """Markets by name."""

    markets: dict[str, Market]


class OrderbookLevel(Record):
    """A price and what is offered there, as decimal text."""

    price: str
    size: str


class OrderbookAnswer(Record):
    """The two sides of a book, best price first."""

    bids: list[OrderbookLevel]
    asks: list[OrderbookLevel]


class Trade(Record):
    """A trade of anybody's; amounts are decimal text."""

    side: str
    size: str
    price: str
    created_at: str


class TradesAnswer(Record):
    """Trades, the newest first."""

    trades: list[Trade]


class Candle(Record):
    """Prices and volume of a span of time, as decimal text."""

    started_at: str
    market: str
    resolution: str
    low: str
    high: str
    open: str
    close: str


class CandlesAnswer(Record):
    candles: list[Candle]


class TimeAnswer(Record):
    """The host's time: ISO 8601 text, and seconds since the epoch."""

    iso: str
    epoch: float | None
