"""The client's inner functions, one at a time: whose keys, which chain, what is signed, sent, read and settled."""

import json
from types import SimpleNamespace

import pytest
from reference.keccak import keccak256

pytest.importorskip("httpcore2")
pytest.importorskip("eth_keys")

from starkcore import PrivateKey, PublicKey, errors
from starkcore.dydx import (
    Client,
    OrderBatch,
    address,
    auth,
    base,
    batches,
    eth,
    messages,
    networks,
    onboarding,
    public,
    session,
    settling,
)
from starkcore.dydx.auth import TIMESTAMP
from starkcore.dydx.credentials import ApiKey
from starkcore.dydx.events import Disconnected, Subscribed, Update
from starkcore.dydx.orderbook import OrderBook
from starkcore.dydx.requests import Auth, get, post
from starkcore.dydx.results import AccountAnswer, OrderAnswer, TimeAnswer
from starkcore.dydx.session import Session
from starkcore.ethereum import LocalKey, SigningFailed, Web3Account, Web3Wallet
from starkcore.http import rules
from starkcore.http.answer import Answer
from starkcore.http.records import Record
from starkcore.http.rules import Block, Failure, Outgoing, Retries, Send, Timeouts

# Published: the first wallet of Ganache's test chain; the Stark curve's generator, which is the key of 1.
WALLET = "0x4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"
ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
X = 0x1EF15C18599971B7BECED415A40F0C7DEACFD9B0D1819E03D723D8BC943CFCA
Y = 0x5668060AA49730B7BE4801DF46EC62DE53ECD11ABE43A32873000C36E8DC1F
P = 2**251 + 17 * 2**192 + 1
COLLATERAL = "0x02893294412a4c8f915f75892b395ebbf6859ec246ec365c3b1f56f47c3a0a5d"  # dYdX, GET /v3/config on mainnet
API_KEY = ApiKey("key-1", "c2VjcmV0LW9mLWFuLWFjY291bnQ=", "passphrase-of-it")


def made(signer=None, address=None, network_id=1, **options):
    options = {"timeouts": Timeouts(), "retries": Retries(attempts=1)} | options
    return Session("http://127.0.0.1:1", network_id=network_id, signer=signer, default_address=address, **options)


def answer(value, status=200):
    return Answer(status, {"content-type": "application/json"}, json.dumps(value).encode())


def run(steps, *replies):
    """What steps return, given these replies; and what they asked for."""
    asked = []
    replies = iter(replies)
    try:
        step = next(steps)
        while True:
            asked.append(step)
            step = steps.send(next(replies))
    except StopIteration as end:
        return end.value, asked


def paths(asked):
    return [step.outgoing.path for step in asked if isinstance(step, Send)]


# ---- Keys that the website made ----


def test_the_keys_that_a_wallets_signature_may_have_made():
    """dydx3, helpers: private_key_from_bytes is keccak256 >> 5.

    Each way of writing v, 27 or 0, and the type after it.
    """
    r_s = bytes(range(64))
    for v, other in ((27, 0), (28, 1)):
        expected = [
            int.from_bytes(keccak256(r_s + bytes(end)), "big") >> 5 for end in ((v, 0), (other, 0), (v, 3), (other, 3))
        ]
        assert [int(key.secret_hex(), 16) for key in auth.all_stark_keys(r_s + bytes((v, 0)))] == expected
        legacy = [int.from_bytes(keccak256(r_s + bytes((end, 3))), "big") >> 5 for end in (v, other)]
        assert [int(key.secret_hex(), 16) for key in auth.personal_stark_keys(r_s + bytes((v,)))] == legacy


def test_a_key_pair_as_it_is_handed_out():
    assert onboarding._key_pair(PrivateKey(1)) == {
        "public_key": hex(X), "public_key_y_coordinate": hex(Y), "private_key": "0x1",
    }  # fmt: skip


def test_what_a_wallet_signs_names_the_website_on_mainnet_alone():
    assert networks._action(1, "dYdX Onboarding").message == {
        "action": "dYdX Onboarding", "onlySignOn": "https://trade.dydx.exchange",
    }  # fmt: skip
    assert networks._action(11155111, "dYdX Onboarding").message == {"action": "dYdX Onboarding"}


@pytest.mark.parametrize(
    ("x", "y", "known", "key"),
    [
        (None, None, None, None), (hex(X), hex(Y), None, (X, Y)), (hex(X), None, None, (X, None)),
        (hex(X), None, (X, Y), (X, Y)), (None, hex(Y), (X, Y), (X, Y)), (None, None, (X, Y), None),
        (hex(X), hex(P - Y), (X, Y), (X, P - Y)),
    ],
)  # fmt: skip
def test_a_public_key_of_one_text_or_two(x, y, known, key):
    read = session.public_key_of(x, y, None if known is None else PublicKey(*known))
    assert read is None if key is None else (read.x, read.y) == key


@pytest.mark.parametrize(("x", "y"), [(None, hex(Y)), ("xyz", None), (hex(X), hex(X)), ("0x0", None), (5.5, None)])
def test_what_is_no_public_key(x, y):
    with pytest.raises(errors.InvalidInput, match=r"^stark_public_key "):
        session.public_key_of(x, y, None)


# ---- The client ----


@pytest.fixture
def client():
    with Client("http://127.0.0.1:1", stark_private_key=PrivateKey(1)) as opened:
        yield opened


def test_a_public_key_is_that_of_the_private_one(client):
    other = PrivateKey(2).public_key
    for wrong in (other, PublicKey(X, P - Y), PublicKey.from_x(hex(other.x))):
        with pytest.raises(errors.InvalidInput, match="must be that of stark_private_key"):
            client._use_public(wrong)
    for same in (None, PublicKey.from_x(hex(X)), PublicKey(X, Y)):
        client._use_public(same)
        assert (client._session.stark_public.x, client._session.stark_public.y) == (X, Y)
    client._session.stark_key = None
    client._use_public(other)
    assert client._session.stark_public == other


def test_default_credentials_are_made_by_a_key_at_hand_alone(client):
    plain = base.BaseClient._default_api_key
    assert plain(client) is None
    client._session.signer, client._session.default_address = LocalKey(WALLET), ADDRESS
    made_ = plain(client)
    # The same signature gives the same credentials: those of the session's own question.
    assert made_ == run(client._session.default_api_key(ADDRESS))[0]
    client._session.api_key = API_KEY
    assert plain(client) == API_KEY
    with pytest.raises(errors.InvalidInput, match=r"^api_key_credentials must be given, or known"):
        SimplePrivate(None)._default_api_key()


class SimplePrivate:
    """As much of client.private as the functions below look at."""

    def __init__(self, signer, key=None):
        from starkcore.dydx.private import Private

        self._session = made(signer, ADDRESS if signer is not None else None)
        self._session.stark_key = key
        self._default_api_key = lambda: Private._default_api_key(self)
        self._signer = lambda drafts: Private._signer(self, drafts)
        self._post = lambda kind, *segments, body: (segments, body)


def test_the_hmac_of_ones_own_request_takes_the_wallets_key():
    private = SimplePrivate(LocalKey(WALLET))
    assert private._default_api_key() == run(private._session.default_api_key(ADDRESS))[0]
    with pytest.raises(errors.InvalidInput, match=r"^api_key_credentials"):
        SimplePrivate(Web3Wallet(SimpleNamespace(eth=None)))._default_api_key()


TERMS = {
    "position_id": 7, "market": "ETH-USD", "side": "BUY", "order_type": "LIMIT", "post_only": False, "size": "0.1",
    "price": "1000", "limit_fee": "0.01", "expiration": "2030-01-01T00:00:00.000Z", "time_in_force": "GTT",
}  # fmt: skip


def test_one_signer_for_all_that_is_to_be_signed():
    private = SimplePrivate(None, PrivateKey(1))
    signed = messages.draft_of(TERMS | {"signature": "0" * 128})
    assert private._signer([errors.StarkcoreError("bad"), signed]) is None
    signer = private._signer([signed, messages.draft_of(TERMS)])
    assert signer is private._session.order_signer(9)
    assert signer.position_id == 7


def test_mainnet_gives_no_money_away():
    from starkcore.dydx.private import Private

    ask = Private.request_testnet_tokens.__wrapped__
    private = SimplePrivate(None)
    with pytest.raises(errors.InvalidInput, match=r"^network_id must be a test network's"):
        ask(private)
    private._session.network_id = 11155111
    assert ask(private) == (("testnet", "tokens"), {})


class Chain:
    """A node behind web3."""

    def __init__(self, chain_id=1):
        self.eth = self
        self.number = chain_id

    @property
    def chain_id(self):
        if isinstance(self.number, Exception):
            raise self.number
        return self.number

    @property
    def accounts(self):
        return []

    default_account = None


def test_the_chain_of_a_node():
    assert base._chain_of(Chain(5))() == 5
    with pytest.raises(errors.InvalidInput, match=r"^network_id must be given.*\(ConnectionError\)") as caught:
        base._chain_of(Chain(ConnectionError("http://user:s3cret@node")))()
    assert "s3cret" not in str(caught.value)
    assert caught.value.__context__ is None


def test_how_often_is_asked_again():
    given = Retries(attempts=7)
    assert base._retries(given) is given
    assert base._retries(None) == Retries()
    with pytest.raises(errors.InputTypeError, match=r"^retries must be Retries"):
        base._retries(3)


def test_a_web3_that_would_have_to_be_awaited_is_refused(monkeypatch):
    there, asked = Chain(), []
    monkeypatch.setattr(base, "web3_at", lambda url, timeouts: asked.append(url) or there)
    assert base._web3(there, "http://x", Timeouts()) is there
    assert base._web3(None, None, Timeouts()) is None
    assert base._web3(None, "http://127.0.0.1:8545", Timeouts()) is there
    assert asked == ["http://127.0.0.1:8545"]
    with pytest.raises(errors.InputTypeError, match=r"^web3 must be a web3.Web3"):
        base._web3(type("AsyncWeb3", (), {})(), None, Timeouts())
    with pytest.raises(errors.InputTypeError, match=r"^web3_provider must be a URL"):
        base._web3(None, type("AsyncHTTPProvider", (), {})(), Timeouts())


def test_a_key_at_hand_signs_before_a_wallet_elsewhere():
    account = SimpleNamespace(address=ADDRESS, key=bytes.fromhex(WALLET[2:]))
    elsewhere = SimpleNamespace(address=ADDRESS, sign_message=None)
    assert isinstance(base._signer(WALLET, elsewhere, Chain()), LocalKey)
    assert base._signer(None, account, Chain()).address == ADDRESS
    assert isinstance(base._signer(None, account, Chain()), LocalKey)
    assert isinstance(base._signer(None, elsewhere, Chain()), Web3Account)
    assert isinstance(base._signer(None, None, Chain()), Web3Wallet)
    assert base._signer(None, None, None) is None
    with pytest.raises(errors.InputTypeError, match=r"^web3_account must be an account"):
        base._signer(None, object(), None)


def test_the_wallet_where_a_call_names_none():
    assert base._default_address(LocalKey(WALLET)) == ADDRESS
    wallet = Web3Wallet(Chain())
    assert base._default_address(wallet) == wallet.default_address
    assert base._default_address(None) is None
    assert base._default_address(SimpleNamespace(address=ADDRESS)) is None


def test_the_contracts_are_of_the_key_that_the_client_has_now(client):
    with pytest.raises(errors.InvalidInput, match=r"^web3 or web3_provider must be given"):
        client._ethereum()
    client.web3 = Chain()
    module = client._ethereum()
    assert module.stark_public_key == hex(X)
    client._session.use_stark_key(PrivateKey(2))
    assert client._ethereum() is module
    assert module.stark_public_key == hex(PrivateKey(2).public_key.x)


# ---- A session ----


@pytest.mark.parametrize(("given", "chain"), [(1, 1), ("1", 1), ("11155111", 11155111), (11155111, 11155111)])
def test_a_chain_that_the_exchange_was_on(given, chain):
    assert session._known_chain(given) == chain


@pytest.mark.parametrize("wrong", [0, 2, -1, "0x1", "", " 1", "\u0661", "1" * 21, True, 1.0, None])
def test_another_chain_is_refused(wrong):
    with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=r"^network_id must be"):
        session._known_chain(wrong)


def test_digits_of_a_position():
    assert session._digits("0" * 20) == "0" * 20
    for wrong in (5, "", "-1", "1" * 21, "\u0661", "1 ", None):
        with pytest.raises(ValueError, match="no position"):
            session._digits(wrong)


def test_a_new_key_makes_a_new_signer():
    one = made()
    one.use_stark_key(PrivateKey(1))
    assert (one.stark_public.x, one.stark_public.y) == (X, Y)
    signer = one.order_signer(7)
    assert one.order_signer(8) is signer
    one.use_stark_key(PrivateKey(2))
    assert one.order_signer(7) is not signer
    one.use_stark_key(None)
    assert one.stark_public is None
    with pytest.raises(errors.InvalidInput, match=r"^stark_private_key or a signature"):
        one.order_signer(7)


def test_who_signs_for_ethereum():
    signer = LocalKey(WALLET)
    assert made(signer)._wallet() is signer
    with pytest.raises(errors.InvalidInput, match=r"^eth_private_key or web3"):
        made()._wallet()
    with pytest.raises(SigningFailed, match="sign_personal"):
        run(made(SimpleNamespace(sign_typed_data=None)).sign_text(b"x", ADDRESS))


def test_a_wallet_elsewhere_is_waited_for_beside_the_requests():
    assert run(made(LocalKey(WALLET))._signed(lambda: b"at once")) == (b"at once", [])
    steps = made(SimpleNamespace())._signed(lambda: b"later")
    step = next(steps)
    assert isinstance(step, Block)
    with pytest.raises(StopIteration) as ended:
        steps.send(step.function())
    assert ended.value.value == b"later"

    def refuse():
        raise SigningFailed("no")

    steps = made(SimpleNamespace())._signed(refuse)
    problem = next(steps).function()  # returned, for these steps to raise: they may know another way
    with pytest.raises(SigningFailed, match="no"):
        steps.send(problem)


def test_a_text_is_signed_as_personal_sign_does():
    signed, _ = run(made(LocalKey(WALLET)).sign_text(b"hello", ADDRESS))
    from eth_keys import keys

    # EIP-191, version 45.
    digest = keccak256(b"\x19Ethereum Signed Message:\n5hello")
    read = keys.Signature(signed[:64] + bytes((signed[64] - 27,)))
    assert read.recover_public_key_from_msg_hash(digest).to_checksum_address() == ADDRESS


def test_credentials_that_are_known_are_not_made_again():
    one = made(LocalKey(WALLET), ADDRESS)
    first, asked = run(one.known_api_key())
    assert (one.api_key, asked) == (first, [])
    one.api_key = API_KEY
    assert run(one.known_api_key()) == (API_KEY, [])


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (answer({"collateralAssetId": "0x1e70c509c4c6bfafe8b73d2fc1819444b2c0b435d4b82c0f24addff9565ce25"}),
         "the exchange is on sepolia, chain 11155111, and this client has keys of mainnet"),
        (answer({"collateralAssetId": COLLATERAL}), ""), (answer({}), ""), (answer({"collateralAssetId": "0x1"}), ""),
        (answer([]), ""), (answer({}, 500), ""), (Failure(True, "lost"), ""),
    ],
)  # fmt: skip
def test_after_a_refusal_the_networks_are_compared_once(config, told):
    one = made()
    _, asked = run(one._compare_networks(), config)
    assert paths(asked) == ["/v3/config"]
    assert told in one._elsewhere
    assert bool(told) == bool(one._elsewhere)
    assert run(one._compare_networks()) == (None, [])


def test_positions_are_remembered_by_their_keys():
    one = made()
    account = {"starkKey": hex(X), "positionId": "7"}
    one._remember({"account": account})
    assert one.positions == {X: 7}
    one._remember({"accounts": [account | {"positionId": "8"}, {"starkKey": "5", "positionId": "9"}, 5]})
    assert one.positions == {X: 8, 5: 9}
    for wrong in (None, [], {}, {"account": 5}, {"accounts": 5}, {"account": account | {"positionId": 10}},
                  {"account": account | {"positionId": "-1"}},
                  {"account": {"starkKey": "xyz", "positionId": "1"}}):  # fmt: skip
        one._remember(wrong)
    assert one.positions == {X: 8, 5: 9}


def test_an_answer_that_is_not_what_was_asked_for():
    one = made()
    read = one._read(get("time"), answer({"iso": "2021-01-08T10:06:12.500Z", "epoch": "1"}), TimeAnswer)
    assert (read.data.iso, read.status) == ("2021-01-08T10:06:12.500Z", 200)
    assert one._read(get("x"), Answer(200, {}, b""), Record).data == {}
    for wrong, problem in (
        (answer([]), "no JSON object"), (answer({}), "the answer has no iso"), (answer({"iso": 5}), "no proper iso"),
        (Answer(200, {"content-type": "text/html"}, b"<p>"), "isn't JSON"),
    ):  # fmt: skip
        with pytest.raises(rules.UnreadableAnswer, match=problem):
            one._read(get("time"), wrong, TimeAnswer)
        with pytest.raises(rules.OutcomeUnknown, match=problem):  # it was carried out, maybe
            one._read(post("time", auth=Auth.NONE, body={}), wrong, TimeAnswer)


def test_an_answer_shows_no_secret():
    one = made()
    one.api_key = API_KEY
    with pytest.raises(rules.UnreadableAnswer) as caught:
        one._read(get("accounts"), Answer(200, {"content-type": "text/html"}, API_KEY.secret.encode()), AccountAnswer)
    assert API_KEY.secret not in str(caught.value) + caught.value.excerpt


# ---- Batches ----


def test_what_surely_had_no_effect():
    assert batches._not_carried_out(Failure(False, "no connection"))
    assert not batches._not_carried_out(Failure(True, "lost"))
    assert batches._not_carried_out(answer({}, 429))
    assert not batches._not_carried_out(answer({}, 500))


def test_an_order_that_is_sent_is_unknown_until_it_is_answered():
    batch = OrderBatch()
    batch._begin([{"clientId": "a"}])
    order = batch.orders[0]
    send = Send(Outgoing("POST", "/v3/orders", {TIMESTAMP: "2021-01-08T10:06:12.500Z"}, b"{}"), 0.0)
    batch._sending(order, send)
    assert isinstance(order.outcome, rules.OutcomeUnknown)
    assert (order.outcome.client_id, order.outcome.signed_at) == (order.client_id, "2021-01-08T10:06:12.500Z")
    batch._end()
    batch._cut = True
    order.outcome = None
    with pytest.raises(rules.ConnectionFailed, match="cut off before this was sent"):
        batch._sending(order, send)
    assert order.outcome is None


# ---- Orders ----


def test_one_draft_of_many():
    draft = messages.draft_of(TERMS)
    assert (draft.unsigned.market, draft.body["size"]) == ("ETH-USD", "0.1")
    assert isinstance(messages.draft_of(5), errors.InputTypeError)
    for wrong in ({}, TERMS | {"siez": "1"}):
        problem = messages.draft_of(wrong)
        assert type(problem) is errors.InvalidInput
        assert problem.field == "order"
    assert messages.draft_of(TERMS | {"post_only": 1}).field == "post_only"
    assert messages.draft_of(TERMS | {"client_id": ".."}).field == "client_id"


# ---- The book ----


def test_an_older_size_changes_nothing():
    side = {}
    OrderBook._set(side, "1000", "5", 7)
    OrderBook._set(side, "1000", "6", 6)
    assert side == {"1000": ("5", 7)}
    OrderBook._set(side, "1000", "6", 7)
    OrderBook._set(side, "999", "1", 0)
    assert side == {"1000": ("6", 7), "999": ("1", 0)}


def test_levels_by_price_and_not_by_text():
    book = OrderBook("ETH-USD")
    book._sides["bids"] = {"999": ("1", 0), "1000": ("2", 0), "99.9": ("0", 0), "1000.5": ("0.0", 0)}
    assert book._levels("bids", reverse=True) == [("1000", "2"), ("999", "1")]
    assert book._levels("bids", reverse=False) == [("999", "1"), ("1000", "2")]
    book.apply(Subscribed("v3_orderbook", "ETH-USD", {"bids": [], "asks": [{"price": "1", "size": "2"}]}))
    book.apply(Update("v3_orderbook", "BTC-USD", {"asks": [["1", "9"]]}, 1))
    assert (book.known, book.asks(), book.bids()) == (True, [("1", "2")], [])
    book.apply(Disconnected("x"))
    assert not book.known


# ---- Contracts ----


def test_numbers_of_a_transaction():
    for text, number in (("0", 0), ("0x10", 16), ("0X1f", 31), ("18446744073709551615", 2**64 - 1), (5, 5)):
        assert eth._number(text, "position_id", 1 << 64) == number
    for wrong in (-1, 2**64, "18446744073709551616", "", "0x", "-1", "1_0", "\u0661", " 1", "1" * 79):
        with pytest.raises(errors.InvalidInput, match=r"^position_id must be"):
            eth._number(wrong, "position_id", 1 << 64)
    for wrong in (True, 1.0, None, b"1"):
        with pytest.raises(errors.InputTypeError, match=r"^position_id must be an int or its text"):
            eth._number(wrong, "position_id", 1 << 64)


def test_a_signature_for_a_contract():
    whole = bytes(range(65))
    for given in (whole, whole.hex(), "0x" + whole.hex(), "0X" + whole.hex().upper()):
        assert eth._signature(given) == whole
    assert eth._signature(bytes(96), "stark_signature", 96) == bytes(96)
    for wrong in (whole[1:], whole.hex()[1:], "0x" + whole.hex() + "00", "zz" * 65, "", whole.hex()[:-1] + " "):
        with pytest.raises(errors.InvalidInput, match=r"^registration_signature must be 65 bytes, or 130 hex digits"):
            eth._signature(wrong)
    with pytest.raises(errors.InputTypeError):
        eth._signature(bytearray(65))


def test_an_amount_that_moves_something():
    assert eth._positive(1) == 1
    assert eth._positive(2**256 - 1) == 2**256 - 1
    for wrong in (0, 2**256):
        with pytest.raises(errors.InvalidAmount, match=r"^human_amount must"):
            eth._positive(wrong)


def test_what_must_be_given():
    assert eth._given(0, "x") == 0
    with pytest.raises(errors.InvalidInput, match=r"^x must be given"):
        eth._given(None, "x")


class Contracts(eth.Eth):
    """The module without a chain."""

    def __init__(self, key=None, address=None):
        self.stark_public_key, self.default_address = key, address
        self.contracts = SimpleNamespace(token=ADDRESS.lower(), exchange=ADDRESS)
        self.web3 = SimpleNamespace(eth=SimpleNamespace(contract=lambda address, abi: (address, abi)))


def test_whose_key_and_address_a_transaction_names():
    module = Contracts(hex(X), ADDRESS)
    assert module._stark_key(None) == X
    assert module._stark_key("0x5") == 5
    assert module._stark_key(P - 1) == P - 1
    with pytest.raises(errors.InvalidInput, match=r"^stark_public_key must be in \[0, p\)"):
        module._stark_key(P)
    with pytest.raises(errors.InvalidInput, match=r"^stark_public_key must be given"):
        Contracts()._stark_key(None)
    assert module._address(None, "recipient") == ADDRESS
    assert module._address("0xffcf8fdee72ac11b5c542428b35eef5769c409f0", "recipient") == (
        "0xFFcf8FDEE72ac11b5c542428B35EEF5769C409f0"  # Ganache's second
    )
    with pytest.raises(errors.InvalidInput, match=r"^recipient must be given"):
        Contracts()._address(None, "recipient")


def test_the_contract_of_a_token():
    module = Contracts()
    assert module.get_token_contract()[0] == ADDRESS
    assert module.get_token_contract("DAI", ADDRESS.lower())[0] == ADDRESS
    with pytest.raises(errors.InvalidInput, match=r"^asset must be USDC"):
        module.get_token_contract("DAI")


def test_a_node_that_refuses_is_told_in_our_words():
    def refuse():
        raise ValueError("s3cret" * 500)

    for call in (lambda: Contracts()._ask(refuse), lambda: eth._read(SimpleNamespace(call=refuse))):
        with pytest.raises(errors.StarkcoreError) as caught:
            call()
        assert len(str(caught.value)) < 1000
    assert Contracts()._ask(lambda: 5) == 5
    assert eth._read(SimpleNamespace(call=lambda: 5)) == 5


# ---- Settling ----


def unknown(method="POST", path="/v3/orders", client_id="c-1", signed_at="2021-01-08T10:06:12.500Z"):
    error = rules.OutcomeUnknown(rules.ConnectionLost(method, path, "lost"))
    error.client_id, error.signed_at = client_id, signed_at
    return error


def trading():
    one = made()
    one.api_key = API_KEY
    return one


ORDER = {"id": "o-1", "clientId": "c-1", "status": "OPEN"}


def order_answer(**changes):
    # Every member that an answer must have, after dYdX's API reference.
    fields = {
        "accountId": "a", "market": "ETH-USD", "side": "BUY", "price": "1", "size": "1", "remainingSize": "1",
        "type": "LIMIT", "createdAt": "2021-01-08T10:06:12.500Z", "expiresAt": "2021-01-08T10:06:12.500Z",
        "timeInForce": "GTT", "postOnly": False, "triggerPrice": None, "trailingPercent": None, "unfillableAt": None,
        "cancelReason": None, "reduceOnly": False,
    }  # fmt: skip
    return answer({"order": fields | ORDER | changes})


@pytest.mark.parametrize(
    ("error", "path"),
    [
        (unknown(), "/v3/orders/client/c-1"), (unknown("DELETE", "/v3/orders/o-1", None), "/v3/orders/o-1"),
        (unknown(path="/v3/transfers"), "/v3/transfers?limit=100"),
        (unknown(path="/v3/withdrawals"), "/v3/transfers?limit=100"),
        (unknown(path="/v3/fast-withdrawals"), "/v3/transfers?limit=100"),
    ],
)  # fmt: skip
def test_what_is_asked_for(error, path):
    steps = settling._look(trading(), error)()
    assert next(steps).outgoing.path == path
    steps.close()


@pytest.mark.parametrize(
    "error",
    [unknown(client_id=None), unknown("DELETE", "/v3/orders"), unknown("PUT", "/v3/users"), unknown(path="/v3/users"),
     unknown("DELETE", "/v3/orders/a/b"), unknown(path="/v3/transfers", client_id=None)],
)  # fmt: skip
def test_of_what_nothing_can_be_told(error):
    with pytest.raises(errors.InvalidInput, match=r"^unknown must be of an order"):
        settling._look(trading(), error)


def test_only_the_exchange_says_that_there_is_no_order():
    found, _ = run(settling._order(trading(), "c-1"), order_answer())
    assert found.data.order.id == "o-1"
    assert run(settling._order(trading(), "c-1"), answer({"errors": [{"msg": "No order"}]}, 404))[0] is None
    for refusal in (answer({}, 404), answer({"errors": []}, 403), Answer(404, {"content-type": "text/html"}, b"no")):
        with pytest.raises(rules.ApiError):
            run(settling._order(trading(), "c-1"), refusal, answer({}))
    assert OrderAnswer.__annotations__


def test_a_cancel_is_settled_once_the_order_is_not_open_any_more():
    for status, settled in (
        ("OPEN", False),
        ("PENDING", False),
        ("UNTRIGGERED", False),
        ("CANCELED", True),
        ("FILLED", True),
    ):
        found, _ = run(settling._cancel(trading(), "o-1"), order_answer(status=status))
        assert (found is not None) is settled
    assert found.data.cancel_order.id == "o-1"


def transfer(number, moment, client_id="other"):
    return {
        "id": str(number), "type": "WITHDRAWAL", "debitAsset": "USDC", "creditAsset": "USDC", "debitAmount": "1",
        "creditAmount": "1", "transactionHash": None, "status": "PENDING", "createdAt": moment, "confirmedAt": None,
        "clientId": client_id, "fromAddress": None, "toAddress": None,
    }  # fmt: skip


NOW, BEFORE = "2021-01-08T10:06:12.500Z", "2021-01-08T10:05:00.000Z"


def test_transfers_are_looked_through_page_by_page():
    page = answer({"transfers": [transfer(i, NOW) for i in range(100)]})
    last = answer({"transfers": [transfer(1, NOW, "c-1")]})
    for path, name in (
        ("/v3/transfers", "transfer"),
        ("/v3/withdrawals", "withdrawal"),
        ("/v3/fast-withdrawals", "withdrawal"),
    ):
        found, asked = run(settling._transfer(trading(), unknown(path=path), "c-1"), page, last)
        assert found.data[name]["clientId"] == "c-1"
        assert paths(asked) == ["/v3/transfers?limit=100", f"/v3/transfers?limit=100&createdBeforeOrAt={NOW}"]


def test_transfers_before_the_request_are_not_looked_through():
    error = unknown(path="/v3/transfers")
    assert run(settling._transfer(trading(), error, "c-1"), answer({"transfers": []}))[0] is None
    old = answer({"transfers": [transfer(i, BEFORE) for i in range(100)]})
    found, asked = run(settling._transfer(trading(), error, "c-1"), old)
    assert (found, len(asked)) == (None, 1)
    same = answer({"transfers": [transfer(i, NOW) for i in range(100)]})
    with pytest.raises(rules.UnreadableAnswer, match="of one moment"):
        run(settling._transfer(trading(), error, "c-1"), same, same)


def test_a_signature_that_came_with_an_order():
    assert messages.signature_text("0x" + "aB" * 64) == "aB" * 64
    for wrong in ("", "ab" * 63, "ab" * 65, "zz" * 64, "0x" + "ab" * 63):
        with pytest.raises(errors.InvalidSignature, match="must be 128 hex digits"):
            messages.signature_text(wrong)


def test_a_stark_key_in_each_of_its_forms():
    key = PrivateKey(1)
    assert session.keys_of(key) is key
    assert session.keys_of(None) is None
    for given in ("0x1", "1", 1, {"private_key": "0x1"}, {"privateKey": "1"}):
        assert session.keys_of(given) == key
    with pytest.raises(errors.InvalidInput, match=r"not an Ethereum private key, of which .*derive_stark_key"):
        session.keys_of("0x" + "f" * 64)
    for wrong in ("0x0", "xyz", {}, 1.5):
        with pytest.raises(errors.InvalidInput, match=r"^stark_private_key ") as caught:
            session.keys_of(wrong)
        assert caught.value.__context__ is None


# ---- What everybody may ask ----

# By the exchange's published documentation of its API, version 3.
PUBLIC = [
    ("check_if_user_exists", (ADDRESS,), f"users/exists?ethereumAddress={ADDRESS}"),
    ("check_if_username_exists", ("one",), "usernames?username=one"),
    ("get_markets", (), "markets"),
    ("get_markets", ("ETH-USD",), "markets?market=ETH-USD"),
    ("get_orderbook", ("ETH-USD",), "orderbook/ETH-USD"),
    ("get_stats", (), "stats"),
    ("get_stats", ("ETH-USD", 7), "stats/ETH-USD?days=7"),
    ("get_trades", ("ETH-USD",), "trades/ETH-USD"),
    ("get_historical_funding", ("ETH-USD",), "historical-funding/ETH-USD"),
    ("get_fast_withdrawal", ("USDC", "5"), "fast-withdrawals?creditAsset=USDC&creditAmount=5"),
    ("get_fast_withdrawal", (None, None, "6"), "fast-withdrawals?debitAmount=6"),
    ("get_candles", ("ETH-USD", "1HOUR", None, None, 3), "candles/ETH-USD?resolution=1HOUR&limit=3"),
    ("get_time", (), "time"),
    (
        "get_public_retroactive_mining_rewards",
        (ADDRESS,),
        f"rewards/public-retroactive-mining?ethereumAddress={ADDRESS}",
    ),
    ("get_config", (), "config"),
    ("get_insurance_fund_balance", (), "insurance-fund/balance"),
    ("get_profile", ("abc",), "profile/abc"),
    ("get_historical_leaderboard_pnls", ("DAILY", 5), "accounts/historical-leaderboard-pnls/DAILY?limit=5"),
]


@pytest.mark.parametrize(("name", "arguments", "path"), PUBLIC)
def test_where_each_question_goes(name, arguments, path):
    module = public.Public(made(), lambda steps: next(steps))
    outgoing = getattr(module, name)(*arguments).outgoing
    assert (outgoing.method, outgoing.path, outgoing.body) == ("GET", f"/v3/{path}", b"")


def test_every_question_is_among_them():
    named = {name for name, value in vars(public.Public).items() if not name.startswith("_")}
    assert named - {name for name, _, _ in PUBLIC} == {"verify_email"}
    outgoing = public.Public(made(), lambda steps: next(steps)).verify_email("t").outgoing
    assert (outgoing.method, outgoing.path, outgoing.body) == ("PUT", "/v3/emails/verify-email", b'{"token":"t"}')


@pytest.mark.parametrize("wrong", [5, None, bytes.fromhex(ADDRESS[2:]), bytearray(20)])
def test_an_address_here_is_text(wrong):
    with pytest.raises(errors.InputTypeError, match=r"^owner must be text, not ") as caught:
        address.checksum_address(wrong, "owner")
    assert caught.value.field == "owner"
    assert address.checksum_address(ADDRESS.lower(), "owner") == ADDRESS


def test_a_batch_is_told_apart_by_what_became_of_each():
    """Refused is what doesn't stand: neither what may have been sent, nor what was cut off before."""
    batch = OrderBatch()
    batch._begin([{"clientId": name} for name in "abcd"])
    outcomes = {
        "refused": errors.InvalidInput("size", "must be positive"),
        "unknown": rules.OutcomeUnknown(rules.ConnectionLost("POST", "/v3/orders", "lost")),
        "not_sent": rules.ConnectionFailed("POST", "/v3/orders", "cut off"),
    }
    for order, outcome in zip(batch.orders, outcomes.values(), strict=False):
        order.outcome = outcome
    for name, outcome in outcomes.items():
        assert outcome in [order.outcome for order in getattr(batch, name)]
    assert [order.outcome for order in batch.refused] == [outcomes["refused"]]
    assert [order.outcome for order in batch.unknown] == [outcomes["unknown"]]


def test_another_signer_has_other_contracts():
    """What was made for the one who signed before isn't kept for the one who signs now."""
    with Client("http://127.0.0.1:1", network_id=1) as client:
        client._eth = object()
        client.eth_signer = LocalKey(WALLET)
        assert client._eth is None
        with pytest.raises(errors.InputTypeError, match=r"^eth_signer must be"):
            client.eth_signer = WALLET
