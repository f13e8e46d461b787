"""What a person sees who looks at the package in an interpreter, an editor or a type checker."""

import copy
import inspect
import json
import pickle
import pkgutil
import subprocess
import sys
from array import array

import pytest

import starkcore
from starkcore import PrivateKey, extended, paradex
from starkcore.starkex import OrderSigner, OrderTerms, SignedOrder
from starkcore.starknet import StarknetSigner

KEY = PrivateKey(0x1234567)
ORDER = {
    "market": "ETH-USD", "side": "BUY", "size": "145.0005", "price": "350.00067", "limit_fee": "0.0015",
    "expiration": 4_102_444_800,
}  # fmt: skip
# Packages for this package's own use: their names don't come with `import starkcore`.
INNER = {"commands", "demo", "http"}


def signer():
    return OrderSigner(KEY, position_id=12345)


def asked(code):
    """What another interpreter prints."""
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_packages_come_when_they_are_asked_for():
    packages = {found.name for found in pkgutil.iter_modules(starkcore.__path__) if found.ispkg} - INNER
    assert packages <= set(dir(starkcore))
    code = "import starkcore, sys; print(any('starkex' in name for name in sys.modules), starkcore.{}.__name__)"
    for name in ("starkex", "starknet", "ethereum"):
        assert asked(code.format(name)) == ["False", f"starkcore.{name}"]
    with pytest.raises(AttributeError, match="no attribute 'starkx'"):
        starkcore.starkx  # noqa: B018


def test_clients_and_feeds_are_found():
    pytest.importorskip("httpcore2")
    assert {"AsyncClient", "Client"} <= set(dir(starkcore))
    from starkcore import dydx

    assert {"Feed", "SyncFeed"} <= set(dir(dydx)) & set(dydx.__all__)
    assert dydx.SyncFeed.__module__ == "starkcore.dydx.sync_feed"
    assert dydx.Feed.__module__ == "starkcore.dydx.websocket"
    code = "import sys, starkcore.dydx as dydx; print('asyncio' in sys.modules, dydx.Feed.__name__)"
    assert asked(code) == ["False", "Feed"]


def test_help_shows_the_clients_parameters():
    from starkcore import dydx

    for client in (dydx.Client, dydx.AsyncClient):
        shown = inspect.signature(client).parameters
        untyped = [name for name, parameter in shown.items() if parameter.annotation in ("Any", inspect._empty)]
        assert untyped == []
        text = inspect.getdoc(client.__init__)
        assert [name for name in shown if f"{name}:" not in text and f"{name}," not in text] == []
    assert inspect.signature(dydx.SyncFeed).parameters.keys() == inspect.signature(dydx.Feed).parameters.keys()


def test_help_shows_the_parameters_of_an_order():
    """They stand once, as fields, and are shown where they are given; the old client's, in its order, are the first."""
    from starkcore.dydx import messages, private

    for shown in (
        inspect.signature(private.Private.create_order.__get__(object(), object)),
        inspect.signature(messages.OrderParameters),
    ):
        parameters = list(shown.parameters.values())
        assert [one.name for one in parameters] == [
            "position_id", "market", "side", "order_type", "post_only", "size", "price", "limit_fee", "time_in_force",
            "cancel_id", "trigger_price", "trailing_percent", "client_id", "expiration", "expiration_epoch_seconds",
            "signature", "reduce_only",
        ]  # fmt: skip
        assert [one.default for one in parameters] == [inspect._empty] * 8 + [None] * 9
        assert all(one.annotation is not inspect._empty for one in parameters)
    assert private.Private.create_order.__doc__.startswith("Sign an order")


@pytest.mark.parametrize("kind", [SignedOrder, paradex.signer.SignedOrder, extended.signer.SignedOrder])
def test_fields_are_explained(kind):
    assert [name for name in kind._fields if "Alias for" in getattr(kind, name).__doc__] == []


def test_a_signed_order_has_its_own_words():
    signed = signer().sign_order(**ORDER, client_id="my-order-1")
    (same,) = signer().sign_orders([ORDER | {"client_id": "my-order-1"}])
    for order in (signed, same, copy.copy(signed), pickle.loads(pickle.dumps(signed))):
        assert order == signed
        assert order.terms == OrderTerms(**ORDER, client_id="my-order-1")
        assert (order.market, order.side, order.size) == ("ETH-USD", "BUY", "145.0005")
        assert (order.price, order.limit_fee, order.client_id) == ("350.00067", "0.0015", "my-order-1")
    assert len(signed) == 8  # what programs unpack
    with pytest.raises(AttributeError):
        signed.market = "BTC-USD"
    with pytest.raises(AttributeError):
        signed.terms = None


def test_a_signed_order_goes_into_json():
    from decimal import Decimal

    signed = signer().sign_order(**ORDER | {"size": Decimal("1.50"), "limit_fee": 0}, nonce=7)
    told = json.loads(json.dumps(signed.to_dict()))
    assert told == signed.to_dict()
    assert (told["market"], told["side"], told["size"], told["client_id"]) == ("ETH-USD", "BUY", "1.50", None)
    assert (int(told["hash"], 16), told["signature"]) == (signed.hash, signed.signature.to_hex())
    words = {"market", "side", "size", "price", "limit_fee", "client_id"}
    assert told.keys() == {*words, *SignedOrder._fields}
    by_hand = SignedOrder(*signed)
    assert by_hand.to_dict() == told | dict.fromkeys(words)
    with pytest.raises(AttributeError, match="no OrderSigner made"):
        by_hand.market  # noqa: B018


def test_words_are_what_was_signed_not_what_they_print():
    class Lie(str):
        def __str__(self):
            return "lie"

    given = ORDER | {name: Lie(ORDER[name]) for name in ("market", "side", "size", "price", "limit_fee")}
    signed = signer().sign_order(**given, client_id=Lie("id"))
    assert {type(getattr(signed.terms, name)) for name in (*given, "client_id")} == {str, int}
    assert signed.to_dict()["price"] == "350.00067"


TABLE = {"size_decimals": 3, "price_decimals": 0, "side": [1, 0, 2], "size": 1500, "price": 30_000}
MARKET = extended.Market("BTC-USD", 5, 10**6, 1, 10**6)
COLUMNS = {
    "starkex": lambda: signer().sign_columns(
        **TABLE | {"side": array("b", TABLE["side"])}, markets=["BTC-USD"], market=0, limit_fee=1000, nonce=7,
        expiration=4_070_908_800,
    ),
    "paradex": lambda: paradex.OrderSigner(KEY, account=5).sign_columns(
        **TABLE, markets=["BTC-USD-PERP"], order_types=["LIMIT"], market=0, order_type=0, timestamp=10**12
    ),
    "extended": lambda: extended.OrderSigner(KEY, vault=1).sign_columns(
        **TABLE, market=MARKET, taker_fee=500, expire_time=4_000_000_000, nonce=7
    ),
}  # fmt: skip


@pytest.mark.parametrize("venue", COLUMNS)
def test_columns_count_orders_and_errors(venue):
    assert repr(COLUMNS[venue]()) == "<SignedColumns: 3 orders, 1 not signed>"


SIGNERS = {
    "starkex": signer(),
    "paradex": paradex.OrderSigner(KEY, account=5),
    "extended": extended.OrderSigner(KEY, vault=1),
    "starknet": StarknetSigner(KEY),
}


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, pickle.dumps])
@pytest.mark.parametrize("kind", SIGNERS)
def test_a_signer_says_how_to_reach_another_process(kind, how):
    with pytest.raises(TypeError, match=r"Signer can't be copied or pickled.*secret_hex\(\).*own PrivateKey") as caught:
        how(SIGNERS[kind])
    assert KEY.secret_hex() not in str(caught.value)
