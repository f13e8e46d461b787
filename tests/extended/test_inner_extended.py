"""Inner functions of Extended's orders and accounts, one at a time. Numbers are worked out by hand."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import odd_values as odd
import pytest

from starkcore import PrivateKey, errors
from starkcore.extended import Market, OrderSigner, account, messages, networks, signer
from starkcore.extended.amounts import Exact, decimal_text, read
from starkcore.starknet.form import Known

COLLATERAL = 0x31857064564ED0FF978E687456963CBA09C2C6985D8F9300A1DE4962FAFA054
MARKET = Market(
    name="BTC-USD", synthetic_id=0x4254432D3600000000000000000000, synthetic_resolution=10**6, collateral_id=COLLATERAL,
    collateral_resolution=10**6,
)  # fmt: skip
X = 0x1EF15C18599971B7BECED415A40F0C7DEACFD9B0D1819E03D723D8BC943CFCA  # the Stark curve's generator


def refused(rule, call, *arguments):
    with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=rule) as caught:
        call(*arguments)
    return caught.value


@pytest.fixture
def own():
    return OrderSigner(PrivateKey(5), 10002, "testnet")


def test_a_side():
    assert (signer._is_buy("BUY"), signer._is_buy("SELL")) == (True, False)
    for wrong in ("buy", "", 1, None):
        refused("^side must be", signer._is_buy, wrong)


def test_an_expiry_must_be_given():
    assert signer._given(0) == 0
    refused("^expire_time must be a datetime", signer._given, None)


def test_a_fee_is_a_fraction():
    assert signer._fee("0.0005", "taker_fee") == Exact(5, -4)
    assert signer._fee("0", "taker_fee").digits == 0
    for wrong in ("1", "5", "1.0", "100e-2"):
        refused("^taker_fee must be a fraction below 1", signer._fee, wrong, "taker_fee")


def test_a_resolution_divides():
    assert signer._resolution(1) == 1
    assert signer._resolution(2**128 - 1) == 2**128 - 1
    for wrong in (0, -1, 2**128):
        refused("^collateral_resolution must be in", signer._resolution, wrong)


def test_units_away_from_zero():
    assert signer._up(read("1.5", "x"), 10, "x", "exact") == 15
    assert signer._up(read("1.51", "x"), 10, "x", "venue") == 16
    refused("^x must be more than 0, and a whole number", signer._up, read("1.51", "x"), 10, "x", "exact")
    refused("^x must be more than 0", signer._up, read("0", "x"), 10, "x", "venue")
    refused(r"^x must come to less than 2\^63", signer._up, read(str(2**63), "x"), 1, "x", "exact")
    assert signer._up(read(str(2**63 - 1), "x"), 1, "x", "exact") == 2**63 - 1
    refused("^rounding must be", signer._up, read("1", "x"), 10, "x", "up")


def test_the_amounts_of_an_order(own):
    """0.001 BTC at 43 445.11 are 43.44511 USD; a fee of 0.05 % of it is 0.021722555, rounded up to 21 723 units."""
    bought = own._amounts(MARKET, True, "0.001", "43445.11", "0.0005", None, "exact")
    assert bought == (1000, -43_445_110, 21_723)
    assert own._amounts(MARKET, False, "0.001", "43445.11", "0.0005", None, "exact") == (-1000, 43_445_110, 21_723)
    # A builder's fee is added before it is rounded: 0.07 % are 30 411.577.
    assert own._amounts(MARKET, True, "0.001", "43445.11", "0.0005", "0.0002", "exact").fee == 30_412
    # A buyer's amounts are rounded up, a seller's down.
    assert own._amounts(MARKET, True, "0.0000015", "1", "0", None, "venue")[:2] == (2, -2)
    assert own._amounts(MARKET, False, "0.0000015", "1", "0", None, "venue")[:2] == (-1, 1)
    for size, price, rounding, rule in (
        ("0.0000015", "1", "exact", "^size must be a whole number of units of 1/1000000"),
        ("0", "1", "exact", "^size must be more"),
        ("1", "0", "exact", "^price must be more than 0"), ("1", "1", "up", "^rounding must"),
        ("-1", "1", "exact", "^size must"),
    ):  # fmt: skip
        refused(rule, own._amounts, MARKET, True, size, price, "0.0005", None, rounding)


def test_the_felts_of_an_order(own):
    values, signed = own._terms(MARKET, "SELL", "0.001", "43445.11", "0.0005", 1_704_420_205, None, 7, "exact")
    prime = 2**251 + 17 * 2**192 + 1
    # An order is taken 14 days beyond its expiry.
    expiration = 1_704_420_205 + 14 * 86_400
    assert values == (MARKET.synthetic_id, prime - 1000, COLLATERAL, 43_445_110, COLLATERAL, 21_723, expiration, 7)
    assert signed == (-1000, 43_445_110, 21_723, expiration, 7, 10002, own.public_key)
    refused("^market must be a Market", own._terms, "BTC-USD", "SELL", "1", "1", "0", 1_704_420_205, None, 7, "exact")
    refused("^expire_time must be", own._terms, MARKET, "SELL", "1", "1", "0", None, None, 7, "exact")
    refused("^nonce must be in", own._terms, MARKET, "SELL", "1", "1", "0", 1_704_420_205, None, 0, "exact")


ORDER = {
    "market": MARKET,
    "side": "BUY",
    "size": "1",
    "price": "1",
    "taker_fee": "0",
    "expire_time": 1_704_420_205,
    "nonce": 7,
}


def test_an_order_or_what_is_wrong_with_it(own):
    values, signed = own._read(ORDER)
    assert (values[-1], signed[4]) == (7, 7)
    problem = own._read(ORDER | {"size": "x"})
    assert (problem.field, problem.__traceback__) == ("size", None)
    assert own._read({}).field == "order"
    assert isinstance(own._read([]), errors.InputTypeError)


def test_only_a_market_that_fits_is_kept_ready():
    known = Known(5)
    signer._keep_ready(known, MARKET)
    assert list(known.records) == [id(MARKET)]
    larger = replace(MARKET, synthetic_resolution=2**64)
    signer._keep_ready(known, larger)
    assert list(known.records) == [id(MARKET)]


def test_a_nonce():
    assert (messages.read_nonce(1), messages.read_nonce(2**31)) == (1, 2**31)
    drawn = {messages.read_nonce(None) for _ in range(50)}
    assert len(drawn) > 40
    assert all(1 <= nonce <= 2**31 for nonce in drawn)
    for wrong in (0, -1, 2**31 + 1):
        refused(r"^nonce must be in \[1, 2\^31\]", messages.read_nonce, wrong)
    refused("^nonce must be an int", messages.read_nonce, True)


def test_a_key_signs_for_its_wallet():
    """The signature is over pedersen(address, public key), as the exchange's SDK has it."""
    from reference import pedersen

    from starkcore import PublicKey, Signature

    owner = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
    made = account._key_and_signature(owner, PrivateKey(1))
    assert made["l2Key"] == hex(X)
    signature = Signature(int(made["l2Signature"]["r"], 16), int(made["l2Signature"]["s"], 16))
    assert PublicKey.from_x(hex(X)).verify(pedersen.pedersen_hash(int(owner, 16), X), signature)
    assert not PublicKey.from_x(hex(X)).verify(pedersen.pedersen_hash(X, int(owner, 16)), signature)
    refused("^key must be a PrivateKey", account._key_and_signature, owner, "0x1")


def test_decimals_are_taken_too(own):
    assert own._amounts(MARKET, True, Decimal("0.001"), 1, "0", None, "exact")[:2] == (1000, -1000)


def test_a_moment_in_whole_seconds():
    zone = timezone(timedelta(hours=2))
    assert account._moment(datetime(2024, 1, 5, 4, 3, 25, 999_999, tzinfo=zone)) == "2024-01-05T02:03:25Z"
    refused("^time must have a time zone", account._moment, datetime(2024, 1, 5))
    refused("^time must be a datetime", account._moment, "2024-01-05T02:03:25Z")
    refused("^time must be in the years 1 to 9999", account._moment, datetime(1, 1, 1, tzinfo=zone))
    assert account._moment(None).endswith("Z")


def test_an_amount_as_a_request_has_it():
    for given, text in ((Decimal("1E+3"), "1000"), (Decimal("1.50"), "1.50"), ("1.50", "1.50"), (7, "7")):
        assert decimal_text(given) == text
    refused("^amount must be", decimal_text, 1.5)
    for wrong in (Decimal("1E+999999999"), Decimal("NaN"), "1e101", 10**5000, "x"):
        refused("^amount m(ust|ay)", decimal_text, wrong)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        *(("name", value) for value in (None, "", 5)),
        *(("chain", value) for value in (None, "", 5, True, "x" * 32, "é", "7", "0x12", "0xzz")),
        *(("signing_domain", value) for value in (None, True, 5, "\ud800")),
        *(("host", value) for value in (None, 5, b"h", "\ud800")),
    ],
)
def test_a_network_is_checked_when_it_is_made(field, wrong):
    """Each of them reaches a signature or a key: None as a signing domain made a key of its own."""
    with pytest.raises((errors.InvalidInput, errors.InputTypeError)) as caught:
        replace(networks.MAINNET, **{field: wrong})
    assert caught.value.field == field


def test_a_network_holds_what_its_parts_hold():
    made = networks.Network(*map(odd.twin, ("own", "SN_MAIN", "domain", "")))
    assert [odd.plain(getattr(made, name)) for name in made.__slots__] == ["own", "SN_MAIN", "domain", ""]


def test_a_network_by_its_name():
    assert (networks.find("mainnet"), networks.find("testnet")) == (networks.MAINNET, networks.TESTNET)
    own = replace(networks.TESTNET, name="own")
    assert networks.find(own) is own
    for wrong in ("own", "", "Mainnet"):
        with pytest.raises(errors.UnknownNetwork):
            networks.find(wrong)
