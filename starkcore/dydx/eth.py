"""The exchange's contracts on Ethereum, called through web3: `client.eth`.

Each method that sends a transaction returns its hash at once; `wait_for_tx` waits until it is mined. What the contract
would refuse raises `TransactionReverted` before anything is sent, as long as the gas is estimated (the default).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from starkcore import _native, exact
from starkcore.dydx.address import checksum_address
from starkcore.errors import InvalidAmount, _invalid, _wrong_type
from starkcore.ethereum.erc20 import ERC20_ABI
from starkcore.ethereum.transactions import Sender, failure
from starkcore.starkex.amounts import ZERO, Amount, digits_of, quantums
from starkcore.starkex.contracts import PERPETUAL_ABI, Contracts

__all__ = ["COLLATERAL_ASSET", "Eth"]

COLLATERAL_ASSET = "USDC"
MAX_UINT256 = (1 << 256) - 1
_ETHER_DECIMALS = 18
_FIELD_PRIME = (1 << 251) + (17 << 192) + 1

SendOptions = Mapping[str, Any]


class Eth:
    """Deposits, withdrawals and registration on Ethereum.

    Args:
        web3: a `web3.Web3`.
        contracts: where the exchange is, and on which chain.
        account: what signs, as eth-account's accounts do; None: the wallet or node behind web3.
        default_address: whose transactions these are, and whose balances are asked for, where a call doesn't say.
        stark_public_key: hex; the key that is registered and deposited for, where a call doesn't say.
        send_options: see `Sender.send`.
        position_of: the position of a Stark key's account, where it is known.

    Attributes:
        contracts: may be replaced, for contracts that were deployed on a local node.

    Amounts are decimal text, Decimal or int, in units of the token; a float is refused, and so is more precision than
    the token has. All errors of sending are `TransactionFailed`.
    """

    def __init__(
        self,
        web3: Any,
        *,
        contracts: Contracts,
        account: Any = None,
        default_address: str | None = None,
        stark_public_key: str | int | None = None,
        send_options: SendOptions | None = None,
        position_of: Callable[[int], int | None] = lambda stark_key: None,
    ) -> None:
        self.web3 = web3
        self._account = account
        self._position_of = position_of
        self.contracts = contracts
        own = getattr(account, "address", None)
        self.default_address = own if default_address is None else checksum_address(default_address, "default_address")
        self.stark_public_key = stark_public_key
        self._sender = Sender(web3, account=account, default_address=self.default_address, options=send_options)

    # ---- Transactions ----

    def register_user(
        self,
        registration_signature: str | bytes,
        stark_public_key: str | int | None = None,
        ethereum_address: str | None = None,
        send_options: SendOptions | None = None,
    ) -> str:
        """Register a Stark key for an Ethereum address, as the exchange allowed it.

        Args:
            registration_signature: 65 bytes, from `client.private.get_registration()`.
        """
        address = self._address(ethereum_address, "ethereum_address")
        signature = _signature(registration_signature)
        return self._call(
            "registerUser(address,uint256,bytes)", (address, self._stark_key(stark_public_key), signature), send_options
        )

    def register_eth_address(
        self,
        stark_signature: str | bytes,
        stark_public_key: str | int | None = None,
        ethereum_address: str | None = None,
        send_options: SendOptions | None = None,
    ) -> str:
        """Register a Stark key for an Ethereum address by the Stark key's own signature: the exchange isn't needed.

        Args:
            stark_signature: 96 bytes, of `starkcore.starkex.sign_registration`.
        """
        address = self._address(ethereum_address, "ethereum_address")
        signature = _signature(stark_signature, "stark_signature", 96)
        return self._call(
            "registerEthAddress(address,uint256,bytes)",
            (address, self._stark_key(stark_public_key), signature),
            send_options,
        )

    def deposit_to_exchange(
        self,
        position_id: int | str,
        human_amount: Amount,
        stark_public_key: str | int | None = None,
        send_options: SendOptions | None = None,
    ) -> str:
        """Deposit collateral into a position. The exchange must be allowed to take it: `set_token_max_allowance`.

        The contract takes any position, and what is deposited into another's is lost. Where the client has seen the
        account of the Stark key, the position must be that account's.

        Raises:
            InvalidInput: the position isn't the account's; `field` is "position_id".
        """
        position = _number(position_id, "position_id", 1 << 64)
        amount = _positive(quantums(human_amount, self.contracts.collateral_resolution, "human_amount"))
        key = self._stark_key(stark_public_key)
        own = self._position_of(key)
        if own is not None and own != position:
            raise _invalid("position_id", f"must be the account's of this Stark key, {own}")
        return self._call(
            "deposit(uint256,uint256,uint256,uint256)",
            (key, self.contracts.collateral_id, position, amount),
            send_options,
        )

    def withdraw(self, stark_public_key: str | int | None = None, send_options: SendOptions | None = None) -> str:
        """Take what was withdrawn from the exchange, to the Ethereum address that the Stark key is registered for."""
        key = self._stark_key(stark_public_key)
        return self._call("withdraw(uint256,uint256)", (key, self.contracts.collateral_id), send_options)

    def withdraw_to(
        self,
        recipient: str,
        stark_public_key: str | int | None = None,
        send_options: SendOptions | None = None,
    ) -> str:
        """As `withdraw`, to another address; only the registered one may ask for it."""
        to = checksum_address(recipient, "recipient")
        key = self._stark_key(stark_public_key)
        return self._call("withdrawTo(uint256,uint256,address)", (key, self.contracts.collateral_id, to), send_options)

    def transfer_eth(
        self,
        to_address: str | None = None,
        human_amount: Amount | None = None,
        send_options: SendOptions | None = None,
    ) -> str:
        """Send ether."""
        to = checksum_address(_given(to_address, "to_address"), "to_address")
        value = _units(_given(human_amount, "human_amount"), _ETHER_DECIMALS, "human_amount")
        if send_options is not None and "value" in send_options:
            raise _invalid("send_options", "must not have a value beside human_amount")
        return self._sender.send(self.contracts.chain_id, {"to": to, "value": value}, send_options)

    def transfer_token(
        self,
        to_address: str | None = None,
        human_amount: Amount | None = None,
        asset: str = COLLATERAL_ASSET,
        token_address: str | None = None,
        send_options: SendOptions | None = None,
    ) -> str:
        """Send an ERC-20: the collateral, or the token at another address, whose decimals its contract is asked for."""
        to = checksum_address(_given(to_address, "to_address"), "to_address")
        amount = _given(human_amount, "human_amount")
        token = self.get_token_contract(asset, token_address)
        decimals = self.contracts.token_decimals if token_address is None else _read(token.functions.decimals())
        units = _units(amount, decimals, "human_amount")
        return self._sender.send(self.contracts.chain_id, token.functions.transfer(to, units), send_options)

    def set_token_max_allowance(
        self,
        spender: str,
        asset: str = COLLATERAL_ASSET,
        token_address: str | None = None,
        send_options: SendOptions | None = None,
    ) -> str:
        """Let a spender, the exchange's contract for one, take as much of a token as it asks for."""
        to = checksum_address(spender, "spender")
        call = self.get_token_contract(asset, token_address).functions.approve(to, MAX_UINT256)
        return self._sender.send(self.contracts.chain_id, call, send_options)

    def wait_for_tx(self, tx_hash: str, timeout: float = 120) -> Mapping[str, Any]:
        """The receipt of a transaction, once it is mined.

        Args:
            timeout: seconds.

        Raises:
            TransactionReverted: mined, and did nothing.
            TransactionPending: not mined in time; it still may be.
        """
        return self._sender.wait(tx_hash, timeout)

    # ---- As the old client had them ----

    def send_eth_transaction(self, method: Any = None, options: SendOptions | None = None) -> str:
        """Send a contract's call, as web3 has them; or, without one, a transaction of which `options` has all
        members.
        """
        if method is not None:
            return self._sender.send(self.contracts.chain_id, method, options)
        members = dict(options or {})
        call = {name: members.pop(name) for name in ("to", "data") if name in members}
        if "to" in call:
            call["to"] = checksum_address(call["to"], "to")
        return self._sender.send(self.contracts.chain_id, call, members)

    def get_next_nonce(self, ethereum_address: str) -> int:
        """The nonce of the next transaction of an address, those counted that this client has just sent."""
        return self._sender.next_nonce(checksum_address(ethereum_address, "ethereum_address"))

    def sign_tx(self, method: Any, options: SendOptions) -> Any:
        """A signed transaction, not sent: as eth-account has them, with `raw_transaction` and `hash`.

        Args:
            method: a contract's call, or None: then `options` is the whole transaction.
            options: with `nonce`, `gas` and a fee.
        """
        if self._account is None:
            raise _invalid("eth_private_key", "or web3_account must be given: a wallet behind web3 signs what it sends")
        whole = {"chainId": self.contracts.chain_id, "value": 0, **options}
        transaction = whole if method is None else method.build_transaction(whole)
        return self._account.sign_transaction({name: value for name, value in transaction.items() if name != "from"})

    def create_contract(self, address: str, file_path: str) -> Any:
        """A contract as web3 has them; `file_path` is one of the old client's: "abi/erc20.json"."""
        known = {"abi/erc20.json": ERC20_ABI, "abi/starkware-perpetuals.json": PERPETUAL_ABI}
        if file_path not in known:
            raise _invalid("file_path", f"must be one of {', '.join(known)}")
        return self.web3.eth.contract(checksum_address(address, "address"), abi=known[file_path])

    get_contract = create_contract

    # ---- Questions ----

    def get_eth_balance(self, owner: str | None = None) -> Decimal:
        """In ether, exact."""
        address = self._address(owner, "owner")
        return Decimal(self._ask(lambda: self.web3.eth.get_balance(address))).scaleb(-_ETHER_DECIMALS)

    def get_token_balance(
        self, owner: str | None = None, asset: str = COLLATERAL_ASSET, token_address: str | None = None
    ) -> int:
        """In the token's smallest units: 10^6 are one USDC."""
        token = self.get_token_contract(asset, token_address)
        return int(_read(token.functions.balanceOf(self._address(owner, "owner"))))

    def get_token_allowance(
        self,
        spender: str,
        owner: str | None = None,
        asset: str = COLLATERAL_ASSET,
        token_address: str | None = None,
    ) -> int:
        """What a spender may take, in the token's smallest units."""
        token = self.get_token_contract(asset, token_address)
        to = checksum_address(spender, "spender")
        return int(_read(token.functions.allowance(self._address(owner, "owner"), to)))

    def get_eth_key(self, stark_public_key: str | int | None = None) -> str:
        """The Ethereum address that a Stark key is registered for.

        Raises:
            TransactionReverted: it isn't registered.
        """
        key = self._stark_key(stark_public_key)
        return str(_read(self.get_exchange_contract().functions.getEthKey(key)))

    def get_withdrawal_balance(self, stark_public_key: str | int | None = None) -> int:
        """What `withdraw` would pay, in the token's smallest units."""
        key = self._stark_key(stark_public_key)
        call = self.get_exchange_contract().functions.getWithdrawalBalance(key, self.contracts.collateral_id)
        return int(_read(call))

    # ---- Contracts ----

    def get_exchange_contract(self, contract_address: str | None = None) -> Any:
        """The perpetual contract as web3 has contracts."""
        address = self.contracts.exchange if contract_address is None else contract_address
        return self.web3.eth.contract(checksum_address(address, "contract_address"), abi=PERPETUAL_ABI)

    def get_token_contract(self, asset: str = COLLATERAL_ASSET, token_address: str | None = None) -> Any:
        """An ERC-20 contract as web3 has contracts: the collateral's, or the one at an address."""
        if token_address is None:
            if asset != COLLATERAL_ASSET:
                raise _invalid("asset", f"must be {COLLATERAL_ASSET}; for another token, give token_address")
            token_address = self.contracts.token
        return self.web3.eth.contract(checksum_address(token_address, "token_address"), abi=ERC20_ABI)

    def _call(self, signature: str, arguments: tuple[Any, ...], options: SendOptions | None) -> str:
        function = self.get_exchange_contract().get_function_by_signature(signature)
        return self._sender.send(self.contracts.chain_id, function(*arguments), options)

    def _stark_key(self, key: str | int | None) -> int:
        chosen = self.stark_public_key if key is None else key
        if chosen is None:
            raise _invalid("stark_public_key", "must be given: the client has none")
        x = _native.number(chosen, "stark_public_key")
        if x >= _FIELD_PRIME:
            raise _invalid("stark_public_key", "must be in [0, p)")
        return x

    def _address(self, address: str | None, field: str) -> str:
        chosen = self.default_address if address is None else address
        if chosen is None:
            raise _invalid(field, "must be given: the client has no default address")
        return checksum_address(chosen, field)

    def _ask(self, question: Any) -> Any:
        try:
            return question()
        except Exception as error:
            raise failure(error) from None


def _read(call: Any) -> Any:
    try:
        return call.call()
    except Exception as error:
        raise failure(error) from None


def _given(value: Any, field: str) -> Any:
    if value is None:
        raise _invalid(field, "must be given")
    return value


def _number(value: int | str, field: str, end: int) -> int:
    """An int in [0, end), or its text in decimal digits or in hex digits after 0x."""
    if exact.is_a(value, str):
        text = exact.text(value, field)
        if not re.fullmatch(r"[0-9]{1,78}|0[xX][0-9a-fA-F]{1,64}", text, flags=re.ASCII):
            raise _invalid(field, "must be an int, or its decimal digits, or its hex digits after 0x")
        number = int(text, 16 if text[:2] in ("0x", "0X") else 10)
    else:
        number = exact.integer(value, field, "an int or its text")
    if not 0 <= number < end:
        raise _invalid(field, "must be in [0, 2^64)")
    return number


def _signature(value: str | bytes, field: str = "registration_signature", size: int = 65) -> bytes:
    if not isinstance(value, (str, bytes)):
        raise _wrong_type(field, f"{size} bytes or hex text", type(value))
    if isinstance(value, str):
        digits = value[2:] if value[:2] in ("0x", "0X") else value
        if len(digits) != 2 * size or not re.fullmatch(r"[0-9a-fA-F]{1,200}", digits, flags=re.ASCII):
            raise _invalid(field, f"must be {size} bytes, or {2 * size} hex digits")
        value = bytes.fromhex(digits)
    if len(value) != size:
        raise _invalid(field, f"must be {size} bytes, or {2 * size} hex digits")
    return value


def _units(amount: Amount, decimals: int, field: str) -> int:
    """An amount in units of 10^-decimals, exact, above 0 and below 2^256."""
    digits, exponent = digits_of(amount, field)
    shift = min(decimals + exponent, 100)  # 10^100 is above 2^256 as well
    units, rest = (digits * 10**shift, 0) if shift >= 0 else divmod(digits, 10**-shift)
    if rest:
        raise InvalidAmount(field, f"must be a whole number of the token's units: it has {decimals} decimals")
    return _positive(units)


def _positive(units: int) -> int:
    if units == 0:
        raise InvalidAmount("human_amount", ZERO)
    if units >> 256:
        raise InvalidAmount("human_amount", "must be below 2^256 of the token's units")
    return units
