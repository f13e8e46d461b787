"""The client without a host: published keys and signatures, the guide's calls, and what it refuses.

Published values are dYdX's (tests/vectors/published.json says of which file); those of `derive_all_stark_keys` are of
v3-client's onboarding test, the TypeScript client.
"""

import json
from pathlib import Path

import pytest

pytest.importorskip("httpcore2")
eth_account = pytest.importorskip("eth_account")

from both_clients import opened  # noqa: E402
from fault_server import fault_server, http  # noqa: E402

import starkcore  # noqa: E402
from starkcore import errors  # noqa: E402
from starkcore.dydx import AsyncClient, Client  # noqa: E402
from starkcore.dydx.credentials import ApiKey  # noqa: E402
from starkcore.dydx.errors import InvalidInput, StarkcoreError, WrongSigner  # noqa: E402
from starkcore.dydx.networks import key_derivation_message, onboarding_message, request_message  # noqa: E402
from starkcore.ethereum import LocalKey, SigningFailed, Web3Wallet, recover_address, sign_typed  # noqa: E402

PUBLISHED = json.loads((Path(__file__).parents[1] / "vectors" / "published.json").read_text(encoding="utf-8"))
WALLET = "0x4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"
ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
NOWHERE = "http://localhost:1"
ROTATED = {
    1: ["0170d807cafe3d8b5758f3f698331d292bf5aeb71f6fd282f0831dee094ee891",
        "01a8a594a38fe22a533d43a427481d018596bb3ff4eef77001d4651bd4354a97",
        "00b2ada65a8f233eef4f778dc1bb2155e7893da8ce58ea3d494fe1cd0a937596",
        "06822e98032edc6d91b091a29b926c374d74ca8c952e5de9f6e27564b0a1799b"],
    11155111: ["02d21c094fedea3e72bef27fbcdceaafd34e88fc4b7586859e26e98b21e63a60",
               "06a7689f8d44827c8e86f364c858161dc7d3074cc34e83e032691112dcb964f6",
               "00904b77ed3fde9c6a7f2485e4056eb878ebf473ded2380b0174e629dbfa6f13",
               "03f9afcb719a7e94a1599fb41d241a0c540a78bed04d31b5446b95497fb9d6cc"],
}  # fmt: skip


class Eth:
    default_account, chain_id = None, 1


class Manager:
    """A wallet's answers to JSON-RPC: eth-account signs, and `change` makes of it what some wallets do."""

    def __init__(self, change, key=WALLET):
        self.change = change
        self.key = key
        self.asked = []

    def request_blocking(self, method, parameters):
        self.asked.append(method)
        signed = eth_account.Account.sign_typed_data(self.key, full_message=parameters[1])
        return self.change(bytes(signed.signature))


class Wallet:
    def __init__(self, change=lambda signature: signature, key=WALLET):
        self.eth = Eth()
        self.manager = Manager(change, key)


@pytest.fixture(params=[Client, AsyncClient], ids=["sync", "async"])
def kind(request):
    return request.param


SIGNERS = {
    "key": lambda: {"eth_private_key": WALLET},
    "key bytes": lambda: {"eth_private_key": bytes.fromhex(WALLET[2:])},
    "account": lambda: {"web3_account": eth_account.Account.from_key(WALLET)},
    "web3": lambda: {"web3": Wallet(), "default_ethereum_address": ADDRESS},
    "web3 with v = 00": lambda: {"web3": Wallet(lambda s: s[:64] + bytes([s[64] - 27])),
                                 "default_ethereum_address": ADDRESS.lower()},
    "web3 with hex": lambda: {"web3": Wallet(lambda s: "0x" + s.hex()), "default_ethereum_address": ADDRESS},
}  # fmt: skip


@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize("number", [0, 1])
def test_keys_of_a_published_wallet(kind, signer, number):
    stark, api = PUBLISHED["stark_keys_of_wallets"][number], PUBLISHED["api_credentials"][number]
    expected = {"public_key": stark["x"], "public_key_y_coordinate": stark["y"], "private_key": stark["d"]}
    with opened(kind, NOWHERE, network_id=stark["chain_id"], **SIGNERS[signer]()) as client:
        pair = client.onboarding.derive_stark_key()
        assert pair == expected
        assert (pair.public_key, pair["private_key"], pair.private_key) == (stark["x"], stark["d"], stark["d"])
        assert (client.stark_public_key, client.stark_public_key_y_coordinate) == (stark["x"], stark["y"])
        every = client.onboarding.derive_all_stark_keys(ethereum_address=ADDRESS)
        rotated = [int(key, 16) for key in ROTATED[stark["chain_id"]]]
        assert [int(one.private_key, 16) for one in every[:4]] == rotated
        assert len(every) == (4 if "web3" in signer else 6)  # that wallet has no personal_sign: see test_wallets
        credentials = client.onboarding.recover_default_api_key_credentials(ADDRESS)
        assert credentials == {name: api[name] for name in ("key", "secret", "passphrase")}
        assert client.api_key_credentials == credentials


def test_digests():
    digests = {(item["what"], item.get("action")): item["digest"] for item in PUBLISHED["eip712"]}
    assert key_derivation_message(1).domain.separator().hex() == digests["domain", None]
    assert key_derivation_message(1).digest.hex() == digests["action", "dYdX STARK Key"]
    assert onboarding_message(1).digest.hex() == digests["action", "dYdX Onboarding"]


def test_a_request_that_a_wallet_signed():
    (item,) = PUBLISHED["eth_signed_requests"]
    names = ("method", "request_path", "body", "timestamp")
    data = request_message(item["chain_id"], *(item[name] for name in names))
    assert sign_typed(LocalKey(item["eth_key"]), data, item["address"]).hex() == item["typed_signature"]
    assert data.digest == request_message(1, item["method"], item["request_path"], "", item["timestamp"]).digest


def test_a_leading_zero_byte_is_left_out_by_the_old_client_alone():
    """The wallet whose signature begins with a zero: the expected key is by keccak256 of eth-utils."""
    from eth_utils import keccak

    for number in range(1, 4000):
        key = LocalKey(number.to_bytes(32, "big"))
        signature = sign_typed(key, key_derivation_message(1), key.address)
        if signature[0] == 0:
            break
    with Client(NOWHERE, eth_private_key=number.to_bytes(32, "big")) as client:
        new = client.onboarding.derive_stark_key().private_key
        old = client.onboarding.derive_stark_key(legacy_python=True).private_key
    assert int(new, 16) == int.from_bytes(keccak(signature), "big") >> 5
    assert int(old, 16) == int.from_bytes(keccak(signature.lstrip(b"\0")), "big") >> 5
    assert new != old


@pytest.mark.parametrize(
    ("wallet", "error"),
    [(Wallet(key="0x" + "11" * 32), WrongSigner), (Wallet(lambda s: s[:64]), SigningFailed),
     (Wallet(lambda s: b"\0" * 64 + s[64:]), SigningFailed), (Wallet(lambda s: s[:64] + b"\x25"), SigningFailed),
     (Wallet(lambda s: None), SigningFailed), (Wallet(lambda s: 65), SigningFailed),
     (Wallet(lambda s: "zz"), SigningFailed)],
)  # fmt: skip
def test_what_another_signed_is_not_sent(kind, wallet, error):
    wallet_of = {"web3": wallet, "default_ethereum_address": ADDRESS}
    with (
        fault_server(http(200)) as server,
        opened(kind, server.url, **wallet_of) as client,
        pytest.raises(error) as caught,
    ):
        client.api_keys.create_api_key()
    assert server.requests == []
    if error is WrongSigner:
        assert ADDRESS in str(caught.value)


@pytest.mark.parametrize("address", [ADDRESS[:-1] + "c", ADDRESS[:-1], "0x" + "g" * 40, 5, "ethereumAddress"])
def test_addresses_that_are_none(kind, address):
    with opened(kind, NOWHERE, eth_private_key=WALLET) as client, pytest.raises((InvalidInput, TypeError)) as caught:
        client.onboarding.derive_stark_key(ethereum_address=address)
    assert caught.value.field == "ethereum_address"


def test_the_key_of_another_address(kind):
    with opened(kind, NOWHERE, eth_private_key=WALLET) as client, pytest.raises(WrongSigner):
        client.onboarding.derive_stark_key(ethereum_address="0x" + "11" * 20)


@pytest.mark.parametrize(
    ("settings", "field"),
    [({"network_id": 5}, "network_id"), ({"network_id": True}, "network_id"),
     ({"eth_private_key": "0x5"}, "eth_private_key"), ({"eth_private_key": bytes(32)}, "eth_private_key"),
     ({"stark_private_key": 0}, "stark_private_key"),
     ({"stark_private_key": "0x5", "stark_public_key": "0x1"}, "stark_public_key"),
     ({"api_key_credentials": {"key": "a"}}, "api_key_credentials"),
     ({"api_key_credentials": {"key": "a", "secret": "b\n", "passphrase": "c"}}, "api_key_credentials"),
     ({"default_ethereum_address": ADDRESS[:-1] + "c"}, "default_ethereum_address"),
     ({"api_timeout": 0}, "api_timeout")],
)  # fmt: skip
def test_settings_that_are_none(kind, settings, field):
    with pytest.raises(StarkcoreError) as caught:
        kind(NOWHERE, **settings)
    assert caught.value.field == field


def test_modules_that_need_something(kind):
    with opened(kind, NOWHERE) as client:
        for name, field in (("private", "api_key_credentials"), ("onboarding", "eth_private_key"), ("eth", "web3"),
                            ("api_keys", "eth_private_key"), ("eth_private", "eth_private_key")):  # fmt: skip
            with pytest.raises(InvalidInput) as caught:
                getattr(client, name)
            assert caught.value.field == field
        assert "Public" in repr(client._client.public)


def test_client_is_in_the_package_and_lazily():
    import subprocess
    import sys

    assert starkcore.Client is Client
    assert starkcore.AsyncClient is AsyncClient
    code = "import sys, starkcore; print('httpcore2' in sys.modules, 'starkcore.dydx' in sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
    with pytest.raises(AttributeError):
        _ = starkcore.Clients


def test_recovery_agrees_with_eth_account():
    data = request_message(1, "GET", "/v3/recovery", "", "2021-01-08T10:06:12.500Z")
    signed = eth_account.Account.sign_typed_data(WALLET, full_message=data.to_json())
    assert bytes(signed.message_hash) == data.digest
    assert recover_address(data.digest, bytes(signed.signature)) == ADDRESS
    assert Web3Wallet(Wallet()).sign_typed_data(data, ADDRESS) == bytes(signed.signature)


SECRETS = {"secret": "c2VjcmV0LW1hcmtlci1vZi10aGlzLXRlc3Q=", "passphrase": "marker-passphrase-0x7"}


@pytest.mark.parametrize("status", [200, 400, 429, 500])
@pytest.mark.parametrize("body", [
    '{"errors":[{"msg":"%s %s"}]}', "<html>%s %s</html>", '{"secret":"%s","passphrase":"%s', '{"a":"%s","a":"%s"}',
])  # fmt: skip
def test_what_a_host_sends_back_is_not_shown(kind, status, body):
    """A host that repeats the secrets that it was sent, or is about to tell some."""
    echo = http(status, (body % tuple(SECRETS.values())).encode())
    credentials = {"key": "50fdcaa0-62b8-e827-02e8-a9520d46cb9f"} | SECRETS
    with fault_server(echo) as server, opened(kind, server.url, api_key_credentials=credentials) as client:
        for call in (client.private.get_user, lambda: client.private.cancel_order("1")):
            with pytest.raises(StarkcoreError) as caught:
                call()
            error, shown = caught.value, ""
            while error is not None:
                shown += f"{error} {error!r} {vars(error)!r}"
                error = error.__cause__ or error.__context__
            for secret in SECRETS.values():
                assert secret not in shown
        assert not any(secret in f"{client._client!r} {client.api_key_credentials!r}" for secret in SECRETS.values())


def test_a_secret_of_an_api_key_is_base64url():
    for secret in ("abc", "a=bc", "ab c", "é"):
        with pytest.raises(InvalidInput) as caught:
            ApiKey("k", secret, "p")
        assert caught.value.field == "secret"
        assert secret not in str(caught.value)


def test_a_client_without_an_api_key_uses_the_one_that_it_makes():
    made = {"key": "a-key", "secret": "c2VjcmV0", "passphrase": "word"}
    with fault_server(http(201, json.dumps({"apiKey": made}).encode())) as server:
        with Client(server.url, eth_private_key=WALLET, network_id=1) as client:
            client.eth_private.create_api_key()
            assert client.api_key_credentials == made
        with Client(
            server.url, eth_private_key=WALLET, network_id=1, api_key_credentials=made | {"key": "own"}
        ) as client:
            client.eth_private.create_api_key()
            assert client.api_key_credentials["key"] == "own"


@pytest.mark.parametrize("orders", ["abc", {"size": "1"}, b"12", 5])
def test_a_batch_of_orders_is_a_sequence(orders):
    api_key = {"key": "k", "secret": "c2VjcmV0", "passphrase": "p"}
    with (
        Client(NOWHERE, stark_private_key=5, api_key_credentials=api_key) as client,
        pytest.raises(errors.InputTypeError) as caught,
    ):
        client.private.create_orders(orders)
    assert caught.value.field == "orders"
