"""`client.eth` against the contracts: on an EVM in this process, and on a real node over HTTP wherever one is
installed.
"""

import threading
from decimal import Decimal
from types import SimpleNamespace

import ethereum_nodes
import pytest

pytest.importorskip("web3")
pytest.importorskip("eth_account")

from eth_account import Account
from web3.exceptions import TransactionNotFound

from starkcore import PrivateKey, errors, keccak256
from starkcore.dydx.contracts import contracts_of
from starkcore.dydx.eth import Eth
from starkcore.ethereum import transactions
from starkcore.sandbox import l1
from starkcore.starkex import sign_registration

EXCHANGE = Account.from_key(keccak256(b"starkcore tests: the exchange"))
KEY = PrivateKey(0x58C7D5A90B1776BDE86EBAC077E053ED85B0F7164F53B080304A531947F46E3).public_key  # dydx3's test key
STARK_KEY = hex(KEY.x)
GWEI = 10**9


class World:
    """A node, the contracts on it, and a trader with ether, tokens and a key of its own."""

    def __init__(self, web3):
        self.web3 = web3
        self.admin, self.other = web3.eth.accounts[:2]
        self.deployment = l1.deploy(web3, deployer=self.admin, user_admin=EXCHANGE.address)
        self.exchange = self.deployment.contracts.exchange
        self.account = Account.create()
        self.do({"to": self.account.address, "value": 10**19})
        self.do(self.deployment.token.functions.mint(self.account.address, 5_000_000))

    def eth(self, **changes):
        keywords = {"contracts": self.deployment.contracts, "account": self.account, "stark_public_key": STARK_KEY}
        return Eth(self.web3, **keywords | changes)

    def do(self, call):
        options = {"from": self.admin}
        sent = self.web3.eth.send_transaction(call | options) if isinstance(call, dict) else call.transact(options)
        receipt = self.web3.eth.wait_for_transaction_receipt(sent)
        assert receipt["status"] == 1

    def registration(self, address=None):
        digest = l1.registration_digest(address or self.account.address, KEY.x)
        return "0x" + EXCHANGE.unsafe_sign_hash(digest).signature.hex().removeprefix("0x")


@pytest.fixture(scope="module", params=ethereum_nodes.NODES)
def node(request):
    with ethereum_nodes.start(request.param) as web3:
        yield web3


@pytest.fixture(scope="module")
def anvil():
    with ethereum_nodes.anvil() as web3:
        yield web3


@pytest.fixture
def world(node):
    return World(node)


@pytest.fixture
def on_anvil(anvil):
    world = World(anvil)
    yield world
    anvil.provider.make_request("evm_setAutomine", [True])
    anvil.provider.make_request("evm_mine", [])


def test_the_whole_flow(world):
    eth = world.eth()
    assert eth.get_eth_balance() == Decimal(10)
    assert eth.get_token_balance() == 5_000_000
    assert eth.get_token_allowance(spender=world.exchange) == 0

    eth.wait_for_tx(eth.set_token_max_allowance(spender=world.exchange))
    assert eth.get_token_allowance(world.exchange) == 2**256 - 1

    with pytest.raises(errors.TransactionReverted, match="USER_UNREGISTERED"):
        eth.get_eth_key()
    receipt = eth.wait_for_tx(eth.register_user(world.registration()))
    assert receipt["status"] == 1
    assert eth.get_eth_key() == world.account.address

    eth.wait_for_tx(eth.deposit_to_exchange(12345, "1.234567"))
    functions = world.deployment.perpetual.functions
    collateral = world.deployment.contracts.collateral_id
    assert functions.getDepositBalance(KEY.x, collateral, 12345).call() == 1_234_567
    assert eth.get_token_balance() == 5_000_000 - 1_234_567

    world.do(functions.allowWithdrawal(KEY.x, collateral, 1_000_000))
    assert eth.get_withdrawal_balance() == 1_000_000
    eth.wait_for_tx(eth.withdraw())
    assert eth.get_token_balance() == 5_000_000 - 234_567
    world.do(functions.allowWithdrawal(KEY.x, collateral, 234_567))
    before = eth.get_token_balance(owner=world.other)
    eth.wait_for_tx(eth.withdraw_to(recipient=world.other))
    assert eth.get_token_balance(owner=world.other) == before + 234_567


def test_transfers(world):
    eth, fresh = world.eth(), Account.create().address
    receipt = eth.wait_for_tx(eth.transfer_eth(to_address=fresh, human_amount="0.000000000000000001"))
    assert receipt["gasUsed"] == 21000
    assert eth.get_eth_balance(fresh) == Decimal("1e-18")
    eth.wait_for_tx(eth.transfer_eth(to_address=fresh, human_amount=Decimal("1.5")))
    assert eth.get_eth_balance(fresh) == Decimal("1.500000000000000001")
    eth.wait_for_tx(eth.transfer_token(to_address=fresh, human_amount="1.000001"))
    assert eth.get_token_balance(fresh) == 1_000_001
    named = world.deployment.contracts.token
    eth.wait_for_tx(
        eth.transfer_token(to_address=fresh, human_amount=1, token_address=named)
    )  # its decimals are asked for
    assert eth.get_token_balance(fresh, token_address=named) == 2_000_001


def test_registration_by_the_stark_key_itself(world):
    """After the closing: no signature of the exchange's is needed."""
    key = PrivateKey(0x58C7D5A90B1776BDE86EBAC077E053ED85B0F7164F53B080304A531947F46E3)
    eth = world.eth()
    with pytest.raises(errors.TransactionReverted, match="INVALID_STARK_SIGNATURE"):
        eth.register_eth_address(sign_registration(key, world.other))
    signature = sign_registration(key, world.account.address)
    eth.wait_for_tx(eth.register_eth_address(signature, send_options={"gas": 8_000_000}))
    assert eth.get_eth_key() == world.account.address


# ---- What the old client had


def test_transactions_of_ones_own(world):
    """`send_eth_transaction`: a contract's call, or a transaction that the options are."""
    eth, token = world.eth(), world.deployment.token.functions
    assert eth.get_next_nonce(world.account.address) == 0
    receipt = eth.wait_for_tx(eth.send_eth_transaction(method=token.transfer(world.other, 250_000)))
    assert receipt["to"] == world.deployment.contracts.token
    assert eth.get_token_balance() == 4_750_000
    fresh = Account.create().address
    sent = eth.send_eth_transaction(options={"to": fresh.lower(), "value": 7, "gas": 50_000})
    assert eth.wait_for_tx(sent)["gasUsed"] == 21_000
    assert world.web3.eth.get_balance(fresh) == 7
    assert world.web3.eth.get_transaction(sent)["gas"] == 50_000
    data = "0x" + token.transfer(fresh, 3)._encode_transaction_data().removeprefix("0x")
    eth.wait_for_tx(eth.send_eth_transaction(options={"to": world.deployment.contracts.token, "data": data}))
    assert eth.get_token_balance(fresh) == 3
    assert eth.get_next_nonce(world.account.address.lower()) == 3
    with pytest.raises(errors.TransactionReverted):
        eth.send_eth_transaction(method=token.transfer(fresh, 10**12))
    for bad in ({"to": "0x5", "value": 1}, {"to": fresh, "valeu": 1}, {"to": fresh, "value": -1}):
        with pytest.raises((errors.InvalidInput, errors.InputTypeError)):
            eth.send_eth_transaction(options=bad)
    assert eth.get_next_nonce(world.account.address) == 3


def test_transactions_are_signed_and_not_sent(world):
    """`sign_tx`: who signed, what, for which chain, is read out of it by eth-account."""
    eth, token, fresh = world.eth(), world.deployment.token.functions, Account.create().address
    options = {"nonce": eth.get_next_nonce(world.account.address), "gas": 100_000, "maxFeePerGas": 3 * GWEI,
               "maxPriorityFeePerGas": GWEI}  # fmt: skip
    signed = eth.sign_tx(None, options | {"to": fresh, "value": 5})
    assert Account.recover_transaction(signed.raw_transaction) == world.account.address
    assert world.web3.eth.get_transaction_count(world.account.address) == 0
    assert world.web3.eth.send_raw_transaction(signed.raw_transaction) == signed.hash
    assert eth.wait_for_tx("0x" + signed.hash.hex().removeprefix("0x"))["status"] == 1
    assert world.web3.eth.get_balance(fresh) == 5
    call = eth.sign_tx(token.transfer(fresh, 9), options | {"nonce": 1, "from": world.account.address})
    world.web3.eth.wait_for_transaction_receipt(world.web3.eth.send_raw_transaction(call.raw_transaction))
    assert eth.get_token_balance(fresh) == 9
    with pytest.raises(errors.InvalidInput) as caught:
        world.eth(account=None, default_address=world.other).sign_tx(None, options)
    assert caught.value.field == "eth_private_key"


def test_contracts_by_the_old_clients_files(world):
    """`create_contract` and `get_contract`, whose second argument named a file of ABIs."""
    eth = world.eth()
    for make in (eth.create_contract, eth.get_contract):
        token = make(world.deployment.contracts.token.lower(), "abi/erc20.json")
        assert token.functions.balanceOf(world.account.address).call() == 5_000_000
        exchange = make(address=world.exchange, file_path="abi/starkware-perpetuals.json")
        assert exchange.functions.getWithdrawalBalance(KEY.x, world.deployment.contracts.collateral_id).call() == 0
        for address, path, field in (
            (world.exchange, "abi/other.json", "file_path"),
            (world.exchange, "../abi/erc20.json", "file_path"),
            ("0x5", "abi/erc20.json", "address"),
        ):
            with pytest.raises(errors.InvalidInput) as caught:
                make(address, path)
            assert caught.value.field == field


# A contract that answers 18 to whatever it is asked: PUSH1 18, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN.
EIGHTEEN = "0x69601260005260206000f3600052600a6016f3"


def test_a_token_of_other_decimals(world):
    created = world.web3.eth.send_transaction({"from": world.admin, "data": EIGHTEEN})
    token = world.web3.eth.wait_for_transaction_receipt(created)["contractAddress"]
    tx_hash = world.eth().transfer_token(world.other, "0.5", token_address=token)
    assert int(world.web3.eth.get_transaction(tx_hash)["input"].hex()[-64:], 16) == 5 * 10**17


def test_fees_are_those_of_eip_1559(world):
    eth = world.eth()
    base = world.web3.eth.get_block("latest")["baseFeePerGas"]
    sent = world.web3.eth.get_transaction(eth.transfer_eth(to_address=world.other, human_amount=1))
    tip = world.web3.eth.max_priority_fee
    assert sent["type"] == 2
    assert sent["maxPriorityFeePerGas"] == tip
    assert sent["maxFeePerGas"] == 2 * base + tip
    options = {"maxFeePerGas": 90 * GWEI, "maxPriorityFeePerGas": 3 * GWEI, "gas": 50000}
    sent = world.web3.eth.get_transaction(eth.transfer_eth(world.other, 1, send_options=options))
    assert {name: sent[name] for name in options} == options
    sent = world.web3.eth.get_transaction(eth.transfer_eth(world.other, 1, send_options={"gasPrice": 80 * GWEI}))
    assert sent["type"] == 0
    assert sent["gasPrice"] == 80 * GWEI
    # Options of the client hold for each call, which may say otherwise.
    other = world.eth(send_options={"maxFeePerGas": 70 * GWEI, "maxPriorityFeePerGas": GWEI, "gasMultiplier": 3})
    sent = world.web3.eth.get_transaction(
        other.transfer_eth(world.other, 1, send_options={"maxPriorityFeePerGas": 2 * GWEI})
    )
    assert (sent["maxFeePerGas"], sent["maxPriorityFeePerGas"]) == (70 * GWEI, 2 * GWEI)
    assert 63000 <= sent["gas"] < 63000 + (1 << 14)


def test_what_would_be_reverted_is_not_sent(world):
    eth = world.eth()
    count = world.web3.eth.get_transaction_count(world.account.address)
    for reason, send in (
        ("INVALID_SIGNATURE", lambda: eth.register_user("0x" + "00" * 65)),
        ("INVALID_SIGNATURE", lambda: eth.register_user(world.registration(world.other))),
        ("transfer amount exceeds allowance", lambda: eth.deposit_to_exchange(1, 1)),
        ("USER_UNREGISTERED", eth.withdraw),
        ("USER_UNREGISTERED", lambda: eth.withdraw_to(world.other)),
        ("transfer amount exceeds balance", lambda: eth.transfer_token(world.other, "5.000001")),
    ):
        with pytest.raises(errors.TransactionReverted, match=reason) as caught:
            send()
        assert caught.value.tx_hash is None
        assert caught.value.receipt is None
    assert world.web3.eth.get_transaction_count(world.account.address, "pending") == count


def test_what_is_mined_and_reverted(on_anvil):
    eth = on_anvil.eth(send_options={"gas": 300_000})  # no estimate that would find out
    tx_hash = eth.withdraw()
    with pytest.raises(errors.TransactionReverted, match="mined, and reverted: USER_UNREGISTERED") as caught:
        eth.wait_for_tx(tx_hash)
    assert caught.value.tx_hash == tx_hash
    assert caught.value.receipt["status"] == 0
    # Nonces go on.
    eth.wait_for_tx(eth.transfer_eth(on_anvil.other, 1))


def test_not_mined_in_time(on_anvil):
    on_anvil.web3.provider.make_request("evm_setAutomine", [False])
    eth = on_anvil.eth()
    tx_hash = eth.transfer_eth(on_anvil.other, "0.5")
    with pytest.raises(errors.TransactionPending, match=tx_hash) as caught:
        eth.wait_for_tx(tx_hash, timeout=0.3)
    assert caught.value.tx_hash == tx_hash
    on_anvil.web3.provider.make_request("evm_mine", [])
    assert eth.wait_for_tx(tx_hash)["status"] == 1


def test_underpriced(world):
    eth = world.eth(send_options={"maxFeePerGas": 1, "maxPriorityFeePerGas": 0})
    with pytest.raises(errors.TransactionUnderpriced):
        eth.transfer_eth(world.other, 1)
    assert world.web3.eth.get_transaction_count(world.account.address, "pending") == 0
    world.eth().wait_for_tx(world.eth().transfer_eth(world.other, 1))


def test_an_underpriced_replacement(on_anvil):
    on_anvil.web3.provider.make_request("evm_setAutomine", [False])
    eth = on_anvil.eth(send_options={"nonce": 0, "maxFeePerGas": 10 * GWEI, "maxPriorityFeePerGas": GWEI})
    first = eth.transfer_eth(on_anvil.other, 1)
    with pytest.raises(errors.NonceTaken):
        eth.transfer_eth(on_anvil.other, 2)
    better = {"maxFeePerGas": 20 * GWEI, "maxPriorityFeePerGas": 2 * GWEI}
    second = eth.transfer_eth(on_anvil.other, 3, send_options=better)
    on_anvil.web3.provider.make_request("evm_mine", [])
    assert eth.wait_for_tx(second)["status"] == 1
    with pytest.raises(errors.TransactionPending):
        eth.wait_for_tx(first, timeout=0.3)


def test_a_nonce_that_was_used(world):
    eth = world.eth()
    eth.wait_for_tx(eth.transfer_eth(world.other, 1))
    with pytest.raises(errors.NonceTaken):
        eth.transfer_eth(world.other, 1, send_options={"nonce": 0})


def test_not_enough_ether(world):
    poor = Account.create()
    eth = world.eth(account=poor)
    with pytest.raises(errors.InsufficientFunds):
        eth.transfer_eth(world.other, 1, send_options={"gas": 21000})
    with pytest.raises(errors.InsufficientFunds):
        eth.set_token_max_allowance(world.exchange, send_options={"gas": 100_000})


def test_somebody_else_was_quicker(world):
    """Two connections with the same key, neither knowing of the other's transactions."""
    one, two = world.eth(), world.eth()
    hashes = [one.transfer_eth(world.other, "0.01"), two.transfer_eth(world.other, "0.01")]
    hashes += [two.transfer_eth(world.other, "0.01"), one.transfer_eth(world.other, "0.01")]
    assert len(set(hashes)) == 4
    for tx_hash in hashes:
        one.wait_for_tx(tx_hash)
    assert world.web3.eth.get_transaction_count(world.account.address) == 4


def race(world, senders, each):
    hashes, failed, barrier = [], [], threading.Barrier(len(senders))

    def work(eth):
        barrier.wait()
        for _ in range(each):
            try:
                hashes.append(eth.transfer_eth(world.other, "0.001"))
            except errors.StarkcoreError as error:
                failed.append(error)

    threads = [threading.Thread(target=work, args=(eth,)) for eth in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return hashes, failed


def test_threads_of_one_client(on_anvil):
    eth = on_anvil.eth()
    hashes, failed = race(on_anvil, [eth] * 6, 5)
    assert not failed
    assert len(set(hashes)) == 30
    for tx_hash in hashes:
        eth.wait_for_tx(tx_hash)
    assert on_anvil.web3.eth.get_transaction_count(on_anvil.account.address) == 30


def test_nonces_raced_by_several_clients(on_anvil):
    """Same key, same transaction, same moment: each is sent once, none twice, none is taken for another's."""
    on_anvil.web3.provider.make_request("evm_setAutomine", [False])
    before = on_anvil.eth().get_eth_balance(on_anvil.other)
    hashes, failed = race(on_anvil, [on_anvil.eth() for _ in range(5)], 4)
    assert all(isinstance(error, errors.NonceTaken) for error in failed)
    assert len(set(hashes)) == len(hashes)
    on_anvil.web3.provider.make_request("evm_mine", [])
    for tx_hash in hashes:
        on_anvil.eth().wait_for_tx(tx_hash)
    assert len(hashes) + len(failed) == 20
    assert on_anvil.eth().get_eth_balance(on_anvil.other) == before + Decimal("0.001") * len(hashes)


def test_signed_by_the_node(world):
    """Without a key of one's own, the wallet behind web3 signs."""
    eth = world.eth(account=None, default_address=world.other)
    fresh = Account.create().address
    eth.wait_for_tx(eth.transfer_eth(fresh, "0.25"))
    assert eth.get_eth_balance(fresh) == Decimal("0.25")
    with pytest.raises(errors.InvalidInput, match="from must be in the options"):
        world.eth(account=None).transfer_eth(fresh, 1)


def test_a_node_of_another_chain(world):
    eth = world.eth(contracts=contracts_of(1))
    with pytest.raises(errors.InvalidInput, match="network must be the node's: transactions are for chain 1"):
        eth.transfer_eth(world.other, 1)
    assert world.web3.eth.get_transaction_count(world.account.address) == 0


def test_a_node_that_is_gone():
    from web3 import HTTPProvider, Web3

    web3 = Web3(HTTPProvider(f"http://127.0.0.1:{ethereum_nodes.free_port()}", exception_retry_configuration=None))
    eth = Eth(web3, contracts=contracts_of(1), account=Account.create(), stark_public_key=STARK_KEY)
    with pytest.raises(errors.TransactionFailed, match="nothing was sent"):
        eth.transfer_eth(Account.create().address, 1)


def test_an_answer_that_is_lost(world, monkeypatch):
    """The node took it, the connection broke: reported as unknown, with the hash to ask for, and not sent again."""
    eth = world.eth()
    real, calls = type(world.web3.eth).send_raw_transaction, []

    def lost(self, raw):
        calls.append(real(self, raw))
        raise ConnectionResetError("reset by peer")

    monkeypatch.setattr(type(world.web3.eth), "send_raw_transaction", lost)
    with pytest.raises(errors.TransactionUnknown) as caught:
        eth.transfer_eth(world.other, 1)
    monkeypatch.undo()
    assert len(calls) == 1
    assert eth.wait_for_tx(caught.value.tx_hash)["status"] == 1
    eth.wait_for_tx(eth.transfer_eth(world.other, 1))
    assert world.web3.eth.get_transaction_count(world.account.address) == 2


def test_a_node_is_not_asked_all_the_time(monkeypatch):
    """For a receipt: with growing pauses, again after broken connections, and no longer than it may take."""
    asked, pauses = [], []

    def answer(tx_hash):
        asked.append(tx_hash)
        if len(asked) % 3 == 0:
            raise ConnectionResetError("reset by peer")
        raise TransactionNotFound("not found")

    monkeypatch.setattr(transactions, "_clock", lambda: sum(pauses))
    monkeypatch.setattr(transactions, "_sleep", pauses.append)
    sender = transactions.Sender(SimpleNamespace(eth=SimpleNamespace(get_transaction_receipt=answer)))
    with pytest.raises(errors.TransactionPending, match="120 seconds") as caught:
        sender.wait("0x12", 120)
    assert caught.value.tx_hash == "0x12"
    assert sum(pauses) == pytest.approx(120)
    assert len(asked) == len(pauses) + 1 < 60
    assert max(pauses) == 3


def test_what_is_sent_again_has_the_same_nonce(world, monkeypatch):
    """The node knows nothing of the first transaction, which reaches it later: with a new nonce, both would be
    mined.
    """
    eth, held = world.eth(), []
    real = type(world.web3.eth).send_raw_transaction

    def late(self, raw):
        held.append(raw)
        raise ConnectionResetError("reset by peer")

    before = world.web3.eth.get_balance(world.other)
    monkeypatch.setattr(type(world.web3.eth), "send_raw_transaction", late)
    with pytest.raises(errors.TransactionUnknown) as caught:
        eth.transfer_eth(world.other, 1)
    monkeypatch.undo()
    again = eth.transfer_eth(world.other, 1, send_options={"nonce": caught.value.nonce})
    assert eth.wait_for_tx(again)["status"] == 1
    with pytest.raises(Exception, match="nonce"):
        real(world.web3.eth, held[0])
    assert world.web3.eth.get_balance(world.other) - before == 10**18


BAD = {
    "a float": (lambda eth, to: eth.deposit_to_exchange(1, 0.1), "human_amount must be text, a Decimal or an int"),
    "too fine": (lambda eth, to: eth.deposit_to_exchange(1, "0.0000001"),
                 "human_amount must be a whole number of quantums"),
    "nothing": (lambda eth, to: eth.deposit_to_exchange(1, 0), "human_amount must be more than zero"),
    "negative": (lambda eth, to: eth.deposit_to_exchange(1, "-1"), "human_amount"),
    "too much": (lambda eth, to: eth.deposit_to_exchange(1, 10**20), "human_amount"),
    "a position": (lambda eth, to: eth.deposit_to_exchange("five", 1), "position_id must be an int"),
    "a bool": (lambda eth, to: eth.deposit_to_exchange(True, 1), "position_id must be an int"),
    "a big position": (lambda eth, to: eth.deposit_to_exchange(1 << 64, 1), r"position_id must be in \[0, 2\^64\)"),
    "a key": (lambda eth, to: eth.withdraw("zz"), "stark_public_key must be hex digits"),
    "a key of two readings": (lambda eth, to: eth.withdraw("1234"), "stark_public_key must have 0x before"),
    "a big key": (lambda eth, to: eth.withdraw(1 << 255), "stark_public_key must be in"),
    "an address": (lambda eth, to: eth.withdraw_to("0x1234"), "recipient must"),
    "a checksum": (lambda eth, to: eth.withdraw_to("0x90f8bF6A479f320ead074411a4B0e7944Ea8c9C1"), "recipient must"),
    "a signature": (lambda eth, to: eth.register_user("0x1234"), "registration_signature must"),
    "wei": (lambda eth, to: eth.transfer_eth(to, "1e-19"), "human_amount must be a whole number of the token's units"),
    "ether as a float": (lambda eth, to: eth.transfer_eth(to, 1.5), "human_amount must be text"),
    "no number": (lambda eth, to: eth.transfer_eth(to, Decimal("NaN")), "human_amount must be a decimal number"),
    "no amount": (lambda eth, to: eth.transfer_eth(to), "human_amount must be given"),
    "nobody": (lambda eth, to: eth.transfer_token(human_amount=1), "to_address must be given"),
    "an asset": (lambda eth, to: eth.transfer_token(to, 1, asset="DOGE"), "asset must be USDC"),
    "an option": (lambda eth, to: eth.withdraw(send_options={"gaz": 1}), "send_options must have no other members"),
    "a float option": (lambda eth, to: eth.withdraw(send_options={"gas": 1.0}), "gas must be an int"),
    "two fees": (lambda eth, to: eth.withdraw(send_options={"gasPrice": 1, "maxFeePerGas": 1}),
                 "gasPrice must not stand"),
    "a multiplier": (lambda eth, to: eth.withdraw(send_options={"gasMultiplier": 0}), "gasMultiplier must be"),
    "another sender": (lambda eth, to: eth.withdraw(send_options={"from": to}), "from must be the account that signs"),
    "a value twice": (lambda eth, to: eth.transfer_eth(to, 1, {"value": 1}), "send_options must not have a value"),
}  # fmt: skip


@pytest.fixture(scope="module")
def shared_world():
    with ethereum_nodes.in_process() as web3:
        yield World(web3)


@pytest.mark.parametrize("name", BAD)
def test_bad_input_sends_nothing(shared_world, name):
    function, message = BAD[name]
    with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=message):
        function(shared_world.eth(), shared_world.other)
    assert shared_world.web3.eth.get_transaction_count(shared_world.account.address) == 0


def test_no_stark_key(shared_world):
    with pytest.raises(errors.InvalidInput, match="stark_public_key must be given"):
        shared_world.eth(stark_public_key=None).withdraw()


def test_the_contracts_of_the_networks():
    assert contracts_of(1).exchange == "0xD54f502e184B6B739d7D27a6410a67dc462D69c8"  # the specification's
    assert contracts_of(1).token_decimals == 6
    with pytest.raises(errors.UnknownNetwork):
        contracts_of(5)
