"""Bad input to every public function: one tree of exceptions, the parameter named, and nothing reduced or guessed."""

import array
import ctypes
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest

import starkcore
from starkcore import (
    PreparedPublicKey,
    PrivateKey,
    PublicKey,
    Signature,
    StarkcoreError,
    errors,
    grind_key,
    keccak256,
    pedersen_chain_starkex,
    pedersen_chain_starknet,
    pedersen_hash,
    pedersen_hash_many,
    verify_many,
)
from starkcore.starkex import (
    DYDX,
    ConditionalTransfer,
    Order,
    OrderSigner,
    Transfer,
    Withdrawal,
    WithdrawalToAddress,
    expiration_hours,
    fact_to_condition,
    to_quantums,
    transfer_erc20_fact,
)

N = 0x800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F
P = 0x800000000000011000000000000000000000000000000000000000000000001
KEY = PrivateKey(0x58C7D5A90B1776BDE86EBAC077E053ED85B0F7164F53B080304A531947F46E3)
PUBLIC, SIGNATURE = KEY.public_key, KEY.sign(1)
SIGNER = OrderSigner(KEY, position_id=12345)
ORDER = {
    "market": "ETH-USD", "side": "BUY", "size": "1", "price": "2", "limit_fee": "0.1", "client_id": "a",
    "expiration": "2200-01-01T00:00:00Z",
}  # fmt: skip

# No number in any of the three forms. Those of the wrong type come first.
WRONG_TYPES = [None, True, False, 1.0, 5.0, float("nan"), Decimal(5), Fraction(5), 5j, object(), [5], (5,), {5: 5}, {5}]
BAD_TEXTS = [
    "", "0x", " 1", "1 ", "1 2", "\t1", "0x 1", "-1", "+1", "1_0", "g", "0xg", "0x0x1", "1.0", "\uff11", "\u0661",
    "1\0", "é", "\ud800", "\U0001f600", "0" * 65, "0x" + "0" * 65, "0" * 1_000_000,
]  # fmt: skip
BAD_LENGTHS = [b"", b"\1", bytes(31), bytes(33), bytes(64), bytearray(31), memoryview(bytes(64))[::2]]


def refused(function, *arguments, field=None, **keywords):
    """Call it; it must raise an exception of the tree, with the field named, and without a context."""
    with pytest.raises(StarkcoreError) as caught:
        function(*arguments, **keywords)
    error = caught.value
    assert isinstance(error, (ValueError, TypeError))
    assert error.field in str(error)
    assert error.rule in str(error)
    assert error.__cause__ is error.__context__ is None
    if field is not None:
        assert error.field == field
    return error


# ---- Numbers ----

NUMBER_PARAMETERS = [
    pytest.param(PrivateKey, "private_key", id="PrivateKey"),
    pytest.param(KEY.sign, "message_hash", id="sign"),
    pytest.param(lambda value: KEY.sign_many([1, value]), "message_hash", id="sign_many"),
    pytest.param(lambda value: PUBLIC.verify(value, SIGNATURE), "message_hash", id="verify"),
    pytest.param(lambda value: PUBLIC.prepare().verify(value, SIGNATURE), "message_hash", id="prepared"),
    pytest.param(lambda value: verify_many([PUBLIC], [value], [SIGNATURE]), "message_hash", id="verify_many"),
    pytest.param(PublicKey.from_x, "x", id="from_x"),
    pytest.param(lambda value: PublicKey(value, PUBLIC.y), "x", id="PublicKey.x"),
    pytest.param(lambda value: PublicKey(PUBLIC.x, value), "y", id="PublicKey.y"),
    pytest.param(lambda value: pedersen_hash(value, 1), "a", id="pedersen.a"),
    pytest.param(lambda value: pedersen_hash(1, value), "b", id="pedersen.b"),
    pytest.param(lambda value: pedersen_hash_many([(1, 2), (value, 1)]), "a", id="pairs.a"),
    pytest.param(lambda value: pedersen_hash_many([(1, value)]), "b", id="pairs.b"),
    pytest.param(lambda value: pedersen_chain_starkex([1, value]), "element", id="starkex"),
    pytest.param(lambda value: pedersen_chain_starknet([value]), "element", id="starknet"),
]


@pytest.mark.parametrize(("function", "field"), NUMBER_PARAMETERS)
def test_numbers(function, field):
    for value in WRONG_TYPES:
        assert isinstance(refused(function, value, field=field), errors.InputTypeError), value
    for value in [*BAD_TEXTS, *BAD_LENGTHS, -1, -(1 << 300), 1 << 256, 1 << 100_000]:
        error = refused(function, value, field=field)
        assert isinstance(error, errors.InvalidInput)
    kinds = {"private_key": errors.InvalidPrivateKey, "message_hash": errors.InvalidMessageHash}
    kinds |= dict.fromkeys(("x", "y"), errors.InvalidPublicKey)
    assert type(error) is kinds.get(field, errors.InvalidInput)


TEXT_PARAMETERS = [
    *NUMBER_PARAMETERS,
    pytest.param(PublicKey.from_hex, "public_key", id="from_hex"),
    pytest.param(grind_key, "seed", id="grind_key"),
    pytest.param(
        lambda value: SIGNER.sign_transfer(
            receiver_position_id=1, receiver_key=value, amount=1, expiration=4_070_908_800, nonce=1
        ),
        "receiver_key",
        id="receiver_key",
    ),
]


@pytest.mark.parametrize(("function", "field"), TEXT_PARAMETERS)
def test_text_that_could_be_two_numbers(function, field):
    """Digits that are hex to one reader and decimal to another.

    With 0x, a letter or all the digits they are hex to all.
    """
    for text in ("10", "1234", "0010", "12" * 31, "99"):
        assert (
            refused(function, text, field=field).rule
            == "must have 0x before its hex digits: without, they could be decimal"
        )
    for text in ("0x10", "0x1234", "0a", "ab12", "0" * 62 + "10", "12" * 32, "05"):
        try:
            function(text)
            rule = ""
        except errors.InvalidInput as error:  # it may be no point of the curve, or too large
            rule = error.rule
        assert "0x" not in rule


def test_text_is_hex():
    for text in ("0x1234", "0X1234", "0" * 60 + "1234"):
        assert PrivateKey(text).secret_hex() == "0x1234"
        assert KEY.sign(text) == KEY.sign(0x1234)
        assert pedersen_hash(text, 2) == pedersen_hash(0x1234, bytes(31) + b"\2")
    assert pedersen_hash("0x10", "2") == pedersen_hash(16, 2) == pedersen_hash_many([("0x10", 2)])[0]
    assert pedersen_chain_starknet(["0x10"]) == pedersen_chain_starknet([16])
    assert KEY.sign("7") == KEY.sign(7)
    assert PrivateKey("ab12").secret_hex() == "0xab12"


@pytest.mark.parametrize("form", [lambda v: v, hex, lambda v: f"{v:064X}", lambda v: v.to_bytes(32, "big")])
def test_ranges_are_kept_in_every_form(form):
    for secret in (0, N, N + 1, P, (1 << 256) - 1):
        assert refused(PrivateKey, form(secret)).rule == "must be in [1, n)"
    for message_hash in (1 << 251, N, P, (1 << 256) - 1):
        for function in (KEY.sign, lambda value: PUBLIC.verify(value, SIGNATURE)):
            assert refused(function, form(message_hash)).rule == "must be in [0, 2^251)"
    for x in (P, P + PUBLIC.x, (1 << 256) - 1, 0, 5):  # 0 and 5 are no x of the curve
        refused(PublicKey.from_x, form(x))
        refused(PublicKey, form(x), PUBLIC.y)
    refused(PublicKey, PUBLIC.x, form(PUBLIC.y + P))
    refused(PublicKey, PUBLIC.x, form(PUBLIC.y ^ 1))


INT_PARAMETERS = [
    pytest.param(lambda value: Signature(value, 1), "r", id="r"),
    pytest.param(lambda value: Signature(1, value), "s", id="s"),
    pytest.param(lambda value: to_quantums(1, value), "resolution", id="resolution"),
    pytest.param(lambda value: OrderSigner(KEY, position_id=value), "position_id", id="position_id"),
    pytest.param(lambda value: SIGNER.sign_order(**ORDER | {"position_id": value}), "position_id", id="order.position"),
    pytest.param(
        lambda value: SIGNER.sign_order(**ORDER | {"client_id": None, "nonce": value}), "nonce", id="order.nonce"
    ),
]


@pytest.mark.parametrize(("function", "field"), INT_PARAMETERS)
def test_ints(function, field):
    for value in [*WRONG_TYPES[1:], "1", b"1", bytes(32)]:
        assert isinstance(refused(function, value, field=field), errors.InputTypeError), value
    for value in (-1, 1 << 256, 1 << 100_000):
        assert isinstance(refused(function, value, field=field), errors.InvalidInput)


def test_seed_and_extra_entropy():
    for value in [*WRONG_TYPES[1:], "32", b"32"]:
        assert isinstance(refused(KEY.sign, 1, value, field="seed"), errors.InputTypeError)
    for value in (-1, 1 << 256, 1 << 100_000):
        refused(KEY.sign, 1, value, field="seed")
        refused(KEY.sign_many, [1], value, field="seed")
    for value in [*WRONG_TYPES[1:], 5, "00" * 32]:
        assert isinstance(refused(KEY.sign, 1, None, value, field="extra_entropy"), errors.InputTypeError)
    for value in BAD_LENGTHS:
        refused(KEY.sign, 1, extra_entropy=value, field="extra_entropy")


# ---- Bytes ----

BYTES_PARAMETERS = [
    pytest.param(grind_key, "seed", (0, 65), id="grind_key"),
    pytest.param(PrivateKey.from_eth_signature, "signature", (0, 64, 67), id="from_eth_signature"),
    pytest.param(Signature.from_bytes, "signature", (0, 63, 65), id="Signature.from_bytes"),
    pytest.param(PublicKey.from_bytes, "public_key", (0, 31, 33, 63, 65), id="PublicKey.from_bytes"),
    pytest.param(lambda value: fact_to_condition(value, bytes(32)), "fact_registry", (0, 19, 21), id="registry"),
    pytest.param(lambda value: fact_to_condition(bytes(20), value), "fact", (0, 31, 33), id="fact"),
]


@pytest.mark.parametrize(("function", "field", "lengths"), BYTES_PARAMETERS)
def test_bytes(function, field, lengths):
    for value in WRONG_TYPES:
        assert isinstance(refused(function, value, field=field), errors.InputTypeError), value
    for length in lengths:
        refused(function, bytes(length), field=field)
        refused(function, bytearray(length), field=field)


@pytest.mark.parametrize("function", [grind_key, PrivateKey.from_eth_signature, Signature.from_hex, PublicKey.from_hex])
def test_hex_of_bytes(function):
    digits = PUBLIC.to_hex() + "1b00"
    wrong = [
        "",
        "0x",
        digits[:129],
        " " + digits[:127],
        digits[:127] + " ",
        digits[:126] + "\uff11\uff11",
        digits[:127] + "g",
    ]
    for text in wrong:
        refused(function, text)


def test_a_typed_signature_must_be_one():
    for tail in (b"\x1d\x00", b"\x1b\x04", b"\x02\x00", b"\xff\x00", b"\x1b\xff"):
        refused(PrivateKey.from_eth_signature, bytes(range(1, 65)) + tail, field="signature")


def test_data():
    for function in (keccak256, PrivateKey.from_seed):
        for value in [*WRONG_TYPES, 5, "text"]:
            assert isinstance(refused(function, value), errors.InputTypeError)
    strided = memoryview(bytes(64))[::2]
    wide = memoryview(bytes(64)).cast("d")
    for value in (strided, wide):
        refused(keccak256, value, field="data")
        refused(PrivateKey, value, field="private_key")


def test_switches_are_bools():
    for value in (0, 1, None, "no"):
        refused(expiration_hours, 1_900_000_000, round_up=value, field="round_up")
        refused(OrderSigner, KEY, position_id=1, check_expiration=value, field="check_expiration")
        refused(grind_key, b"1", strip_zeros=value, field="strip_zeros")
        refused(PrivateKey.from_eth_signature, bytes(65), legacy_python=value, field="legacy_python")
        refused(PUBLIC.lift, value, field="odd")


# ---- Sequences ----


def test_sequences():
    for value in (None, 5, True, 1.5, object(), "abc", {1: 2}):
        refused(KEY.sign_many, value, field="message_hashes")
        refused(pedersen_hash_many, value, field="pairs")
        refused(pedersen_chain_starkex, value, field="elements")
        refused(pedersen_chain_starknet, value, field="elements")
        refused(verify_many, value, [1], [SIGNATURE], field="public_keys")
        refused(verify_many, [PUBLIC], value, [SIGNATURE], field="message_hashes")
        refused(verify_many, [PUBLIC], [1], value, field="signatures")
        refused(SIGNER.sign_orders, value, field="orders")
    # Each item would have an outcome of its own: a buffer that says it has 2^62 of them would never come to an end.
    for buffer in (b"12", bytearray(3), memoryview(b"123"), array.array("d", [1.5])):
        refused(SIGNER.sign_orders, buffer, field="orders")
    refused(verify_many, [PUBLIC], [1, 2], [SIGNATURE], field="signatures")
    refused(verify_many, [PUBLIC, 5], [1, 2], [SIGNATURE] * 2, field="public_keys")
    refused(verify_many, [PUBLIC], [1], [SIGNATURE.to_bytes()], field="signatures")
    for pair in (5, "12", None, {1: 2}, (1,), (1, 2, 3), []):
        assert refused(pedersen_hash_many, [(1, 2), pair], field="pairs").index == 1


def test_buffers_of_items():
    refused(KEY.sign_many, bytes(33), field="message_hashes")
    refused(pedersen_hash_many, bytes(31), bytes(31), field="a")
    refused(pedersen_hash_many, bytes(64), bytes(32), field="b")
    refused(pedersen_hash_many, [(1, 2)], bytes(32), field="a")
    assert refused(KEY.sign_many, bytes(32) + b"\xff" * 32, field="message_hash").index == 1


@pytest.mark.parametrize(
    ("function", "field"),
    [
        (KEY.sign_many, "message_hashes"),
        (lambda data: verify_many(data, data, data), "message_hashes"),
        (lambda data: PUBLIC.prepare().verify_many(data, data), "message_hashes"),
    ],
)
def test_buffers_longer_than_any_memory(function, field):
    """A contiguous buffer has what it says, unless it lies; results of twice as many bytes may have no address."""
    longest = (ctypes.c_uint8 * (1 << 62)).from_address(ctypes.addressof(ctypes.c_uint64()))
    assert refused(function, longest, field=field).rule == "must have no more items than memory can hold"


def test_other_people_s_exceptions_pass():
    def broken():
        yield 1
        raise LookupError("mine")

    for function in (KEY.sign_many, pedersen_chain_starkex, pedersen_hash_many):
        with pytest.raises((LookupError, errors.InputTypeError)):
            function(broken())


def test_what_is_verified_must_be_a_signature():
    for value in (None, (1, 2), SIGNATURE.to_bytes(), SIGNATURE.to_hex(), 5):
        refused(PUBLIC.verify, 1, value, field="signature")
        refused(PUBLIC.prepare().verify, 1, value, field="signature")


def test_engines():
    before = starkcore.engine()
    for name in ("", "none", "portable\0", "\ud800", "é"):
        refused(starkcore.use_engine, name, field="engine")
    for name in (None, 5, b"portable"):
        refused(starkcore.use_engine, name, field="engine")
    assert starkcore.engine() == before


def test_strict_mode():
    before = starkcore.strict()
    for value in (None, 0, 1, "on", b"1"):
        refused(starkcore.use_strict, value, field="strict")
    assert starkcore.strict() is before
    for value in (not before, before):
        starkcore.use_strict(value)
        assert starkcore.strict() is value


def test_tables():
    before = starkcore.tables()
    for value in (0, 2**32, -1, True, 9.0, None, "9", b"9"):
        refused(starkcore.use_tables, value, field="megabytes")
    assert starkcore.tables() == before


# ---- Amounts ----

BAD_AMOUNTS = [
    "", " ", " 1", "1 ", "1 2", "1_0", "1,5", "1.2.3", ".", "-", "+", "e5", "1e", "1e+", "0x10", "NaN", "nan", "sNaN",
    "Infinity", "-inf", "1e400", "1e99999", "1e-99999", "\uff11", "\u0661", "1\0", "\ud800", "½", "−1", "-1", "-1e-30",
    "1/2", "1" * 97, "1" * 100_000, "true", Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("-1"), -1,
    1 << 64, 10**5000,
]  # fmt: skip
BAD_AMOUNT_TYPES = [None, True, 1.0, 0.1, float("nan"), Fraction(1, 2), b"1", [1], object()]


@pytest.mark.parametrize("field", ["size", "price", "limit_fee"])
def test_amounts_of_orders(field):
    for value in BAD_AMOUNTS:
        error = refused(SIGNER.sign_order, **ORDER | {field: value})
        assert isinstance(error, errors.InvalidAmount), value
        assert error.field == field or value in ("1e400", "1e99999", 1 << 64, 10**5000)
    for value in BAD_AMOUNT_TYPES:
        assert isinstance(refused(SIGNER.sign_order, **ORDER | {field: value}, field=field), errors.InputTypeError)


def test_sizes_and_prices_of_orders():
    for field in ("size", "price"):
        for zero in ("0", "0.000", 0, Decimal("0E+5")):
            refused(SIGNER.sign_order, **ORDER | {field: zero}, field=field)
    refused(SIGNER.sign_order, **ORDER | {"size": "1e-10"}, field="size")  # ETH has nine decimals
    refused(SIGNER.sign_order, **ORDER | {"size": "18446744074"}, field="size")
    assert "float" in str(refused(SIGNER.sign_order, **ORDER | {"size": 0.1}))
    assert "exact" in str(refused(SIGNER.sign_order, **ORDER | {"size": 0.1}))


def test_amounts_of_transfers_and_withdrawals():
    common = {"nonce": 1, "expiration": ORDER["expiration"]}
    for value in [*BAD_AMOUNTS, *BAD_AMOUNT_TYPES, "1e-7"]:
        refused(SIGNER.sign_withdrawal, amount=value, **common, field="amount")
        refused(SIGNER.sign_transfer, amount=value, receiver_position_id=1, receiver_key=1, **common, field="amount")
        refused(to_quantums, value, 10**6, field="amount")
    refused(to_quantums, 1, 10, "sideways", field="rounding")
    for value in (None, [], {}):
        refused(to_quantums, 1, 10, value, field="rounding")


# ---- Orders ----


def test_markets_and_sides_and_networks():
    for value in ("", "eth-usd", "ETH-USD ", "ETH", "ETH-USD\0", "\ud800", "x" * 100_000):
        assert isinstance(refused(SIGNER.sign_order, **ORDER | {"market": value}, field="market"), errors.UnknownMarket)
    for value in (None, 5, b"ETH-USD", ["ETH-USD"], {}):
        refused(SIGNER.sign_order, **ORDER | {"market": value}, field="market")
    for value in ("buy", "Sell", "", "BUY ", None, True, 1, b"BUY", ["BUY"]):
        refused(SIGNER.sign_order, **ORDER | {"side": value}, field="side")
    for value in ("", "MAINNET", "ropsten", 3, 0, -1):
        assert isinstance(refused(OrderSigner, KEY, value, position_id=1, field="network"), errors.UnknownNetwork)
    for value in (None, True, 1.0, b"mainnet", ["mainnet"]):
        refused(OrderSigner, KEY, value, position_id=1, field="network")
    for value in (None, 5, "0x1", KEY.public_key):
        refused(OrderSigner, value, position_id=1, field="key")
    refused(OrderSigner, KEY, position_id=1, venue="dydx", field="venue")
    refused(Order.from_human, **ORDER, position_id=1, venue="dydx", field="venue")
    for value in (None, "ETH-USD", DYDX):
        refused(DYDX.with_markets, DYDX.market("ETH-USD"), value, field="markets")


def test_only_a_public_key_is_prepared():
    for value in (None, 5, PUBLIC.to_hex(), KEY):
        assert isinstance(refused(PreparedPublicKey, value, field="public_key"), errors.InputTypeError)


def test_hours_of_a_buffer():
    for value in (None, True, 1.0, "168"):
        assert isinstance(refused(expiration_hours, 1_900_000_000, buffer_hours=value), errors.InputTypeError)


def test_client_ids_and_nonces():
    for value in (5, b"a", True, ["a"]):
        refused(SIGNER.sign_order, **ORDER | {"client_id": value}, field="client_id")
        refused(DYDX.nonce, value, field="client_id")
    refused(SIGNER.sign_order, **ORDER | {"client_id": "\ud800"}, field="client_id")
    refused(SIGNER.sign_order, **ORDER | {"client_id": None}, field="client_id")
    refused(SIGNER.sign_order, **ORDER | {"nonce": 5}, field="client_id")
    refused(SIGNER.sign_withdrawal, amount=1, expiration=ORDER["expiration"], field="client_id")
    for value in (1 << 32, -1, True, 1.0, "5"):
        refused(SIGNER.sign_withdrawal, amount=1, expiration=ORDER["expiration"], nonce=value, field="nonce")


BAD_EXPIRATIONS = [
    None, True, b"2030", [1], object(), "", "soon", "2030-01-01", "2030-01-01T00:00:00", " 2030-01-01T00:00:00Z",
    "2030-01-01T00:00:00Z ", "2030-13-01T00:00:00Z", "2030-01-01T25:00:00Z", "2030-01-01T00:00:00.0000001Z",
    "1900000000", "\uff12030-01-01T00:00:00Z", "\ud800", datetime(2030, 1, 1), 0, -1, 1, 1e9, 1_900_000_000_000, 1.9e12,
    1 << 1000, float("nan"), float("inf"), -float("inf"), 1e300, Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"),
    Decimal("1e999999999"), Decimal("1e-999999999"), Decimal("-1"), 1_420_070_399 - 3600,
]  # fmt: skip


@pytest.mark.parametrize("value", BAD_EXPIRATIONS, ids=range(len(BAD_EXPIRATIONS)))
def test_expirations(value):
    unchecked = OrderSigner(KEY, position_id=1, check_expiration=False)
    refused(expiration_hours, value, field="expiration")
    refused(unchecked.sign_order, **ORDER | {"expiration": value}, field="expiration")
    refused(unchecked.sign_withdrawal, amount=1, nonce=1, expiration=value, field="expiration")


def test_milliseconds_are_recognized():
    assert "milliseconds" in str(refused(expiration_hours, 1_900_000_000_000))
    assert "time zone" in str(refused(expiration_hours, datetime(2030, 1, 1)))


# ---- Messages ----

MESSAGES = {
    Order: {
        "synthetic_id": 128, "collateral_id": 250, "fee_asset_id": 250, "quantums_synthetic": 64,
        "quantums_collateral": 64, "quantums_fee": 64, "position_id": 64, "nonce": 32, "expiration_hours": 32,
    },
    Transfer: {
        "asset_id": 250, "receiver_key": 251, "sender_position_id": 64, "receiver_position_id": 64,
        "quantums_amount": 64, "nonce": 32, "expiration_hours": 32, "fee_asset_id": 250, "quantums_max_fee": 64,
        "fee_position_id": 64,
    },
    ConditionalTransfer: {
        "asset_id": 250, "receiver_key": 251, "condition": 251, "sender_position_id": 64, "receiver_position_id": 64,
        "quantums_amount": 64, "nonce": 32, "expiration_hours": 32,
    },
    Withdrawal: {"collateral_id": 250, "position_id": 64, "quantums_amount": 64, "nonce": 32, "expiration_hours": 32},
    WithdrawalToAddress: {
        "collateral_id": 250, "position_id": 64, "quantums_amount": 64, "nonce": 32, "expiration_hours": 32,
    },
}  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES)
def test_messages(message):
    widths = MESSAGES[message]
    good = dict.fromkeys(widths, 1)
    if message is Order:
        good["is_buying_synthetic"] = True
    if message is WithdrawalToAddress:
        good["eth_address"] = bytes(20)
    seen = {message(**good).hash()}
    for field, bits in widths.items():
        for value in (0, (1 << bits) - 1):
            seen.add(message(**good | {field: value}).hash())
        for value in (-1, 1 << bits, 1 << 300):
            refused(message(**good | {field: value}).hash, field=field)
        for value in (True, 1.0, "1", b"1") + (() if field == "fee_position_id" else (None,)):
            assert isinstance(refused(message(**good | {field: value}).hash, field=field), errors.InputTypeError)
    assert len(seen) == 1 + 2 * len(widths)


def test_the_other_fields_of_messages():
    order = dict.fromkeys(MESSAGES[Order], 1)
    for value in (0, 1, None, "BUY"):
        refused(Order(**order, is_buying_synthetic=value).hash, field="is_buying_synthetic")
    withdrawal = dict.fromkeys(MESSAGES[WithdrawalToAddress], 1)
    for value in (None, 5, bytes(19), bytes(21), "0x", "0x" + "0" * 39, "0x" + "0" * 41, "0x" + "g" * 40, "é"):
        refused(WithdrawalToAddress(**withdrawal, eth_address=value).hash, field="eth_address")


def test_keys_of_receivers():
    common = {"receiver_position_id": 1, "amount": 1, "nonce": 1, "expiration": ORDER["expiration"]}
    for value in (None, True, 1.0, "", "0x", "xyz", -1, 1 << 251, 1 << 256, bytes(31)):
        refused(SIGNER.sign_transfer, receiver_key=value, **common, field="receiver_key")
        refused(SIGNER.sign_conditional_transfer, receiver_key=value, condition=1, **common, field="receiver_key")
    for value in (None, True, 1.0, "1", -1, 1 << 251):
        refused(SIGNER.sign_conditional_transfer, receiver_key=1, condition=value, **common, field="condition")


def test_facts():
    good = {"recipient": bytes(20), "token_decimals": 6, "amount": 1, "token_address": bytes(20), "salt": 1}
    for field, values in {
        "recipient": (None, 5, bytes(19), "0x12"),
        "token_address": (None, 5, bytes(21), "x" * 40),
        "token_decimals": (None, True, 1.0, -1, 20),
        "salt": (None, True, 1.0, "1", -1, 1 << 256),
        "amount": ("1e-7", 0.5, "", None, "18446744073710"),
    }.items():
        for value in values:
            refused(transfer_erc20_fact, **good | {field: value}, field=field)


def of_no_items():
    """Buffers that no item can be had of: released, of two dimensions, of none."""
    released = memoryview(b"ab")
    released.release()
    buffers = [released, memoryview(bytes(64)).cast("B", (1, 64)), memoryview(bytes(1)).cast("B", ())]
    numpy = pytest.importorskip("numpy")
    return [*buffers, numpy.array(5), numpy.array(5, dtype=object)]


def test_a_buffer_in_the_place_of_a_list_has_one_dimension():
    """Iterating over another raises ValueError, NotImplementedError, TypeError or, with islice, SystemError."""
    key = PrivateKey(5)
    signer, perpetuals = starkcore.extended.OrderSigner(key, 5), starkcore.paradex.OrderSigner(key, 5)
    table = dict.fromkeys(("market", "side", "order_type", "size", "price"), 1) | {"timestamp": 1_700_000_000_000}
    decimals = {"size_decimals": 1, "price_decimals": 1}
    names = {"markets": ["A"], "order_types": ["LIMIT"], **decimals, **table}
    nonces = {"sender_address": 1, "chain_id": 1, "nonce": 1, "max_fee": 1}
    for value in of_no_items():
        refused(SIGNER.sign_orders, value, field="orders")
        refused(signer.sign_orders, value, field="orders")
        refused(perpetuals.sign_orders, value, field="orders")
        refused(perpetuals.sign_columns, **names | {"markets": value}, field="markets")
        refused(perpetuals.sign_columns, **names | {"size_decimals": value}, field="size_decimals")
        refused(perpetuals.sign_block_trade, nonce=1, expiration=1_700_000_000_000, trades=value, field="trades")
        refused(starkcore.starknet.invoke_hash_v1, calldata=value, **nonces, field="calldata")
        refused(starkcore.pedersen_hash_many, value, field="pairs")
        refused(starkcore.exact.one_by_one, value, "values", "a list", field="values")
    for value in ([], (), 5, b"ab", array.array("I", [1]), memoryview(b"ab")):
        starkcore.exact.one_by_one(value, "values", "a list")
