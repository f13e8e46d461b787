"""How the exchange reads and checks a request, one function at a time."""

import base64
import hashlib
import hmac
import json
from types import SimpleNamespace

import anyio
import pytest

pytest.importorskip("starlette")

from eth_account import Account as Wallet
from sandbox_books import close, new_account, new_order, opened, place
from sandbox_trader import WALLET, action_message, sign_typed
from starlette.exceptions import HTTPException
from starlette.requests import Request

from starkcore import PrivateKey
from starkcore.sandbox import access, auth, history, markets, requests, rest
from starkcore.sandbox.auth import ApiKey
from starkcore.sandbox.errors import Refused, SandboxError
from starkcore.starkex import DYDX, Order, OrderTerms

ADDRESS = "0x90f8bf6a479f320ead074411a4b0e7944ea8c9c1"  # Ganache's first, whose key WALLET is
NOW = 1_610_100_372_500  # 2021-01-08T10:06:12.500Z, of dYdX's documentation
MOMENT = "2021-01-08T10:06:12.500Z"
SECRET = base64.urlsafe_b64encode(b"a secret of 32 bytes, in Base64!").decode()
KEY = ApiKey("key-1", "account-1", SECRET, "passphrase-1")


def request(method="GET", path=b"/v3/orders", query=b"", headers=(), body=(b"",)):
    parts = [{"type": "http.request", "body": part, "more_body": i + 1 < len(body)} for i, part in enumerate(body)]

    async def receive():
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    scope = {
        "type": "http", "method": method, "path": path.decode(), "raw_path": path, "query_string": query,
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers], "path_params": {},
    }  # fmt: skip
    return Request(scope, receive)


def refused(rule, call, *arguments):
    with pytest.raises(Refused, match=rule) as caught:
        call(*arguments)
    return caught.value


# ---- Who asks ----


def test_a_parameter_is_given_once():
    call = access._call("exchange", request(query=b"a=1&b=%20x"), b"body", user="u")
    assert (call.exchange, call.body, call.query, call.user) == ("exchange", b"body", {"a": "1", "b": " x"}, "u")
    refused("'a' must not be given twice", access._call, "exchange", request(query=b"a=1&a=1"), b"")


def test_a_header_is_given_once():
    assert access._header(request(headers=[("DYDX-API-KEY", "k")]), "DYDX-API-KEY") == "k"
    for headers in ((), [("DYDX-API-KEY", "")], [("DYDX-API-KEY", "k"), ("dydx-api-key", "k")]):
        error = refused("DYDX-API-KEY must be given once", access._header, request(headers=headers), "DYDX-API-KEY")
        assert error.status == 401


def test_the_path_is_signed_as_it_came():
    assert access._signed_path(request(path=b"/v3/orders/a%2Fb")) == b"/v3/orders/a%2Fb"
    assert access._signed_path(request(query=b"b=2&a=%201")) == b"/v3/orders?b=2&a=%201"


def signed(method, path, body, moment=MOMENT):
    """RFC 2104's HMAC, as dYdX's documentation says what it is of."""
    digest = hmac.new(base64.urlsafe_b64decode(SECRET), (moment + method + path + body).encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest.digest()).decode()


def test_whose_api_key_signed(monkeypatch):
    told = []
    exchange = SimpleNamespace(api_keys={"key-1": KEY}, now=lambda: NOW, window=30_000)

    def ask(method, body, signature):
        headers = [("DYDX-SIGNATURE", signature), ("DYDX-API-KEY", "key-1"), ("DYDX-TIMESTAMP", MOMENT),
                   ("DYDX-PASSPHRASE", "passphrase-1")]  # fmt: skip
        asked = request(method, query=b"a=1", headers=headers)
        return access.by_api_key(exchange, asked, body)

    monkeypatch.setattr(access, "peer_of", lambda scope: SimpleNamespace(sign=told.append))
    call = ask("POST", b'{ "a": 1 }', signed("POST", "/v3/orders?a=1", '{"a":1}'))
    assert (call.user, told) == ("account-1", ["account-1"])
    refused("^body must be empty", ask, "GET", b'{"a":1}', signed("GET", "/v3/orders?a=1", '{"a":1}'))
    refused("HMAC", ask, "POST", b'{"a":2}', signed("POST", "/v3/orders?a=1", '{"a":1}'))


def credentials(**changes):
    return {
        "signature": signed("GET", "/v3/orders", ""), "key": "key-1", "timestamp": MOMENT, "passphrase": "passphrase-1",
    } | changes  # fmt: skip


def test_an_hmac_is_checked():
    assert auth.check_hmac(credentials(), {"key-1": KEY}, b"GET/v3/orders", NOW, 30_000) is KEY
    for changes, rule, now in (
        ({"key": "key-2"}, "^key must be an API key", NOW), ({"passphrase": "passphrase-2"}, "^passphrase must", NOW),
        ({"passphrase": "\u00e9"}, "^passphrase must", NOW), ({}, "^timestamp must be within", NOW + 30_001),
        ({"signature": signed("GET", "/v3/order", "")}, "^signature must be the HMAC", NOW),
        ({"signature": "!"}, "^signature must be the HMAC", NOW),
        ({"signature": ""}, "^signature must be the HMAC", NOW),
        ({"signature": "\u00e9" * 44}, "^signature must be the HMAC", NOW),
        ({"timestamp": "2021-01-08T10:06:12.501Z"}, "^signature must be the HMAC", NOW),
    ):  # fmt: skip
        error = refused(rule, auth.check_hmac, credentials(**changes), {"key-1": KEY}, b"GET/v3/orders", now, 30_000)
        assert error.status == 401


# ---- Ethereum's signatures ----


def test_an_address_in_lower_case():
    assert auth.address_of("0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1", "a") == ADDRESS
    assert auth.address_of(ADDRESS, "a") == ADDRESS
    for wrong in ("", ADDRESS[:-1], ADDRESS[2:-1], "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9c1"):
        refused("^a must", auth.address_of, wrong, "a")


def test_a_typed_signature():
    whole = bytes(64) + b"\x1b\x00"
    assert auth._typed_bytes(whole.hex()) == auth._typed_bytes("0x" + whole.hex()) == whole
    for v in (0, 1, 27, 28):
        for kind in range(4):
            assert auth._typed_bytes((bytes(64) + bytes((v, kind))).hex())[64:] == bytes((v, kind))
    for end in (b"\x02\x00", b"\x1d\x00", b"\x1b\x04"):
        refused("must end in v", auth._typed_bytes, (bytes(64) + end).hex())
    for wrong in ("", whole.hex()[1:], whole.hex() + "00", "zz" * 66):
        refused("must be 66 bytes", auth._typed_bytes, wrong)


@pytest.mark.parametrize("chain", [1, 11155111])
def test_who_signed_a_message(chain):
    message = action_message("dYdX Onboarding", chain)
    signature = sign_typed(WALLET, message, chain)
    assert auth._signer(signature, chain, message) == ADDRESS
    assert auth._signer(signature, chain, message | {"action": "another"}) != ADDRESS
    assert auth._signer(signature, 5, message) != ADDRESS


def test_who_signed_it_by_personal_sign():
    """EIP-191, version 45, over the digest (types 1 and 2), or over the text (type 3)."""
    from eth_account.messages import encode_defunct

    message = action_message("dYdX Onboarding")
    text = json.dumps({"name": "dYdX", "version": "1.0", "chainId": 1, "action": "dYdX Onboarding",
                       "onlySignOn": "https://trade.dydx.exchange"}, indent=2)  # fmt: skip
    signature = bytes(Wallet.sign_message(encode_defunct(text=text), WALLET).signature).hex() + "03"
    assert auth._signer(signature, 1, message) == ADDRESS
    digest = encode_defunct(primitive=auth._typed_data_digest(1, message))
    signature = bytes(Wallet.sign_message(digest, WALLET).signature).hex()
    assert auth._signer(signature + "01", 1, message) == ADDRESS
    assert auth._signer(signature + "02", 1, message) != ADDRESS  # which has the length as a byte
    refused("no key can have made this one", auth._signer, "00" * 64 + "1b00", 1, message)


# ---- Fields ----


def test_a_field_that_is_true_or_false():
    assert requests.flag_of({"postOnly": True}, "postOnly") is True
    assert requests.flag_of({}, "postOnly") is False
    for wrong in (None, 0, 1, "true"):
        refused("^postOnly must be true or false", requests.flag_of, {"postOnly": wrong}, "postOnly")


def test_a_field_of_some():
    assert requests.choice_of({"side": "BUY"}, "side", ("BUY", "SELL")) == "BUY"
    for wrong in ("buy", "", None, 5):
        refused("^side must ", requests.choice_of, {"side": wrong}, "side", ("BUY", "SELL"))


@pytest.fixture
def exchange():
    made = opened()
    yield made
    close(made)


def test_a_market_of_this_exchange(exchange):
    reader = exchange.reader
    assert reader._rules("BTC-USD").name == "BTC-USD"
    with pytest.raises(ValueError, match="BTC-USD"):  # of which the name may have been meant
        reader._rules("BTC-USDC")
    reader._markets = {}
    refused("^market must be one of this exchange's", reader._rules, "BTC-USD")
    assert history.market_name(exchange, "ETH-USD") == "ETH-USD"
    refused(r"^market must be one of this exchange's 38", history.market_name, exchange, "ETH")


def test_a_type_of_order(exchange):
    kind = exchange.reader._type
    assert (kind({"type": "LIMIT"}), kind({"type": "MARKET"})) == ("LIMIT", "MARKET")
    for values, rule in (
        ({"type": "STOP_LIMIT"}, "^type must be LIMIT or MARKET"),
        ({"type": "LIMIT", "triggerPrice": None}, "^triggerPrice must not"),
        ({"type": "LIMIT", "trailingPercent": "1"}, "^trailingPercent must not"), ({}, "^type must be given"),
    ):  # fmt: skip
        refused(rule, kind, values)


def test_a_limit_fee_allows_what_is_taken(exchange):
    check = exchange.reader._check_fee  # 0.02 % of who makes, 0.05 % of who takes, in millionths
    check(500, False)
    check(200, True)
    refused(r"^limitFee must allow.*taker's: 0\.000500", check, 499, False)
    refused(r"^limitFee must allow.*post-only order: 0\.000200", check, 199, True)


def test_an_amount_of_the_collateral(exchange):
    assert exchange.reader._amount("1.5", "amount") == 1_500_000
    for wrong, rule in (("0", "more than zero"), ("0.0000001", "amount"), ("-1", "amount"), ("x", "amount")):
        refused(rule, exchange.reader._amount, wrong, "amount")


def test_a_signature_by_the_accounts_key(exchange):
    """The two numbers that sign are checked elsewhere; here, that it is this account's key that must have signed."""
    account, key = new_account(exchange), PrivateKey(5)
    account.stark_key = (key.public_key.x, key.public_key.y)
    digits = f"{key.sign(7).r:064x}{key.sign(7).s:064x}"
    exchange.reader._verify(account, 7, digits)
    exchange.reader._verify(account, 7, "0x" + digits)
    for number, given in ((8, digits), (7, f"{PrivateKey(6).sign(7).r:064x}{PrivateKey(6).sign(7).s:064x}")):
        refused("^signature must be of this very request", exchange.reader._verify, account, number, given)
    for wrong in ("", digits[1:], digits + "0", "z" * 128):
        refused("^signature must be 128 hex digits", exchange.reader._verify, account, 7, wrong)


def test_money_that_is_asked_for(exchange):
    account, key = new_account(exchange), PrivateKey(5)
    account.stark_key = (key.public_key.x, key.public_key.y)
    made = []

    def hashed(amount, nonce, hours):
        made.append((amount, nonce, hours))
        return 7

    values = {
        "clientId": "hello", "expiration": "2021-01-16T10:00:00.000Z", "amount": "2.5",
        "signature": f"{key.sign(7).r:064x}{key.sign(7).s:064x}",
    }  # fmt: skip
    money = exchange.reader._money(values, account, NOW, "amount", hashed)
    # dydx3's nonce_from_client_id: SHA-256 of the client id, modulo 2^32. Hours are whole ones, rounded up.
    nonce = int(hashlib.sha256(b"hello").hexdigest(), 16) % 2**32
    hours = 1_610_791_200 // 3600
    assert made == [(2_500_000, nonce, hours)]
    assert money == (2_500_000, "hello", nonce, values["signature"])
    for changes, rule in (
        ({"expiration": "2021-01-15T10:06:12.000Z"}, "^expiration must be at least seven days"),
        ({"amount": "0"}, "^amount must be more than zero"), ({"clientId": ""}, "^clientId must"),
        ({"expiration": "x"}, "expiration"),
    ):  # fmt: skip
        refused(rule, exchange.reader._money, values | changes, account, NOW, "amount", hashed)
    account.nonces.add(nonce)
    refused("^clientId must be new", exchange.reader._money, values, account, NOW, "amount", hashed)


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        ({"timeInForce": "GTT", "postOnly": True}, "LIMIT", ("GTT", True, False)),
        ({"timeInForce": "IOC", "reduceOnly": True}, "MARKET", ("IOC", False, True)),
        ({"timeInForce": "FOK", "postOnly": True}, "LIMIT", "postOnly must be false for FOK and IOC"),
        ({"timeInForce": "GTT"}, "MARKET", "timeInForce must be FOK or IOC for a MARKET order"),
        ({"timeInForce": "DAY"}, "LIMIT", "timeInForce must be one of GTT, FOK, IOC"),
        ({"timeInForce": "GTT", "postOnly": "true"}, "LIMIT", "postOnly must be true or false"),
    ],
)
def test_an_orders_policy(values, kind, said):
    if isinstance(said, str):
        refused(said, requests._policy, values, kind)
    else:
        assert requests._policy(values, kind) == said


def test_an_order_is_counted_as_it_is_signed_and_matched():
    """The order of dydx-v3-python's tests, in round numbers; its hash is that of the order by itself."""
    network = DYDX.network("mainnet")
    reader = requests.Reader(DYDX, network, markets.rules_of(DYDX, network), (0, 500))
    account = SimpleNamespace(position_id=12345)

    def counted(price="350.0", size="145.0", expiration="2020-09-17T04:15:55.028Z", client_id="a"):
        terms = OrderTerms(
            market="ETH-USD", side="BUY", size=size, price=price, limit_fee="0.125", expiration=expiration,
            client_id=client_id,
        )  # fmt: skip
        now = 1_600_316_155_028 - 3_600_000  # an hour before it expires
        return reader._counted(terms, price, "0.125", expiration, account, now)

    signed = Order.from_human(
        market="ETH-USD", side="BUY", size="145", price="350", limit_fee="0.125", client_id="a", position_id=12345,
        expiration=1_600_316_155.028,
    )  # fmt: skip
    found = counted()
    assert (found.hash, found.nonce) == (signed.hash(), signed.nonce)
    assert (found.size, found.fee_limit) == (145 * 10**9, 145 * 350 * 10**6 // 8)
    assert (found.ticks, found.fee, found.expires_at) == (3500, 125_000, 1_600_316_155_028)
    refused("expiration must be at least a minute ahead", counted, "350.0", "145.0", "2020-09-17T03:16:00.000Z")
    refused("size must be smaller", counted, "350.0", "1000000.0")
    refused("price", counted, "350.01")
    refused("limitFee|size", counted, "350.0", "0.0000000001")


# ---- Routes ----


def test_a_body_comes_whole_and_bounded(monkeypatch):
    monkeypatch.setattr(rest, "_LARGEST_BODY", 5)
    assert anyio.run(rest._body, request(body=(b"ab", b"", b"cde"))) == b"abcde"
    assert refused("at most 5 bytes", anyio.run, rest._body, request(body=(b"abc", b"def"))).status == 413

    async def gone():
        return {"type": "http.disconnect"}

    refused("^body must come whole", anyio.run, rest._body, Request(request().scope, gone))


def test_an_endpoint_answers_once_it_is_durable():
    order = []

    async def durable():
        order.append("durable")

    exchange = SimpleNamespace(durable=durable, ready=lambda: order.append("ready"))

    def handler(call):
        order.append(call)
        return {"a": 1}

    for past, expected in (
        (False, [("call", b"x"), "durable"]),
        (True, ["durable", "ready", "durable", ("call", b"x"), "durable"]),
    ):
        order.clear()
        route = rest.ApiRoute("GET", "/x", lambda exchange, request, body: ("call", body), handler, 201, past)
        answer = anyio.run(rest._endpoint(exchange, route), request(body=(b"x",)))
        assert (answer.status_code, answer.body, order) == (201, b'{"a":1}', expected)


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (Refused("size must", 403), 403, "size must"), (HTTPException(404), 404, "path must be one of the API's"),
        (HTTPException(405, "no POST"), 405, "no POST"), (SandboxError("stopped"), 503, "stopped"),
        (ZeroDivisionError("s3cret"), 500, "the exchange made a mistake: see its log"),
    ],
)  # fmt: skip
def test_every_error_has_the_apis_shape(error, status, text):
    answer = anyio.run(rest._refused, request(), error)
    assert (answer.status_code, json.loads(answer.body)) == (status, {"errors": [{"msg": text}]})


def test_open_orders_of_a_market(exchange):
    account = new_account(exchange)
    orders = [
        new_order(account, side, market=market)
        for side, market in (("BUY", "BTC-USD"), ("SELL", "BTC-USD"), ("BUY", "ETH-USD"))
    ]
    for order in orders:
        account.orders[order.id] = order

    def active(**query):
        return rest._active(SimpleNamespace(exchange=exchange, account=account, query=query))

    assert active(market="BTC-USD") == orders[:2]
    assert active(market="BTC-USD", side="SELL") == orders[1:2]
    assert active(market="BTC-USD", side="BUY", id=orders[0].id) == orders[:1]
    assert active(market="BTC-USD", side="SELL", id=orders[0].id) == []
    for query, rule in (
        ({}, "^market must be one"), ({"market": "BTC-USD", "side": "buy"}, "^side must be BUY"),
        ({"market": "BTC-USD", "id": "x"}, "^side must be given with id"),
        ({"market": "BTC-USD", "a": "b"}, "'a' is no parameter"),
    ):  # fmt: skip
        refused(rule, lambda query=query: active(**query))


def test_the_only_parameter():
    assert rest._parameter(SimpleNamespace(query={"username": ""}), "username") == ""
    refused("^username must be given", rest._parameter, SimpleNamespace(query={}), "username")
    refused("'a' is no parameter", rest._parameter, SimpleNamespace(query={"username": "x", "a": "b"}), "username")


def test_a_parameter_as_requests_have_it():
    assert (requests.field_name("limit_fee"), requests.field_name("size")) == ("limitFee", "size")
    for name, source in requests._SOURCES.items():
        assert requests.field_name(name) == source


def test_orders_of_a_market_or_of_all_are_canceled(exchange):
    account = new_account(exchange)
    for market in ("BTC-USD", "ETH-USD", "BTC-USD"):
        place(exchange, new_order(account, "BUY", 10, 10_000, market=market))

    def canceled(**query):
        answer = rest.cancel_orders(SimpleNamespace(exchange=exchange, account=account, query=query))
        return [order["market"] for order in answer["cancelOrders"]]

    refused("^market must be one", lambda: canceled(market="X"))
    refused("^market is the only parameter", lambda: canceled(side="BUY"))
    assert canceled(market="ETH-USD") == ["ETH-USD"]
    assert canceled() == ["BTC-USD", "BTC-USD"]
    assert canceled() == []
