"""Venues, networks and markets are checked when they are made; and every way to sign an order signs the same."""

import json
from array import array
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

import pytest
from reference import ecdsa, messages

from starkcore import PrivateKey, errors
from starkcore.cli import main
from starkcore.dydx.messages import draft_order, sign_drafts
from starkcore.starkex import DYDX, HumanOrder, Market, Network, Order, OrderSigner, Venue

D = 0x1234567
KEY = PrivateKey(D)
MARKET = Market("A-USD", 7, 10**6)
NETWORK = Network("main", 5, 9, 10**6)
LATER = 4_102_444_800


def venue(**fields):
    return Venue(**{"name": "V", "markets": {"A-USD": MARKET}, "networks": {"main": NETWORK}} | fields)


# ---- What a venue may be ----

BAD_VENUES = [
    ("name", 5), ("name", ""), ("name", None),
    ("markets", [MARKET]), ("markets", None), ("markets", {"A-USD": 5}), ("markets", {"B-USD": MARKET}),
    ("markets", {5: MARKET}), ("markets", {"A-USD": NETWORK}),
    ("networks", [NETWORK]), ("networks", {"main": MARKET}), ("networks", {"other": NETWORK}),
    ("order_buffer_hours", -1), ("order_buffer_hours", 1 << 31), ("order_buffer_hours", True),
    ("order_buffer_hours", 1.0), ("order_buffer_hours", "168"),
    *[("round_expiration", value) for value in ("DOWN", "Up", "", None, True, "up ", b"up")],
    *[("nonce_bytes", value) for value in ("LAST", "First", "", None, 4)],
]  # fmt: skip
BAD_NETWORKS = [
    ("name", ""), ("name", 5), ("chain_id", 0), ("chain_id", -1), ("chain_id", "1"), ("chain_id", True),
    ("chain_id", 1 << 64), ("collateral_id", -1), ("collateral_id", 1 << 250), ("collateral_id", "0x9"),
    ("collateral_resolution", 0), ("collateral_resolution", 1 << 64), ("collateral_resolution", 1e6),
    ("fee_asset_id", 1 << 250), ("fee_asset_id", False), ("fact_registry", "0x12"), ("fact_registry", bytes(20)),
    ("fact_registry", ""), ("collateral_token", 5), ("collateral_token", "0xaAAAAaaAaAaAaAaAaAaaAaAaAaAaAaAaAaAAaaaA"),
    ("collateral_decimals", -1), ("collateral_decimals", 20), ("collateral_decimals", "6"),
    ("collateral_decimals", None),
]  # fmt: skip
BAD_MARKETS = [
    ("name", ""), ("name", None), ("synthetic_id", -1), ("synthetic_id", 1 << 128), ("synthetic_id", "0x7"),
    ("synthetic_id", True), ("resolution", 0), ("resolution", 1 << 64), ("resolution", -5), ("resolution", 1e6),
    ("resolution", Decimal(10)),
]  # fmt: skip
MADE = [(venue(), BAD_VENUES), (NETWORK, BAD_NETWORKS), (MARKET, BAD_MARKETS)]


@pytest.mark.parametrize(
    ("good", "name", "value"),
    [
        pytest.param(good, *bad, id=f"{type(good).__name__}-{bad[0]}-{bad[1]!r:.12}")
        for good, all_bad in MADE
        for bad in all_bad
    ],
)
def test_a_bad_field_is_refused_when_the_object_is_made(good, name, value):
    with pytest.raises((errors.InvalidInput, errors.InputTypeError)) as caught:
        replace(good, **{name: value})
    assert caught.value.field == name


def test_what_a_venue_has_cannot_be_changed():
    markets = {"A-USD": MARKET}
    made = venue(markets=markets)
    markets["B-USD"] = MARKET
    assert list(made.markets) == ["A-USD"]
    with pytest.raises(TypeError):
        made.markets["B-USD"] = MARKET
    assert made == venue()


def test_a_chain_with_two_networks_needs_a_name():
    both = {"main": NETWORK, "stage": replace(NETWORK, name="stage", collateral_id=10)}
    made = venue(networks=both)
    assert made.network("stage").collateral_id == 10
    with pytest.raises(errors.InvalidInput, match="must be a name"):
        made.network(5)


# ---- Every way to sign ----


def by_oracle(venue, network, market, order):
    """The hash and signature by tests/reference, which knows none of the ways, of amounts that are whole quantums."""
    seconds = order["expiration"]
    hours = seconds // 3600 if venue.round_expiration == "down" else -(-seconds // 3600)
    buying = order["side"] == "BUY"
    synthetic = int(Decimal(order["size"]) * market.resolution)
    collateral = int(Decimal(order["size"]) * Decimal(order["price"]) * network.collateral_resolution)
    fee = -(-int(Decimal(order["limit_fee"]) * 10**6) * collateral // 10**6)
    hashed = messages.message_hash(
        messages.limit_order(
            asset_id_synthetic=market.synthetic_id, asset_id_collateral=network.collateral_id,
            asset_id_fee=network.collateral_id if network.fee_asset_id is None else network.fee_asset_id,
            amount_synthetic=synthetic, amount_collateral=collateral, max_amount_fee=fee, nonce=order["nonce"],
            position_id=order["position_id"], expiration=hours + venue.order_buffer_hours, is_buying_synthetic=buying,
        )
    )  # fmt: skip
    r, s = ecdsa.sign(hashed, D)
    return hashed, f"{r:064x}{s:064x}"


def all_ways(signer, order):
    """The hash and signature of one order by each way, by its name. Amounts in columns are in thousandths."""
    human = HumanOrder(**order)
    others = {name: value for name, value in order.items() if name != "position_id"}
    ways = {
        "sign_order": signer.sign_order(**order),
        "Decimal": signer.sign_order(**order | {name: Decimal(order[name]) for name in ("size", "price", "limit_fee")}),
        "datetime": signer.sign_order(**order | {"expiration": datetime.fromtimestamp(order["expiration"], UTC)}),
        "ISO 8601": signer.sign_order(
            **order
            | {"expiration": datetime.fromtimestamp(order["expiration"], UTC).isoformat().replace("+00:00", "Z")}
        ),
        "own position": OrderSigner(
            KEY, signer.network.name, position_id=order["position_id"], venue=signer.venue
        ).sign_order(**others),
        "HumanOrder": signer.sign_orders([human, human], threads=2)[1],
        "dict": signer.sign_orders([order])[0],
    }
    found = {name: (signed.hash, signed.signature.to_hex()) for name, signed in ways.items()}
    message = Order.from_human(**order, network=signer.network.name, venue=signer.venue)
    found["Order"] = message.hash(), KEY.sign(message.hash()).to_hex()
    if order["position_id"] == signer.position_id:
        found["columns"] = by_columns(signer, order)
    return found


def by_columns(signer, order):
    thousandths = {name: int(Decimal(order[name]) * 1000) for name in ("size", "price")}
    signed = signer.sign_columns(
        markets=[order["market"]], size_decimals=3, price_decimals=[3], market=0, side=int(order["side"] == "BUY"),
        limit_fee=int(Decimal(order["limit_fee"]) * 10**6), nonce=array("I", [order["nonce"]]),
        expiration=order["expiration"], **thousandths,
    )  # fmt: skip
    return int.from_bytes(signed.hashes, "big"), signed.signature(0).to_hex()


NETWORKS = {
    "main": Network("main", 5, 9, 10**6),
    "other": Network("other", 6, 10, 10**8, fee_asset_id=11),
}
EXPIRATIONS = (LATER, LATER + 1, LATER + 3599)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(
    ("rounding", "nonce_bytes", "buffer"), list(product(("up", "down"), ("last", "first"), (0, 168, (1 << 31) - 1)))
)
def test_every_way_signs_the_same(rounding, nonce_bytes, buffer, network):
    made = venue(networks=NETWORKS, round_expiration=rounding, nonce_bytes=nonce_bytes, order_buffer_hours=buffer)
    signer = OrderSigner(KEY, network, position_id=12, venue=made)
    nonce = made.nonce("mine")
    for expiration, side, fee, position in product(EXPIRATIONS, ("BUY", "SELL"), ("0", "0.0005", "0.999999"), (12, 13)):
        order = {
            "market": "A-USD", "side": side, "size": "1.5", "price": "20.002", "limit_fee": fee,
            "expiration": expiration, "nonce": nonce, "position_id": position,
        }  # fmt: skip
        found = all_ways(signer, order)
        by_id = signer.sign_order(**order | {"nonce": None, "client_id": "mine"})
        found["client_id"] = by_id.hash, by_id.signature.to_hex()
        assert len(set(found.values())) == 1, found
        assert len(found) == (10 if position == 12 else 9)
        if expiration == LATER + 1 and position == 12 and fee == "0.0005":
            assert found["Order"] == by_oracle(made, made.network(network), MARKET, order)


@pytest.mark.parametrize("fee", ["1", "1.5", "15", "1e6"])
def test_no_way_signs_a_fee_of_all_and_more(fee):
    signer = OrderSigner(KEY, "main", position_id=12, venue=venue())
    order = {
        "market": "A-USD", "side": "BUY", "size": "1", "price": "2", "limit_fee": fee, "expiration": LATER, "nonce": 1,
        "position_id": 12,
    }  # fmt: skip
    refusals = []
    for way in (
        lambda: signer.sign_order(**order),
        lambda: Order.from_human(**order, network="main", venue=venue()),
        lambda: by_columns(signer, order),
    ):
        with pytest.raises(errors.InvalidAmount) as caught:
            way()
        refusals.append(caught.value)
    refusals += signer.sign_orders([order, HumanOrder(**order)])
    assert {(type(error), error.field) for error in refusals} == {(errors.InvalidAmount, "limit_fee")}
    assert len({error.rule for error in refusals}) == 1
    assert "100 %" in refusals[0].rule


@pytest.mark.parametrize("network", ["mainnet", "sepolia"])
@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_the_client_and_the_command_line_sign_the_same(network, side, tmp_path, capsys):
    key_file = tmp_path / "key"
    key_file.touch(0o600)
    key_file.write_text(KEY.secret_hex())
    text = datetime.fromtimestamp(LATER + 1, UTC).isoformat().replace("+00:00", "Z")
    terms = {"market": "ETH-USD", "side": side, "size": "1.5", "price": "2000.01", "limit_fee": "0.0015"}
    signer = OrderSigner(KEY, network, position_id=12)
    expected = signer.sign_order(**terms, expiration=LATER + 1, client_id="mine")
    draft = draft_order(
        position_id="12",
        order_type="LIMIT",
        post_only=False,
        expiration_epoch_seconds=LATER + 1,
        client_id="mine",
        **terms,
    )
    assert signer.sign_orders([draft.unsigned]) == [expected]
    assert signer.sign_order(**draft.signed) == expected  # by its former name
    (body,) = sign_drafts([draft], signer)
    assert body["signature"] == expected.signature.to_hex()
    arguments = ["order", "sign", "--key-file", str(key_file), "--network", network, "--position-id", "12", "--json"]
    arguments += ["--expiration", text, "--client-id", "mine"]
    for name, value in terms.items():
        arguments += ["--" + name.replace("_", "-"), value]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["signature"] == expected.signature.to_hex()
    late = terms | {"expiration": LATER + 1, "nonce": expected.nonce, "position_id": 12}
    assert all_ways(signer, late)["columns"] == (
        expected.hash, expected.signature.to_hex(),
    )  # fmt: skip
    assert DYDX.nonce("mine") == expected.nonce
