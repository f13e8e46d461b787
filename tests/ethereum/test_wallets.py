"""Wallets as people have them: which refuse, which sign in their own way, which sign differently each time."""

import pytest

eth_account = pytest.importorskip("eth_account")
pytest.importorskip("httpcore2")

from starkcore import Client, errors, extended, paradex  # noqa: E402
from starkcore.dydx.errors import SigningFailed, SigningRefused  # noqa: E402
from starkcore.ethereum import LocalKey, Web3Account, Web3Wallet, checksum_address  # noqa: E402

# dYdX's published wallet. The x of its key with legacySigning was recomputed with eth-account alone.
WALLET = "0x4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"
ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
PUBLIC = "0x39d88860b99b1809a63add01f7dfa59676ae006bbcdf38ff30b6a69dcf55ed3"
LEGACY = "0x6c1d0e13", "defe579"
NOWHERE = "http://localhost:1"


class RpcError(Exception):
    """As web3 raises it."""

    def __init__(self, code, message=""):
        super().__init__(message)
        self.rpc_response = {"error": {"code": code, "message": message}}


class Wallet:
    """A web3 whose wallet signs what it is asked in a form that it takes.

    Args:
        refuse: what is raised for a method and its parameters; None: it is signed.
        vary: of a signature and how many were made before.
    """

    default_account = None

    def __init__(self, refuse=lambda method, payload: None, vary=lambda signature, number: signature):
        self.eth = self.manager = self
        self.refuse, self.vary, self.asked = refuse, vary, []

    def request_blocking(self, method, parameters):
        address = 1 if method == "personal_sign" else 0
        payload = parameters[1 - address]
        assert parameters[address] == ADDRESS
        self.asked.append((method, type(payload).__name__))
        problem = self.refuse(method, payload)
        if problem is not None:
            raise problem
        if method == "personal_sign":
            text = eth_account.messages.encode_defunct(hexstr=payload)
            signed = eth_account.Account.from_key(WALLET).sign_message(text)
        else:
            signed = eth_account.Account.sign_typed_data(WALLET, full_message=payload)
        return self.vary(bytes(signed.signature), len(self.asked))


def derive(wallet, **keywords):
    with Client(NOWHERE, web3=wallet, default_ethereum_address=ADDRESS, network_id=1) as client:
        return client.onboarding.derive_stark_key(**keywords).public_key


# ganache 6 answers -32000 to eth_signTypedData_v4, others an internal error, or that they don't support it.
@pytest.mark.parametrize("code", [-32601, -32602, -32603, -32000, 4200])
def test_another_form_is_tried(code):
    wallet = Wallet(lambda method, _: RpcError(code) if method == "eth_signTypedData_v4" else None)
    assert derive(wallet) == PUBLIC
    assert wallet.asked[2] == ("eth_signTypedData", "dict")


@pytest.mark.parametrize("error", [RpcError(4001, "x"), RpcError(-32000, "MetaMask: User denied message signature.")])
def test_a_persons_no(error):
    wallet = Wallet(lambda *_: error)
    with pytest.raises(SigningRefused, match="it was refused there"):
        derive(wallet)
    assert len(wallet.asked) == 1
    with (
        Client(NOWHERE, web3=wallet, default_ethereum_address=ADDRESS, network_id=1) as client,
        pytest.raises(SigningRefused),
    ):
        client.onboarding.derive_all_stark_keys()
    assert len(wallet.asked) == 2


@pytest.mark.parametrize(
    "error",
    [
        RpcError(-32000, "unknown account"), RpcError(-32000, "cannot sign data; no private key"),
        RpcError(-32601, "the method eth_signTypedData_v4 does not exist/is not available"),
    ],
)  # fmt: skip
def test_a_node_without_a_key(error):
    with pytest.raises(SigningFailed, match="give eth_private_key") as caught:
        derive(Wallet(lambda *_: error))
    assert not isinstance(caught.value, SigningRefused)


def test_what_a_wallet_says_is_not_repeated():
    with pytest.raises(SigningFailed) as caught:
        derive(Wallet(lambda method, payload: RpcError(-32603, f"can't sign {payload}")))
    assert "onlySignOn" not in str(caught.value)


def shared_key(signature, number):
    """Another signature of the same key over the same digest each time: s and n − s, with the other v."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    if number % 2:
        return signature
    s = order - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


class SharedAccount:
    """An account whose key is in several places."""

    address = ADDRESS

    def __init__(self):
        self.made = 0

    def sign_typed_data(self, full_message):
        self.made += 1
        signed = eth_account.Account.sign_typed_data(WALLET, full_message=full_message)
        return type("Signed", (), {"signature": shared_key(bytes(signed.signature), self.made)})


def test_a_wallet_that_signs_differently_each_time():
    with Client(NOWHERE, web3=Wallet(vary=shared_key), default_ethereum_address=ADDRESS, network_id=1) as client:
        for derived in (
            client.onboarding.derive_stark_key,
            client.onboarding.derive_all_stark_keys,
            client.onboarding.recover_default_api_key_credentials,
            client.private.get_user,  # which needs the default credentials
        ):
            with pytest.raises(SigningFailed, match="differently each time"):
                derived()
        assert client.stark_public_key is None
    for venue in (paradex, extended):
        for wallet in (Web3Account(SharedAccount()), Web3Wallet(Wallet(vary=shared_key))):
            with pytest.raises(SigningFailed, match="differently each time"):
                venue.derive_key(wallet, address=ADDRESS)


def test_keys_with_legacy_signing():
    with Client(NOWHERE, eth_private_key=WALLET) as client:
        every = [one.public_key for one in client.onboarding.derive_all_stark_keys()]
    assert every[0] == PUBLIC
    assert (every[4][:10], every[4][-7:]) == LEGACY
    assert len(set(every)) == 6
    # A wallet that signs texts alone, and one that signs typed data alone.
    for refused, expected in (("eth_signTypedData", every[4:]), ("personal_sign", every[:4])):
        wallet = Wallet(lambda method, _, refused=refused: RpcError(-32601) if method.startswith(refused) else None)
        with Client(NOWHERE, web3=wallet, default_ethereum_address=ADDRESS, network_id=1) as client:
            assert [one.public_key for one in client.onboarding.derive_all_stark_keys()] == expected
            assert client.stark_public_key is None


# A recovery phrase of BIP 39's test vectors, and the name of ENS that its documentation uses.
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"


@pytest.mark.parametrize(
    ("value", "kind"), [(PHRASE, "a wallet's recovery phrase"), ("vitalik.eth", "a name of ENS"), (ADDRESS, "address")]
)
def test_what_was_given_for_a_key_is_recognised(value, kind):
    for name in ("stark_private_key", "eth_private_key"):
        with pytest.raises(errors.InvalidInput, match=kind) as caught:
            Client(NOWHERE, **{name: value})
        assert caught.value.field == name
        assert value not in str(caught.value)


def test_an_ethereum_key_for_a_stark_key():
    key = "0x" + "f" * 63 + "e"
    with pytest.raises(errors.InvalidInput, match=r"not an Ethereum private key, of which .*derive_stark_key"):
        Client(NOWHERE, stark_private_key=key)


@pytest.mark.parametrize(
    ("value", "kind"), [("vitalik.eth", "ENS"), (WALLET, "private key"), (PHRASE, "recovery phrase")]
)
def test_what_was_given_for_an_address_is_recognised(value, kind):
    with pytest.raises(errors.InvalidInput, match=kind) as caught:
        checksum_address(value)
    assert value not in str(caught.value)
    with pytest.raises(errors.InvalidInput, match=kind):
        Client(NOWHERE, default_ethereum_address=value)
    assert LocalKey(WALLET).address == ADDRESS
