"""Inner functions of addresses, wallets, nodes and transactions, one at a time. Examples are those of the standards."""

import json
from types import SimpleNamespace

import pytest
from reference.keccak import keccak256

pytest.importorskip("eth_account")

from starkcore import errors
from starkcore.ethereum import (
    LocalKey,
    SigningFailed,
    WrongSigner,
    address,
    erc20,
    node,
    transactions,
    typed_data,
    wallets,
)
from starkcore.ethereum.transactions import Sender
from starkcore.ethereum.wallets import SigningRefused, Web3Account, Web3Wallet
from starkcore.http.answer import Answer
from starkcore.http.rules import Failure, Retries, Sleep, Timeouts

# Ganache's first wallet.
WALLET = "0x4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"
OWN = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
OTHER = "0xFFcf8FDEE72ac11b5c542428B35EEF5769C409f0"
GWEI = 10**9


# ---- Addresses ----


def test_an_address_as_bytes():
    # EIP-55's examples.
    for text in ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
                 "0x52908400098527886E0F7030069857D2E4169EE7",
                 "0xde709f2102306220921060314715629080e2fb77"):  # fmt: skip
        assert address.address_bytes(text, "to") == bytes.fromhex(text[2:])
        assert address.address_bytes(text.lower(), "to") == address.address_bytes("0x" + text[2:].upper(), "to")
        assert address.address_bytes(bytes.fromhex(text[2:]), "to") == bytes.fromhex(text[2:])
    with pytest.raises(errors.InvalidInput, match=r"^to must have the right upper and lower case"):
        address.address_bytes("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "to")
    for wrong, rule in (("vitalik.eth", "not a name of ENS"), (WALLET, "and not"), ("0x12", "to must"),
                        (b"x" * 19, "to must"), ("", "to must")):  # fmt: skip
        with pytest.raises(errors.InvalidInput, match=rule):
            address.address_bytes(wrong, "to")


def test_the_hashes_of_texts():
    assert typed_data._hashes(["", "a"], "name") == keccak256(b"") + keccak256(b"a")
    with pytest.raises(errors.InvalidInput, match=r"^name must be text that UTF-8 can encode") as caught:
        typed_data._hashes(["a", "\ud800"], "name")
    assert caught.value.__context__ is None
    with pytest.raises(errors.InputTypeError, match=r"^name must be text"):
        typed_data._hashes([5], "name")


# ---- Wallets ----


def test_the_address_that_a_wallet_signs_with():
    assert wallets.wallet_address(LocalKey(WALLET)) == OWN
    assert wallets.wallet_address(LocalKey(WALLET), OTHER.lower()) == OTHER
    assert wallets.wallet_address(SimpleNamespace(default_address=OTHER.lower())) == OTHER
    for wallet in (object(), SimpleNamespace(address=None, default_address=None)):
        with pytest.raises(errors.InvalidInput, match=r"^address must be given"):
            wallets.wallet_address(wallet)


def test_what_must_come_back_is_signed_twice():
    signed = iter([b"a", b"a", b"a", b"b", b"c"])
    assert wallets._twice(lambda: next(signed), object()) == b"a"
    with pytest.raises(SigningFailed, match="differently each time"):
        wallets._twice(lambda: next(signed), object())
    assert wallets._twice(lambda: next(signed), LocalKey(WALLET)) == b"c"

    class Kin(LocalKey):
        """Not the key that is known to sign as RFC 6979 has it."""

    signed = iter([b"a", b"b"])
    with pytest.raises(SigningFailed, match="differently each time"):
        wallets._twice(lambda: next(signed), Kin(WALLET))


def test_only_the_address_that_was_asked_signs():
    key, digest = LocalKey(WALLET), keccak256(b"x")
    signature = key._sign(digest)
    for raw in (signature, "0x" + signature.hex(), signature[:64] + bytes((signature[64] - 27,))):
        assert wallets._certain(raw, digest, OWN) == signature
    assert wallets._certain(signature, digest, OWN.lower()) == signature
    for wrong in ((digest, OTHER), (keccak256(b"y"), OWN)):
        with pytest.raises((WrongSigner, SigningFailed)):
            wallets._certain(signature, *wrong)


@pytest.mark.parametrize("engine", [wallets._coincurve_key, wallets._eth_keys_key])
def test_each_library_signs_for_the_keys_address(engine):
    if engine is wallets._coincurve_key:
        pytest.importorskip("coincurve")
    sign, public = engine(bytes.fromhex(WALLET[2:]))
    assert keccak256(public)[-20:].hex() == OWN[2:].lower()
    digest = keccak256(b"x")
    assert sign(digest)[64] in (27, 28)
    assert wallets.recover_address(digest, sign(digest)) == OWN


def test_without_coincurve_there_is_none(monkeypatch):
    def missing(name, extra):
        raise ImportError(name)

    monkeypatch.setattr(wallets, "require", missing)
    assert wallets._coincurve_key(b"\1" * 32) is None


class Rpc(Exception):
    """As web3's, of a node's answer."""

    def __init__(self, code, message):
        super().__init__(message)
        self.rpc_response = {"error": {"code": code, "message": message}}


@pytest.mark.parametrize(
    ("error", "kind", "another_way", "weight"),
    [
        (Rpc(4001, "x"), SigningRefused, False, 3),
        (Rpc(-32000, "User denied message signature"), SigningRefused, False, 3),
        (RuntimeError("user rejected"), SigningRefused, False, 3),
        (Rpc(-32000, "unknown account"), SigningFailed, True, 2),
        (Rpc(-32601, "the method does not exist"), SigningFailed, True, 0),
        (NotImplementedError("x"), SigningFailed, True, 0), (Rpc(-32602, "bad params"), SigningFailed, True, 1),
        (Rpc(4200, "x"), SigningFailed, True, 1), (Rpc(-32005, "limit"), SigningFailed, False, 1),
        (TimeoutError("x"), SigningFailed, False, 1),
    ],
)  # fmt: skip
def test_why_a_wallet_did_not_sign(error, kind, another_way, weight):
    """EIP-1193's codes and JSON-RPC's."""
    refusal = wallets._refusal(error)
    assert (refusal.kind, refusal.another_way, refusal.weight) == (kind, another_way, weight)


def test_no_refusal_repeats_the_wallets_text():
    assert "s3cret" not in wallets._refusal(Rpc(-32005, "s3cret")).what
    assert "s3cret" not in str(wallets._refusal(RuntimeError("s3cret")).told("x"))


class Manager:
    """What a wallet says to one question after the other."""

    def __init__(self, *says):
        self.says, self.asked = list(says), []
        self.manager = self

    def request_blocking(self, method, parameters):
        self.asked.append(method)
        answer = self.says.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_wallet_is_asked_in_each_way_until_one_is_understood():
    attempts = (("a", []), ("b", []), ("c", []))
    wallet = Manager(Rpc(-32601, "x"), "signed")
    assert Web3Wallet(wallet)._ask(OWN, *attempts) == "signed"
    assert wallet.asked == ["a", "b"]
    denied = Manager(Rpc(-32601, "x"), Rpc(4001, "no"))
    with pytest.raises(SigningRefused):
        Web3Wallet(denied)._ask(OWN, *attempts)
    assert denied.asked == ["a", "b"]  # a person's no ends it
    silent = Manager(Rpc(-32000, "unknown account"), Rpc(-32601, "x"), Rpc(-32602, "x"))
    with pytest.raises(SigningFailed, match="no key of that address"):  # which says most
        Web3Wallet(silent)._ask(OWN, *attempts)


def test_an_account_elsewhere_signs_for_itself_alone():
    account = Web3Account(SimpleNamespace(address=OWN))
    assert account._signed(OWN.lower(), lambda: SimpleNamespace(signature=b"s")) == b"s"
    with pytest.raises(WrongSigner, match=OTHER):
        account._signed(OTHER, lambda: SimpleNamespace(signature=b"s"))

    def fail():
        raise RuntimeError("s3cret")

    with pytest.raises(SigningFailed) as caught:
        account._signed(OWN, fail)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__context__ is None


# ---- A node ----


def made_node():
    made = node._Node.__new__(node._Node)
    made.timeouts, made.path, made.headers, made.endpoint = Timeouts(), "/rpc", {}, "http://node.test"
    return made


def answer(status=200, body=b"{}"):
    return Answer(status, {}, body)


def run(steps, *outcomes):
    outcomes, asked = iter(outcomes), []
    try:
        step = next(steps)
        while True:
            asked.append(type(step))
            step = steps.send(None if isinstance(step, Sleep) else next(outcomes))
    except StopIteration as end:
        return end.value, asked


def test_a_node_is_asked_again_where_nothing_is_sent_twice():
    retries = Retries(attempts=3, backoff=0.001)
    good = answer()
    assert run(made_node()._steps(b"{}", retries), answer(503), Failure(True, "lost"), good)[0] is good
    for outcomes in (
        (answer(400),),
        (answer(302),),
        (Failure(False, "can't be said", again=False),),
        (answer(503),) * 3,
    ):
        with pytest.raises(node.NodeFailed, match=r"of the node at http://node\.test"):
            run(made_node()._steps(b"{}", retries), *outcomes)
    with pytest.raises(node.NodeFailed):
        run(made_node()._steps(b"{}", Retries(attempts=1)), answer(503))


@pytest.mark.parametrize("status", [429, 500, 501, 502, 503, 504, 505])
def test_which_statuses_of_a_node_pass(status):
    """Those that say "not now": of who asks too often, and of what stands before a node."""
    steps = made_node()._steps(b"{}", Retries(attempts=2, backoff=0.001))
    if status in (429, 502, 503, 504):
        good = answer()
        assert run(steps, answer(status), good)[0] is good
    else:
        with pytest.raises(node.NodeFailed, match=str(status)):
            run(steps, answer(status))


def test_what_a_node_is_said_to_have_done():
    assert node._told(Failure(True, "lost")) == "lost"
    assert node._told(answer(302)) == "a redirect with status 302, which isn't followed"
    assert node._told(answer(503, b"s3cret")) == "refused with status 503"


def test_what_a_node_answers_is_json_rpc(monkeypatch):
    pytest.importorskip("web3")
    said, asked = [], []

    class Asked:
        def __init__(self, url, timeouts):
            pass

        def ask(self, body, *, attempts):
            asked.append(attempts)
            return said.pop(0)

    monkeypatch.setattr(node, "_Node", Asked)
    provider = node._provider()("http://node.test", Timeouts())
    said[:] = [{"result": "0x1"}, {"result": "0x1"}]
    assert provider.make_request("eth_chainId", []) == {"result": "0x1"}
    provider.make_request("eth_sendTransaction", [{}])
    assert asked == [Retries().attempts, 1]  # what may have moved money is sent once
    for wrong in ([], None, 5):
        said[:] = [wrong]
        with pytest.raises(node.NodeFailed, match="no object"):
            provider.make_request("eth_chainId", [])
    batch = [("eth_chainId", []), ("eth_chainId", [])]
    said[:] = [[{"id": 2}, {"id": 1}]]
    assert provider.make_batch_request(batch) == [{"id": 1}, {"id": 2}]
    for wrong in ([{"id": True}], [5], [{}], "x", [{"id": "1"}]):
        said[:] = [wrong]
        with pytest.raises(node.NodeFailed, match="no batch"):
            provider.make_batch_request(batch)


# ---- Transactions ----


class Chain:
    """A node: what it says, by the method's name; what it was sent."""

    def __init__(self, **says):
        self.says, self.sent = says, []
        self.eth = self

    def answer(self, name):
        said = self.says[name]
        said = said.pop(0) if isinstance(said, list) else said
        if isinstance(said, Exception):
            raise said
        return said

    @property
    def max_priority_fee(self):
        return self.answer("tip")

    @property
    def gas_price(self):
        return self.answer("gas_price")

    def get_block(self, name):
        return {"baseFeePerGas": self.answer("base")}

    def get_transaction_count(self, address, state):
        assert state == "pending"
        return self.answer("count")

    def get_transaction_receipt(self, tx_hash):
        return self.answer("receipt")

    def get_transaction(self, tx_hash):
        return {"from": OWN, "to": OTHER, "value": 0, "input": "0x", "gas": 1}

    def call(self, transaction, block):
        self.sent.append((transaction, block))
        return self.answer("call")

    def estimate_gas(self, transaction):
        self.sent.append(transaction)
        return self.answer("gas")

    def send_transaction(self, transaction):
        self.sent.append(transaction)
        return self.answer("send")

    send_raw_transaction = send_transaction


def sender(account=None, default=OWN, **says):
    return Sender(Chain(**says), account=account, default_address=default)


def test_the_fee_that_a_transaction_offers():
    """EIP-1559: at most twice the base fee and the tip."""
    says = {"base": 10 * GWEI, "tip": GWEI}
    assert sender(**says)._fee({}) == {"maxPriorityFeePerGas": GWEI, "maxFeePerGas": 21 * GWEI}
    assert sender(**says)._fee({"maxPriorityFeePerGas": 2 * GWEI}) == {
        "maxPriorityFeePerGas": 2 * GWEI, "maxFeePerGas": 22 * GWEI,
    }  # fmt: skip
    assert sender(**says)._fee({"maxFeePerGas": GWEI // 2}) == {
        "maxPriorityFeePerGas": GWEI // 2, "maxFeePerGas": GWEI // 2,
    }  # fmt: skip
    assert sender()._fee({"maxFeePerGas": 1, "maxPriorityFeePerGas": 1}) == {}
    assert sender()._fee({"gasPrice": 1}) == {}
    assert sender(base=None, gas_price=5)._fee({}) == {"gasPrice": 5}
    with pytest.raises(errors.InvalidInput, match=r"^gasPrice must not stand beside"):
        sender()._fee({"gasPrice": 1, "maxFeePerGas": 1})
    with pytest.raises(errors.InvalidInput, match=r"^maxFeePerGas must not be given on a chain without EIP-1559"):
        sender(base=None)._fee({"maxFeePerGas": 1})


def test_who_sends():
    account = SimpleNamespace(address=OWN)
    assert sender()._sender(None) == OWN
    assert sender()._sender(OTHER.lower()) == OTHER
    assert sender(account, None)._sender(None) == OWN
    with pytest.raises(errors.InvalidInput, match=r"^from must be the account that signs"):
        sender(account)._sender(OTHER)
    with pytest.raises(errors.InvalidInput, match=r"^from must be in the options"):
        sender(None, None)._sender(None)


def test_gas_is_estimated_without_the_fee():
    one = sender(gas=21_000)
    assert (
        one._estimate({}, {"from": OWN, "value": 1, "maxFeePerGas": 5, "maxPriorityFeePerGas": 5, "gasPrice": 5})
        == 21_000
    )
    assert one.web3.sent == [{"from": OWN, "value": 1}]
    assert one._estimate(SimpleNamespace(estimate_gas=lambda shown: 7), {}) == 7
    with pytest.raises(transactions.TransactionReverted, match="NOT_ENOUGH"):
        sender(gas=RuntimeError("execution reverted: NOT_ENOUGH"))._estimate({}, {})


class Signer:
    """An account that signs."""

    address = OWN

    def sign_transaction(self, transaction):
        assert "from" not in transaction
        return SimpleNamespace(hash=b"\1" * 32, raw_transaction=transaction)


TAKEN = ValueError("nonce too low")


def test_one_transaction_is_sent_once():
    assert sender(send=b"\2" * 32)._submit({"from": OWN, "nonce": 1}) == "0x" + "02" * 32
    assert sender(Signer(), send=b"\1" * 32)._submit({"from": OWN, "nonce": 1}) == "0x" + "01" * 32
    # web3 sends again after a broken connection: the node has these very bytes then.
    assert sender(Signer(), send=ValueError("already known"))._submit({"from": OWN, "nonce": 1}) == "0x" + "01" * 32
    with pytest.raises(transactions.NonceTaken):
        sender(send=ValueError("already known"))._submit({"from": OWN, "nonce": 1})
    with pytest.raises(transactions.TransactionUnknown) as caught:
        sender(Signer(), send=ConnectionError("gone"))._submit({"from": OWN, "nonce": 9})
    assert (caught.value.nonce, caught.value.tx_hash) == (9, "0x" + "01" * 32)


def test_the_next_nonce_or_the_one_after():
    transaction = {"from": OWN, "gas": 100}
    one = sender(count=[5, 5], send=[b"\1" * 32, b"\2" * 32])
    one._send_next(transaction, vary_gas=False)
    one._send_next(transaction, vary_gas=False)  # the node doesn't count it yet
    assert [sent["nonce"] for sent in one.web3.sent] == [5, 6]
    quicker = sender(count=[5, 9], send=[TAKEN, b"\1" * 32])
    quicker._send_next(transaction, vary_gas=False)
    assert [sent["nonce"] for sent in quicker.web3.sent] == [5, 9]
    assert quicker._next == {OWN: 10}
    unseen = sender(count=[5, 5, 5], send=[TAKEN, TAKEN, b"\1" * 32])  # the node doesn't count the other's yet
    unseen._send_next(transaction, vary_gas=False)
    assert [sent["nonce"] for sent in unseen.web3.sent] == [5, 6, 7]
    lost = sender(count=[5], send=[ConnectionError("gone")])
    lost._next[OWN] = 5
    with pytest.raises(transactions.TransactionUnknown):
        lost._send_next(transaction, vary_gas=False)
    assert lost._next == {}
    busy = sender(count=5, send=TAKEN)
    with pytest.raises(transactions.NonceTaken, match="nothing was sent"):
        busy._send_next(transaction, vary_gas=False)
    assert len(busy.web3.sent) == transactions._MOST_ATTEMPTS


def test_two_processes_send_two_transactions(monkeypatch):
    one = sender(count=5, send=b"\1" * 32)
    monkeypatch.setattr(transactions.secrets, "randbelow", lambda end: end - 1)
    one._send_next({"from": OWN, "gas": 100}, vary_gas=True)
    assert one.web3.sent[0]["gas"] == 99 + (1 << 14)


def test_a_question_that_nobody_answers_sent_nothing():
    assert sender()._ask("nonce", lambda: 5) == 5

    def gone():
        raise ConnectionError

    with pytest.raises(transactions.TransactionFailed, match="asked for the nonce; nothing was sent") as caught:
        sender()._ask("nonce", gone)
    assert type(caught.value) is transactions.TransactionFailed


def test_a_receipt_is_one_once_it_is_in_a_block():
    exceptions = pytest.importorskip("web3.exceptions")
    mined = {"blockHash": b"\1", "status": 1}
    assert sender(receipt=mined)._receipt("0x") == mined
    for nothing in (None, {"blockHash": None}, exceptions.TransactionNotFound("x"), ConnectionError("x")):
        assert sender(receipt=nothing)._receipt("0x") is None
    with pytest.raises(KeyError):
        sender(receipt=KeyError("x"))._receipt("0x")


def test_why_a_transaction_was_reverted():
    receipt = {"blockNumber": 7}
    reverted = sender(call=RuntimeError("execution reverted: NO_FUNDS"))
    assert reverted._reason("0x", receipt) == ": NO_FUNDS"
    assert reverted.web3.sent == [
        ({"from": OWN, "to": OTHER, "value": 0, "data": "0x"}, 6)
    ]  # the state before its block
    assert sender(call=b"")._reason("0x", receipt) == ""
    assert sender(call=ConnectionError("x"))._reason("0x", receipt) == ""


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (Rpc(-32000, "x"), True), (ValueError("x"), True), (TypeError("x"), True), (KeyError("x"), True),
        (json.JSONDecodeError("x", "", 0), False), (UnicodeError("x"), False), (ConnectionError("x"), False),
        (TimeoutError("x"), False), (type("BadFunctionCallOutput", (Exception,), {})("x"), True),
    ],
)  # fmt: skip
def test_whether_there_was_an_answer_at_all(error, refused):
    """What may have been sent is never taken for refused: it would be sent twice."""
    assert transactions._refused(error) is refused


# ---- What others write down ----


@pytest.mark.parametrize("chain_id", [1, 3, 1337, 2**31])
def test_a_domain_is_hashed_as_others_hash_it(chain_id):
    encode = pytest.importorskip("eth_account.messages").encode_typed_data
    kinds = {"name": "string", "version": "string", "chainId": "uint256"}
    document = {
        "types": {
            "EIP712Domain": [{"name": name, "type": kind} for name, kind in kinds.items()],
            "One": [{"name": "number", "type": "uint256"}],
        },
        "primaryType": "One",
        "domain": {"name": "dYdX", "version": "1.0", "chainId": chain_id},
        "message": {"number": 1},
    }
    assert typed_data.Domain("dYdX", "1.0", chain_id).separator() == encode(full_message=document).header


def test_a_domain_and_a_message_are_checked_when_they_are_made():
    """A chain id of True derived another key, and one of -1 was a bare OverflowError."""
    for changes, field in (
        ({"chain_id": True}, "chain_id"), ({"chain_id": -1}, "chain_id"), ({"chain_id": 1 << 256}, "chain_id"),
        ({"chain_id": "1"}, "chain_id"), ({"chain_id": None}, "chain_id"), ({"name": 5}, "name"),
        ({"name": "\ud800"}, "name"), ({"version": None}, "version"),
    ):  # fmt: skip
        with pytest.raises((errors.InvalidInput, errors.InputTypeError)) as caught:
            typed_data.Domain(**{"name": "n", "version": "1", "chain_id": 1} | changes)
        assert caught.value.field == field
    domain = typed_data.Domain("n", "1", 1)
    for arguments, field in (
        ((None, "A", {}), "domain"), ((domain, "A(string b)", {}), "primary_type"), ((domain, 5, {}), "primary_type"),
        ((domain, "A", []), "message"), ((domain, "A", {"b,string c": "x"}), "message"),
        ((domain, "A", {"b": 5}), "message"), ((domain, "A", {"b": "\ud800"}), "message"),
    ):  # fmt: skip
        with pytest.raises((errors.InvalidInput, errors.InputTypeError)) as caught:
            typed_data.TypedData(*arguments)
        assert caught.value.field == field


def test_a_name_in_the_text_of_a_type():
    assert typed_data._identifier("_a1", "f") == "_a1"
    for wrong in ("", "1a", "a b", "a,string b", "é", "a)"):
        with pytest.raises(errors.InvalidInput, match=r"^f must"):
            typed_data._identifier(wrong, "f")


def test_what_a_wallet_is_shown_is_what_is_hashed():
    message = {"action": "one"}
    data = typed_data.TypedData(typed_data.Domain("n", "1", 1), "A", message)
    message["action"] = "another"
    assert data.to_json()["message"] == {"action": "one"}


def test_entries_of_an_abi():
    """As in the ABI that goes with EIP-20."""
    entries = {entry["name"]: entry for entry in erc20.ERC20_ABI}
    assert entries["transfer"] == {
        "type": "function",
        "name": "transfer",
        "inputs": [{"type": "address", "name": "to"}, {"type": "uint256", "name": "amount"}],
        "outputs": [{"type": "bool", "name": ""}],
        "stateMutability": "nonpayable",
    }
    assert (entries["decimals"]["inputs"], entries["decimals"]["stateMutability"]) == ([], "view")
    assert erc20.abi_function("deposit", "")["outputs"] == []


def test_a_login_in_a_nodes_url_goes_into_a_header():
    """RFC 7617's pair, each part of it decoded; without a login there is no header."""
    assert node._Node("http://127.0.0.1:8545", Timeouts()).headers == {}
    made = node._Node("http://me:pa%3Ass@127.0.0.1:8545", Timeouts())
    assert made.headers == {"authorization": "Basic bWU6cGE6c3M="}
    assert "pa" not in str(made.endpoint)


def test_a_types_name_is_one_in_the_text_that_is_hashed():
    """EIP-712: "the name of the struct", of which and of its members the type's text is made."""
    for name in ("Mail", "_x1", "a"):
        assert typed_data._identifier(name, "primary_type") == name
    for wrong in ("", "1a", "a b", "a,string b", "a)", "é"):
        with pytest.raises(errors.InvalidInput) as caught:
            typed_data._identifier(wrong, "primary_type")
        assert caught.value.field == "primary_type"


def test_typed_data_that_is_none_is_refused():
    for document in ({}, {"types": {}, "primaryType": "One", "domain": {}, "message": {}}):
        with pytest.raises(errors.InvalidInput) as caught:
            typed_data.AnyTypedData(document)
        assert caught.value.field == "document"


def document_of(types, message, primary="T"):
    return {
        "types": {"EIP712Domain": [{"name": "name", "type": "string"}], **types},
        "primaryType": primary,
        "domain": {"name": "one"},
        "message": message,
    }


def members(count, kind="string"):
    return [{"name": f"m{i}", "type": kind} for i in range(count)]


def nested(depth, name="a"):
    message = {}
    for _ in range(depth):
        message = {name: message}
    return message


def test_what_a_document_of_any_types_costs_is_bounded(monkeypatch):
    """Counted in characters of types' texts: eth-account writes them, and looks at all members, once a struct."""
    library = pytest.importorskip("eth_account._utils.encode_typed_data.encoding_and_hashing")
    encode_type, written = library.encode_type, []

    def counted(*arguments):
        text = encode_type(*arguments)
        written.append(len(text))
        return text

    monkeypatch.setattr(library, "encode_type", counted)
    monkeypatch.setattr(typed_data, "MOST_WORK", 20_000)
    outcomes = set()
    for structs in (1, 3, 10, 30, 100):
        for size in (1, 10, 100, 1000):
            written.clear()
            types = {"T": [{"name": "all", "type": "E[]"}], "E": members(size)}
            try:
                typed_data.AnyTypedData(document_of(types, {"all": [{}] * structs}))
                outcomes.add("read")
            except errors.InvalidInput as error:
                outcomes.add(error.rule)
                assert written == []
            assert sum(written) <= 20_000
    assert outcomes == {"read", "must have fewer structs, or smaller types"}
    # A member that a type names twice was looked at twice, in each of the structs within one another: 2^depth in all.
    written.clear()
    with pytest.raises(errors.InvalidInput, match="each of another name"):
        typed_data.AnyTypedData(document_of({"T": [{"name": "a", "type": "T"}] * 2}, nested(10)))
    assert written == []


def test_a_document_beyond_the_bounds_is_refused_before_it_is_read(monkeypatch):
    messages = pytest.importorskip("eth_account.messages")
    read = []
    monkeypatch.setattr(messages, "encode_typed_data", lambda **_: read.append(1))
    deep = {"T": [{"name": "a", "type": "T"}]}
    lying = type("Name", (str,), {"__hash__": lambda _: 1, "__eq__": lambda *_: False})("m0")
    cases = (
        (document_of(deep, nested(100)), "64 deep"), (document_of(deep, nested(100_000)), "64 deep"),
        (document_of({"T": members(1)}, {"m0": [1] * (1 << 17)}), "65536 values"),
        (document_of({"T": members(1)}, {"m0": "x" * (1 << 21)}), "1048576 characters"),
        (document_of({"T": members(1)}, {"m0": b"x" * (1 << 21)}), "1048576 characters"),
        (document_of({f"T{i}": [] for i in range(300)}, {}), "at most 256"),
        (document_of({"T": members(1, "((((uint8))))")}, {"m0": 1}), "without"),
        (document_of({"T": members(1, "uint8" + "[]" * 200)}, {"m0": 1}), "at most 256 letters"),
        (document_of({"T": members(1, 5)}, {"m0": 1}), "which are texts"),
        (document_of({"T": members(1, "uint256")}, {"m0": 1 << 256}), "256 bits"),
        (document_of({"T": members(1)}, {"m0": "1", lying: "2"}), "two names"),
        (document_of({"T": members(1)}, {"m0": 1.5}), "of objects, lists"),
    )  # fmt: skip
    for document, rule in cases:
        with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=rule) as caught:
            typed_data.AnyTypedData(document)
        assert caught.value.field == "document"
    with pytest.raises(errors.InputTypeError):
        typed_data.AnyTypedData([])
    assert read == []


def test_a_document_is_counted_as_it_is_copied():
    reader = typed_data._Reader()
    assert reader.read({"a": [1, (b"xy",)], "b": {}}) == {"a": [1, (b"xy",)], "b": {}}
    assert (reader.values, reader.characters, reader.objects) == (6, 4, 2)
    assert reader._object({"c": None}, 1) == {"c": None}
    assert reader._counted("abc") == "abc"
    assert (reader.values, reader.characters, reader.objects) == (7, 8, 3)
    assert typed_data._member({"name": "a", "type": "T[]", "more": 1}) == ("a", "T[]")
    assert typed_data._size_of_types({"T": [{"name": "a", "type": "bool"}]}) == len("T(bool a,)")
    assert typed_data._word(-1) == -1
    assert typed_data._copied((b"\x01", [b""]), bytes_as_text=True) == ("0x01", ["0x"])
    assert typed_data._bounded({"types": {}, "message": {"a": 1}}) == {"types": {}, "message": {"a": 1}}


def test_a_document_is_what_it_was_when_it_was_read():
    pytest.importorskip("eth_account")
    document = document_of({"T": members(1, "bytes")}, {"m0": bytearray(b"\x01\x02")})
    made = typed_data.AnyTypedData(document)
    as_text = document_of({"T": members(1, "bytes")}, {"m0": "0x0102"})
    assert made.digest == typed_data.AnyTypedData(as_text).digest
    assert json.loads(json.dumps(made.to_json())) == as_text  # a wallet is asked in JSON, which has no bytes
    document["message"]["m0"][0] = 9
    made.to_json()["message"]["m0"] = "0x05"
    assert made.to_json() == as_text


def test_an_accounts_personal_signature_is_its_own():
    account = pytest.importorskip("eth_account").Account.from_key("0x" + "11" * 32)
    encoded = pytest.importorskip("eth_account.messages").encode_defunct(primitive=b"hello")
    found = Web3Account(account).sign_personal(b"hello", account.address)
    assert bytes(found) == bytes(account.sign_message(encoded).signature)


def test_what_isnt_mined_in_time_is_pending(monkeypatch):
    one = Sender.__new__(Sender)
    times = iter([0.0, 1.0, 5.0, 9.0])
    monkeypatch.setattr(transactions, "_clock", lambda: next(times))
    monkeypatch.setattr(transactions, "_sleep", lambda seconds: None)
    monkeypatch.setattr(Sender, "_receipt", lambda self, tx_hash: None)
    with pytest.raises(errors.TransactionPending, match="not mined within 5 seconds") as caught:
        one.wait("0xab", 5)
    assert caught.value.tx_hash == "0xab"
