"""Messages prepared once, filled and signed, in batches and columns: against the lists that they are hashes of."""

import copy
import pickle
import random
from array import array

import pytest

import starkcore
from starkcore import PrivateKey, _native, extended, paradex, pedersen_hash_elements, poseidon_hash_many
from starkcore.errors import InputTypeError, InvalidInput
from starkcore.extended.messages import ORDER, domain_hash
from starkcore.paradex.messages import document
from starkcore.starknet.felts import P, short_string
from starkcore.starknet.template import PREFIX, MessageTemplate, ready

KEY = PrivateKey(0x58C7D5A90B1776BDE86EBAC077E053ED85B0F7164F53B080304A531947F46E3)
LISTS = {0: pedersen_hash_elements, 1: poseidon_hash_many}
EDGES = [0, 1, 2, 2**64 - 1, 2**248, 2**251 - 1, P - 1]


@pytest.fixture(params=starkcore.engines())
def engine(request):
    before = starkcore.engine()
    starkcore.use_engine(request.param)
    yield request.param
    starkcore.use_engine(before)


@pytest.fixture
def chance():
    return random.Random(20261130)


def felt(chance):
    return chance.choice(EDGES) if chance.random() < 0.3 else chance.randrange(1 << chance.randrange(1, 252)) % P


def reference(revision, outer, struct, values):
    """A message's hash by the definition, each list hashed by itself."""
    rest = iter(values)
    inner = LISTS[revision]([next(rest) if value is None else value for value in struct])
    return LISTS[revision]([*outer, inner])


# ---- Templates


@pytest.mark.parametrize("revision", [0, 1])
def test_templates_are_the_lists(engine, chance, revision):
    kinds = [_native.LIST_PEDERSEN, _native.LIST_POSEIDON]
    for size in [*range(9), 31, 32]:
        outer = [felt(chance) for _ in range(chance.choice([0, 1, 2, 3, 3, 3, 32]))]
        struct = [felt(chance) if chance.random() < 0.4 else None for _ in range(size)]
        template = _native.MessageTemplate.of(kinds[revision], tuple(outer), tuple(struct))
        for _ in range(2):
            values = [felt(chance) for _ in range(struct.count(None))]
            kept = tuple(ready(value) if chance.random() < 0.5 else value for value in values)
            assert template.hash(kept) == reference(revision, outer, struct, values), (size, outer, struct, values)


@pytest.mark.parametrize("revision", [0, 1])
@pytest.mark.parametrize("count", [1, 7, 8, 33, 150])
def test_many_are_the_single_ones(engine, chance, revision, count):
    template = MessageTemplate(revision, felt(chance), felt(chance), [felt(chance), None, None, 5, None, None])
    shared = ready(felt(chance))
    rows = [(felt(chance), shared, felt(chance), shared if i % 3 else 7) for i in range(count)]
    for threads in (1, 3):
        for (signature, message_hash), row in zip(
            template.sign_many(KEY, rows, 32, threads=threads), rows, strict=True
        ):
            assert message_hash == template.hash(row)
            assert signature == KEY.sign(message_hash, 32)
    assert template.sign(KEY, rows[0]) == (KEY.sign(template.hash(rows[0])), template.hash(rows[0]))


def test_large_tables_change_nothing(chance):
    template = MessageTemplate(0, 1, 2, [3, None, 4, None])
    rows = [(felt(chance), felt(chance)) for _ in range(40)]
    before = template.sign_many(KEY, rows)
    starkcore.use_tables(9)
    try:
        assert template.sign_many(KEY, rows) == before
        assert MessageTemplate(0, 1, 2, [3, None, 4, None]).sign_many(KEY, rows) == before
    finally:
        starkcore.use_tables(1)


def test_what_is_no_element_is_refused():
    template = MessageTemplate(1, 1, 2, [3, None, None])
    for bad in (P, 2**256 - 1):
        with pytest.raises(InvalidInput, match=r"must be in \[0, p\)"):
            template.hash((1, bad))
        with pytest.raises(InvalidInput, match=r"must be in \[0, p\)"):
            ready(bad)
        with pytest.raises(InvalidInput, match=r"must be in \[0, p\)") as caught:
            MessageTemplate(0, 1, 2, [3, bad])
        assert caught.value.index == 4
        good, failed = template.sign_many(KEY, [(1, 2), (1, bad)])
        assert good == template.sign(KEY, (1, 2))
        assert failed.field == "element"
    for bad in (-1, 2**256):
        with pytest.raises(InvalidInput):
            template.hash((bad, 1))
    for bad in (1.0, "1", None, True):
        with pytest.raises(InputTypeError):
            template.hash((bad, 1))
    for values in ((), (1,), (1, 2, 3)):
        with pytest.raises(InvalidInput):
            template.hash(values)
    with pytest.raises(InvalidInput):
        MessageTemplate(2, 1, 2, [3])
    with pytest.raises(InvalidInput, match="at most 32"):
        MessageTemplate(0, 1, 2, [None] * 33)


def test_what_is_kept_is_not_copied():
    for value in (ready(5), MessageTemplate(0, 1, 2, [3]).native):
        for spoil in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError):
                spoil(value)
        with pytest.raises(TypeError):
            type(value)()


# ---- Paradex: against typed data

ACCOUNT = 0x129C135ED63DF9353885E292BE4426B8ED6122B13C6C0E1BB787288A1F5ADFA
MARKETS = ["BTC-USD-PERP", "ETH-USD-PERP", "kBONK-USD-PERP", "A"]
TYPES = ["LIMIT", "MARKET", "STOP_LIMIT", "STOP_MARKET"]


def paradex_rows(chance, count):
    rows = []
    for _ in range(count):
        kind = chance.randrange(len(TYPES))
        price = 0 if kind == 1 else chance.randrange(1, 10**9)
        rows.append(
            (chance.randrange(len(MARKETS)), chance.randrange(2), kind, chance.randrange(1, 10**10), price,
             chance.randrange(10**11, 10**14))
        )  # fmt: skip
    return rows


@pytest.mark.parametrize("network", ["mainnet", "testnet"])
def test_paradex_orders_are_the_typed_data(chance, network):
    signer = paradex.OrderSigner(KEY, account=ACCOUNT, network=network)
    rows = paradex_rows(chance, 70)
    orders = []
    for market, side, kind, size, price, timestamp in rows:
        orders.append(
            {"market": MARKETS[market], "side": ["SELL", "BUY"][side], "order_type": TYPES[kind], "size": f"{size}e-3",
             "price": f"{price}e-1", "timestamp": timestamp, **({"order_id": str(size)} if size % 2 else {})}
        )  # fmt: skip
        if kind == 1:
            del orders[-1]["price"]
    signed = signer.sign_orders(orders, threads=2)
    for one, order, (_, side, _, size, price, timestamp) in zip(signed, orders, rows, strict=True):
        message = {
            "timestamp": timestamp, "market": order["market"], "side": 2 - side, "orderType": order["order_type"],
            "size": size * 10**5, "price": price * 10**7, "id": str(size),
        }  # fmt: skip
        kind = "ModifyOrder" if "order_id" in order else "Order"
        if kind == "Order":
            del message["id"]
        assert one.hash == document(kind, signer.network, message).hash(ACCOUNT)
        assert one.signature == KEY.sign(one.hash, 32)
        assert one == signer.sign_order(**order)


def paradex_columns(signer, rows, **change):
    names = ("market", "side", "order_type", "size", "price", "timestamp")
    columns = dict(zip(names, (array("q", column) for column in zip(*rows, strict=True)), strict=True))
    usual = {"markets": MARKETS, "order_types": TYPES, "size_decimals": [3, 3, 3, 3], "price_decimals": 1}
    return signer.sign_columns(**(usual | columns | change))


def test_paradex_columns_are_the_orders(engine, chance):
    signer = paradex.OrderSigner(KEY, account=ACCOUNT)
    rows = paradex_rows(chance, 75)
    for threads in (1, 2):
        signed = paradex_columns(signer, rows, threads=threads)
        assert len(signed) == len(rows)
        assert signed.all_signed
        assert list(signed.errors()) == []
        for i, (market, side, kind, size, price, timestamp) in enumerate(rows):
            one = signer.sign_order(
                market=MARKETS[market], side=["SELL", "BUY"][side], order_type=TYPES[kind], size=f"{size}e-3",
                price=None if kind == 1 else f"{price}e-1", timestamp=timestamp,
            )  # fmt: skip
            assert signed.signature(i) == one.signature
            assert int.from_bytes(signed.hashes[32 * i : 32 * i + 32], "big") == one.hash
            assert (signed.timestamps[i], signed.sizes[i], signed.prices[i]) == one[2:]


BAD_PARADEX = [
    (0, 4, "market", "place"), (0, -1, "market", "negative"), (1, 2, "side", "1 to buy"), (2, 4, "order_type", "place"),
    (3, 0, "size", "more than zero"), (3, -5, "size", "negative"), (3, 2**63 - 1, "size", "width"),
    (4, 0, "price", "more than 0"), (4, -1, "price", "negative"), (5, 10**11 - 1, "timestamp", "milliseconds"),
    (5, 10**14, "timestamp", "milliseconds"),
]  # fmt: skip


def test_bad_rows_of_paradex_are_named():
    signer = paradex.OrderSigner(KEY, account=ACCOUNT)
    good = (0, 1, 0, 1500, 600001, 1_700_000_000_000)
    rows = [good]
    for place, value, _, _ in BAD_PARADEX:
        rows.append((*good[:place], value, *good[place + 1 :]))
    rows.append((0, 1, 1, 1500, 1, good[5]))  # a market order with a price
    rows.append(good)
    signed = paradex_columns(signer, rows)
    assert signed.signature(0) == signed.signature(-1)
    assert not signed.all_signed
    expected = [*((field, text) for _, _, field, text in BAD_PARADEX), ("price", "MARKET")]
    errors = list(signed.errors())
    assert [error.index for error in errors] == list(range(1, len(rows) - 1))
    for error, (field, text) in zip(errors, expected, strict=True):
        assert (error.field, text in str(error)) == (field, True), str(error)
        assert not any(signed.hashes[32 * error.index : 32 * error.index + 32])
        assert not any(signed.signatures[64 * error.index : 64 * error.index + 64])
        assert signed.sizes[error.index] == signed.prices[error.index] == signed.timestamps[error.index] == 0
        with pytest.raises(type(error), match=field):
            signed.signature(error.index)
    with pytest.raises(IndexError):
        signed.signature(len(rows))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"markets": []}, "markets"),
        ({"markets": "BTC-USD-PERP"}, "markets"),
        ({"markets": ["x" * 32]}, "market"),
        ({"order_types": ["LIMITED"]}, "order_types"),
        ({"order_types": []}, "order_types"),
        ({"size_decimals": 9}, "size_decimals"),
        ({"size_decimals": [3]}, "size_decimals"),
        ({"price_decimals": -1}, "price_decimals"),
        ({"price_decimals": 1.0}, "price_decimals"),
        ({"size": 1.5}, "size"),
        ({"size": array("d", [1.5] * 3)}, "size"),
        ({"size": [1.5, 2, 3]}, "size"),
        ({"size": [1, 2]}, "size"),
        ({"size": [2**64, 1, 1]}, "size"),
        ({"side": memoryview(bytes(9)).cast("B", (3, 3))}, "side"),
        ({"timestamp": "1700000000000"}, "timestamp"),
        ({"threads": 0}, "threads"),
    ],
)
def test_bad_columns_of_paradex_are_named(change, field):
    signer = paradex.OrderSigner(KEY, account=ACCOUNT)
    rows = [(0, 1, 0, 1500, 600001, 1_700_000_000_000)] * 3
    with pytest.raises((InvalidInput, InputTypeError)) as caught:
        paradex_columns(signer, rows, **change)
    assert caught.value.field == field


def test_columns_in_every_form():
    signer = paradex.OrderSigner(KEY, account=ACCOUNT)
    rows = [(i % 4, i % 2, 0, 1 + i, 1 + i, 1_700_000_000_000 + i) for i in range(12)]
    wanted = paradex_columns(signer, rows).signatures
    sizes = [row[3] for row in rows]
    for form in (
        sizes, tuple(sizes), bytes(sizes), array("H", sizes), array("i", sizes), array("Q", sizes),
        memoryview(array("q", [x for size in sizes for x in (size, 0)]))[::2],
        memoryview(array("q", sizes[::-1]))[::-1],
    ):  # fmt: skip
        assert paradex_columns(signer, rows, size=form).signatures == wanted
    same = paradex_columns(signer, [rows[3]] * 3, size=4, price=4, market=3).signatures
    assert same == wanted[64 * 3 : 64 * 4] * 3
    with pytest.raises(InvalidInput, match="how many"):
        paradex_columns(signer, rows, market=0, side=0, order_type=0, size=1, price=1, timestamp=10**12)
    assert len(paradex_columns(signer, rows, market=[], side=0, order_type=0, size=1, price=1, timestamp=10**12)) == 0


# ---- Extended: against the list by the definition

BTC = extended.Market(
    "BTC-USD", synthetic_id=0x4254432D3600000000000000000000, synthetic_resolution=10**6,
    collateral_id=0x31857064564ED0FF978E687456963CBA09C2C6985D8F9300A1DE4962FAFA054, collateral_resolution=10**6,
)  # fmt: skip
ODD = extended.Market(
    "ODD", synthetic_id=P - 1, synthetic_resolution=3, collateral_id=7, collateral_resolution=2**64 - 59
)


def extended_rows(chance, count, most=10**7):
    return [
        (chance.randrange(2), chance.randrange(1, most), chance.randrange(1, most), chance.randrange(10**6),
         chance.randrange(1000), chance.randrange(10**9, 10**10), chance.randrange(1, 2**31 + 1))
        for _ in range(count)
    ]  # fmt: skip


def extended_columns(signer, market, rows, **change):
    names = ("side", "size", "price", "taker_fee", "builder_fee", "expire_time", "nonce")
    columns = dict(zip(names, (array("q", column) for column in zip(*rows, strict=True)), strict=True))
    return signer.sign_columns(**({"market": market, "size_decimals": 3, "price_decimals": 2} | columns | change))


@pytest.mark.parametrize("rounding", ["exact", "venue"])
@pytest.mark.parametrize("market", [BTC, ODD], ids=["BTC", "ODD"])
def test_extended_columns_are_the_orders(engine, chance, market, rounding):
    signer = extended.OrderSigner(KEY, vault=10002, network="testnet")
    rows = extended_rows(chance, 40)
    signed = extended_columns(signer, market, rows, rounding=rounding, threads=2)
    orders = [
        {"market": market, "side": ["SELL", "BUY"][side], "size": f"{size}e-3", "price": f"{price}e-2",
         "taker_fee": f"{taker}e-6", "builder_fee": f"{builder}e-6", "expire_time": when, "nonce": nonce,
         "rounding": rounding}
        for side, size, price, taker, builder, when, nonce in rows
    ]  # fmt: skip
    failed = {error.index: error for error in signed.errors()}
    for i, one in enumerate(signer.sign_orders(orders)):
        if isinstance(one, Exception):
            assert failed.pop(i).field == one.field
            continue
        assert signed.signature(i) == one.signature == KEY.sign(one.hash)
        assert int.from_bytes(signed.hashes[32 * i : 32 * i + 32], "big") == one.hash
        numbers = signed.base_amounts, signed.quote_amounts, signed.fee_amounts, signed.expirations, signed.nonces
        assert tuple(column[i] for column in numbers) == one[2:7]
        struct = [
            ORDER, 10002, market.synthetic_id, one.base_amount % P, market.collateral_id, one.quote_amount % P,
            market.collateral_id, one.fee_amount, one.expiration, one.nonce,
        ]  # fmt: skip
        outer = [PREFIX, domain_hash(signer.network), signer.public_key]
        assert one.hash == reference(1, outer, struct, [])
    assert not failed


BAD_EXTENDED = [
    (0, 2, "side", "1 to buy"), (1, 0, "size", "more than zero"), (1, -1, "size", "negative"),
    (1, 2**63 - 1, "size", "2^63"), (2, 0, "price", "more than zero"), (2, 2**62, "price", "2^63"),
    (3, 10**6, "taker_fee", "fraction"), (4, 10**6, "builder_fee", "fraction"), (5, 10**6, "expire_time", "seconds"),
    (5, 10**12, "expire_time", "seconds"), (6, 0, "nonce", "2^31"), (6, 2**31 + 1, "nonce", "2^31"),
]  # fmt: skip


def test_bad_rows_of_extended_are_named():
    signer = extended.OrderSigner(KEY, vault=10002)
    good = (1, 1000, 4344511, 500, 0, 1_800_000_000, 5)
    rows = [good, *((*good[:place], value, *good[place + 1 :]) for place, value, _, _ in BAD_EXTENDED), good]
    signed = extended_columns(signer, BTC, rows)
    assert signed.signature(0) == signed.signature(-1)
    errors = list(signed.errors())
    assert [error.index for error in errors] == list(range(1, len(rows) - 1))
    for error, (_, _, field, text) in zip(errors, BAD_EXTENDED, strict=True):
        assert (error.field, text in str(error)) == (field, True), str(error)
        for column in (
            signed.base_amounts,
            signed.quote_amounts,
            signed.fee_amounts,
            signed.expirations,
            signed.nonces,
        ):
            assert column[error.index] == 0
    parts = extended_columns(signer, BTC, [good, (1, 1, *good[2:])], size_decimals=7)
    assert [(error.index, error.field) for error in parts.errors()] == [(1, "size")]
    wide = extended.Market("W", synthetic_id=1, synthetic_resolution=2**64, collateral_id=1, collateral_resolution=1)
    bad = [
        ("market", wide), ("market", "BTC"), ("rounding", "up"), ("size_decimals", 37), ("price_decimals", [1, 2]),
    ]  # fmt: skip
    for field, value in bad:
        change = {"market": BTC, field: value}
        with pytest.raises((InvalidInput, InputTypeError)) as caught:
            extended_columns(signer, change.pop("market"), [good], **change)
        assert caught.value.field == field


def test_short_strings_of_all_order_types_are_what_is_signed():
    signer = paradex.OrderSigner(KEY, account=ACCOUNT)
    rows = [(0, 1, 0, 1, 0 if kind == "MARKET" else 1, 1_700_000_000_000) for kind in paradex.messages.ORDER_TYPES]
    for kind, row in zip(paradex.messages.ORDER_TYPES, rows, strict=True):
        signed = paradex_columns(signer, [row], order_types=[kind], order_type=0)
        struct = [row[5], short_string(MARKETS[0]), 1, short_string(kind), 10**5, row[4] * 10**7]
        data = document(
            "Order", signer.network, dict.fromkeys(("timestamp", "market", "side", "orderType", "size", "price"), 0)
        )
        outer = [PREFIX, data.domain_hash, ACCOUNT]
        assert int.from_bytes(signed.hashes, "big") == reference(0, outer, [data.type_hash("Order"), *struct], [])
