"""Extended's keys, amounts and messages against its own SDK's (tests/vectors/extended-*.json say how), and what is
refused.
"""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vectors import layout

from starkcore import PrivateKey, extended
from starkcore.errors import InputTypeError, InvalidAmount, InvalidExpiration, InvalidInput, StarkcoreError
from starkcore.extended import messages
from starkcore.extended.amounts import order_amounts, read, transfer_units
from starkcore.extended.messages import domain_hash, expiration_seconds, signed_element, template

KEYS = layout.read("extended-keys.json")
MESSAGES = layout.read("extended-messages.json")
AMOUNTS = layout.read("extended-amounts.json")
NETWORKS = {"SN_MAIN": extended.MAINNET, "SN_SEPOLIA": extended.TESTNET}
DOMAINS = {network.signing_domain: network for network in NETWORKS.values()}
DOMAINS["x10.exchange"] = extended.Network("legacy", "SN_MAIN", "x10.exchange", "")
P = 2**251 + 17 * 2**192 + 1
BTC = extended.Market(
    "BTC-USD", synthetic_id=0x4254432D3600000000000000000000, synthetic_resolution=10**6, collateral_id=1,
    collateral_resolution=10**6,
)  # fmt: skip
ORDER = {
    "market": BTC, "side": "BUY", "size": "0.001", "price": "43445.1168", "taker_fee": "0.0005",
    "expire_time": 1_796_000_000, "nonce": 1,
}  # fmt: skip


def number(value):
    return int(value, 16) if isinstance(value, str) else value


# ---- Messages

FIELDS = {
    "order": (messages.ORDER,
              "position_id base_asset_id base_amount quote_asset_id quote_amount fee_asset_id fee_amount"
              " expiration salt"),
    "limit_order": (messages.LIMIT_ORDER,
                    "source_position_id receive_position_id base_asset_id base_amount quote_asset_id"
                    " quote_amount fee_asset_id fee_amount expiration salt"),
    "transfer": (messages.TRANSFER, "recipient_position_id sender_position_id collateral_id amount expiration salt"),
    "withdrawal": (messages.WITHDRAWAL, "recipient_hex position_id collateral_id amount expiration salt"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "row"), [(kind, row) for kind in FIELDS for row in MESSAGES[kind]], ids=lambda value: str(value)[:40]
)
def test_messages(kind, row):
    selector, names = FIELDS[kind]
    values = [signed_element(number(row["args"][name])) for name in names.split()]
    message = template(NETWORKS[row["domain"]], number(row["user_public_key"]), selector, len(values))
    assert message.hash(values) == number(row["hash"])
    if row["signature_by_key"] is not None:
        signature = PrivateKey(MESSAGES["key"]["private"]).sign(number(row["hash"]))
        assert tuple(signature) == tuple(number(row["signature_by_key"][part]) for part in "rs")


def test_domains_and_selectors():
    for row in MESSAGES["domains"]:
        assert domain_hash(NETWORKS[row["domain"][2]]) == number(row["hash"])
    ours = [messages.ORDER, messages.LIMIT_ORDER, messages.TRANSFER, messages.WITHDRAWAL]
    assert ours == [number(MESSAGES["selectors"][name]) for name in ("ORDER", "LIMIT", "TRANSFER", "WITHDRAW")]


def test_the_sdks_order():
    """x10-python-trading-starknet's test_create_buy_order: amounts, expiry and hash of one order from end to end."""
    row = next(row for row in MESSAGES["order"] if "test_create_buy_order" in row["note"])
    args = row["args"]
    signer = extended.OrderSigner(PrivateKey(MESSAGES["key"]["private"]), vault=args["position_id"])
    expire_time = datetime.fromtimestamp(args["expiration"], UTC) - timedelta(days=14)
    signed = signer.sign_order(**ORDER | {"expire_time": expire_time, "nonce": args["salt"]})
    assert signed.hash == number(row["hash"])
    assert signed.settlement() == {
        "signature": row["signature_by_key"],
        "starkKey": MESSAGES["key"]["public_x"],
        "collateralPosition": "10002",
    }
    assert signed.debugging_amounts() == {
        "collateralAmount": "-43445117", "feeAmount": "21723", "syntheticAmount": "1000",
    }  # fmt: skip


# ---- Amounts


def recorded_market(row):
    resolutions = {
        "synthetic_resolution": row["synthetic_resolution"],
        "collateral_resolution": row["collateral_resolution"],
    }
    return extended.Market("M", synthetic_id=1, collateral_id=1, **resolutions)


@pytest.mark.parametrize("row", AMOUNTS["orders"], ids=lambda row: row["note"])
def test_amounts_of_orders(row):
    signer = extended.OrderSigner(PrivateKey(5), vault=1)
    order = ORDER | {
        "market": recorded_market(row), "side": row["side"], "size": row["qty"], "price": row["price"],
        "taker_fee": row["fee"], "builder_fee": row["builder_fee"], "rounding": "venue",
    }  # fmt: skip
    if "error" in row["result"]:
        with pytest.raises(InvalidAmount):
            signer.sign_order(**order)
        return
    signed = signer.sign_order(**order)
    expected = [int(row["result"][name]) for name in ("base", "quote", "fee")]
    assert [signed.base_amount, signed.quote_amount, signed.fee_amount] == expected


decimals = st.decimals(min_value=0, max_value=10**6, places=8, allow_nan=False)


@given(st.booleans(), decimals, decimals, st.decimals(0, 1, places=6), st.sampled_from([1, 10, 1000, 10**6, 10**10]))
def test_amounts_against_fractions(is_buy, size, price, fee, resolution):
    amounts = order_amounts(is_buy, read(size, "size"), read(price, "price"), read(fee, "fee"), resolution, 10**6)
    away = ceil if is_buy else floor
    cost = Fraction(size) * Fraction(price)
    base, quote = away(Fraction(size) * resolution), away(cost * 10**6)
    assert amounts == (base if is_buy else -base, -quote if is_buy else quote, ceil(Fraction(fee) * cost * 10**6))


@given(decimals, st.sampled_from([1, 10, 10**3, 10**6]))
def test_amounts_of_transfers_against_fractions(amount, resolution):
    assert transfer_units(amount, resolution, "amount", "half_even") == round(Fraction(amount) * resolution)


def test_amounts_of_transfers():
    for row in AMOUNTS["plain"]:
        assert transfer_units(row["value"], 10**6, "amount", "half_even") == row["stark_amount"]
        if Decimal(row["value"]) * 10**6 != row["stark_amount"]:
            with pytest.raises(InvalidAmount, match="whole number"):
                transfer_units(row["value"], 10**6, "amount", "exact")


def test_the_programs_decimal_context_changes_nothing():
    signer = extended.OrderSigner(PrivateKey(5), vault=1)
    order = ORDER | {"size": Decimal("123.456789"), "price": Decimal("98765.4321")}
    expected = signer.sign_order(**order)
    with localcontext() as context:
        context.prec = 6
        assert signer.sign_order(**order) == expected


@pytest.mark.parametrize("row", AMOUNTS["expirations"], ids=lambda row: row["expire_time"])
def test_expiries(row):
    moment = datetime.fromisoformat(row["expire_time"])
    for value in (moment, row["expire_time"], moment.astimezone(timezone(timedelta(hours=-7)))):
        assert expiration_seconds(value, "expire_time", 14) == row["order(+14d)"]
        assert expiration_seconds(value, "time", 15) == row["withdrawal(+15d from now)"]
        assert expiration_seconds(value, "time", 21) == row["transfer(+21d from now)"]


# ---- Keys and registration


@pytest.mark.parametrize("row", KEYS["derivation"], ids=lambda row: row["note"] or row["signing_domain"])
def test_keys(row):
    from starkcore.ethereum import LocalKey

    wallet = LocalKey(row["eth_private_key"])
    assert wallet.address == row["wallet"]
    key = extended.derive_key(wallet, DOMAINS[row["signing_domain"]], row["account_index"])
    assert key.secret_hex() == row["stark_private"]
    assert hex(key.public_key.x) == row["stark_public_x"]


@pytest.mark.parametrize("row", KEYS["onboarding"], ids=lambda row: row["signing_domain"])
def test_onboarding(row):
    from starkcore.ethereum import LocalKey

    network = DOMAINS[row["signing_domain"]]
    wallet = LocalKey(KEYS["derivation"][0]["eth_private_key"])
    key = extended.derive_key(wallet, network)
    moment = datetime.fromisoformat(row["time"])
    body = extended.onboarding(wallet, key, network, time=moment, referral_code="ABC")
    assert body == row["POST /auth/onboard"]
    sub = extended.sub_account(wallet.address, key, network, account_index=3, description="mine", time=moment)
    assert sub["l2Signature"] == body["l2Signature"]
    assert sub["accountCreation"] == body["accountCreation"] | {"accountIndex": 3, "action": "CREATE_SUB_ACCOUNT"}


@pytest.mark.parametrize("row", KEYS["api_request"], ids=lambda row: row["text"])
def test_signed_requests(row):
    from starkcore.ethereum import LocalKey

    path, _, moment = row["text"].partition("@")
    headers = extended.api_key_headers(LocalKey(row["eth_private_key"]), path, time=datetime.fromisoformat(moment))
    assert headers == row["headers"]


# ---- The signer


def test_many_orders_are_the_single_ones():
    signer = extended.OrderSigner(PrivateKey(5), vault=10002)
    orders = [ORDER | {"nonce": i + 1, "side": ("BUY", "SELL")[i % 2]} for i in range(40)]
    orders[9] = orders[9] | {"size": "0.0000001"}
    orders[11] = 5
    orders[13] = orders[13] | {"post_only": True}
    for threads in (1, 2):
        for i, (order, outcome) in enumerate(zip(orders, signer.sign_orders(orders, threads=threads), strict=True)):
            if i in (9, 11, 13):
                assert isinstance(outcome, StarkcoreError)
            else:
                assert outcome == signer.sign_order(**order)
    for wrong in (ORDER, memoryview(b"123")):
        with pytest.raises(InputTypeError, match="orders"):
            signer.sign_orders(wrong)


def test_legs_are_orders_of_the_other_side():
    signer = extended.OrderSigner(PrivateKey(5), vault=10002)
    leg = signer.sign_take_profit(**ORDER)
    assert leg == signer.sign_stop_loss(**ORDER) == signer.sign_order(**ORDER | {"side": "SELL"})
    assert signer.sign_take_profit(**ORDER | {"side": "SELL"}) == signer.sign_order(**ORDER)


def test_transfers_withdrawals_and_vault_orders_are_the_messages():
    public = PrivateKey(5).public_key
    signer = extended.OrderSigner(PrivateKey(5), vault=7, network="testnet")
    asset = {"collateral_id": "0x3", "collateral_resolution": 10**6, "nonce": 6, "time": 1_796_000_000}
    transfer = signer.sign_transfer(to_vault=8, receiver_public_key=public, amount="1.1", **asset)
    until = 1_796_000_000 + 21 * 86400
    assert transfer.hash == template(extended.TESTNET, public.x, messages.TRANSFER, 6).hash(
        [8, 7, 3, 1_100_000, until, 6]
    )
    assert public.verify(transfer.hash, transfer.signature)
    assert transfer.settlement()["receiverPublicKey"] == hex(public.x)
    withdrawal = signer.sign_withdrawal(recipient="0x5", amount=2, **asset)
    until = 1_796_000_000 + 15 * 86400
    assert withdrawal.hash == template(extended.TESTNET, public.x, messages.WITHDRAWAL, 6).hash(
        [5, 7, 3, 2_000_000, until, 6]
    )
    assert withdrawal.settlement()["expiration"] == {"seconds": until}
    vault = {"market": BTC, "size": "7", "quote_amount": "10", "expire_time": 1_796_000_000, "nonce": 1}
    order = signer.sign_limit_order(side="SELL", **vault)
    until = 1_796_000_000 + 14 * 86400
    values = [7, 7, BTC.synthetic_id, P - 7_000_000, 1, 10_000_000, 1, 0, until, 1]
    assert order.hash == template(extended.TESTNET, public.x, messages.LIMIT_ORDER, 10).hash(values)
    assert signer.sign_limit_order(side="BUY", **vault).settlement()["quoteAmount"] == -10_000_000


def test_nonces_are_those_that_the_exchange_takes():
    signer = extended.OrderSigner(PrivateKey(5), vault=1)
    order = {name: value for name, value in ORDER.items() if name != "nonce"}
    assert all(1 <= signer.sign_order(**order).nonce <= 2**31 for _ in range(20))
    assert signer.sign_order(**order, nonce=2**31).nonce == 2**31


@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"size": 0.001}, InputTypeError, "size"), ({"size": "0.0000001"}, InvalidAmount, "size"),
        ({"size": "0"}, InvalidAmount, "size"), ({"size": "-1"}, InvalidAmount, "size"),
        ({"size": "+1"}, InvalidAmount, "size"), ({"size": " 1"}, InvalidAmount, "size"),
        ({"size": "1_0"}, InvalidAmount, "size"), ({"size": "."}, InvalidAmount, "size"),
        ({"size": ""}, InvalidAmount, "size"), ({"size": "NaN"}, InvalidAmount, "size"),
        ({"size": "١"}, InvalidAmount, "size"), ({"size": "1" * 97}, InvalidAmount, "size"),
        ({"size": "1e999"}, InvalidAmount, "size"), ({"size": "1e9999"}, InvalidAmount, "size"),
        ({"size": Decimal("Infinity")}, InvalidAmount, "size"), ({"size": "10000000000000"}, InvalidAmount, "size"),
        ({"size": True}, InputTypeError, "size"), ({"price": "0"}, InvalidAmount, "price"),
        ({"price": "1e16"}, InvalidAmount, "price"), ({"price": None}, InputTypeError, "price"),
        ({"taker_fee": "1"}, InvalidAmount, "taker_fee"), ({"taker_fee": 0.0005}, InputTypeError, "taker_fee"),
        ({"builder_fee": "5"}, InvalidAmount, "builder_fee"), ({"side": "buy"}, InvalidInput, "side"),
        ({"side": None}, InputTypeError, "side"), ({"market": "BTC-USD"}, InputTypeError, "market"),
        ({"nonce": 0}, InvalidInput, "nonce"), ({"nonce": 2**31 + 1}, InvalidInput, "nonce"),
        ({"nonce": True}, InputTypeError, "nonce"), ({"expire_time": None}, InputTypeError, "expire_time"),
        ({"expire_time": 1_796_000_000_000}, InvalidExpiration, "expire_time"),
        ({"expire_time": datetime(2026, 12, 1)}, InvalidExpiration, "expire_time"),
        ({"rounding": "up"}, InvalidInput, "rounding"),
    ],
)  # fmt: skip
def test_bad_orders_are_named(change, error, field):
    signer = extended.OrderSigner(PrivateKey(5), vault=1)
    signer.sign_order(**ORDER)
    with pytest.raises(error) as caught:
        signer.sign_order(**ORDER | change)
    assert caught.value.field == field
    [outcome] = signer.sign_orders([ORDER | change])
    assert type(outcome) is error


def test_markets():
    answer = {
        "name": "BTC-USD",
        "l2Config": {
            "type": "STARKX", "syntheticId": "0x4254432d3600000000000000000000", "syntheticResolution": 10**6,
            "collateralId": "0x1", "collateralResolution": 10**6,
        },
    }  # fmt: skip
    assert extended.Market.from_api(answer) == BTC
    for broken in ({}, {"name": "X"}, {"name": "X", "l2Config": {}}, {"name": "X", "l2Config": []}):
        with pytest.raises(InvalidInput, match="answer"):
            extended.Market.from_api(broken)
    with pytest.raises(InvalidInput, match="synthetic_resolution"):
        extended.Market("X", 1, 0, 1, 1)
    with pytest.raises(InvalidInput, match="collateral_id"):
        extended.Market("X", 1, 1, P, 1)


def test_parameters():
    from starkcore.ethereum import LocalKey

    with pytest.raises(InvalidInput, match="vault"):
        extended.OrderSigner(PrivateKey(1), vault=2**32)
    with pytest.raises(InputTypeError, match="key"):
        extended.OrderSigner(1, vault=1)
    with pytest.raises(InvalidInput, match="network"):
        extended.OrderSigner(PrivateKey(1), vault=1, network="sepolia")
    assert repr(extended.OrderSigner(PrivateKey(1), vault=1)) == "<OrderSigner for Extended mainnet, vault 1>"
    wallet = LocalKey("0x" + "11" * 32)
    for index in (-1, 128, True, "0"):
        with pytest.raises((InvalidInput, InputTypeError), match="account_index"):
            extended.derive_key(wallet, "mainnet", index)
    with pytest.raises(InvalidInput, match="account_index"):
        extended.sub_account(wallet.address, PrivateKey(1), account_index=0, description="x")
    with pytest.raises(InvalidInput, match="time"):
        extended.api_key_headers(wallet, time=datetime(2026, 12, 1))
    with pytest.raises(InvalidInput, match="path"):
        extended.api_key_headers(wallet, "api")
    with pytest.raises(InvalidInput, match="address"):
        extended.api_key_headers(object())


def test_messages_of_random_orders_are_fast_stark_cryptos():
    """The venue's own engine, in Rust, over numbers of every size."""
    import random

    fast_stark_crypto = pytest.importorskip("fast_stark_crypto")
    rng = random.Random(13)
    domain = {
        "domain_name": "Perpetuals", "domain_version": "v0", "domain_chain_id": "SN_SEPOLIA", "domain_revision": "1",
    }  # fmt: skip

    def amount(bits):
        return rng.getrandbits(rng.randint(1, bits))

    for _ in range(200):
        public_key = rng.randrange(P)
        order = {
            "position_id": amount(32), "base_asset_id": rng.randrange(P),
            "base_amount": rng.choice((-1, 1)) * amount(63), "quote_asset_id": amount(128),
            "quote_amount": rng.choice((-1, 1)) * amount(63), "fee_asset_id": amount(128), "fee_amount": amount(64),
            "expiration": amount(64), "salt": amount(64),
        }  # fmt: skip
        theirs = fast_stark_crypto.get_order_msg_hash(**order, **domain, user_public_key=public_key)
        ours = template(extended.TESTNET, public_key, messages.ORDER, 9)
        assert ours.hash([signed_element(value) for value in order.values()]) == theirs
