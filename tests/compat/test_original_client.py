"""dYdX's own Python client, unmodified, against our exchange: in a process of its own, on an interpreter that it runs
on.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from starkcore import sandbox

PYTHON = os.environ.get("STARKCORE_ORIGINAL_CLIENT")
PROGRAM = Path(__file__).with_name("original_client.py")
pytestmark = pytest.mark.skipif(
    PYTHON is None,
    reason="STARKCORE_ORIGINAL_CLIENT names no CPython 3.10 with dydx-v3-python: see .ci/requirements/original.in",
)


@pytest.fixture(scope="module")
def found():
    """What each of its calls answered. On Sepolia, where it knows the faucet."""
    with sandbox.running_process(None, "--network", "sepolia") as exchange:
        run = subprocess.run(
            [PYTHON, str(PROGRAM), exchange.url, exchange.ws_url],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert run.returncode == 0, run.stderr[-3000:]
        assert sandbox.audit(exchange.database).problems == []
    return json.loads(run.stdout)


def test_it_comes_on_board(found):
    for name in ("first", "second"):
        assert set(found[f"{name} onboarding"]["apiKey"]) == {"key", "secret", "passphrase"}
        assert found[f"{name} money"]["transfer"]["creditAmount"] == "10000"
    ours, theirs = found["account ids"]
    assert ours == theirs


def test_its_api_keys(found):
    made = found["create_api_key"]["apiKey"]["key"]
    assert made in [key["key"] for key in found["get_api_keys"]["apiKeys"]]
    assert found["delete_api_key"] == {}
    assert len(found["get_registration"]["signature"]) == 132
    assert found["recovery"]["positionId"] == found["position"]


def test_its_orders_of_each_kind(found):
    fates = {name: found[name]["order"]["status"] for name in ("limit", "replaced", "post only", "sell")}
    assert fates == dict.fromkeys(fates, "OPEN")
    assert found["limit"]["order"]["clientId"] == 'é " \\ , : {} 中'
    for name, reason in (("market", "COULD_NOT_FILL"), ("fill or kill", "COULD_NOT_FILL")):
        assert (found[name]["order"]["status"], found[name]["order"]["cancelReason"]) == ("CANCELED", reason)
    assert "no orders with a trigger" in found["stop"]["refused"]
    assert found["get_order_by_id"]["order"]["status"] == "CANCELED"  # replaced
    assert found["limit"]["order"]["id"] in [order["id"] for order in found["get_orders"]["orders"]]
    assert found["stop orders"] == {"orders": []}
    assert [order["price"] for order in found["get_active_orders"]["orders"]] == ["9001", "8000"]


def test_its_orders_live_between_a_minute_and_28_days(found):
    for name in ("short", "long"):
        assert "expiration must be at least a minute ahead, and at most 28 days" in found[name]["refused"]


def test_an_order_of_another_position_is_told_what_it_was_verified_for(found):
    refused = found["other position"]["refused"]
    assert "signature must be of this very request, by the account's Stark key" in refused
    assert f"position {found['position']}, network sepolia and key {found['stark key']}" in refused


def test_its_cancels(found):
    assert len(found["open orders"]["orders"]) == 3
    assert found["cancel_order"]["cancelOrder"]["status"] == "CANCELED"
    canceled = [found[name]["cancelOrders"] for name in ("cancel_active_orders", "cancel_all_orders")]
    assert sum(map(len, canceled)) == 2
    assert found["no orders"] == {"orders": []}


def test_its_money(found):
    for name, kind, amount in (
        ("transfer", "TRANSFER_OUT", "10.5"), ("withdrawal", "WITHDRAWAL", "5"),
        ("fast withdrawal", "FAST_WITHDRAWAL", "5"),
    ):  # fmt: skip
        (moved,) = found[name].values()
        assert (moved["type"], moved["debitAmount"], moved["status"]) == (kind, amount, "CONFIRMED")
    assert len(found["get_transfers"]["transfers"]) == 4
    assert found["get_account"]["account"]["quoteBalance"] == "9979.5"


def test_what_its_integration_tests_ask(found):
    nobody = {"exists": False, "isProxySigner": False, "contractAddress": ""}
    assert found["exists"] == nobody | {"exists": True}
    assert found["some text exists"] == nobody
    assert found["username"] == {"exists": False}
    assert found["get_insurance_fund_balance"] == {"balance": "0"}
    market = found["get_markets"]["markets"]["BTC-USD"]
    for name in ("incrementalInitialMarginFraction", "incrementalPositionSize", "baselinePositionSize",
                 "maxPositionSize", "nextFundingAt"):  # fmt: skip
        assert isinstance(market[name], str), name
    config = found["get_config"]
    assert config["exchangeAddress"] == "0x3D05aaCd0fED84f65dE0D91e4621298E702911E2"
    assert config["placeOrderRateLimiting"]["maxPoints"] == 1750
    assert config["cancelOrderRateLimiting"]["windowSecMulti"] == 10
    for name in ("get_funding_payments", "get_historical_pnl", "get_historical_funding"):
        (values,) = found[name].values()
        assert values == [], name
    for name, field in (
        ("bad funding", "market"), ("bad pnl", "createdBeforeOrAt"), ("bad historical funding", "effectiveBeforeOrAt")
    ):  # fmt: skip
        assert f"{field} must be" in found[name]["refused"]
    assert not [name for name, value in found.items() if name.startswith("get_") and "refused" in value]


def test_its_websocket_example(found):
    connected, subscribed, news = found["websocket"]
    assert connected["type"] == "connected"
    assert (subscribed["type"], subscribed["channel"]) == ("subscribed", "v3_accounts")
    assert news["type"] == "channel_data"
    lists = {"accounts", "orders", "fills", "positions", "transfers", "fundingPayments"}
    assert {name for name, value in news["contents"].items() if isinstance(value, list)} == lists


def test_our_examples_of_its_programs_run_with_it_as_well():
    """On mainnet's terms; that of the WebSocket needs a package whose version of then doesn't run on CPython 3.10."""
    examples = Path(__file__).parents[2] / "examples"
    with sandbox.running_process(None, "--initial-balance", "100000") as exchange:
        for name in ("dydx_onboard", "dydx_orders"):
            run = subprocess.run(
                [PYTHON, str(examples / f"{name}.py"), exchange.url],
                capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
            assert run.returncode == 0, run.stderr[-3000:]
            assert run.stdout.splitlines()[-1] in ("API keys: 1", "left: []")
