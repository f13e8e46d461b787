"""Orders, transfers and withdrawals as Python sees them: forms of input, batches, venues, caches, threads.

The values themselves: test_vectors_starkex.py. Here they are dydx3's tests/starkex, by way of published.json.
"""

import math
import pickle
import random
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import pytest
from vectors import layout

from starkcore import PrivateKey, StarkcoreError, _native, errors
from starkcore.starkex import (
    DYDX,
    ConditionalTransfer,
    HumanOrder,
    Market,
    Network,
    Order,
    OrderSigner,
    SignedOrder,
    Transfer,
    Venue,
    Withdrawal,
    WithdrawalToAddress,
    amounts,
    expiration_hours,
    fact_to_condition,
    to_quantums,
    transfer_erc20_fact,
)

PUBLISHED = layout.read("published.json")
ENTRY = PUBLISHED["orders"][0]
NAMES = ("market", "side", "size", "price", "limit_fee", "client_id", "expiration")
ORDER = {name: ENTRY[name] for name in NAMES}
MOMENT = datetime(2020, 9, 17, 4, 15, 55, 28000, tzinfo=UTC)
FUTURE = "2200-01-01T00:00:00Z"


@pytest.fixture
def key():
    return PrivateKey(ENTRY["d"])


@pytest.fixture
def signer(key):
    return OrderSigner(key, network="sepolia", position_id=12345, check_expiration=False)


def test_the_published_order(signer, key):
    signed = signer.sign_order(**ORDER)
    assert signed.signature.to_hex() == ENTRY["signature"]
    assert signed.hash == int(ENTRY["hash"], 16)
    for name in ("quantums_synthetic", "quantums_collateral", "quantums_fee", "expiration_hours", "position_id"):
        assert getattr(signed, name) == ENTRY[name]
    assert signed.nonce == DYDX.nonce(ENTRY["client_id"])
    assert key.public_key.verify(signed.hash, signed.signature)
    assert signer.sign_order(**ORDER | {"nonce": signed.nonce, "client_id": None}) == signed
    assert pickle.loads(pickle.dumps(signed)) == signed


def test_the_message_is_usable_without_a_signer(signer):
    order = Order.from_human(**ORDER, position_id=12345, network=11155111)
    signed = signer.sign_order(**ORDER)
    assert order.hash() == signed.hash
    assert order.fee_asset_id == order.collateral_id == DYDX.network("sepolia").collateral_id
    assert order.is_buying_synthetic
    assert replace(order, is_buying_synthetic=False).hash() != order.hash()
    with pytest.raises(FrozenInstanceError):
        order.nonce = 1


@pytest.mark.parametrize("size", ["145.0005", Decimal("145.0005"), "145.000500", "1450005e-4", "00145.0005"])
def test_forms_of_an_amount(signer, size):
    assert signer.sign_order(**ORDER | {"size": size}) == signer.sign_order(**ORDER)


def test_an_int_is_an_amount(signer):
    assert signer.sign_order(**ORDER | {"size": 145}) == signer.sign_order(**ORDER | {"size": "145"})


@pytest.mark.parametrize(
    "expiration",
    [
        "2020-09-17T04:15:55.028Z",
        "2020-09-17T06:15:55.028+02:00",
        MOMENT,
        MOMENT.astimezone(timezone(timedelta(hours=-5))),
        MOMENT.timestamp(),
        Decimal("1600316155.028"),
        1600316155,
        1600316155 // 3600 * 3600 + 1,
        1600316155 // 3600 * 3600 + 3600,
    ],
)
def test_forms_of_an_expiration(signer, expiration):
    assert signer.sign_order(**ORDER | {"expiration": expiration}).expiration_hours == 444701


@pytest.mark.parametrize(
    ("expiration", "hours"),
    [
        (3600 * 444000, 444000),
        (3600 * 444000 + 1, 444001),
        (Decimal("1598400000." + "0" * 40 + "1"), 444001),
        (Decimal("1598399999." + "9" * 40), 444000),
        (datetime(2020, 9, 17, 4, 0, 0, 1, tzinfo=UTC), 444533),
        (datetime(2020, 9, 17, 4, tzinfo=UTC), 444532),
        (float(3600 * 444000) + 2**-22, 444001),
        ("2021-02-24T16:00:00.407Z", 448553 - 168),  # dydx3 test_order
    ],
)
def test_hours_are_exact(expiration, hours):
    assert expiration_hours(expiration) == hours
    assert expiration_hours(expiration, buffer_hours=168) == hours + 168
    down = expiration_hours(expiration, round_up=False)
    assert down in (hours - 1, hours)


def test_a_past_expiration_is_refused_unless_asked(key):
    checking = OrderSigner(key, network="sepolia", position_id=12345)
    now = time.time()
    for past in (now - 3600, now - 1, int(now) - 3600, ENTRY["expiration"], MOMENT):
        for call in (
            lambda past=past: checking.sign_order(**ORDER | {"expiration": past}),
            lambda past=past: checking.sign_withdrawal(amount=1, nonce=1, expiration=past),
        ):
            with pytest.raises(errors.InvalidExpiration, match="must be in the future"):
                call()
    assert checking.sign_order(**ORDER | {"expiration": now + 60}).expiration_hours >= int(now) // 3600 + 168


def test_sell_rounds_down_and_swaps_the_assets(signer, key):
    # H(sell, buy): selling the synthetic is not buying it.
    sell = signer.sign_order(**ORDER | {"side": "SELL"})
    assert sell.quantums_collateral == ENTRY["quantums_collateral"] - 1
    assert key.public_key.verify(sell.hash, sell.signature)


@pytest.mark.parametrize("digits", [*range(1, 20), 27, 28, 36, 45, 54])
def test_whatever_is_left_over_rounds(signer, digits):
    """A quantum's fraction of so many digits, of which only the last isn't 0, rounds up for a buyer and down for a
    seller, be it 1; and none rounds nothing. By exact fractions.
    """
    for last in (0, 1, 2, 5, 9):
        price = f"1.000003{'0' * (digits - 1)}{last}"
        exact = Fraction(price) * 10**6
        for side, expected in (("BUY", math.ceil(exact)), ("SELL", math.floor(exact))):
            signed = signer.sign_order(**ORDER | {"side": side, "size": "1", "price": price})
            assert signed.quantums_collateral == expected, (side, price)


@pytest.mark.parametrize("shift", [10, 11, 16, 17, 19, 20, 25, 26])
def test_what_is_left_over_above_zeros_rounds(signer, shift):
    """Wide products are kept in words of nine digits. The words below the point are all zeros here, and of the one
    that the point cuts there is left over 0, 1, or another number.
    """
    zeros = shift // 9 * 9
    for left in (0, 1, 7):
        # 2^zeros · 5^zeros · (…): what is dropped is exactly left·10^zeros, of 10^shift.
        size = Decimal(2**zeros).scaleb(-9)
        price = Decimal(5**zeros * (10 ** (shift - zeros) * 1_000_003 + left)).scaleb(3 - shift)
        for side, expected in (("BUY", 1_000_003 + (left > 0)), ("SELL", 1_000_003)):
            signed = signer.sign_order(**ORDER | {"side": side, "size": f"{size:f}", "price": f"{price:f}"})
            assert signed.quantums_collateral == expected, (side, left)


def test_every_market_on_both_networks(key):
    assert len(DYDX.markets) == 38
    for network in ("mainnet", "sepolia"):
        signer = OrderSigner(key, network, position_id=1, check_expiration=False)
        orders = [ORDER | {"market": name, "size": 1, "price": "1.5"} for name in DYDX.markets]
        signed = signer.sign_orders(orders)
        assert [item.quantums_synthetic for item in signed] == [m.resolution for m in DYDX.markets.values()]
        assert len({item.hash for item in signed}) == 38
        assert all(key.public_key.verify(item.hash, item.signature) for item in signed)


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513, 1300])
def test_batches_are_what_singles_are(signer, count):
    orders = [ORDER | {"client_id": str(i), "side": ("BUY", "SELL")[i % 2], "price": 300 + i} for i in range(count)]
    signed = signer.sign_orders(orders)
    assert signed == [signer.sign_order(**order) for order in orders]
    assert signer.sign_orders(HumanOrder(**order) for order in orders) == signed
    assert all(type(item) is SignedOrder for item in signed)


def test_a_bad_order_spoils_no_other(signer):
    bad = {
        0: ({"market": "NOPE"}, errors.UnknownMarket, "market"),
        3: ({"size": "x"}, errors.InvalidAmount, "size"),
        4: ({"size": "\ud800"}, errors.InvalidAmount, "size"),
        600: ({"price": 0.5}, errors.InputTypeError, "price"),
        601: ({"side": "buy"}, errors.InvalidInput, "side"),
        602: ({"expiration": "2020"}, errors.InvalidExpiration, "expiration"),
        603: ({"client_id": "\ud800"}, errors.InvalidInput, "client_id"),
        604: ({"size": "0"}, errors.InvalidAmount, "size"),
        605: ({"nonce": 1}, errors.InvalidInput, "client_id"),
        606: ({"client_id": None, "nonce": 1 << 32}, errors.InvalidInput, "nonce"),
        607: ({"position_id": True}, errors.InputTypeError, "position_id"),
        608: ({"colour": "red"}, errors.InvalidInput, "order"),
        609: ({"size": "1e11", "price": "1"}, errors.InvalidAmount, None),
    }
    orders = [ORDER | {"client_id": str(i)} for i in range(1100)]
    good = signer.sign_orders(orders)
    for place, (change, _, _) in bad.items():
        orders[place] = orders[place] | change
    orders[700], orders[701] = None, {"market": "ETH-USD"}
    outcomes = signer.sign_orders(orders)
    for place, outcome in enumerate(outcomes):
        if place in bad:
            _, kind, field = bad[place]
            assert type(outcome) is kind, place
            assert field is None or outcome.field == field
            assert outcome.__context__ is outcome.__cause__ is None
        elif place in (700, 701):
            assert isinstance(outcome, StarkcoreError)
            assert outcome.field == "order"
        else:
            assert outcome == good[place]


@pytest.mark.parametrize("place", [3, 4, 600, 604])
def test_singles_raise_what_batches_return(signer, place):
    order = ORDER | {3: {"size": "x"}, 4: {"size": "\ud800"}, 600: {"price": 0.5}, 604: {"size": "0"}}[place]
    [outcome] = signer.sign_orders([order])
    with pytest.raises(type(outcome)) as caught:
        signer.sign_order(**order)
    assert str(caught.value) == str(outcome)


def test_many_hours_and_positions_share_a_bounded_cache(signer):
    orders = [
        ORDER | {"expiration": 1600316155 + 3600 * (i % 101), "position_id": 1 + i % 7, "client_id": str(i)}
        for i in range(2000)
    ]
    expected = [Order.from_human(**order | {"network": "sepolia"}).hash() for order in orders]
    assert [signed.hash for signed in signer.sign_orders(orders)] == expected
    assert [signer.sign_order(**order).hash for order in reversed(orders)] == expected[::-1]


def test_last_words_that_are_kept_are_few(signer):
    """The same object for a place that is met again, and none of the first ones after a hundred others."""
    reader = signer._reader.native
    first = reader.tail(1, 500_000)
    assert reader.tail(1, 500_000) is first
    assert reader.tail(1, 500_001) is not first
    gone = sys.getrefcount(first) - 1
    for hours in range(100):
        reader.tail(2, 500_000 + hours)
    assert sys.getrefcount(first) == gone


def test_threads_share_a_signer(signer):
    orders = [ORDER | {"client_id": str(i), "expiration": 1600316155 + 3600 * i} for i in range(300)]
    expected = [signer.sign_order(**order) for order in orders]
    shared = OrderSigner(signer.key, network="sepolia", position_id=12345, check_expiration=False)
    results = {}

    def work(number):
        singles = [shared.sign_order(**order) for order in orders]
        results[number] = singles, shared.sign_orders(orders)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert all(result == (expected, expected) for result in results.values())


def test_transfers_and_withdrawals(signer, key):
    transfer, condition = PUBLISHED["transfers"][0], PUBLISHED["conditional_transfers"][0]
    receiver = {"receiver_position_id": 67890, "receiver_key": int(transfer["receiver_public_key"], 16)}
    common = {name: transfer[name] for name in ("amount", "client_id", "expiration")}
    signed = signer.sign_transfer(**receiver, **common)
    assert signed.signature.to_hex() == transfer["signature"]
    assert signed.hash == int(transfer["hash"], 16)
    assert (signed.quantums_amount, signed.expiration_hours) == (49478023, 444533)
    assert signed.nonce == DYDX.nonce(transfer["client_id"])
    assert isinstance(signed.message, Transfer)
    for form in (transfer["receiver_public_key"], bytes.fromhex(f"{receiver['receiver_key']:064x}")):
        assert signer.sign_transfer(**receiver | {"receiver_key": form}, **common) == signed

    fact = fact_to_condition(condition["fact_registry"], condition["fact"])
    conditional = signer.sign_conditional_transfer(condition=fact, **receiver, **common)
    assert conditional.signature.to_hex() == condition["signature"]
    assert isinstance(conditional.message, ConditionalTransfer)
    assert conditional.message.condition == fact

    withdrawal = PUBLISHED["withdrawals"][0]
    signed = signer.sign_withdrawal(**{name: withdrawal[name] for name in ("amount", "client_id", "expiration")})
    assert signed.signature.to_hex() == withdrawal["signature"]
    assert isinstance(signed.message, Withdrawal)
    to_self = signer.sign_transfer(**receiver | {"receiver_key": key.public_key}, **common)
    assert to_self.message.receiver_key == key.public_key.x


def test_withdrawal_to_an_address(signer, key):
    address = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
    common = {"amount": "1.5", "nonce": 7, "expiration": ENTRY["expiration"]}
    signed = signer.sign_withdrawal_to_address(eth_address=address, **common)
    assert isinstance(signed.message, WithdrawalToAddress)
    assert key.public_key.verify(signed.hash, signed.signature)
    for form in (address.lower(), address[2:], bytes.fromhex(address[2:]), "0x" + address[2:].upper()):
        assert signer.sign_withdrawal_to_address(eth_address=form, **common).hash == signed.hash
    with pytest.raises(errors.InvalidInput, match=r"eth_address .*checksum"):
        signer.sign_withdrawal_to_address(eth_address=address.replace("F8b", "f8b"), **common)


def test_a_fast_withdrawal_is_a_conditional_transfer(signer):
    recipient = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
    signed = signer.sign_fast_withdrawal(
        lp_position_id=5, lp_key=17, to_address=recipient, debit_amount="10.5", credit_amount="10",
        client_id="fast", expiration=ENTRY["expiration"],
    )  # fmt: skip
    network = DYDX.network("sepolia")
    fact = transfer_erc20_fact(
        recipient=recipient, token_decimals=6, amount=10, token_address=network.collateral_token, salt=signed.nonce
    )
    assert signed.message.condition == fact_to_condition(network.fact_registry, fact)
    assert signed.quantums_amount == 10_500_000
    assert signed.hash == signed.message.hash()


@pytest.mark.parametrize("missing", ["fact_registry", "collateral_token"])
def test_no_fast_withdrawal_where_contracts_are_unknown(key, missing):
    network = replace(DYDX.network("sepolia"), **{missing: None})
    venue = replace(DYDX, networks=MappingProxyType({"sepolia": network}))
    signer = OrderSigner(key, position_id=1, venue=venue, network="sepolia")
    with pytest.raises(errors.InvalidInput, match="network must have a fact registry and a collateral token"):
        signer.sign_fast_withdrawal(
            lp_position_id=5, lp_key=17, to_address="0x" + "12" * 20, debit_amount="10.5", credit_amount="10",
            client_id="fast", expiration=FUTURE,
        )  # fmt: skip


def test_collateral_has_the_decimals_of_usdc_unless_told_otherwise():
    assert (
        Network("new", 5, 1, 10**6).collateral_decimals == 6
    )  # https://etherscan.io/token/0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48


def test_another_market_and_another_venue(key):
    venue = DYDX.with_markets(Market("PEPE-USD", 0x504550452D33 << 72, 1000))
    signer = OrderSigner(key, position_id=1, venue=venue)
    order = ORDER | {"market": "PEPE-USD", "size": "0.001", "expiration": FUTURE}
    assert signer.sign_order(**order).quantums_synthetic == 1
    assert "PEPE-USD" not in DYDX.markets

    # edgeX v1 as a venue: venues.md. Its nonce is the first four bytes of the same sha256; hours are rounded down.
    edge = Venue(
        name="edge",
        markets=MappingProxyType({"BTCUSD": Market("BTCUSD", 7, 10**6)}),
        networks={
            "main": Network("main", chain_id=3343388, collateral_id=9, collateral_resolution=10**6, fee_asset_id=10)
        },
        order_buffer_hours=336,
        round_expiration="down",
        nonce_bytes="first",
    )
    signed = OrderSigner(key, "main", position_id=1, venue=edge, check_expiration=False).sign_order(
        **ORDER | {"market": "BTCUSD", "client_id": "abc", "expiration": 3600 * 444000 + 3599}
    )
    assert signed.nonce == 0xBA7816BF  # FIPS 180: sha256("abc") begins with it
    assert signed.expiration_hours == 444336
    by_hand = Order(
        synthetic_id=7, collateral_id=9, fee_asset_id=10, quantums_synthetic=signed.quantums_synthetic,
        quantums_collateral=signed.quantums_collateral, quantums_fee=signed.quantums_fee, position_id=1,
        nonce=signed.nonce, expiration_hours=444336, is_buying_synthetic=True,
    )  # fmt: skip
    assert by_hand.hash() == signed.hash


def test_venues_are_values():
    assert isinstance(DYDX.markets, Mapping)
    with pytest.raises(TypeError):
        DYDX.markets["X"] = None
    with pytest.raises(FrozenInstanceError):
        DYDX.name = "x"
    assert DYDX.network(1) is DYDX.network("mainnet")
    assert "position" in repr(OrderSigner(PrivateKey(1), position_id=3))


@pytest.mark.parametrize(
    ("amount", "rounding", "expected"),
    [
        ("1.5", "exact", 1500000),
        (Decimal("1E+3"), "exact", 10**9),
        ("1e-7", "up", 1),
        ("1e-7", "down", 0),
        (7, "exact", 7000000),
    ],
)
def test_to_quantums(amount, rounding, expected):
    assert to_quantums(amount, 10**6, rounding) == expected


@pytest.mark.parametrize(
    ("fits", "longer"),
    [
        ("0" * 4095 + "7", "0" * 4096 + "7"),  # 4096 characters
        ("1." + "0" * 94 + "1", "1." + "0" * 95 + "1"),  # 96 significant digits
        ("70e-0001", "7e00000"),  # four digits of an exponent
    ],
    ids=["characters", "digits", "exponent"],
)
def test_how_long_an_amount_may_be(fits, longer):
    """Limits as csrc/starkex/decimal.hpp says; what they keep exact is compared in test_differential."""
    assert to_quantums(fits, 10, "down") == (10 if "." in fits else 70)
    with pytest.raises(errors.InvalidAmount, match="96 significant digits and an exponent of 4 digits"):
        to_quantums(longer, 10, "down")


@pytest.mark.parametrize("base", [int, str])
def test_a_network_is_not_asked_whether_it_is_right(base):
    """Found by the fuzzer: an object that equals everything passed for mainnet."""
    agreeable = type("Agreeable", (base,), {"__eq__": lambda *_: True, "__hash__": base.__hash__})
    with pytest.raises(errors.UnknownNetwork):
        DYDX.network(agreeable("7"))
    assert DYDX.network(type("Named", (str,), {})("sepolia")).chain_id == 11155111


def test_a_market_is_looked_up_by_its_text():
    """Found by the fuzzer: text without a hash raised Python's TypeError."""
    no_hash = type("NoHash", (str,), {"__hash__": None})
    assert DYDX.market(no_hash("ETH-USD")) is DYDX.market("ETH-USD")
    with pytest.raises(errors.UnknownMarket):
        DYDX.market(no_hash("ETH"))


# ---- The one rule of what is a number, in Python for amounts that have no room in 64 bits ----------------------------


def test_numbers_are_what_they_are_natively():
    """Texts made of the pieces of numbers, and long ones: the same values, and the same words for what is none."""
    chance = random.Random(4)

    def natively(text):
        try:
            return _native.quantums(text, 1 << 63, _native.ROUND_DOWN, "amount")
        except errors.InvalidAmount as error:
            return error.rule

    def here(text):
        try:
            digits, exponent = amounts.digits_of(text, "amount")
        except errors.InvalidAmount as error:
            return error.rule
        value = (digits << 63) * 10**exponent if exponent >= 0 else (digits << 63) // 10**-exponent
        return value if value < 1 << 64 else "does not fit the width that the message has for it"

    for _ in range(20_000):
        text = "".join(chance.choice("0019.eE+-5 _\u0661") for _ in range(chance.randrange(9)))
        longer = "0" * chance.randrange(200) + text + "0" * chance.randrange(3), "1" * chance.randrange(90, 100) + text
        for one in (text, *longer) + ((text + "0" * 4090,) if text.isascii() and chance.random() < 0.05 else ()):
            assert here(one) == natively(one), one
