"""Inner functions of Paradex's messages, orders and columns, one at a time. Units are 10^-8; a buy is 1, a sell 2."""

from dataclasses import replace

import odd_values as odd
import pytest
from reference.curve import P

from starkcore import PrivateKey, errors
from starkcore.paradex import OrderSigner, columns, messages, networks, sdk, signer


def short(text):
    return int.from_bytes(text.encode(), "big")


@pytest.fixture
def own():
    return OrderSigner(PrivateKey(5), 0x123, "testnet")


def refused(rule, call, *arguments):
    with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=rule) as caught:
        call(*arguments)
    return caught.value


def test_an_amount_in_units():
    assert messages.chain_amount("1.00000001", "size") == 100_000_001
    assert messages.chain_amount("0.000000019", "size", "down") == 1
    refused("^size must", messages.chain_amount, "0.000000019", "size")
    refused('^rounding must be "exact" or "down"', messages.chain_amount, "1", "size", "up")
    refused("^size does not fit", messages.chain_amount, str(2**64), "size")


def test_a_side():
    assert (messages.side_number("BUY"), messages.side_number("SELL")) == (1, 2)
    for wrong in ("buy", "", "1", 1, None):
        refused("^side must be", messages.side_number, wrong)


def test_an_order_of_a_trade():
    order = {"account": "0x1", "side": "SELL", "type": "LIMIT", "size": "0.5", "price": "2"}
    assert messages._trade_order(order, "t") == {
        "account": 1, "side": 2, "type": short("LIMIT"), "size": 5 * 10**7, "price": 2 * 10**8,
    }  # fmt: skip
    assert messages._trade_order(None, "t") == {"account": 0, "side": 0, "type": 0, "size": 0, "price": 0}
    for wrong in ({}, order | {"more": 1}, {"account": 1}, []):
        refused("^t must be a mapping with account", messages._trade_order, wrong, "t")
    refused(r"^t\.price must", messages._trade_order, order | {"price": "-1"}, "t")
    for wrong in ("129c135e", "Bob", "12", P, -1, None, True):
        refused(r"^t\.account must", messages._trade_order, order | {"account": wrong}, "t")
    for wrong in ("", "x" * 32, "é", 5, None):
        refused(r"^t\.type must", messages._trade_order, order | {"type": wrong}, "t")


def test_a_block_trades_nonce():
    assert [messages.nonce_element(nonce) for nonce in (7, "7", "007", 0, odd.twin("7"))] == [7, 7, 7, 0, 7]
    for wrong in ("", "x", "0x7", "-1", "٣", "1" * 80, P, -1, True, None, 1.0, b"7"):
        refused("^nonce must", messages.nonce_element, wrong)


def test_a_trade_signs_what_is_left_out_as_zero():
    leaf = messages._trade({"market": "BTC-USD-PERP", "size": "1"}, "t")
    assert leaf["market"] == "BTC-USD-PERP"
    assert (leaf["size"], leaf["price"], leaf["oracle_tolerance"]) == (10**8, 0, 0)
    assert leaf["maker_order"] == leaf["taker_order"] == {"account": 0, "side": 0, "type": 0, "size": 0, "price": 0}
    for wrong in ({}, {"market": "A", "more": 1}, [], "A"):
        refused("^t must be a mapping with market", messages._trade, wrong, "t")
    refused(r"^t\.size must", messages._trade, {"market": "A", "size": "x"}, "t")
    refused(r"^t\.maker_order must", messages._trade, {"market": "A", "maker_order": {}}, "t")
    refused(r"^t\.market must", messages._trade, {"market": ""}, "t")


def test_trades_are_signed_by_their_markets_names(own):
    one, two = {"market": "BTC-USD-PERP", "size": "1"}, {"market": "ETH-USD-PERP", "size": "2"}

    def hashed(trades, offer=None):
        return messages.block_trade(own.network, 1, 10**9, trades, offer)

    assert hashed([one, two]).struct_hash == hashed([two, one]).struct_hash
    assert hashed([one]).struct_hash != hashed([two]).struct_hash
    assert hashed([one]).primary_type == "BlockTrade"
    assert hashed([one], "id").primary_type == "BlockTradeOffer"
    assert hashed([one], "id").struct_hash != hashed([one], "other").struct_hash
    for wrong in ("x", {}, iter([]), b"x", None, 5):
        refused("^trades must be a list", hashed, wrong)
    refused("^trades must be at least one", hashed, [])
    for wrong in ("", "0", 5, "x" * 32):
        refused("^block_trade_id must", hashed, [one], wrong)
    assert hashed([one], "7").struct_hash == hashed([one], "0x7").struct_hash
    assert messages.market_element("7") == short("7")  # as in orders
    numbered = [{"market": "7", "size": "1"}]
    leaf = messages._trade(*numbered, "t") | {"market": 0x37}
    named = hashed([one]).with_message({"version": "2", "nonce": 1, "expiration": 10**9, "trades": [leaf]})
    assert hashed(numbered).struct_hash == named.struct_hash
    refused(r"^trades\[1\] must", hashed, [one, {}])


# ---- Signing ----


def test_moments_in_seconds_and_in_milliseconds():
    assert signer._seconds(10**11 - 1, "t") == 10**11 - 1
    assert (signer._milliseconds(10**11), signer._milliseconds(10**14 - 1)) == (10**11, 10**14 - 1)
    for wrong in (0, -1, 10**11):
        refused("^t must be in seconds", signer._seconds, wrong, "t")
    for wrong in (10**11 - 1, 10**14):
        refused("^timestamp must be in milliseconds", signer._milliseconds, wrong)
    for wrong in (1.5, True, "1", None):
        refused("^t must be an int", signer._seconds, wrong, "t")
        refused("^timestamp must be an int", signer._milliseconds, wrong)


def test_the_values_of_an_order(own):
    when = 1_700_000_000_000
    values, signed = own._terms("BTC-USD-PERP", "SELL", "LIMIT", "0.5", "60000", when, None, "exact")
    assert signed == (when, 5 * 10**7, 60_000 * 10**8)
    assert (values[0], *values[-2:], len(values)) == (*signed, 6)
    changed, _ = own._terms("BTC-USD-PERP", "SELL", "LIMIT", "0.5", "60000", when, "77", "exact")
    assert len(changed) == 7
    assert own._change.hash(changed) == own._change.hash((*changed[:-1], 77))
    market, _ = own._terms("BTC-USD-PERP", "BUY", "MARKET", "0.000000019", None, when, None, "down")[1][1:]
    assert market == 1
    for changes, rule in (
        ({"size": "0"}, "^size must be more than 0"), ({"side": "buy"}, "^side must"),
        ({"order_type": "limit"}, "^order_type must"),
        ({"price": None}, "^price must be given"), ({"timestamp": 5}, "^timestamp must"),
        ({"order_id": ""}, "^order_id must"), ({"market": ""}, "^market must"), ({"rounding": "up"}, "^rounding must"),
    ):  # fmt: skip
        terms = {
            "market": "BTC-USD-PERP", "side": "SELL", "order_type": "LIMIT", "size": "0.5", "price": "60000",
            "timestamp": when, "order_id": None, "rounding": "exact",
        } | changes  # fmt: skip
        refused(rule, own._terms, *terms.values())


def test_a_name_is_made_ready_once(own):
    made = own._named("BTC-USD-PERP", short)
    assert own._named("BTC-USD-PERP", lambda text: 1 // 0) is made
    with pytest.raises(errors.InputTypeError, match=r"^market must be text"):
        own._named(5, short)


ORDER = {"market": "BTC-USD-PERP", "side": "BUY", "order_type": "LIMIT", "size": "1", "price": "1", "timestamp": 10**12}


def test_an_order_or_what_is_wrong_with_it(own):
    assert own._read(ORDER).template is own._order
    assert own._read(ORDER | {"order_id": "7"}).template is own._change
    problem = own._read(ORDER | {"size": "x"})
    assert (problem.field, problem.__traceback__) == ("size", None)
    assert own._read({}).field == "order"
    assert isinstance(own._read(5), errors.InputTypeError)


AT_THE_MARKETS = {name: value for name, value in ORDER.items() if name != "price"} | {"order_type": "MARKET"}


@pytest.mark.parametrize("order_id", [None, "7"])
@pytest.mark.parametrize("order", [ORDER, AT_THE_MARKETS], ids=["with a price", "at the market's"])
def test_an_order_form_signs_what_the_slower_way_signs(own, order, order_id):
    """Both are of one template: their hashes must be the same to the bit."""
    changed, priced = order_id is not None, "price" in order
    order = order | {"order_id": order_id} if changed else order
    template, ids = (own._change, own._ids) if changed else (own._order, None)
    form = signer._order_form(template, own._markets, own._sides, ids, priced)
    slow = own.sign_order(**order)  # after which the market's name is known, and the order's
    (fast,) = form.sign(own._key, [order], 1)
    assert fast.hash == slow.hash
    unusual = [
        order | {"order_type": "MARKET" if priced else "LIMIT"},
        order | {"size": "0.000000019"},
        order | {"size": "0"},
        order | {"order_id": None if changed else "7"},
        order | {"market": "ETH-USD-PERP"},
        order | {"price": None if priced else "1"},
    ]
    assert form.sign(own._key, unusual, 1) == [None] * 6


# ---- The SDK's words ----


def test_the_sdks_words():
    order = {
        "market": "M",
        "side": "BUY",
        "type": "LIMIT",
        "size": "1",
        "signature_timestamp": 7,
        "price": "2",
        "id": "9",
        "more": 1,
    }
    assert sdk._terms(order) == {
        "market": "M", "side": "BUY", "order_type": "LIMIT", "size": "1", "price": "2", "timestamp": 7, "order_id": "9",
        "rounding": "down",
    }  # fmt: skip
    for name in ("market", "side", "type", "size", "signature_timestamp"):
        refused(f"^order must have '{name}'", sdk._terms, {key: value for key, value in order.items() if key != name})
    refused("^order must be a mapping", sdk._terms, [order])


def test_which_order_of_a_batch_it_was():
    for error in (errors.InvalidInput("size", "must"), errors.InputTypeError("size", "must")):
        assert sdk._at(error, 3) is error
        assert error.index == 3
    other = errors.StarkcoreError("x")
    assert sdk._at(other, 3) is other


# ---- Columns ----


def test_names_of_columns():
    assert columns._names(("A", "B"), "markets") == ("A", "B")
    refused("^markets must be at least one", columns._names, [], "markets")
    for wrong in ("AB", {"A": 1}, iter(["A"]), 5):
        refused("^markets must be a sequence of names", columns._names, wrong, "markets")


def test_types_of_orders_in_columns():
    assert columns._order_types(("LIMIT", "MARKET")) == ["LIMIT", "MARKET"]
    problem = refused("order_types must be among", columns._order_types, ["LIMIT", "limit"])
    assert problem.index == 1
    refused("^order_types must be text", columns._order_types, [5])


def test_what_a_price_of_a_column_may_be():
    most = 2**64 - 1
    assert columns._price_bounds("LIMIT") == (1, 1, most, 0)
    assert columns._price_bounds("STOP_LIMIT") == (1, 1, most, 0)
    assert columns._price_bounds("MARKET") == (1, 0, 0, 0)
    assert columns._price_bounds("STOP_MARKET") == (1, 0, most, 0)


def test_scales_of_columns():
    assert columns._scales(3, 2, "size_decimals") == [(10**5, 0, 2**64 - 1, 0)] * 2
    assert columns._scales([0, 8], 2, "size_decimals") == [(10**8, 0, 2**64 - 1, 0), (1, 0, 2**64 - 1, 0)]
    refused("size_decimals must", columns._scales, 9, 1, "size_decimals")


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *(("name", value) for value in (None, "", 5, b"mainnet")),
        *(("chain", value) for value in (None, "", 5, True, "x" * 32, "é", "7", "0x12", "0xzz")),
        *(("ethereum_chain_id", value) for value in (None, True, "1", 0, -1, 1 << 64, 1.0)),
        *(("account_class_hash", value) for value in (None, True, "5", -1, P)),
        *(("proxy_class_hash", value) for value in (None, "x", P)),
    ],
)
def test_a_network_is_checked_when_it_is_made(field, wrong):
    """Each of them reaches a signature, an address or a key: True as a chain id made a key of its own."""
    with pytest.raises((errors.InvalidInput, errors.InputTypeError)) as caught:
        replace(networks.MAINNET, **{field: wrong})
    assert caught.value.field == field


def test_a_network_holds_what_its_parts_hold():
    made = networks.Network(*map(odd.twin, ("own", "SN_MAIN", 5, 6)), "0x7")
    assert [odd.plain(getattr(made, name)) for name in made.__slots__] == ["own", "SN_MAIN", 5, 6, 7]


def test_a_network_by_its_name():
    assert (networks.find("mainnet"), networks.find("testnet")) == (networks.MAINNET, networks.TESTNET)
    own = replace(networks.TESTNET, name="own")
    assert networks.find(own) is own
    for wrong in ("own", "", "Mainnet"):
        with pytest.raises(errors.UnknownNetwork):
            networks.find(wrong)
