"""Ints, texts, Decimals, datetimes and bytes of subclasses whose methods lie: what counts is what they hold.

The classes are those of odd_values.py, and the parameters those of python_surface.py, which the fuzzer has as well.
"""

import itertools
import random
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import IntEnum, StrEnum
from pathlib import Path

import odd_values as odd
import pytest

from starkcore import PrivateKey, StarkcoreError, errors, extended, keccak256, keystore, starknet
from starkcore.dydx.credentials import ApiKey, Credentials
from starkcore.dydx.messages import draft_order
from starkcore.dydx.requests import body_of, path_of
from starkcore.ethereum import Domain, TypedData
from starkcore.ethereum.transactions import checked_options
from starkcore.http.transport import Endpoint
from starkcore.starkex import DYDX, HumanOrder, Market, Network, Order, OrderSigner, Venue, expiration_hours

sys.path.append(str(Path(__file__).resolve().parents[1] / "checks"))

import fuzz_python
import message_surface as messages
import python_surface as surface

KEY = PrivateKey(0x1234567)
ORDER = {
    "market": "ETH-USD", "side": "BUY", "size": "1", "price": "2000", "limit_fee": "0.001", "expiration": 4_102_444_800,
    "nonce": 7,
}  # fmt: skip


def signer():
    return OrderSigner(KEY, position_id=1)


@pytest.mark.parametrize("name", surface.FUNCTIONS)
def test_every_parameter_counts_by_what_it_holds(name):
    for case in range(30):
        chance = random.Random(f"{name} {case}")
        fuzz_python.check_twins(surface.FUNCTIONS[name], chance.getstate())


def test_the_twins_lie():
    one, text = odd.twin(12345), odd.twin("ETH-USD")
    assert one == 5
    assert hash(one) == hash(1)
    assert (str(text), f"{text}", len(text), list(text)) == ("1000", "1000", 3, ["3", "2"])
    assert odd.twin(datetime(2030, 1, 1, tzinfo=UTC)).utcoffset() == 7
    assert odd.twin(Decimal(5)).is_finite() == 7


def test_a_shared_signer_is_not_poisoned():
    """A position that hashes like 1 and equals anything was kept under 1: the next order of position 1 was signed for
    2.
    """
    shared, fresh = signer(), signer()
    poison = type("Poison", (int,), {"__hash__": lambda _: hash(1), "__eq__": lambda *_: True})(2)
    assert shared.sign_order(**ORDER, position_id=poison).position_id == 2
    assert shared.sign_order(**ORDER, position_id=1) == fresh.sign_order(**ORDER, position_id=1)
    assert shared.sign_order(**ORDER) == fresh.sign_order(**ORDER)
    market = type("Poison", (str,), {"__hash__": lambda _: hash("BTC-USD"), "__eq__": lambda *_: True})("ETH-USD")
    assert shared.sign_order(**ORDER | {"market": market}) == fresh.sign_order(**ORDER)
    assert shared.sign_order(**ORDER | {"market": "BTC-USD"}) == fresh.sign_order(**ORDER | {"market": "BTC-USD"})


def test_the_amount_that_is_signed_is_the_text_not_what_it_prints():
    for name in ("size", "price", "limit_fee"):
        lying = type("Text", (str,), {"__str__": lambda _: "0.999"})(ORDER[name])
        assert signer().sign_order(**ORDER | {name: lying}) == signer().sign_order(**ORDER)


def test_a_side_that_equals_both_is_the_one_that_it_is():
    both = type("Both", (str,), {"__eq__": lambda *_: True, "__ne__": lambda *_: False, "__hash__": str.__hash__})
    for side in ("BUY", "SELL"):
        expected = signer().sign_order(**ORDER | {"side": side})
        assert signer().sign_order(**ORDER | {"side": both(side)}) == expected
        assert signer().sign_orders([HumanOrder(**ORDER | {"side": both(side)})]) == [expected]
        assert Order.from_human(**ORDER | {"side": both(side)}, position_id=1).hash() == expected.hash
    with pytest.raises(errors.InvalidInput, match="side must be"):
        signer().sign_order(**ORDER | {"side": both("buy")})


def test_members_of_enums_are_their_values():
    class Word(StrEnum):
        BUY = "BUY"
        MARKET = "ETH-USD"
        NETWORK = "mainnet"

    class Number(IntEnum):
        POSITION = 1
        CHAIN = 1

    signed = OrderSigner(KEY, Word.NETWORK, position_id=Number.POSITION).sign_order(
        **ORDER | {"side": Word.BUY, "market": Word.MARKET}
    )
    assert signed == signer().sign_order(**ORDER)
    assert OrderSigner(KEY, Number.CHAIN, position_id=1).network.name == "mainnet"


def test_names_of_an_order_that_lie():
    """The names of a dict are compared with the parameters', and a text that equals everything is whichever comes
    first.
    """
    liar = type("Name", (str,), {"__eq__": lambda *_: True, "__hash__": lambda _: hash("size")})

    class Pairs(Mapping):
        def __init__(self, pairs):
            self.pairs = pairs

        def __iter__(self):
            return (name for name, _ in self.pairs)

        def __len__(self):
            return len(self.pairs)

        def __getitem__(self, name):
            return next(value for known, value in self.pairs if known is name)

    expected = signer().sign_order(**ORDER)
    assert signer().sign_orders([Pairs([(liar(name), value) for name, value in ORDER.items()])]) == [expected]
    (error,) = signer().sign_orders([Pairs([*ORDER.items(), (liar("sise"), "5")])])
    assert isinstance(error, StarkcoreError)


def test_a_name_given_twice_by_texts_that_hash_as_they_like_is_refused():
    """A dict keeps both; the last one of them was taken, where a Python function refuses."""

    def odd_one(hashes, equals):
        return type("Name", (str,), {"__hash__": lambda _: hashes, "__eq__": equals})

    one = signer()
    one.sign_order(**ORDER)  # which makes the market ready
    for name in ORDER:
        for equals in (str.__eq__, lambda *_: False, lambda self, other: self is other):
            twice = odd_one(1, equals)(name)
            for words in (ORDER | {twice: ORDER[name]}, {twice: ORDER[name]} | ORDER):
                assert len(words) == len(ORDER) + 1
                with pytest.raises(TypeError, match=r"multiple values|unexpected keyword"):
                    one.sign_order(**words)
                assert isinstance(one.sign_orders([words])[0], StarkcoreError)


def test_no_mapping_that_is_copied_has_two_names_of_one_text():
    other = type("Name", (str,), {"__hash__": lambda _: 1, "__eq__": lambda *_: False})

    def twice(mapping):
        name, value = next(iter(mapping.items()))
        return {**mapping, other(name): value}

    domain, facts = Domain("name", "1", 1), {"stark_public_key": None, "stark_public_key_y": None, "has_api_key": False}
    document = {"types": twice({"StarkNetDomain": [], "A": []}), "primaryType": "A", "domain": {}, "message": {}}
    for make in (
        lambda: Venue("V", twice({"A": Market("A", 1, 10)}), {}),
        lambda: checked_options(twice({"gas": 1})),
        lambda: TypedData(domain, "A", twice({"action": "one"})),
        lambda: keystore.Entry(
            venue="dydx", network="mainnet", address="0x" + "11" * 20, public=twice(facts), secret=None
        ),
        lambda: keystore.Secret(api_key=twice({"key": "1"})),
        lambda: starknet.TypedData.from_dict(document),
    ):
        with pytest.raises(errors.InvalidInput, match="two names of one text"):
            make()


def test_a_zone_is_asked_once():
    """And by a plain datetime: the one that was given may lie to its zone."""

    class Zone(tzinfo):
        asked = 0

        def utcoffset(self, when):
            assert type(when) is datetime
            self.asked += 1
            return timedelta(hours=self.asked)

    zone = Zone()
    moment = odd._TWINS[datetime](2030, 1, 1, 12, tzinfo=zone)
    assert expiration_hours(moment) == expiration_hours(datetime(2030, 1, 1, 12, tzinfo=timezone(timedelta(hours=1))))
    assert zone.asked == 1


@pytest.mark.skipif(sys.version_info < (3, 12), reason="__buffer__ is new in Python 3.12")
def test_bytes_are_their_content():
    for kind in (bytes, bytearray):
        lying = type("Bytes", (kind,), {"__buffer__": lambda *_: memoryview(b"lie")})(b"true")
        assert keccak256(lying) == keccak256(b"true")


class Posing:
    """Says that it is of another class."""

    def __init__(self, kind):
        self.kind = kind

    @property
    def __class__(self):
        return self.kind


@pytest.mark.parametrize("kind", [int, str, Decimal, float, datetime])
def test_what_poses_as_another_class_is_none(kind):
    for name in ("side", "size", "price", "limit_fee", "expiration", "nonce", "market", "position_id"):
        with pytest.raises(errors.InputTypeError) as caught:
            signer().sign_order(**ORDER | {name: Posing(kind)})
        assert caught.value.field == name


def test_what_a_venue_is_made_of_is_plain():
    twin = odd.twin
    venue = Venue(
        twin("V"),
        {twin("A-USD"): Market(twin("A-USD"), twin(7), twin(10**6))},
        {twin("main"): Network(twin("main"), twin(5), twin(9), twin(10**6), twin(11), collateral_decimals=twin(6))},
        order_buffer_hours=twin(24), round_expiration=twin("down"), nonce_bytes=twin("first"),
    )  # fmt: skip
    network = Network("main", 5, 9, 10**6, 11)
    same = Venue("V", {"A-USD": Market("A-USD", 7, 10**6)}, {"main": network}, 24, "down", "first")
    assert odd.plain(venue.market("A-USD")) == odd.plain(same.market("A-USD"))
    assert odd.plain(venue.network("main")) == odd.plain(same.network("main"))
    for name in ("name", "order_buffer_hours", "round_expiration", "nonce_bytes"):
        assert odd.plain(getattr(venue, name)) == getattr(same, name)
    assert [type(name) for name in (*venue.markets, *venue.networks)] == [str, str]
    assert DYDX.nonce(twin("1")) == DYDX.nonce("1")


CLIENT_ORDER = {
    "position_id": [12, "12"], "market": ["ETH-USD"], "side": ["BUY", "SELL"], "order_type": ["LIMIT"],
    "post_only": [False], "size": ["1.5", Decimal("1.5"), 2], "price": ["2000", Decimal("2E+3"), 2000],
    "limit_fee": ["0.001", Decimal("0.001")], "time_in_force": ["IOC", None], "cancel_id": ["a", None],
    "trigger_price": ["5", Decimal("5.50"), None], "trailing_percent": [Decimal("0.1"), None], "client_id": ["mine"],
    "signature": [None, "ab" * 64],
}  # fmt: skip
EXPIRATIONS = [
    {"expiration": "2030-01-01T00:00:00.000Z"}, {"expiration": datetime(2030, 1, 1, tzinfo=UTC)},
    {"expiration_epoch_seconds": 4_102_444_800}, {"expiration_epoch_seconds": 4_102_444_800.25},
]  # fmt: skip


def test_a_request_carries_what_is_signed():
    """The body of a request and the terms that are signed, of plain values and of lying twins, on the wire."""
    for case in range(60):
        chance = random.Random(case)
        order = {name: chance.choice(values) for name, values in CLIENT_ORDER.items()} | chance.choice(EXPIRATIONS)
        plain, lying = draft_order(**order), draft_order(**{name: odd.twin(value) for name, value in order.items()})
        assert body_of(lying.body) == body_of(plain.body)
        assert odd.plain(list((lying.signed or {}).values())) == odd.plain(list((plain.signed or {}).values()))


def test_paths_and_queries_and_credentials_are_of_what_texts_hold():
    twin = odd.twin
    assert path_of((twin("orders"), twin("a/b")), {"limit": twin(5), "side": twin("BUY")}) == path_of(
        ("orders", "a/b"), {"limit": 5, "side": "BUY"}
    )
    with pytest.raises(errors.InvalidInput):
        path_of((twin(".."),), {})
    key = ApiKey(key=twin("k"), secret=twin("c2VjcmV0"), passphrase=twin("p"))
    assert odd.plain(list(key.as_dict().values())) == ["k", "c2VjcmV0", "p"]
    account = Credentials(ethereum_address=twin("0x" + "ab" * 20), network_id=twin(1), position_id=twin(7), api_key=key)
    assert odd.plain([account.network_id, account.position_id]) == [1, 7]
    options = {"from": "0x" + "ab" * 20, "value": 5, "nonce": 6, "gas": 7}
    assert odd.plain(list(checked_options(odd.twin(options)).values())) == list(checked_options(options).values())
    assert Endpoint.parse(twin("https://host:8443")) == Endpoint("https", "host", 8443)


VENUE_COLUMNS = {
    "starkex": lambda **given: surface.SIGNER.sign_columns(
        **{"markets": ["BTC-USD"], "size_decimals": 3, "price_decimals": 0, "market": 0, "side": b"\1", "size": 500,
           "price": 3, "limit_fee": 1000, "nonce": 1, "expiration": 4_102_444_800} | given
    ),
    "paradex": lambda **given: messages.PARADEX.sign_columns(
        **{"markets": ["BTC-USD"], "order_types": ["LIMIT"], "size_decimals": 3, "price_decimals": 0, "market": 0,
           "side": b"\1", "order_type": 0, "size": 500, "price": 3, "timestamp": 10**12} | given
    ),
    "extended": lambda **given: messages.EXTENDED.sign_columns(
        **{"market": messages.MARKET, "size_decimals": 3, "price_decimals": 0, "side": b"\1", "size": 500, "price": 3,
           "taker_fee": 0, "expire_time": 1_900_000_000, "nonce": 1} | given
    ),
}  # fmt: skip


@pytest.mark.parametrize("venue", VENUE_COLUMNS)
def test_decimals_are_the_number_that_they_hold(venue):
    """At Paradex and Extended a decimal that lies moved the amount that was signed by its own power of ten."""
    sign = VENUE_COLUMNS[venue]
    for name in ("size_decimals", "price_decimals"):
        expected = sign(**{name: 2}).signature(0)
        assert sign(**{name: odd.twin(2)}).signature(0) == expected
        assert sign(**{name: [odd.twin(2)]}).signature(0) == expected


@pytest.mark.parametrize("venue", VENUE_COLUMNS)
def test_no_list_of_settings_is_longer_than_it_can_be(venue):
    """A buffer that says it has 2^62 items, out of one byte, isn't read to its end: that was a bare MemoryError."""
    endless = odd.repeated(1 << 62)
    for name in ("size_decimals", "price_decimals", *(["markets"] if venue != "extended" else [])):
        with pytest.raises((errors.InvalidInput, errors.InputTypeError)) as caught:
            VENUE_COLUMNS[venue](**{name: endless})
        assert caught.value.field == name


def test_paradex_hands_back_the_number_that_it_signed():
    for value in (5, odd.twin(5), bytes(31) + b"\5", bytearray(31) + b"\5", "0x5"):
        signed = messages.PARADEX.sign_hash(value)
        assert (type(signed.hash), signed.hash) == (int, 5)
        assert signed.signature == messages.KEY.sign(5, 32)


def test_extended_registers_the_time_that_a_datetime_holds():
    noon = datetime(2026, 5, 4, 12, tzinfo=timezone(timedelta(hours=2)))
    body = extended.sub_account(
        "0x" + "11" * 20, KEY, account_index=1, description=odd.twin("mine"), time=odd.twin(noon)
    )
    assert body["accountCreation"]["time"] == "2026-05-04T10:00:00Z"
    assert (type(body["description"]), body["description"]) == (str, "mine")
    for beyond in (datetime.min.replace(tzinfo=timezone(timedelta(hours=2))), datetime(2026, 1, 1)):
        with pytest.raises(errors.InvalidInput) as caught:
            extended.sub_account("0x" + "11" * 20, KEY, account_index=1, description="", time=beyond)
        assert caught.value.field == "time"


def test_no_list_of_elements_is_longer_than_any_transaction():
    """Found by the fuzzer: a buffer that says it has 2^62 items, or an iterator without end, was read for ever."""
    for endless in (odd.repeated(1 << 62), itertools.repeat(1)):
        with pytest.raises(errors.InvalidInput) as caught:
            starknet.contract_address(class_hash=1, salt=1, calldata=endless)
        assert caught.value.field == "calldata"
        assert caught.value.rule == "must be at most 262144 elements"


def test_the_fuzzer_shows_what_lies_about_its_length():
    """A finding was lost so: telling it failed, and its seed went with it."""

    class Text(str):
        __slots__ = ()

        def __len__(self):
            return self

    class Odd:
        def __repr__(self):
            return Text("x" * 200)

    assert fuzz_python.safe(Odd()) == "x" * 100 + "…"
