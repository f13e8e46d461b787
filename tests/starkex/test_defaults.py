"""A default is for what isn't given.

What is empty, or zero, or almost a date, a host or a number is an error by its name.
"""

import pytest

from starkcore import errors, exact
from starkcore.dydx import Client
from starkcore.dydx.auth import timestamp
from starkcore.dydx.messages import draft_order, expiration_text
from starkcore.ethereum.wallets import SigningFailed, _normalized
from starkcore.http.rules import Retries
from starkcore.http.transport import Endpoint
from starkcore.starkex import expiration_hours

ORDER = {
    "position_id": 1, "market": "ETH-USD", "side": "BUY", "order_type": "LIMIT", "post_only": False, "size": "1",
    "price": "1", "limit_fee": "0.1", "expiration_epoch_seconds": 4_070_908_800,
}  # fmt: skip
CLIENT = {
    "host": "http://localhost", "api_key_credentials": {"key": "a", "secret": "YQ==", "passphrase": "b"},
    "stark_private_key": 5,
}  # fmt: skip
SPENT = {"amount": "1", "asset": "USDC", "position_id": 1, "expiration_epoch_seconds": 4_070_908_800}


def refused(field, function, *arguments, **keywords):
    with pytest.raises((errors.InvalidInput, errors.InputTypeError)) as caught:
        function(*arguments, **keywords)
    assert caught.value.field == field
    return caught.value


@pytest.mark.parametrize(
    "name",
    [
        "client_id",
        "time_in_force",
        "cancel_id",
        "order_type",
        "market",
        "side",
        "trigger_price",
        "trailing_percent",
        "size",
    ],
)
def test_an_empty_text_is_not_a_default(name):
    refused(name, draft_order, **ORDER | {name: ""})
    with Client(**CLIENT) as client:
        refused(name, client.private.create_order, **ORDER | {name: ""})


def test_what_is_not_given_is_a_default():
    draft = draft_order(**ORDER)
    assert draft.body["timeInForce"] == "GTT"
    assert len(draft.body["clientId"]) > 10
    assert draft_order(**ORDER | {"client_id": "a", "time_in_force": "IOC"}).body["timeInForce"] == "IOC"


def test_money_has_no_empty_ids_either():
    with Client(**CLIENT) as client:
        refused("client_id", client.private.create_withdrawal, **SPENT, client_id="")
        refused("amount", client.private.create_withdrawal, **SPENT | {"amount": ""})


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("default_ethereum_address", "", "default_ethereum_address"),
        ("eth_send_options", 0, "send_options"),
        ("eth_send_options", "", "send_options"),
        ("eth_send_options", {"from": ""}, "from"),
        ("retries", 0, "retries"),
        ("retries", False, "retries"),
        ("api_timeout", 0, "api_timeout"),
        ("stark_public_key", "", "stark_public_key"),
        ("api_key_credentials", {}, "api_key_credentials"),
        ("stark_private_key", "", "stark_private_key"),
    ],
)
def test_a_client_takes_nothing_empty_for_nothing(name, value, field):
    refused(field, Client, **CLIENT | {name: value})


def test_a_client_has_the_retries_that_it_was_given():
    with Client(**CLIENT, retries=Retries(attempts=7)) as client:
        assert client._session.retries.attempts == 7


@pytest.mark.parametrize(
    "url",
    [
        "https://host:0", "https://host:", "https://host:00", "https://host:65536", "https://host:-1",
        "https://host:8 0", " https://host", "https://host ", "https://ho st", "https://ho\tst", "https://ho\nst",
        "https://:80", "https://[::1]:0", "https://host:\uff18", "https://ho$t", "https://host\\path",
    ],
)  # fmt: skip
def test_hosts(url):
    refused("host", Endpoint.parse, url)


def test_hosts_that_are_some():
    for url, port in (
        ("https://host", 443),
        ("https://host:443/", 443),
        ("https://a-b.c_d:8", 8),
        ("http://[::1]:80", 80),
    ):
        assert Endpoint.parse(url).port == port


ODD_DATES = [
    "2030-01-01X00:00:00Z", "2030-01-01t00:00:00Z", "2030-01-01\u00df00:00:00Z", "20300101T000000Z",
    "2030-W01-1T00:00:00Z", "2030-01-01T00:00:00,5Z", "2030-01-01T00:00:00z", "2030-01-01T24:00:00Z",
    "2030-01-01T00:00:00.1234567Z", "2030-01-01Z", "2030-01-01T00Z", "2030-01-01T00:00:00+01:00:30",
    "2030-01-01 T00:00:00Z", "2030-01-01T00:00:00 Z", "2030-1-1T00:00:00Z", "", "2030-01-01T00:00:00.Z",
    "2030-02-30T00:00:00Z", "2030-01-01T00:00:60Z", "+2030-01-01T00:00:00Z", "2030-01-01T00:00:00ZZ",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD_DATES)
def test_dates(text):
    refused("expiration", expiration_hours, text)
    assert exact.iso_8601(text) is None
    # With a signature that came along, nothing else checks it.
    refused(
        "expiration",
        draft_order,
        **ORDER | {"expiration_epoch_seconds": None, "expiration": text, "signature": "0" * 128},
    )


def test_dates_that_are_some():
    """In every form that is taken, the same hour."""
    for text in (
        "2030-01-01T00:00:00Z", "2030-01-01 00:00:00+00:00", "2030-01-01T00:00Z", "2030-01-01T01:00:00.000+01",
        "2029-12-31T23:59:59.5Z", "2030-01-01T05:30:00.000000+0530",
    ):  # fmt: skip
        assert expiration_hours(text) == 525_960
    assert expiration_text("2030-01-01T00:00:00Z", None) == "2030-01-01T00:00:00Z"
    assert timestamp(exact.iso_8601("2030-01-01T00:00:00+00:00")) == "2030-01-01T00:00:00.000Z"


def test_a_wallets_hex_has_no_spaces():
    good = "11" * 64 + "1b"
    assert _normalized("0x" + good) == bytes.fromhex(good)
    for text in (good[:-2] + " 1b", "11 " * 64 + "1b", "0x0x" + good, good + " ", "0x " + good):
        with pytest.raises(SigningFailed):
            _normalized(text)
