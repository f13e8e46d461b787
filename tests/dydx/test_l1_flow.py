"""The guide's whole flow over exchange and Ethereum: wallet, keys, user, registration on chain, deposit, withdrawal."""

import ethereum_nodes
import pytest

pytest.importorskip("web3")
pytest.importorskip("uvicorn")
pytest.importorskip("httpcore2")

from eth_account import Account

from starkcore import Client, errors, keccak256, sandbox
from starkcore.sandbox import l1

EXCHANGE_KEY = keccak256(b"starkcore tests: the exchange's own key")


@pytest.fixture(scope="module", params=ethereum_nodes.NODES)
def world(request):
    """A node with the contracts on it, and an exchange whose key they know."""
    with ethereum_nodes.start(request.param) as web3, sandbox.running(ethereum_key=EXCHANGE_KEY) as exchange:
        admin = web3.eth.accounts[0]
        deployment = l1.deploy(web3, deployer=admin, user_admin=Account.from_key(EXCHANGE_KEY).address)
        yield web3, admin, exchange, deployment


def funded(web3, admin, deployment, address):
    for sent in (
        web3.eth.send_transaction({"from": admin, "to": address, "value": 10**19}),
        deployment.token.functions.mint(address, 1_000_000_000).transact({"from": admin}),
    ):
        assert web3.eth.wait_for_transaction_receipt(sent)["status"] == 1


def go_on_board(client, deployment):
    """Everything that the guide asks of a new market maker; the call that makes a withdrawal payable."""
    client.eth.contracts = deployment.contracts
    pair = client.onboarding.derive_stark_key()
    account = client.onboarding.create_user().account
    eth = client.eth
    with pytest.raises(errors.TransactionReverted, match="USER_UNREGISTERED"):
        eth.get_eth_key()
    eth.wait_for_tx(eth.set_token_max_allowance(spender=deployment.contracts.exchange))
    eth.wait_for_tx(eth.register_user(client.private.get_registration().signature))
    assert eth.get_eth_key() == client.default_address
    eth.wait_for_tx(eth.deposit_to_exchange(account.position_id, "123.45"))
    collateral, key = deployment.contracts.collateral_id, int(pair.public_key, 16)
    functions = deployment.perpetual.functions
    assert functions.getDepositBalance(key, collateral, int(account.position_id)).call() == 123_450_000
    return functions.allowWithdrawal(key, collateral, 23_450_000)


def test_with_a_key(world):
    web3, admin, exchange, deployment = world
    wallet = Account.create()
    funded(web3, admin, deployment, wallet.address)
    with Client(exchange.url, eth_private_key=wallet.key, web3=web3, network_id=1) as client:
        allow = go_on_board(client, deployment)
        eth = client.eth
        assert eth.get_token_balance() == 1_000_000_000 - 123_450_000
        assert web3.eth.wait_for_transaction_receipt(allow.transact({"from": admin}))["status"] == 1
        eth.wait_for_tx(eth.withdraw())
        assert eth.get_token_balance() == 1_000_000_000 - 100_000_000


def test_somebody_elses_registration(world):
    """The exchange's signature is for one wallet and one key."""
    web3, admin, exchange, deployment = world
    clients = []
    for _ in range(2):
        wallet = Account.create()
        funded(web3, admin, deployment, wallet.address)
        clients.append(Client(exchange.url, eth_private_key=wallet.key, web3=web3, network_id=1))
    mine, theirs = clients
    for client in clients:
        client.onboarding.derive_stark_key()
        client.onboarding.create_user()
        client.eth.contracts = deployment.contracts
    signature = theirs.private.get_registration().signature
    for key in (mine.stark_public_key, theirs.stark_public_key):
        with pytest.raises(errors.TransactionReverted, match="INVALID_SIGNATURE"):
            mine.eth.register_user(signature, stark_public_key=key)
    for client in clients:
        client.close()


def test_a_wallet_of_the_node(world):
    """Nothing is signed here: the node holds the key, as a wallet behind a provider does."""
    web3, admin, exchange, deployment = world
    if "EthereumTester" in type(web3.provider).__name__:
        pytest.skip("eth-tester doesn't sign typed data")
    address = web3.eth.accounts[3]
    funded(web3, admin, deployment, address)
    # The chain is anvil's, and typed data is signed for chain 1: a node that signs doesn't mind.
    with Client(exchange.url, web3=web3, network_id=1, default_ethereum_address=address) as client:
        go_on_board(client, deployment)
        assert client.default_address == address
