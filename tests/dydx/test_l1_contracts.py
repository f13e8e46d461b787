"""The contracts that stand in for the exchange's on Ethereum: what they accept, what they refuse, and whose ABI they
have.

On an EVM in this process, and on anvil, a node with another EVM, wherever it is installed.
"""

from importlib.resources import files

import ethereum_nodes
import pytest
from reference import ecdsa
from reference import keys as reference_keys

pytest.importorskip("web3")
pytest.importorskip("eth_account")

from eth_account import Account
from web3.exceptions import ContractLogicError

from starkcore import PrivateKey, keccak256
from starkcore.dydx.contracts import ERC20_ABI, PERPETUAL_ABI
from starkcore.sandbox import l1
from starkcore.sandbox.l1.deploy import contracts, ether_id
from starkcore.starkex import sign_registration

pytestmark = pytest.mark.long

REVERTED = (ContractLogicError, pytest.importorskip("eth_tester.exceptions").TransactionFailed)
EXCHANGE = Account.from_key(keccak256(b"starkcore tests: the exchange"))
KEY = PrivateKey(0x58C7D5A90B1776BDE86EBAC077E053ED85B0F7164F53B080304A531947F46E3).public_key  # dydx3's test key
COLLATERAL = 0x02893294412A4C8F915F75892B395EBBF6859EC246EC365C3B1F56F47C3A0A5D  # the specification's, mainnet
P = (1 << 251) + (17 << 192) + 1
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class World:
    def __init__(self, web3):
        self.web3 = web3
        self.admin, self.user, self.other = web3.eth.accounts[:3]
        self.deployment = l1.deploy(web3, deployer=self.admin, user_admin=EXCHANGE.address)
        self.exchange, self.token = self.deployment.perpetual, self.deployment.token

    def do(self, call, sender=None, **options):
        receipt = self.web3.eth.wait_for_transaction_receipt(call.transact({"from": sender or self.user, **options}))
        assert receipt["status"] == 1
        return receipt

    def refused(self, reason, call, sender=None, **options):
        with pytest.raises(REVERTED) as caught:
            call.call({"from": sender or self.user, **options})
        # A node's error has the words beside their encoding; py-evm's is the words.
        words = getattr(caught.value, "message", None) or str(caught.value)
        assert words.removesuffix("'").endswith(reason)

    def events(self, name, receipt):
        (event,) = getattr(self.exchange.events, name)().process_receipt(
            receipt, errors=__import__("web3").logs.DISCARD
        )
        return dict(event["args"])


@pytest.fixture(scope="module", params=ethereum_nodes.NODES)
def node(request):
    with ethereum_nodes.start(request.param) as web3:
        yield web3


@pytest.fixture
def world(node):
    return World(node)


def registration(address, key, signer=EXCHANGE):
    return sign(l1.registration_digest(address, key), signer)


def sign(digest, signer=EXCHANGE):
    return bytes(signer.unsafe_sign_hash(digest).signature)


@pytest.mark.long
def test_what_is_deployed_is_what_is_written():
    pytest.importorskip("vyper")
    written = files("starkcore.sandbox.l1").joinpath("contracts.json").read_text(encoding="utf-8")
    assert written == l1.compile_contracts()


def selectors(abi):
    def kind(entry):
        return f"{entry['name']}({','.join(item['type'] for item in entry['inputs'])})"

    return {kind(entry): [item["type"] for item in entry["outputs"]] for entry in abi if entry["type"] == "function"}


# Function and event selectors of the contract at 0xD54f502e184B6B739d7D27a6410a67dc462D69c8, as published in
# dydx-v3-python 2.1.0, dydx3/abi/starkware-perpetuals.json.
MAINNET = {
    "registerUser(address,uint256,bytes)": [],
    "getEthKey(uint256)": ["address"],
    "deposit(uint256,uint256,uint256)": [],
    "deposit(uint256,uint256,uint256,uint256)": [],
    "withdraw(uint256,uint256)": [],
    "withdrawTo(uint256,uint256,address)": [],
    "getWithdrawalBalance(uint256,uint256)": ["uint256"],
    "getDepositBalance(uint256,uint256,uint256)": ["uint256"],
}
# StarkWare's Users.sol (starkex-contracts), from version 4.0.1 on.
REGISTRATION_BY_STARK_KEY = {"registerEthAddress(address,uint256,bytes)": []}
MAINNET_EVENTS = {
    "LogUserRegistered": "address,uint256,address",
    "LogDeposit": "address,uint256,uint256,uint256,uint256,uint256",
    "LogWithdrawalAllowed": "uint256,uint256,uint256,uint256",
    "LogWithdrawalPerformed": "uint256,uint256,uint256,uint256,address",
}


def test_the_abi_is_that_of_mainnet():
    compiled = contracts()["Perpetual"]["abi"]
    assert selectors(PERPETUAL_ABI) == MAINNET | REGISTRATION_BY_STARK_KEY
    assert selectors(compiled).items() >= (MAINNET | REGISTRATION_BY_STARK_KEY).items()
    events = {
        entry["name"]: ",".join(item["type"] for item in entry["inputs"] if not item["indexed"])
        for entry in compiled
        if entry["type"] == "event"
    }
    assert events == MAINNET_EVENTS
    assert selectors(contracts()["Token"]["abi"]).items() >= selectors(ERC20_ABI).items()


def test_the_asset_types():
    # The rule that ether_id() follows gives the collateral id of the specification for mainnet's USDC.
    token = bytes.fromhex("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48")
    info = keccak256(b"ERC20Token(address)")[:4] + bytes(12) + token
    assert int.from_bytes(keccak256(info + (1).to_bytes(32, "big")), "big") % (1 << 250) == COLLATERAL
    assert keccak256(b"ETH()")[:4].hex() == "8322fff2"  # StarkWare's documentation of asset ids
    assert ether_id() < 1 << 250


def test_a_user_is_registered(world):
    functions = world.exchange.functions
    world.refused("USER_UNREGISTERED", functions.getEthKey(KEY.x))
    # Anybody may send it: the signature says whose it is.
    receipt = world.do(functions.registerUser(world.user, KEY.x, registration(world.user, KEY.x)), sender=world.other)
    assert functions.getEthKey(KEY.x).call() == world.user
    assert world.events("LogUserRegistered", receipt) == {
        "ethKey": world.user, "starkKey": KEY.x, "sender": world.other,
    }  # fmt: skip
    again = functions.registerUser(world.other, KEY.x, registration(world.other, KEY.x))
    world.refused("STARK_KEY_UNAVAILABLE", again)


def test_registrations_that_are_refused(world):
    register = world.exchange.functions.registerUser
    right = registration(world.user, KEY.x)
    high_s = (N - int.from_bytes(right[32:64], "big")).to_bytes(32, "big")
    stranger = Account.from_key(keccak256(b"a stranger"))
    for signature in (
        registration(world.user, KEY.x, stranger),
        registration(world.other, KEY.x),
        registration(world.user, KEY.x + 1),
        right[:64],
        right[:64] + b"\x00",
        right[:64] + bytes([55 - right[64]]),
        bytes(65),
        bytes(64) + b"\x1b",
        right[:32] + high_s + right[64:],
        sign(keccak256(b"\x19Ethereum Signed Message:\n32" + l1.registration_digest(world.user, KEY.x))),
    ):
        world.refused("INVALID_SIGNATURE", register(world.user, KEY.x, signature))
    nobody = "0x" + "00" * 20
    world.refused("INVALID_ETH_ADDRESS", register(nobody, KEY.x, registration(nobody, KEY.x)))
    off = next(x for x in range(1, 100) if not on_curve(x))
    for key in (0, P, P + KEY.x, off):
        world.refused("INVALID_STARK_KEY", register(world.user, key, registration(world.user, key)))
    world.refused("USER_UNREGISTERED", world.exchange.functions.getEthKey(KEY.x))


STARK_SECRET = 0x58C7D5A90B1776BDE86EBAC077E053ED85B0F7164F53B080304A531947F46E3
STARK_ORDER = 0x0800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F


def stark_signature(message_hash, secret=STARK_SECRET):
    """r ‖ s ‖ y, by the reference."""
    parts = (*ecdsa.sign(message_hash, secret), reference_keys.public_key(secret)[1])
    return b"".join(part.to_bytes(32, "big") for part in parts)


def test_a_user_is_registered_by_the_stark_key_itself(world):
    """The contract computes the hash and checks the signature by the textbook, in Vyper: none of the core's code is in
    it.
    """
    register, key = world.exchange.functions.registerEthAddress, PrivateKey(STARK_SECRET)
    signature = sign_registration(key, world.user)
    receipt = world.do(register(world.user, KEY.x, signature), sender=world.other, gas=8_000_000)
    assert world.exchange.functions.getEthKey(KEY.x).call() == world.user
    assert world.events("LogUserRegistered", receipt) == {
        "ethKey": world.user, "starkKey": KEY.x, "sender": world.other,
    }  # fmt: skip
    world.refused("STARK_KEY_UNAVAILABLE", register(world.other, KEY.x, sign_registration(key, world.other)))
    for secret in (
        1,
        2,
        STARK_ORDER - 1,
        0x1234567,
    ):  # of 1 and n - 1, the key's point is the generator, or its negative
        other = PrivateKey(secret)
        world.exchange.functions.registerEthAddress(
            world.user, other.public_key.x, sign_registration(other, world.user)
        ).call({"from": world.user})


def test_the_hash_that_the_stark_key_signs_is_reduced_modulo_n(world):
    """Modulo p, as version 4.0 had it, or cut to 251 bits, it is another signature, which is refused."""
    register = world.exchange.functions.registerEthAddress
    digest = int.from_bytes(l1.registration_digest(world.user, KEY.x), "big")
    assert digest > P > STARK_ORDER
    assert stark_signature(digest % STARK_ORDER) == sign_registration(PrivateKey(STARK_SECRET), world.user)
    register(world.user, KEY.x, stark_signature(digest % STARK_ORDER)).call({"from": world.user})
    for wrong in (digest % P, digest % (1 << 251), digest >> 5):
        world.refused("INVALID_STARK_SIGNATURE", register(world.user, KEY.x, stark_signature(wrong)))


def test_registrations_by_the_stark_key_that_are_refused(world):
    register = world.exchange.functions.registerEthAddress
    right = sign_registration(PrivateKey(STARK_SECRET), world.user)
    r, s, y = right[:32], right[32:64], right[64:]
    zero, order = bytes(32), STARK_ORDER.to_bytes(32, "big")
    for reason, signature in (
        ("INVALID_STARK_SIGNATURE", right[:95]),
        ("INVALID_STARK_SIGNATURE", sign_registration(PrivateKey(STARK_SECRET), world.other)),
        ("INVALID_STARK_SIGNATURE", r + s[:31] + bytes([s[31] ^ 1]) + y),
        ("INVALID_STARK_SIGNATURE", r + s + (P - int.from_bytes(y, "big")).to_bytes(32, "big")),
        ("INVALID_STARK_KEY", r + s + (5).to_bytes(32, "big")),
        ("s out of range", r + zero + y),
        ("s out of range", r + order + y),
        ("r out of range", zero + s + y),
        ("r out of range", (1 << 251).to_bytes(32, "big") + s + y),
    ):
        world.refused(reason, register(world.user, KEY.x, signature))
    negative = (STARK_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    register(world.user, KEY.x, r + negative + y).call({"from": world.user})  # ECDSA takes n - s as well
    nobody = "0x" + "00" * 20
    world.refused("INVALID_ETH_ADDRESS", register(nobody, KEY.x, right))
    off = next(x for x in range(1, 100) if not on_curve(x))
    for key in (0, P, P + KEY.x, off):
        world.refused("INVALID_STARK_KEY", register(world.user, key, right))


def on_curve(x):
    beta = 3141592653589793238462643383279502884197169399375105820974944592307816406665
    return pow((x**3 + x + beta) % P, (P - 1) // 2, P) == 1


def test_keys_that_are_on_the_curve_and_keys_that_are_not(world):
    for x in range(1, 30):
        call = world.exchange.functions.registerUser(world.user, x, registration(world.user, x))
        if on_curve(x):
            call.call({"from": world.user})
        else:
            world.refused("INVALID_STARK_KEY", call)


def test_deposit_of_a_token(world):
    functions, token = world.exchange.functions, world.token.functions
    world.do(token.mint(world.user, 1000))
    deposit = functions.deposit(KEY.x, COLLATERAL, 12345, 600)
    world.refused("transfer amount exceeds allowance", deposit)
    world.do(token.approve(world.exchange.address, 2000))
    world.refused("transfer amount exceeds balance", functions.deposit(KEY.x, COLLATERAL, 12345, 1001))
    receipt = world.do(deposit)
    assert world.events("LogDeposit", receipt) == {
        "depositorEthKey": world.user, "starkKey": KEY.x, "vaultId": 12345, "assetType": COLLATERAL,
        "nonQuantizedAmount": 600, "quantizedAmount": 600,
    }  # fmt: skip
    world.do(functions.deposit(KEY.x, COLLATERAL, 12345, 400))
    assert functions.getDepositBalance(KEY.x, COLLATERAL, 12345).call() == 1000
    assert functions.getDepositBalance(KEY.x, COLLATERAL, 12346).call() == 0
    assert token.balanceOf(world.exchange.address).call() == 1000
    assert token.balanceOf(world.user).call() == 0


def test_deposit_of_ether(world):
    functions = world.exchange.functions
    deposit = functions.deposit(KEY.x, ether_id(), 5)
    receipt = world.do(deposit, value=3 * 10**10)
    assert world.events("LogDeposit", receipt)["quantizedAmount"] == 3
    assert functions.getQuantizedDepositBalance(KEY.x, ether_id(), 5).call() == 3
    assert functions.getDepositBalance(KEY.x, ether_id(), 5).call() == 3 * 10**10
    assert world.web3.eth.get_balance(world.exchange.address) == 3 * 10**10
    world.refused("INVALID_AMOUNT", deposit, value=10**10 + 1)
    world.refused("INVALID_ASSET_TYPE", functions.deposit(KEY.x, COLLATERAL, 5), value=10**10)
    world.refused("INVALID_ASSET_TYPE", functions.deposit(KEY.x, ether_id(), 5, 1))
    # The function with an amount doesn't take ether in the real ABI. Here it says so itself.
    payable = functions.deposit(KEY.x, COLLATERAL, 5, 1)
    world.refused("NOT_PAYABLE", payable, value=10**10)


def test_deposits_that_are_refused(world):
    functions, token = world.exchange.functions, world.token.functions
    world.do(token.mint(world.user, 1 << 70))
    world.do(token.approve(world.exchange.address, (1 << 256) - 1))
    for arguments, reason in (
        ((KEY.x, 5, 1, 1), "INVALID_ASSET_TYPE"),
        ((0, COLLATERAL, 1, 1), "INVALID_STARK_KEY"),
        ((P + KEY.x, COLLATERAL, 1, 1), "INVALID_STARK_KEY"),
        ((KEY.x, COLLATERAL, 1 << 64, 1), "OUT_OF_RANGE_POSITION_ID"),
        ((KEY.x, COLLATERAL, 1, 1 << 64), "DEPOSIT_OVERFLOW"),
        ((KEY.x, COLLATERAL, 1, (1 << 256) - 1), "DEPOSIT_OVERFLOW"),
    ):
        world.refused(reason, functions.deposit(*arguments))
    world.do(functions.deposit(KEY.x, COLLATERAL, 1, (1 << 64) - 1))
    world.refused("DEPOSIT_OVERFLOW", functions.deposit(KEY.x, COLLATERAL, 1, 1))


def test_withdrawals(world):
    functions, token = world.exchange.functions, world.token.functions
    withdraw = functions.withdraw(KEY.x, COLLATERAL)
    world.refused("USER_UNREGISTERED", withdraw)
    world.do(functions.registerUser(world.user, KEY.x, registration(world.user, KEY.x)))
    world.refused("NO_PENDING_WITHDRAWAL_BALANCE", withdraw)
    allow = functions.allowWithdrawal(KEY.x, COLLATERAL, 70)
    world.refused("ONLY_OPERATOR", allow)
    world.do(token.mint(world.exchange.address, 100))
    receipt = world.do(allow, sender=world.admin)
    assert world.events("LogWithdrawalAllowed", receipt)["quantizedAmount"] == 70
    assert functions.getWithdrawalBalance(KEY.x, COLLATERAL).call() == 70
    receipt = world.do(withdraw, sender=world.other)  # paid for by another, to the owner
    assert world.events("LogWithdrawalPerformed", receipt) == {
        "starkKey": KEY.x, "assetType": COLLATERAL, "nonQuantizedAmount": 70, "quantizedAmount": 70,
        "recipient": world.user,
    }  # fmt: skip
    assert token.balanceOf(world.user).call() == 70
    assert token.balanceOf(world.exchange.address).call() == 30
    world.refused("NO_PENDING_WITHDRAWAL_BALANCE", withdraw)


def test_withdrawals_to_another_address(world):
    functions, token = world.exchange.functions, world.token.functions
    world.do(functions.registerUser(world.user, KEY.x, registration(world.user, KEY.x)))
    world.do(token.mint(world.exchange.address, 100))
    world.do(functions.allowWithdrawal(KEY.x, COLLATERAL, 70), sender=world.admin)
    away = functions.withdrawTo(KEY.x, COLLATERAL, world.other)
    world.refused("MISMATCHING_STARK_ETH_KEYS", away, sender=world.other)
    world.refused("INVALID_RECIPIENT", functions.withdrawTo(KEY.x, COLLATERAL, "0x" + "00" * 20))
    world.do(away)
    assert token.balanceOf(world.other).call() == 70
    world.refused("NO_PENDING_WITHDRAWAL_BALANCE", away)


def test_withdrawal_of_ether(world):
    functions = world.exchange.functions
    world.do(functions.deposit(KEY.x, ether_id(), 5), value=3 * 10**10)
    world.do(functions.registerUser(world.user, KEY.x, registration(world.user, KEY.x)))
    world.do(functions.allowWithdrawal(KEY.x, ether_id(), 2), sender=world.admin)
    before = world.web3.eth.get_balance(world.user)
    world.do(functions.withdraw(KEY.x, ether_id()), sender=world.other)
    assert world.web3.eth.get_balance(world.user) == before + 2 * 10**10
    world.do(functions.allowWithdrawal(KEY.x, ether_id(), 2), sender=world.admin)
    world.refused("ETHER_TRANSFER_FAILED", functions.withdraw(KEY.x, ether_id()))  # one quantum is left
    # A contract that takes no ether.
    to_token = functions.withdrawTo(KEY.x, ether_id(), world.token.address)
    world.do(functions.deposit(KEY.x, ether_id(), 5), value=3 * 10**10)
    world.refused("ETHER_TRANSFER_FAILED", to_token)


def test_administration(world):
    functions = world.exchange.functions
    world.refused("ONLY_GOVERNANCE", functions.registerAsset(7, world.token.address, 1))
    for call, reason in (
        (functions.registerAsset(COLLATERAL, world.token.address, 1), "ASSET_ALREADY_REGISTERED"),
        (functions.registerAsset(7, world.token.address, 0), "INVALID_QUANTUM"),
        (functions.allowWithdrawal(KEY.x, 7, 1), "INVALID_ASSET_TYPE"),
    ):
        world.refused(reason, call, sender=world.admin)
    assert functions.isUserAdmin(EXCHANGE.address).call()
    assert not functions.isUserAdmin(world.admin).call()


def test_the_quantum_of_an_asset(world):
    functions, token = world.exchange.functions, world.token.functions
    world.do(functions.registerAsset(7, world.token.address, 1000), sender=world.admin)
    world.do(token.mint(world.user, 5000))
    world.do(token.approve(world.exchange.address, 5000))
    world.do(functions.deposit(KEY.x, 7, 1, 5))
    assert token.balanceOf(world.exchange.address).call() == 5000
    assert functions.getDepositBalance(KEY.x, 7, 1).call() == 5000
    assert functions.getQuantizedDepositBalance(KEY.x, 7, 1).call() == 5
