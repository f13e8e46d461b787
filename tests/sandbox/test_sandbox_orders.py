"""Orders, transfers and withdrawals over HTTP: what is taken, what is refused, and that a refusal changes nothing.

Expected numbers are worked out by hand beside them: fees are 0.0002 for makers and 0.0005 for takers.
"""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from sandbox_trader import EXPIRATION, Trader, dump, iso

from starkcore import PrivateKey, sandbox
from starkcore.starkex import DYDX, OrderSigner

# Each test has a market of its own, so that no order of another is in its way.
_markets = itertools.cycle(
    name for name in DYDX.markets if DYDX.market(name).resolution <= 10**7 and name != "LINK-USD"
)


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    database = tmp_path_factory.mktemp("orders") / "exchange.db"
    with sandbox.running(database=database) as running:
        running.database = database
        yield running
    assert sandbox.audit(database).problems == []


def on_board(exchange, amount="100000"):
    trader = Trader(exchange.url)
    trader.onboard()
    if amount:
        trader.fund(amount)
    return trader


@pytest.fixture(scope="module")
def pair(exchange):
    """Two traders with 9 million each."""
    traders = on_board(exchange, "9000000"), on_board(exchange, "9000000")
    yield traders
    for trader in traders:
        trader.close()


@pytest.fixture
def alice(pair):
    return pair[0]


@pytest.fixture
def bob(pair):
    return pair[1]


@pytest.fixture
def empty_book(exchange, alice, bob):
    """Nobody has an order."""
    for trader in (alice, bob):
        trader.call("DELETE", "/v3/orders").ok()


# What is taken


@pytest.mark.usefixtures("empty_book")
def test_orders_trade_and_money_moves(exchange):
    """0.01 BTC at 10 000: 100 USDC; fees 0.02 and 0.05."""
    alice, bob = on_board(exchange), on_board(exchange)
    resting = alice.order("BUY", "0.01", "10000")
    assert (resting["status"], resting["remainingSize"]) == ("OPEN", "0.01")
    taken = bob.order("SELL", "0.015", "9990")
    assert (taken["status"], taken["remainingSize"], taken["price"]) == ("OPEN", "0.005", "9990")
    assert (alice.balance(), bob.balance()) == ("99899.98", "100099.95")
    (maker,), (taker,) = alice.fills(), bob.fills()
    assert [(f["liquidity"], f["price"], f["size"], f["fee"]) for f in (maker, taker)] == [
        ("MAKER", "10000", "0.01", "0.02"), ("TAKER", "10000", "0.01", "0.05"),
    ]  # fmt: skip
    assert (maker["orderId"], taker["orderId"]) == (resting["id"], taken["id"])
    assert alice.book() == {"bids": [], "asks": [("9990", "0.005")]}
    (long,), (short,) = alice.get("/v3/positions")["positions"], bob.get("/v3/positions")["positions"]
    assert [(p["side"], p["size"], p["entryPrice"], p["status"]) for p in (long, short)] == [
        ("LONG", "0.01", "10000", "OPEN"), ("SHORT", "-0.01", "10000", "OPEN"),
    ]  # fmt: skip
    assert alice.get(f"/v3/orders/{resting['id']}")["order"]["status"] == "FILLED"
    client_id = resting["clientId"].replace(" ", "%20")
    assert alice.get(f"/v3/orders/client/{client_id}")["order"]["id"] == resting["id"]
    bob.call("DELETE", "/v3/orders").ok()
    for trader in (alice, bob):
        trader.close()


@pytest.mark.usefixtures("empty_book")
def test_a_closed_position_has_its_profit(exchange):
    """Bought at 1000, sold at 1010: 0.1 ETH gains 1."""
    alice, bob = on_board(exchange), on_board(exchange)
    for price, first, second in (("1000", "BUY", "SELL"), ("1010", "SELL", "BUY")):
        alice.order(first, "0.1", price, market="ETH-USD")
        bob.order(second, "0.1", price, market="ETH-USD")
    (position,) = alice.get("/v3/positions?status=CLOSED&market=ETH-USD")["positions"]
    assert [position[name] for name in ("size", "maxSize", "entryPrice", "exitPrice", "realizedPnl", "sumClose")] == [
        "0", "0.1", "1000", "1010", "1", "0.1",
    ]  # fmt: skip
    assert alice.get("/v3/positions?status=OPEN")["positions"] == []
    for trader in (alice, bob):
        trader.close()


@pytest.mark.usefixtures("empty_book")
@pytest.mark.parametrize("kind", ["LIMIT", "MARKET"])
def test_fill_or_kill(alice, bob, kind):
    market = next(_markets)
    alice.order("SELL", "1000", "1", market=market)
    killed = bob.order("BUY", "1100", "1", market=market, timeInForce="FOK", type=kind)
    assert (killed["status"], killed["cancelReason"], killed["remainingSize"]) == ("CANCELED", "COULD_NOT_FILL", "1100")
    assert bob.order("BUY", "1000", "1", market=market, timeInForce="FOK", type=kind)["status"] == "FILLED"


@pytest.mark.usefixtures("empty_book")
@pytest.mark.parametrize("kind", ["LIMIT", "MARKET"])
def test_immediate_or_cancel(alice, bob, kind):
    market = next(_markets)
    alice.order("SELL", "1000", "1", market=market)
    order = bob.order("BUY", "1500", "2", market=market, timeInForce="IOC", type=kind)
    assert (order["status"], order["cancelReason"], order["remainingSize"]) == ("CANCELED", "COULD_NOT_FILL", "500")
    assert bob.book(market) == {"bids": [], "asks": []}


@pytest.mark.usefixtures("empty_book")
def test_post_only(alice, bob):
    alice.order("SELL", "0.01", "10000")
    order = bob.order("BUY", "0.01", "10000", postOnly=True)
    assert (order["status"], order["cancelReason"]) == ("CANCELED", "POST_ONLY_WOULD_CROSS")
    assert bob.order("BUY", "0.01", "9999", postOnly=True, limitFee="0.0002")["status"] == "OPEN"


@pytest.mark.usefixtures("empty_book")
def test_nobody_trades_with_themselves(alice):
    alice.order("SELL", "0.01", "10000")
    order = alice.order("BUY", "0.01", "10000")
    assert (order["status"], order["cancelReason"]) == ("CANCELED", "SELF_TRADE")


@pytest.mark.usefixtures("empty_book")
def test_reduce_only(alice, bob):
    market = next(_markets)
    alice.order("SELL", "1000", "1", market=market)
    bob.order("BUY", "1000", "1", market=market)
    resting = bob.order("SELL", "3000", "1", market=market, reduceOnly=True)
    assert (resting["status"], resting["reduceOnly"]) == ("OPEN", True)
    assert alice.order("BUY", "3000", "1", market=market, timeInForce="IOC")["remainingSize"] == "2000"
    assert bob.get(f"/v3/positions?status=OPEN&market={market}")["positions"] == []
    ended = bob.get(f"/v3/orders/{resting['id']}")["order"]
    assert (ended["status"], ended["remainingSize"], ended["cancelReason"]) == ("CANCELED", "2000", "COULD_NOT_FILL")


@pytest.mark.usefixtures("empty_book")
def test_cancel_by_each_way(alice, bob):
    first, second, third = (alice.order("BUY", "0.01", str(9000 + i)) for i in range(3))
    other = alice.order("SELL", "1", "5000", market="ETH-USD")
    canceled = alice.call("DELETE", f"/v3/orders/{first['id']}").ok()["cancelOrder"]
    assert (canceled["status"], canceled["cancelReason"]) == ("CANCELED", "USER_CANCELED")
    assert bob.call("DELETE", f"/v3/orders/{second['id']}").status == 404
    path = f"/v3/active-orders?market=BTC-USD&side=BUY&id={second['id']}"
    assert [o["id"] for o in alice.get(path)["orders"]] == [second["id"]]
    assert [o["id"] for o in alice.call("DELETE", path).ok()["cancelOrders"]] == [second["id"]]
    answer = alice.call("DELETE", "/v3/orders?market=BTC-USD").ok()["cancelOrders"]
    assert [o["id"] for o in answer] == [third["id"]]
    assert [o["id"] for o in alice.get("/v3/orders")["orders"]] == [other["id"]]
    assert [o["id"] for o in alice.call("DELETE", "/v3/active-orders?market=ETH-USD").ok()["cancelOrders"]] == [
        other["id"]
    ]
    assert alice.call("DELETE", f"/v3/orders/{first['id']}").status == 404


@pytest.mark.usefixtures("empty_book")
def test_replace(exchange, alice, bob):
    old = alice.order("BUY", "0.01", "9000")
    new = alice.order("BUY", "0.02", "9100", cancelId=old["id"])
    assert alice.book() == {"bids": [("9100", "0.02")], "asks": []}
    assert alice.get(f"/v3/orders/{old['id']}")["order"]["cancelReason"] == "USER_CANCELED"
    before = dump(exchange.database)
    for trader, cancel_id in ((alice, old["id"]), (alice, "x"), (bob, new["id"])):
        answer = trader.call("POST", "/v3/orders", trader.order_body(cancelId=cancel_id))
        assert answer.status == 400
        assert "cancelId must be an open order of this account" in answer.error
    # A bad order doesn't cancel the one that it was to replace.
    assert alice.call("POST", "/v3/orders", alice.order_body(size="0.00001", cancelId=new["id"])).status == 400
    assert dump(exchange.database) == before


def test_orders_expire():
    moment = [datetime.now(UTC).replace(microsecond=0)]  # texts have milliseconds: none is lost
    with sandbox.running(clock=lambda: moment[0].timestamp()) as exchange:
        trader = on_board_at(exchange, moment)
        soon = iso((moment[0] + timedelta(seconds=60)).timestamp())
        order = trader.order("BUY", expiration=soon)
        assert trader.book()["bids"]
        moment[0] += timedelta(seconds=61)
        assert trader.book()["bids"] == []
        ended = trader.get(f"/v3/orders/{order['id']}")["order"]
        assert (ended["status"], ended["cancelReason"]) == ("CANCELED", "EXPIRED")
        trader.close()


def on_board_at(exchange, moment):
    trader = Trader(exchange.url, clock=lambda: iso(moment[0].timestamp()))
    trader.onboard()
    trader.fund()
    return trader


# What is refused


def days(number):
    return iso((datetime.now(UTC) + timedelta(days=number)).timestamp())


BAD_ORDERS = [
    ({"market": "BTC-EUR", "signed": {"market": "BTC-USD"}}, "market must be one of"),
    ({"market": "btc-usd", "signed": {"market": "BTC-USD"}}, "market must be one of"),
    ({"market": "ETH-USD", "signed": {"market": "BTC-USD"}}, "signature must be of this very request"),
    ({"side": "buy", "signed": {"side": "BUY"}}, "side must be one of BUY, SELL"),
    ({"side": "SELL", "signed": {"side": "BUY"}}, "signature must be of this very request"),
    ({"type": "STOP_LIMIT", "triggerPrice": "1"}, "type must be LIMIT or MARKET"),
    ({"type": "TRAILING_STOP"}, "type must be LIMIT or MARKET"),
    ({"type": "MARKET"}, "timeInForce must be FOK or IOC for a MARKET order"),
    ({"triggerPrice": "1"}, "triggerPrice must not be given"),
    ({"timeInForce": "GTC"}, "timeInForce must be one of GTT, FOK, IOC"),
    ({"timeInForce": "FOK", "postOnly": True}, "postOnly must be false for FOK and IOC"),
    ({"postOnly": "yes"}, "postOnly must be true or false"),
    ({"reduceOnly": 1}, "reduceOnly must be true or false"),
    ({"reduceOnly": True, "market": "XTZ-USD", "size": "100", "price": "1"}, "reduceOnly must be false: there is no"),
    ({"size": "0.00015"}, "size must be a multiple of the step size of BTC-USD, 0.0001"),
    ({"size": "0.0009"}, "size must be at least the minimum order size of BTC-USD, 0.001"),
    ({"size": "0", "signed": {"size": "1"}}, "size must be"),
    ({"size": "-1", "signed": {"size": "1"}}, "size must not be negative"),
    ({"size": "1e99", "signed": {"size": "1"}}, "size does not fit"),
    ({"size": "NaN", "signed": {"size": "1"}}, "size must"),
    ({"size": 1, "signed": {"size": "1"}}, "size must be text in quotes, not a number"),
    ({"size": "0.000000000001", "signed": {"size": "1"}}, "size must be a whole number of quantums"),
    ({"size": "10001", "price": "10000"}, "size must be smaller"),
    ({"price": "10000.5"}, "price must be a multiple of the tick size of BTC-USD, 1"),
    ({"price": "0", "signed": {"price": "1"}}, "price must be"),
    ({"price": "1e400", "signed": {"price": "1"}}, "price does not fit"),
    ({"price": "10000.0000001", "signed": {"price": "1"}}, "price must be a whole number of quantums"),
    ({"price": "10001", "signed": {"price": "10000"}}, "signature must be of this very request"),
    ({"size": "0.011", "signed": {"size": "0.01"}}, "signature must be of this very request"),
    ({"limitFee": "0.0004"}, "limitFee must allow the fee of this account, the taker's: 0.0005"),
    ({"limitFee": "0.0001", "postOnly": True}, "limitFee must allow the fee of this account, the maker's"),
    ({"limitFee": "1.1", "signed": {"limit_fee": "0.1"}}, "limitFee must be below 1"),
    ({"limitFee": "1", "signed": {"limit_fee": "0.1"}}, "limitFee must be below 1"),
    ({"limitFee": "0.002", "signed": {"limit_fee": "0.001"}}, "signature must be of this very request"),
    ({"limitFee": "x", "signed": {"limit_fee": "0.001"}}, "limitFee must"),
    ({"expiration": "2021-01-01T00:00:00.000Z", "signed": {"expiration": EXPIRATION}},
     "expiration must be in the future"),
    ({"expiration": "2099-01-01T00:00:00", "signed": {"expiration": EXPIRATION}}, "expiration must have a time zone"),
    ({"expiration": "tomorrow", "signed": {"expiration": EXPIRATION}}, "expiration must be ISO 8601"),
    ({"expiration": "2099-01-01T00:00:00.000Z"}, "expiration must be at least a minute ahead, and at most 28 days"),
    ({"expiration": days(29)}, "expiration must be at least a minute ahead, and at most 28 days"),
    ({"expiration": lambda: days(50 / 24 / 3600)}, "expiration must be at least a minute ahead, and at most 28 days"),
    ({"expiration": days(10), "signed": {"expiration": EXPIRATION}}, "signature must be of this"),
    ({"clientId": "x" * 101}, "clientId must have 1 to 100 characters"),
    ({"clientId": "", "signed": {"client_id": "x"}}, "clientId must have 1 to 100 characters"),
    ({"clientId": "one", "signed": {"client_id": "another"}}, "signature must be of this very request"),
    ({"clientId": "\ud800", "signed": {"client_id": "x"}}, "body must be a JSON object: it has half a surrogate pair"),
    ({"signature": "0" * 128}, "signature must be of this very request"),
    ({"signature": "f" * 128}, "signature must be of this very request"),
    ({"signature": "0" * 127}, "signature must be 128 hex digits"),
    ({"signature": "x" * 128}, "signature must be 128 hex digits"),
    ({"positionId": "1"}, "'positionId' is no field of this request"),
    ({"market": "XTZ-USD", "size": "100000000", "price": "1"}, "size would put the account under its"),
    *[({name: None}, f"{name} must be given") for name in (
        "side", "type", "timeInForce", "size", "price", "limitFee", "expiration", "clientId", "signature")],
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"), BAD_ORDERS, ids=[f"{i}-{m[:30]}" for i, (_, m) in enumerate(BAD_ORDERS)]
)
def test_a_bad_order_is_refused_and_named(exchange, alice, changes, message):
    body = order_with(alice, changes)
    before = dump(exchange.database)
    answer = alice.call("POST", "/v3/orders", body)
    assert answer.status == 400
    assert message in answer.error
    assert dump(exchange.database) == before


def order_with(trader, changes):
    """An order's body; a field that must be missing is taken out once it is signed, and one of now is made now."""
    changes = {name: value() if callable(value) else value for name, value in changes.items()}
    missing = [name for name, value in changes.items() if value is None]
    body = trader.order_body(**{name: value for name, value in changes.items() if value is not None})
    return {name: value for name, value in body.items() if name not in missing}


def test_an_order_by_another_stark_key_is_refused(exchange, alice, bob):
    before = dump(exchange.database)
    forged = bob.order_body(
        signature=OrderSigner(PrivateKey(99), position_id=int(bob.account["positionId"]))
        .sign_order(market="BTC-USD", side="BUY", size="0.01", price="10000", limit_fee="0.001", client_id="forged",
                    expiration=EXPIRATION).signature.to_hex(),
        clientId="forged",
    )  # fmt: skip
    replayed = alice.order_body()  # another's order, sent by bob
    for body in (forged, replayed):
        answer = bob.call("POST", "/v3/orders", body)
        assert answer.status == 400
        assert "signature must be of this very request, by the account's Stark key" in answer.error
        position, key = bob.account["positionId"], bob.account["starkKey"]
        assert f"verified for position {position}, network mainnet and key {key}" in answer.error
    assert dump(exchange.database) == before


def test_a_client_id_is_used_once(exchange, alice):
    body = alice.order_body("BUY", "0.01", "5000")
    order = alice.call("POST", "/v3/orders", body).ok()["order"]
    for again in (body, alice.order_body("SELL", "0.02", "20000", clientId=body["clientId"])):
        before = dump(exchange.database)
        answer = alice.call("POST", "/v3/orders", again)
        assert answer.status == 400
        assert "clientId must be new" in answer.error
        assert dump(exchange.database) == before
    alice.call("DELETE", f"/v3/orders/{order['id']}").ok()
    assert alice.call("POST", "/v3/orders", body).status == 400


def test_who_has_nothing_orders_nothing(exchange):
    poor = on_board(exchange, None)
    before = dump(exchange.database)
    answer = poor.call("POST", "/v3/orders", poor.order_body())
    assert "collateralization minimum" in answer.error
    assert dump(exchange.database) == before
    poor.fund("5")  # the margin of 0.01 BTC at 10 000: 5 %
    assert poor.order(size="0.01", price="9000", market="BTC-USD")["status"] == "OPEN"
    assert poor.call("POST", "/v3/orders", poor.order_body(size="0.01", price="8999")).status == 400
    poor.call("DELETE", "/v3/orders").ok()
    poor.close()


# Money


def money_body(trader, signed, amount_name="amount", amount="10", **more):
    values = {amount_name: amount, "expiration": more.pop("expiration", days(8)), "clientId": more.pop("clientId")}
    values["signature"] = more.pop("signature", None) or signed(values)
    return values | more


def withdrawal(trader, client_id, amount="10", **more):
    def sign(values):
        return trader.signer.sign_withdrawal(
            amount=values["amount"], client_id=client_id, expiration=values["expiration"]
        ).signature.to_hex()

    return money_body(trader, sign, amount=amount, clientId=client_id, **({"asset": "USDC"} | more))


def transfer(trader, receiver, client_id, amount="10", **more):
    def sign(values):
        return trader.signer.sign_transfer(
            receiver_position_id=int(receiver.account["positionId"]), receiver_key=receiver.stark.public_key,
            amount=values["amount"], client_id=client_id, expiration=values["expiration"],
        ).signature.to_hex()  # fmt: skip

    return money_body(
        trader, sign, amount=amount, clientId=client_id, **({"receiverAccountId": receiver.account["id"]} | more)
    )


def fast_withdrawal(trader, client_id, debit="10", credit="9.5", **more):
    providers = trader.send("GET", "/v3/fast-withdrawals").ok()["liquidityProviders"]
    ((position, provider),) = providers.items()
    address = trader.address.lower()

    def sign(values):
        return trader.signer.sign_fast_withdrawal(
            lp_position_id=int(position), lp_key=provider["starkKey"], to_address=address, debit_amount=debit,
            credit_amount=credit, client_id=client_id, expiration=values["expiration"],
        ).signature.to_hex()  # fmt: skip

    fields = {"creditAsset": "USDC", "creditAmount": credit, "toAddress": address, "lpPositionId": position}
    return money_body(trader, sign, "debitAmount", debit, clientId=client_id, **(fields | more))


def test_money_moves(exchange):
    """100 in; 10 withdrawn, 20 sent, 30 withdrawn fast: 40 left."""
    alice, bob = on_board(exchange, "100"), on_board(exchange, None)
    answer = alice.call("POST", "/v3/withdrawals", withdrawal(alice, "w")).ok()["withdrawal"]
    assert (answer["type"], answer["debitAmount"], answer["toAddress"]) == ("WITHDRAWAL", "10", alice.address.lower())
    answer = alice.call("POST", "/v3/transfers", transfer(alice, bob, "t", "20")).ok()["transfer"]
    assert (answer["type"], answer["debitAmount"], answer["clientId"]) == ("TRANSFER_OUT", "20", "t")
    body = fast_withdrawal(alice, "f", "30", "29")
    answer = alice.call("POST", "/v3/fast-withdrawals", body).ok()["withdrawal"]
    assert (answer["type"], answer["debitAmount"], answer["creditAmount"]) == ("FAST_WITHDRAWAL", "30", "29")
    assert (alice.balance(), bob.balance()) == ("40", "20")
    kinds = [t["type"] for t in alice.get("/v3/transfers")["transfers"]]
    assert kinds == ["FAST_WITHDRAWAL", "TRANSFER_OUT", "WITHDRAWAL", "DEPOSIT"]
    assert [t["creditAmount"] for t in bob.get("/v3/transfers?type=TRANSFER_IN")["transfers"]] == ["20"]
    pnl = alice.get("/v3/historical-pnl")["historicalPnl"][0]
    assert (pnl["equity"], pnl["netTransfers"], pnl["totalPnl"]) == ("40", "40", "0")
    for trader in (alice, bob):
        trader.close()


@pytest.mark.parametrize(
    ("path", "make", "message"),
    [
        ("withdrawals", lambda a, b: withdrawal(a, "1", expiration=days(6)), "expiration must be at least seven days"),
        ("withdrawals", lambda a, b: withdrawal(a, "1", asset="ETH"), "asset must be USDC"),
        ("withdrawals", lambda a, b: withdrawal(a, "1", "20000000"), "amount would put the account under"),
        ("withdrawals", lambda a, b: withdrawal(a, "1") | {"amount": "0"}, "amount must be more than zero"),
        ("withdrawals", lambda a, b: withdrawal(a, "1") | {"amount": "0.0000001"}, "amount must be a whole number"),
        ("withdrawals", lambda a, b: withdrawal(a, "1") | {"amount": 10}, "amount must be text in quotes"),
        ("withdrawals", lambda a, b: withdrawal(a, "1") | {"amount": "11"}, "signature must be of this very"),
        ("withdrawals", lambda a, b: withdrawal(a, "1") | {"clientId": "2"}, "signature must be of this very"),
        ("withdrawals", lambda a, b: withdrawal(b, "1"), "signature must be of this very"),
        ("withdrawals", lambda a, b: transfer(a, b, "1"), "'receiverAccountId' is no field"),
        ("transfers", lambda a, b: transfer(a, b, "1", receiverAccountId="x"), "receiverAccountId must be an account"),
        ("transfers", lambda a, b: transfer(a, a, "1"), "receiverAccountId must be another"),
        ("transfers", lambda a, b: transfer(a, b, "1") | {"amount": "11"}, "signature must be of this very"),
        ("transfers", lambda a, b: transfer(a, b, "1", "20000000"), "amount would put the account under"),
        ("transfers", lambda a, b: transfer(a, b, "1", expiration=days(6)), "expiration must be at least seven"),
        ("fast-withdrawals", lambda a, b: fast_withdrawal(a, "1", lpPositionId="77"), "lpPositionId must be"),
        ("fast-withdrawals", lambda a, b: fast_withdrawal(a, "1", toAddress=b.address), "signature must be of this"),
        ("fast-withdrawals", lambda a, b: fast_withdrawal(a, "1", toAddress="0x12"), "toAddress must"),
        ("fast-withdrawals", lambda a, b: fast_withdrawal(a, "1", creditAmount="8"), "signature must be of this"),
        ("fast-withdrawals", lambda a, b: fast_withdrawal(a, "1", "10", "11"), "debitAmount must be no less"),
        ("fast-withdrawals", lambda a, b: fast_withdrawal(a, "1", creditAsset="DAI"), "creditAsset must be USDC"),
        ("testnet/tokens", lambda a, b: {"amount": "-1"}, "amount must"),
        ("testnet/tokens", lambda a, b: {"amount": "1e30"}, "amount does not fit"),
        (
            "testnet/tokens",
            lambda a, b: {"amount": "1000000000"},
            "amount must be smaller: an account may have 1000000000 USDC",
        ),
    ],
)
def test_bad_money_is_refused_and_named(exchange, alice, bob, path, make, message):
    body = make(alice, bob)
    before = dump(exchange.database)
    answer = alice.call("POST", f"/v3/{path}", body)
    assert answer.status == 400
    assert message in answer.error
    assert dump(exchange.database) == before


def test_a_withdrawal_is_taken_once(exchange, alice):
    body = withdrawal(alice, "once")
    alice.call("POST", "/v3/withdrawals", body).ok()
    before = dump(exchange.database)
    assert "clientId must be new" in alice.call("POST", "/v3/withdrawals", body).error
    assert dump(exchange.database) == before


# What is read


@pytest.mark.usefixtures("empty_book")
def test_filters(alice, bob):
    market = next(_markets)
    orders = [
        alice.order(side, "1000", price, market=market) for side, price in (("BUY", "1"), ("SELL", "2"), ("BUY", "0.9"))
    ]
    alice.call("DELETE", f"/v3/orders/{orders[2]['id']}").ok()

    def ids(query):
        return [o["id"] for o in alice.get(f"/v3/orders?market={market}{query}")["orders"]]

    first, second, third = (order["id"] for order in orders)
    assert ids("") == [second, first]
    assert ids("&side=SELL") == [second]
    assert ids("&status=CANCELED") == [third]
    assert ids("&status=OPEN,CANCELED") == [third, second, first]
    assert ids("&returnLatestOrders=true&limit=1") == [third]
    assert ids("&type=MARKET") == []
    assert ids("&createdBeforeOrAt=2021-01-01T00:00:00.000Z") == []
    assert bob.get(f"/v3/orders?market={market}")["orders"] == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("orders?market=X", "market must be one of"), ("orders?status=X", "status must be one of"),
        ("orders?limit=0", "limit must be a number from 1 to 100"), ("orders?limit=101", "limit must be"),
        ("orders?limit=x", "limit must be"), ("orders?createdBeforeOrAt=now", "createdBeforeOrAt must be ISO 8601"),
        ("orders?status=OPEN&status=OPEN", "'status' must not be given twice"), ("fills?x=1", "'x' is no parameter"),
        ("positions?status=X", "status must be one of"), ("transfers?type=X", "type must be one of"),
        ("candles/BTC-USD?resolution=X", "resolution must be one of"),
        ("stats/BTC-USD?days=2", "days must be 1, 7 or 30"), ("orderbook/X", "market must be one of"),
        ("trades/X", "market must be one of"), ("historical-funding/X", "market must be one of"),
        ("active-orders", "market must be one of"), ("active-orders?market=BTC-USD&id=x", "side must be given with id"),
        ("markets?market=X", "market must be"),
    ],
)  # fmt: skip
def test_bad_parameters_are_named(alice, path, message):
    answer = alice.call("GET", f"/v3/{path}")
    assert answer.status == 400
    assert message in answer.error


@pytest.mark.usefixtures("empty_book")
def test_what_a_market_tells(exchange, alice, bob):
    """Trades at 100, 120, 90 and 110, a thousand each: volume 420 000."""
    market = "LINK-USD"
    for price in ("100", "120", "90", "110"):
        alice.order("SELL", "1000", price, market=market)
        bob.order("BUY", "1000", price, market=market)
    trades = bob.send("GET", f"/v3/trades/{market}").ok()["trades"]
    assert [t["price"] for t in trades] == ["110", "90", "120", "100"]
    assert {t["side"] for t in trades} == {"BUY"}
    assert [t["liquidation"] for t in trades] == [False] * 4  # nobody's positions are closed by the exchange here
    (candle,) = bob.send("GET", f"/v3/candles/{market}?resolution=1DAY").ok()["candles"][:1]
    if candle["trades"] == "4":  # unless the day changed meanwhile
        assert [candle[n] for n in ("open", "high", "low", "close", "usdVolume", "baseTokenVolume")] == [
            "100", "120", "90", "110", "420000", "4000",
        ]  # fmt: skip
    told = bob.send("GET", f"/v3/markets?market={market}").ok()["markets"][market]
    assert [told[n] for n in ("indexPrice", "volume24H", "trades24H", "priceChange24H", "openInterest",
                              "tickSize")] == [
        "110", "420000", "4", "10", "4000", "0.001",
    ]  # fmt: skip
    stats = bob.send("GET", f"/v3/stats/{market}?days=7").ok()["markets"][market]
    assert [stats[n] for n in ("open", "high", "low", "close", "quoteVolume", "fees")] == [
        "100", "120", "90", "110", "420000", "294",
    ]  # fmt: skip  # 0.0007 of 420 000
    assert bob.send("GET", f"/v3/historical-funding/{market}").ok() == {"historicalFunding": []}
    assert bob.get("/v3/funding") == {"fundingPayments": []}


def test_every_market_is_listed(exchange, alice):
    markets = alice.send("GET", "/v3/markets").ok()["markets"]
    assert markets.keys() == DYDX.markets.keys()
    for name, market in DYDX.markets.items():
        assert int(markets[name]["syntheticAssetId"], 16) == market.synthetic_id
        assert int(markets[name]["assetResolution"]) == market.resolution


def test_an_account_is_its_owners(alice, bob):
    assert alice.get(f"/v3/accounts/{alice.account['id']}")["account"]["id"] == alice.account["id"]
    assert bob.call("GET", f"/v3/accounts/{alice.account['id']}").status == 404
    assert alice.get("/v3/users")["user"]["ethereumAddress"] == alice.address.lower()


def test_the_exchange_has_the_time(alice):
    time = alice.send("GET", "/v3/time").ok()
    assert abs(time["epoch"] - datetime.now(UTC).timestamp()) < 30
    assert datetime.fromisoformat(time["iso"]).timestamp() == time["epoch"]


def test_days_pass():
    """A trade of two days ago is in the week's figures, not in the day's."""
    moment = [datetime.now(UTC)]
    with sandbox.running(clock=lambda: moment[0].timestamp()) as exchange:
        alice, bob = (on_board_at(exchange, moment) for _ in range(2))
        alice.order("SELL", "1", "100", market="SOL-USD")
        bob.order("BUY", "1", "100", market="SOL-USD")

        def volumes():
            stats = [bob.send("GET", f"/v3/stats/SOL-USD?days={n}").ok()["markets"]["SOL-USD"] for n in (1, 7, 30)]
            told = bob.send("GET", "/v3/markets?market=SOL-USD").ok()["markets"]["SOL-USD"]
            return [figures["quoteVolume"] for figures in stats], told["volume24H"]

        assert volumes() == (["100", "100", "100"], "100")
        moment[0] += timedelta(days=2)
        assert volumes() == (["0", "100", "100"], "0")
        for trader in (alice, bob):
            trader.close()
