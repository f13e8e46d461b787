"""Traders who keep an exchange busy until it dies, and what they can say of it afterwards."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox_trader import Trader

MARKETS = ("BTC-USD", "ETH-USD")
FUNDS = "1000000"


class Maker(threading.Thread):
    """Places, crosses and cancels until the exchange is gone, and remembers what it was answered."""

    def __init__(self, url, number, most=1500):
        super().__init__(name=f"maker {number}")
        self.trader = Trader(url)
        self.trader.onboard()
        self.trader.fund(FUNDS)
        self.number = number
        self.bodies = [
            self.trader.order_body(
                ("BUY", "SELL")[(i + number) % 2], "0.1", ("10000", "10001", "9999")[i % 3], market=MARKETS[i % 2]
            )
            for i in range(most)
        ]
        self.placed = {}  # order id: the answer
        self.canceled = set()
        self.unknown = set()  # client ids of what was sent and never answered
        self.sent_cancel = None

    def run(self):
        for i, body in enumerate(self.bodies):
            try:
                answer = self.trader.call("POST", "/v3/orders", body)
            except OSError:
                self.unknown.add(body["clientId"])
                return
            except Exception:  # http.client's: the connection ended in the midst of an answer
                self.unknown.add(body["clientId"])
                return
            order = answer.ok()["order"]
            self.placed[order["id"]] = order
            if i % 5 == 0 and order["status"] == "OPEN":
                self.sent_cancel = order["id"]
                try:
                    answer = self.trader.call("DELETE", f"/v3/orders/{order['id']}")
                except Exception:
                    return
                if answer.status == 200:
                    self.canceled.add(order["id"])
                self.sent_cancel = None


def books(url):
    trader = Trader(url)
    found = {market: trader.book(market) for market in MARKETS}
    trader.close()
    return found


def book_of(rows):
    """A book added up from orders, in plain decimals."""
    levels = {market: {"bids": Counter(), "asks": Counter()} for market in MARKETS}
    for market, side, price, left in rows:
        levels[market]["bids" if side == "BUY" else "asks"][Decimal(price)] += Decimal(left)
    return {
        market: {side: sorted(found.items(), reverse=side == "bids") for side, found in sides.items()}
        for market, sides in levels.items()
    }


def as_numbers(books):
    return {
        market: {side: [(Decimal(p), Decimal(s)) for p, s in levels] for side, levels in book.items()}
        for market, book in books.items()
    }


@dataclass
class Compared:
    """What makers were told, against what an exchange has.

    Attributes:
        orders, cancels: how many were acknowledged.
        lost: acknowledged, and not there, or not as it was told.
        duplicated: there more than once.
        unasked: there, and never sent.
        stored: sent, never answered, and there.
        open: market, side, price and remaining size of each open order.
    """

    orders: int = 0
    cancels: int = 0
    lost: list = field(default_factory=list)
    duplicated: list = field(default_factory=list)
    unasked: list = field(default_factory=list)
    stored: int = 0
    open: list = field(default_factory=list)

    @property
    def problems(self):
        return self.lost + self.duplicated + self.unasked


_TOLD = ("clientId", "market", "side", "price", "size", "signature", "createdAt")


def compare(makers, url):
    """Ask the exchange, which was started again, for every order of every maker."""
    found = Compared()
    for maker in makers:
        maker.trader.close()
        maker.trader.parts = Trader(url).parts
        try:
            stored = all_orders(maker.trader)
        except AssertionError:
            stored = {}  # the account isn't known any more, and nothing of it
        names = Counter(order["clientId"] for order in stored.values())
        found.duplicated += [name for name, count in names.items() if count > 1]
        found.orders += len(maker.placed)
        found.cancels += len(maker.canceled)
        for order_id, told in maker.placed.items():
            order = stored.get(order_id)
            if order is None or not _as_told(maker, order, told):
                found.lost.append(told["clientId"])
        for order_id, order in stored.items():
            if order_id not in maker.placed:
                found.stored += order["clientId"] in maker.unknown
                found.unasked += [] if order["clientId"] in maker.unknown else [order["clientId"]]
            if order["status"] == "OPEN":
                found.open.append((order["market"], order["side"], order["price"], order["remainingSize"]))
    return found


def _as_told(maker, order, told):
    """Whether an order is what its maker was told, and what can have become of that since."""
    if any(order[name] != told[name] for name in _TOLD):
        return False
    if Decimal(order["remainingSize"]) > Decimal(told["remainingSize"]):
        return False
    end = order["status"], order["cancelReason"]
    if order["id"] in maker.canceled:
        return end == ("CANCELED", "USER_CANCELED")
    return end[0] != "CANCELED" or end[1] == "SELF_TRADE" or order["id"] == maker.sent_cancel


def all_orders(trader):
    """Every order, page by page."""
    found, before = {}, ""
    while True:
        page = trader.get(f"/v3/orders?returnLatestOrders=true{before}")["orders"]
        fresh = {order["id"]: order for order in page if order["id"] not in found}
        found |= fresh
        if not fresh:
            return found
        before = f"&createdBeforeOrAt={page[-1]['createdAt']}"


def check_it_goes_on(maker, url):
    """The keys still work, client ids are still known, and new orders trade."""
    trader = maker.trader
    again = next(body for body in maker.bodies if body["clientId"] in {o["clientId"] for o in maker.placed.values()})
    assert "clientId must be new" in trader.call("POST", "/v3/orders", again).error
    other = Trader(url)
    other.onboard()
    other.fund()
    order = other.order("BUY", "1", "2000", market="SOL-USD")
    sold = trader.order("SELL", "1", "2000", market="SOL-USD")
    assert (order["status"], sold["status"]) == ("OPEN", "FILLED")
    for connection in (other, trader):
        connection.close()
