"""Who may do what: onboarding, Ethereum signatures, API keys. Published values are dYdX's, from its clients' tests."""

import json
import time

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_keys.datatypes import PublicKey as EthereumPublicKey
from eth_keys.datatypes import Signature as EthereumSignature
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox_trader import WALLET, Trader, action_message, compact, dump, iso, sign_typed, without_spaces

from starkcore import PrivateKey, sandbox
from starkcore._native import keccak256
from starkcore.sandbox.auth import compact_body

ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
PUBLISHED = {
    1: (
        0x39D88860B99B1809A63ADD01F7DFA59676AE006BBCDF38FF30B6A69DCF55ED3,
        "50fdcaa0-62b8-e827-02e8-a9520d46cb9f",
        "rdHdKDAOCa0B_Mq-Q9kh8Fz6rK3ocZNOhKB4QsR9",
        "12_1LuuJMZUxcj3kGBWc",
    ),
    11155111: (
        0x15E2E074A7AC9E78EDB2EE9F11A0C0C0A080C79758AB81616EEA9C032C75265,
        "30cb6046-8f4a-5677-a19c-a494ccb7c7e5",
        "4Yd_6JtH_-I2taoNQKAhkCifnVHQ2Unue88sIeuc",
        "Db1GQK5KpI_qeddgjF66",
    ),
}
ONBOARDING_SIGNATURE = (
    "0x0a30eea502e9805b95bd432fa1952e345dda3e9f72f7732aa00775865352e2b5"
    "4929803c221e9e63861e4604fbc796a4e1a6ca23d49452338a3d7602aaf6d1841c00"
)
REQUEST_SIGNATURE = (
    "0x3ec5317783b313b0acac1f13a23eaaa2fca1f45c2f395081e9bfc20b4cc1acb1"
    "7e3d755764f37bf13fa62565c9cb50475e0a987ab0afa74efde0b3926bb7ab9d1b00"
)
HMAC_TIME = 1610100372.5  # 2021-01-08T10:06:12.500Z
HMAC_SIGNATURE = "VIuKVa3zCeRHZAVp1AUvSq2ejoCAWmhWV1g4WY_LbKs="


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    database = tmp_path_factory.mktemp("auth") / "exchange.db"
    with sandbox.running(database=database) as running:
        running.database = database
        yield running


@pytest.fixture(scope="module")
def somebody(exchange):
    trader = Trader(exchange.url)
    trader.onboard()
    yield trader
    trader.close()


@pytest.fixture
def trader(exchange):
    """Somebody new, on board."""
    trader = Trader(exchange.url)
    trader.onboard()
    yield trader
    trader.close()


@pytest.fixture
def stranger(exchange):
    """Somebody new, not on board."""
    trader = Trader(exchange.url)
    yield trader
    trader.close()


@pytest.fixture
def unchanged(exchange):
    """What the test asks for mustn't change the database."""
    before = dump(exchange.database)
    yield
    assert dump(exchange.database) == before


def onboard(trader, headers=None, body=None):
    return trader.send(
        "POST", "/v3/onboarding", trader.onboarding_headers() | (headers or {}), body or trader.stark_body()
    )


# Published values


@pytest.mark.parametrize("chain_id", PUBLISHED)
def test_the_published_wallet_gets_the_published_credentials(chain_id):
    stark_key, *credentials = PUBLISHED[chain_id]
    with sandbox.running(network=chain_id) as exchange:
        trader = Trader(exchange.url, WALLET, chain_id)
        answer = trader.onboard()
        trader.close()
    assert answer["apiKey"] == dict(zip(("key", "secret", "passphrase"), credentials, strict=True))
    assert int(answer["account"]["starkKey"], 16) == stark_key
    assert answer["user"]["ethereumAddress"] == ADDRESS.lower()


def test_the_published_onboarding_signature_is_taken():
    with sandbox.running() as exchange:
        trader = Trader(exchange.url, WALLET)
        headers = {"DYDX-SIGNATURE": ONBOARDING_SIGNATURE, "DYDX-ETHEREUM-ADDRESS": ADDRESS}
        answer = trader.send("POST", "/v3/onboarding", headers, trader.stark_body())
        trader.close()
    assert answer.ok()["apiKey"]["key"] == PUBLISHED[1][1]


def test_the_published_signatures_of_requests_are_taken():
    """An Ethereum-signed request, POST v3/test, and the HMAC of GET /v3/api-keys; both of 2021."""
    from starkcore.sandbox.auth import request_signer

    signer = request_signer(REQUEST_SIGNATURE, 1, "POST", "v3/test", "", "2021-01-08T10:06:12.500Z")
    assert signer == ADDRESS.lower()
    with sandbox.running(clock=lambda: HMAC_TIME) as exchange:
        trader = Trader(exchange.url, WALLET)
        trader.onboard()
        headers = {
            "DYDX-SIGNATURE": HMAC_SIGNATURE, "DYDX-API-KEY": PUBLISHED[1][1],
            "DYDX-TIMESTAMP": "2021-01-08T10:06:12.500Z", "DYDX-PASSPHRASE": PUBLISHED[1][3],
        }  # fmt: skip
        answer = trader.send("GET", "/v3/api-keys", headers)
        trader.close()
    assert answer.ok() == {"apiKeys": [{"key": PUBLISHED[1][1]}]}


def test_the_account_id_is_the_old_clients(trader):
    """uuid5 of uuid5, as dydx3/helpers/db.py has it."""
    from uuid import UUID, uuid5

    namespace = UUID("0f9da948-a6fb-4c45-9edc-4685c3f3317d")
    user = uuid5(namespace, trader.address.lower())
    assert trader.account["id"] == str(uuid5(namespace, f"{user}0"))


# Kinds of signatures


def typed(kind, trader, message):
    """A typed signature of the onboarding action, of each of the four types."""
    plain = sign_typed(trader.wallet.key, message)
    if kind == "00":
        return plain
    if kind == "03":
        text = json.dumps({"name": "dYdX", "version": "1.0", "chainId": 1, **dict(sorted(message.items()))}, indent=2)
        return "0x" + bytes(trader.wallet.sign_message(encode_defunct(text=text)).signature).hex() + kind
    # EIP-712's digest of the onboarding action on chain 1, as published.
    digest = bytes.fromhex("ea8542295a919314b6db804076a90473337ebec28a962ea126aea3f2bcafa679")
    prefix = b"\x19Ethereum Signed Message:\n" + (b"32" if kind == "01" else b"\x20")
    return "0x" + bytes(Account.unsafe_sign_hash(keccak256(prefix + digest), trader.wallet.key).signature).hex() + kind


@pytest.mark.parametrize("kind", ["00", "01", "02", "03"])
def test_every_type_of_signature_is_taken(stranger, kind):
    signature = typed(kind, stranger, action_message("dYdX Onboarding"))
    assert onboard(stranger, {"DYDX-SIGNATURE": signature}).ok()


@pytest.mark.parametrize("kind", ["00", "01", "02", "03"])
@pytest.mark.usefixtures("unchanged")
def test_a_signature_under_another_type_is_anothers(stranger, kind):
    signature = typed(kind, stranger, action_message("dYdX Onboarding"))
    other = "01" if kind == "00" else "00"
    answer = onboard(stranger, {"DYDX-SIGNATURE": signature[:-2] + other})
    assert answer.status == 401
    assert "DYDX-SIGNATURE must be by the key of DYDX-ETHEREUM-ADDRESS" in answer.error


def test_v_may_count_from_zero(stranger):
    signature = stranger.onboarding_headers()["DYDX-SIGNATURE"]
    v = int(signature[-4:-2], 16) - 27
    assert onboard(stranger, {"DYDX-SIGNATURE": f"{signature[:-4]}{v:02x}00"}).ok()


# Onboarding refused


def wrong_checksum(address):
    i = next(i for i, letter in enumerate(address) if i > 1 and letter.isalpha())
    return address[:i] + address[i].swapcase() + address[i + 1 :]


def other_wallet(trader):
    return sign_typed(Account.create().key, action_message("dYdX Onboarding"))


BAD_HEADERS = [
    ("DYDX-SIGNATURE", other_wallet, 401, "another's signature"),
    ("DYDX-SIGNATURE", lambda t: sign_typed(t.wallet.key, action_message("dYdX STARK Key")), 401, "another's"),
    ("DYDX-SIGNATURE", lambda t: sign_typed(t.wallet.key, action_message("dYdX Onboarding", 2), 2), 401, "another's"),
    ("DYDX-SIGNATURE", lambda t: "0x" + "00" * 64 + "1b00", 401, "DYDX-SIGNATURE must be an Ethereum signature"),
    ("DYDX-SIGNATURE", lambda t: "0x" + "ff" * 64 + "1b00", 401, "DYDX-SIGNATURE must be an Ethereum signature"),
    ("DYDX-SIGNATURE", lambda t: "0x1234", 401, "DYDX-SIGNATURE must be 66 bytes"),
    ("DYDX-SIGNATURE", lambda t: t.onboarding_headers()["DYDX-SIGNATURE"][:-2] + "04", 401, "a type from 00 to 03"),
    ("DYDX-SIGNATURE", lambda t: t.onboarding_headers()["DYDX-SIGNATURE"][:-4] + "1d00", 401, "v, 1b or 1c"),
    ("DYDX-SIGNATURE", lambda t: "", 401, "DYDX-SIGNATURE must be given"),
    ("DYDX-ETHEREUM-ADDRESS", lambda t: wrong_checksum(t.address), 400, "DYDX-ETHEREUM-ADDRESS must have the right"),
    ("DYDX-ETHEREUM-ADDRESS", lambda t: "0x1234", 400, "DYDX-ETHEREUM-ADDRESS"),
    ("DYDX-ETHEREUM-ADDRESS", lambda t: Account.create().address, 401, "another's signature"),
    ("DYDX-ETHEREUM-ADDRESS", lambda t: "", 401, "DYDX-ETHEREUM-ADDRESS must be given"),
]


@pytest.mark.parametrize(("name", "value", "status", "message"), BAD_HEADERS)
@pytest.mark.usefixtures("unchanged")
def test_onboarding_with_a_bad_header_is_refused(stranger, name, value, status, message):
    answer = onboard(stranger, {name: value(stranger)})
    assert answer.status == status
    assert message in answer.error


def point(**changes):
    key = PrivateKey(4711).public_key
    values = {"starkKey": hex(key.x), "starkKeyYCoordinate": hex(key.y)} | changes
    return compact({name: value for name, value in values.items() if value != "absent"})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (point(starkKey="0x1"), "starkKey and starkKeyYCoordinate must be a point"),
        (point(starkKeyYCoordinate="0x1"), "starkKey and starkKeyYCoordinate must be a point"),
        (point(starkKey="0x" + "f" * 64), "starkKey and starkKeyYCoordinate must be a point"),
        (point(starkKey="xyz"), "starkKey"),
        (point(starkKey=5), "starkKey must be text in quotes, not a number"),
        (point(starkKey=True), "starkKey must be text in quotes, not a boolean"),
        (point(starkKey={}), "starkKey must be text in quotes, not a structure"),
        (point(starkKey="absent"), "starkKey must be given"),
        (point(starkKeyYCoordinate="absent"), "starkKeyYCoordinate must be given"),
        (point(country="Utopia"), "country must have 1 to 2 characters"),
        (point(country="u!"), "country must be two capital letters"),
        (point(email="x"), "'email' is no field of this request"),
        (b"", "body must be a JSON object"),
        (b"[1]", "body must be a JSON object"),
        (b"{", "body must be a JSON object"),
        (b"\xff", "body must be a JSON object"),
        (b'{"starkKey": NaN}', "body must be a JSON object: it has NaN"),
        (b'{"starkKey": "1", "starkKey": "2"}', "body must be a JSON object: it has a name twice"),
        (b"[" * 50_000, "body must be a JSON object"),
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_onboarding_with_a_bad_body_is_refused(stranger, body, message):
    answer = stranger.send("POST", "/v3/onboarding", stranger.onboarding_headers(), body)
    assert answer.status == 400
    assert message in answer.error


@pytest.mark.usefixtures("unchanged")
def test_a_body_that_is_too_large_is_refused(stranger):
    answer = stranger.send("POST", "/v3/onboarding", stranger.onboarding_headers(), b" " * 70_000)
    assert answer.status == 413
    assert "body must have at most" in answer.error


def test_replayed_onboarding_is_refused_and_tells_nothing(exchange, trader):
    before = dump(exchange.database)
    answer = onboard(trader)
    assert answer.status == 400
    assert "DYDX-ETHEREUM-ADDRESS must be new" in answer.error
    assert trader.key["secret"].encode() not in answer.body
    assert dump(exchange.database) == before


def test_there_may_be_so_many_accounts(tmp_path):
    with sandbox.running(database=tmp_path / "exchange.db", most_accounts=2) as exchange:
        traders = [Trader(exchange.url) for _ in range(3)]
        for trader in traders[:2]:
            trader.onboard()
        before = dump(tmp_path / "exchange.db")
        last = traders[2]
        refused = last.send("POST", "/v3/onboarding", last.onboarding_headers(), last.stark_body())
        assert (refused.status, refused.error) == (503, "accounts must be at most 2: this exchange has them")
        assert dump(tmp_path / "exchange.db") == before
        assert traders[0].get("/v3/users")
        for trader in traders:
            trader.close()


def test_a_stark_key_is_one_users(exchange, trader, stranger):
    before = dump(exchange.database)
    answer = onboard(stranger, body=trader.stark_body())
    assert answer.status == 400
    assert "starkKey must be new" in answer.error
    assert dump(exchange.database) == before


# Ethereum-signed requests


def test_api_keys_are_made_listed_and_deleted(trader):
    made = trader.by_ethereum("POST", "/v3/api-keys").ok()["apiKey"]
    assert {made["key"], trader.key["key"]} == {key["key"] for key in trader.get("/v3/api-keys")["apiKeys"]}
    first, trader.key = trader.key, made
    trader.get("/v3/accounts")
    assert trader.by_ethereum("DELETE", f"/v3/api-keys?apiKey={made['key']}").ok() == {}
    answer = trader.call("GET", "/v3/accounts")
    assert answer.status == 401
    assert "DYDX-API-KEY" in answer.error
    trader.key = first
    assert trader.get("/v3/api-keys")["apiKeys"] == [{"key": first["key"]}]


def test_anothers_api_key_cannot_be_deleted(exchange, trader):
    other = Trader(exchange.url)
    other.onboard()
    before = dump(exchange.database)
    answer = other.by_ethereum("DELETE", f"/v3/api-keys?apiKey={trader.key['key']}")
    other.close()
    assert (answer.status, "apiKey must be one of this user's" in answer.error) == (404, True)
    assert dump(exchange.database) == before


def test_recovery(trader):
    answer = trader.by_ethereum("GET", "/v3/recovery").ok()
    assert answer == {
        "starkKey": hex(trader.stark.public_key.x), "positionId": trader.account["positionId"], "equity": "0",
        "freeCollateral": "0", "quoteBalance": "0", "positions": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("timestamp", "status", "message"),
    [
        (lambda: iso(time.time() - 40), 401, "DYDX-TIMESTAMP must be within 30 seconds"),
        (lambda: iso(time.time() + 40), 401, "DYDX-TIMESTAMP must be within 30 seconds"),
        (lambda: "2021-01-08T10:06:12Z", 400, "DYDX-TIMESTAMP must be ISO 8601 with milliseconds"),
        (lambda: "2021-13-08T10:06:12.500Z", 400, "DYDX-TIMESTAMP must be ISO 8601"),
        (lambda: "1610100372.5", 400, "DYDX-TIMESTAMP must be ISO 8601"),
    ],
)
def test_a_timestamp_outside_its_window_is_refused(exchange, trader, timestamp, status, message):
    before = dump(exchange.database)
    moment = timestamp()
    signed = trader.by_ethereum("POST", "/v3/api-keys", moment)
    hmac = trader.send("GET", "/v3/accounts", trader.headers("GET", "/v3/accounts", timestamp=moment))
    for answer in (signed, hmac):
        assert answer.status == status
        assert message in answer.error
    assert dump(exchange.database) == before


def test_an_ethereum_signature_is_of_method_path_and_query(exchange, trader):
    before = dump(exchange.database)
    headers = trader.ethereum_headers("POST", "/v3/api-keys")
    path = f"/v3/api-keys?apiKey={trader.key['key']}"
    for method, where in (("DELETE", path), ("GET", "/v3/recovery"), ("POST", "/v3/api-keys?x=1")):
        answer = trader.send(method, where, headers)
        assert answer.status == 401
        assert "another's signature" in answer.error
    assert trader.send("POST", "/v3/api-keys", headers, b'{"x":1}').status == 401
    assert dump(exchange.database) == before


@pytest.mark.usefixtures("unchanged")
def test_who_is_not_on_board_is_told_so(stranger):
    answer = stranger.by_ethereum("POST", "/v3/api-keys")
    assert answer.status == 404
    assert "must be onboarded" in answer.error


# HMAC


def with_header(trader, name, value):
    return trader.send("GET", "/v3/accounts", trader.headers("GET", "/v3/accounts") | {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DYDX-SIGNATURE", "AAAA"), ("DYDX-SIGNATURE", "!"), ("DYDX-SIGNATURE", ""), ("DYDX-SIGNATURE", HMAC_SIGNATURE),
        ("DYDX-API-KEY", "50fdcaa0"), ("DYDX-API-KEY", ""), ("DYDX-PASSPHRASE", "x"), ("DYDX-PASSPHRASE", ""),
        ("DYDX-PASSPHRASE", "\xe9"),
    ],
)  # fmt: skip
def test_each_part_of_the_credentials_is_checked(trader, name, value):
    answer = with_header(trader, name, value)
    assert answer.status == 401
    assert answer.error.startswith(name)
    assert trader.key["secret"].encode() not in answer.body


def test_the_hmac_is_over_the_path_as_it_came_and_the_compact_body(exchange, trader):
    """The same query in another order is another request; so is a body with any other token, or a space in a string."""
    body = compact({"amount": "5"})
    headers = trader.headers("POST", "/v3/testnet/tokens", body)
    before = dump(exchange.database)
    for other in (
        b'{"amount": "5 "}',
        b'{"amount": "50"}',
        b'{"amount":"5","amount":"6"}',
        b'{"amount":5}',
        b"{}",
        b"",
    ):
        assert trader.send("POST", "/v3/testnet/tokens", headers, other).status == 401
    assert trader.send("POST", "/v3/testnet/tokens?x", headers, body).status == 401
    signed = trader.headers("GET", "/v3/fills?limit=5&market=BTC-USD")
    assert trader.send("GET", "/v3/fills?market=BTC-USD&limit=5", signed).status == 401
    assert trader.send("GET", "/v3/fills?limit=5&market=BTC%2DUSD", signed).status == 401
    assert dump(exchange.database) == before
    for spaced in (body, b'{"amount": "5"}', b' {\n\t"amount" :\r\n"5" } '):
        assert trader.send("POST", "/v3/testnet/tokens", headers, spaced).ok()["transfer"]["creditAmount"] == "5"
    assert trader.send("GET", "/v3/fills?limit=5&market=BTC-USD", signed).ok()


def test_an_empty_object_is_signed_as_no_body(trader):
    """dYdX's own clients send {} with requests that have nothing to say."""
    for method, path in (("GET", "/v3/users"), ("DELETE", "/v3/orders"), ("POST", "/v3/testnet/tokens")):
        for body in (b"{}", b"{ }"):
            trader.send(method, path, trader.headers(method, path), body).ok()
    refused = trader.send("GET", "/v3/users", trader.headers("GET", "/v3/users"), b'{"a":1}')
    assert (refused.status, refused.error) == (400, "body must be empty, or {}: GET has none")
    path = "/v3/api-keys"
    headers = trader.ethereum_headers("POST", path)
    assert trader.send("POST", path, headers, b"{}").ok()


@given(st.text(alphabet='{}[]":,\\ \n\t\r\x0b1aé') | st.text())
def test_compacting_takes_away_white_space_between_tokens_alone(text):
    wanted = without_spaces(text).encode()
    assert compact_body(text.encode()) == (b"" if wanted == b"{}" else wanted)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_a_compact_body_says_the_same(values):
    for ascii_only in (True, False):
        spaced = json.dumps({"a": values}, indent=3, ensure_ascii=ascii_only)
        compact_text = json.dumps({"a": values}, separators=(",", ":"), ensure_ascii=ascii_only)
        assert compact_body(spaced.encode()) == compact_text.encode()


def test_compacting_takes_one_pass():
    """Text that ends within a string, with as many quotes as there can be: each must not begin a search to the end."""
    body = b'\\"' * 32_768 + b'"'
    assert compact_body(body * 20) == body * 20


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.text().map(lambda t: compact({"size": t, "clientId": t, "market": t})))
def test_no_body_makes_a_mistake_of_the_exchange(somebody, body):
    for path in ("orders", "withdrawals", "transfers", "fast-withdrawals"):
        assert somebody.call("POST", f"/v3/{path}", body).status == 400


# Registration


def test_the_registration_signature_is_the_exchanges(exchange, trader):
    """Recovered from the spec's text: keccak256("UserRegistration:" ‖ address ‖ Stark key)."""
    signature = trader.get("/v3/registration")["signature"]
    assert len(signature) == 132
    data = bytes.fromhex(signature[2:])
    digest = keccak256(
        b"UserRegistration:" + bytes.fromhex(trader.address[2:]) + trader.stark.public_key.x.to_bytes(32, "big")
    )
    vrs = (data[64] - 27, int.from_bytes(data[:32], "big"), int.from_bytes(data[32:64], "big"))
    public = EthereumSignature(vrs=vrs).recover_public_key_from_msg_hash(digest)
    assert isinstance(public, EthereumPublicKey)
    config = trader.send("GET", "/v3/config").ok()
    assert public.to_checksum_address() == config["registrationSigner"]


def test_the_exchanges_key_may_be_given():
    key = bytes.fromhex(WALLET[2:])
    with sandbox.running(ethereum_key=key) as exchange:
        trader = Trader(exchange.url)
        assert trader.send("GET", "/v3/config").ok()["registrationSigner"] == ADDRESS
        trader.close()


def test_users_exist_once_on_board(trader, stranger):
    path = "/v3/users/exists?ethereumAddress="
    assert stranger.send("GET", path + trader.address).ok() == {
        "exists": True, "isProxySigner": False, "contractAddress": ""
    }  # fmt: skip
    for nobody in (stranger.address, wrong_checksum(stranger.address), "foo", ""):
        assert stranger.send("GET", path + nobody).ok()["exists"] is False
    assert "ethereumAddress must be given" in stranger.send("GET", "/v3/users/exists").error


def test_errors_have_the_real_apis_shape(stranger):
    for method, path, status in (("GET", "/v3/nothing", 404), ("PUT", "/v3/orders", 405), ("GET", "/v3/orders", 401)):
        answer = stranger.send(method, path)
        assert answer.status == status
        assert list(answer.json) == ["errors"]
        assert list(answer.json["errors"][0]) == ["msg"]
