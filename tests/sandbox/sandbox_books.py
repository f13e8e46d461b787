"""An exchange in this process, without a server: accounts, and orders whose signatures nobody asks for.

For what is about engine, book and database, where a signature each would only take time.
"""

import itertools
from dataclasses import asdict

from starkcore.sandbox.book import Order
from starkcore.sandbox.engine import Engine
from starkcore.sandbox.exchange import Exchange, Settings
from starkcore.sandbox.rows import load

MARKET = "BTC-USD"
STEP = 10**6  # quantums
_numbers = itertools.count(1)


def opened(database=":memory:", **settings):
    return Exchange(Settings(database=database, **settings))


def new_account(exchange, funds=5 * 10**14, number=None):
    """An account that nobody has the keys of."""
    number = next(_numbers) if number is None else number
    with exchange._step():
        account = exchange._add(f"0x{number:040x}", (number, number), None)
    if funds:
        exchange.deposit(account, funds)
    return account


def new_order(account, side="BUY", steps=10, price=10_000, *, market=MARKET, kind="GTT", now=1, **more):
    number = next(_numbers)
    values = {
        "number": 0, "id": f"order {number}", "account_id": account.id, "client_id": str(number), "market": market,
        "is_buy": side == "BUY", "type": "LIMIT", "time_in_force": kind, "post_only": False, "reduce_only": False,
        "price": price, "size": steps * STEP, "fee_limit": 10**14, "limit_fee": "0.001", "nonce": number,
        "signature": "", "created_at": now, "expires_at": 4 * 10**12, "remaining": steps * STEP,
    }  # fmt: skip
    return Order(**values | more)


def place(exchange, order, replaced=None):
    with exchange._step():
        exchange._changed(exchange.engine.place(order, replaced))
    return order


def _side(side):
    return [(order.id, order.price, order.remaining) for order in side.orders()], list(side.levels())


def state(engine):
    """All that an engine knows, as values that can be compared."""
    return {
        "accounts": {
            account.id: asdict(account) | {
                "positions": {name: asdict(position) for name, position in account.positions.items()},
                "orders": {name: asdict(order) for name, order in account.orders.items()},
                "reduce_only": {name: set(orders) for name, orders in account.reduce_only.items() if orders},
            }
            for account in engine.accounts.values()
        },
        "markets": {
            name: (market.price, market.fees, market.open_interest, _side(market.book.bids), _side(market.book.asks))
            for name, market in engine.markets.items()
        },
        "counts": dict(engine.counts),
        "expiries": {order.id for _, _, order in engine._expiries if order.status == "OPEN"},
    }  # fmt: skip


def whole_state(exchange):
    """What an exchange has in memory."""
    return state(exchange.engine) | {
        "keys": dict(exchange.api_keys),
        "keys of": {name: set(keys) for name, keys in exchange._keys_of.items() if keys},
        "addresses": {address: account.id for address, account in exchange._by_address.items()},
        "stark keys": {key: account.id for key, account in exchange._by_stark_key.items()},
        "next position": exchange._next_position,
    }


def stored_state(exchange):
    """The engine's state as the exchange's database gives it."""
    engine = Engine(exchange._rules.values(), maker_fee=exchange._fees[0], taker_fee=exchange._fees[1])
    load(exchange.store, engine)
    return state(engine)


def close(exchange):
    exchange.store.close()
