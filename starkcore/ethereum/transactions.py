"""Sending Ethereum transactions: fees after EIP-1559, nonces that several senders want, and clear errors.

A transaction that was signed here has a hash before it is sent. Whatever the node answers, or fails to answer, it can
be asked for by that hash; it is never made anew while its fate is unknown, and the error says its nonce, for whoever
does.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

from starkcore import exact
from starkcore.errors import (
    InsufficientFunds,
    NonceTaken,
    TransactionFailed,
    TransactionPending,
    TransactionReverted,
    TransactionUnderpriced,
    TransactionUnknown,
    _invalid,
    _wrong_type,
)
from starkcore.ethereum.address import checksum_address
from starkcore.extras import require

__all__ = ["Sender"]

_FEES = ("gasPrice", "maxFeePerGas", "maxPriorityFeePerGas")
_NUMBERS = ("nonce", "value", "gas", *_FEES)
_MOST_ATTEMPTS = 16
_MOST_GAS_MORE = 1 << 14  # what isn't used isn't paid
# Between two questions for a receipt: blocks come each 12 seconds, and nodes limit how often they are asked.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 3.0
_clock, _sleep = time.monotonic, time.sleep
DEFAULT_GAS_MULTIPLIER = 1.5


class Sender:
    """Sends the transactions of one connection.

    Args:
        web3: a `web3.Web3`.
        account: what signs: `address` and `sign_transaction(dict)`, as eth-account's accounts have them; None: the node
            or wallet behind web3 signs.
        default_address: whose they are when neither an account nor an option says so.
        options: defaults for each transaction: see `send`.
    """

    def __init__(
        self,
        web3: Any,
        *,
        account: Any = None,
        default_address: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.web3 = web3
        self._account = account
        self._default_address = default_address
        self._options = checked_options(options)
        self._lock = Lock()
        self._next: dict[str, int] = {}

    def send(self, chain_id: int, call: Any, options: Mapping[str, Any] | None) -> str:
        """Send a contract's call, or, when `call` is a dict, that transaction.

        Args:
            options: `from`, `nonce`, `value`, `gas`, `gasMultiplier`; and for the fee `maxFeePerGas` and
                `maxPriorityFeePerGas`, or the older `gasPrice`. In wei, all ints but the multiplier.

        Returns:
            The transaction's hash, 0x and 64 hex digits. It is sent, not mined.
        """
        options = self._options | checked_options(options)
        multiplier = options.pop("gasMultiplier", DEFAULT_GAS_MULTIPLIER)
        options["from"] = self._sender(options.get("from"))
        actual = self._ask("chain id", lambda: self.web3.eth.chain_id)
        if actual != chain_id:
            raise _invalid(
                "network", f"must be the node's: transactions are for chain {chain_id}, the node is on {actual}"
            )
        transaction = {"value": 0, "chainId": chain_id} | options | self._fee(options)
        if isinstance(call, dict):
            transaction |= call
        given_gas = "gas" in transaction
        if not given_gas:
            transaction["gas"] = int(self._estimate(call, transaction) * multiplier)
        if not isinstance(call, dict):
            built = self._ask("call", lambda: call.build_transaction(transaction | {"nonce": 0}))
            transaction = {name: built[name] for name in built if name != "nonce" or "nonce" in options}
        if "nonce" in options:
            return self._submit(transaction)
        return self._send_next(transaction, vary_gas=not given_gas)

    def next_nonce(self, address: str) -> int:
        """The nonce that a transaction of that address gets next, as far as is known here."""
        pending: int = self._ask("nonce", lambda: self.web3.eth.get_transaction_count(address, "pending"))
        return max(pending, self._next.get(address, 0))

    def wait(self, tx_hash: str, timeout: float) -> Mapping[str, Any]:
        """The receipt, once the transaction is mined. A node that doesn't answer meanwhile is asked again.

        Raises:
            TransactionReverted, TransactionPending
        """
        until, pause = _clock() + timeout, _FIRST_PAUSE
        while (receipt := self._receipt(tx_hash)) is None:
            left = until - _clock()
            if left <= 0:
                raise TransactionPending(f"not mined within {timeout:g} seconds", tx_hash)
            _sleep(min(pause, left))
            pause = min(1.5 * pause, _LONGEST_PAUSE)
        if receipt["status"] == 0:
            error = TransactionReverted(f"mined, and reverted{self._reason(tx_hash, receipt)}", tx_hash)
            error.receipt = receipt
            raise error
        return receipt

    def _receipt(self, tx_hash: str) -> Mapping[str, Any] | None:
        """None: it isn't mined, or the node didn't answer."""
        try:
            receipt: Mapping[str, Any] = self.web3.eth.get_transaction_receipt(tx_hash)
        except require("web3.exceptions", "ethereum").TransactionNotFound:
            return None
        except Exception as error:
            if isinstance(failure(error), TransactionUnknown):
                return None
            raise
        return None if receipt is None or receipt.get("blockHash") is None else receipt

    def _sender(self, address: str | None) -> str:
        own = getattr(self._account, "address", None)
        chosen = next((one for one in (address, own, self._default_address) if one is not None), None)
        if chosen is None:
            raise _invalid("from", "must be in the options: there is no account and no default address")
        chosen = checksum_address(exact.text(chosen, "from"), "from")
        if own is not None and chosen != checksum_address(own, "ethereum_address"):
            raise _invalid("from", f"must be the account that signs, {own}, not {chosen}")
        return chosen

    def _fee(self, options: Mapping[str, Any]) -> dict[str, int]:
        """Fee fields: twice the base fee and the tip that the node suggests, unless the options say otherwise."""
        if "gasPrice" in options:
            if "maxFeePerGas" in options or "maxPriorityFeePerGas" in options:
                raise _invalid("gasPrice", "must not stand beside maxFeePerGas or maxPriorityFeePerGas")
            return {}
        if "maxFeePerGas" in options and "maxPriorityFeePerGas" in options:
            return {}
        base = self._ask("base fee", lambda: self.web3.eth.get_block("latest")).get("baseFeePerGas")
        if base is None:
            if "maxFeePerGas" in options or "maxPriorityFeePerGas" in options:
                raise _invalid("maxFeePerGas", "must not be given on a chain without EIP-1559")
            return {"gasPrice": self._ask("gas price", lambda: self.web3.eth.gas_price)}
        tip = options.get("maxPriorityFeePerGas")
        if tip is None:
            tip = self._ask("priority fee", lambda: self.web3.eth.max_priority_fee)
            tip = min(tip, options.get("maxFeePerGas", tip))
        return {"maxPriorityFeePerGas": tip, "maxFeePerGas": options.get("maxFeePerGas", 2 * base + tip)}

    def _estimate(self, call: Any, transaction: dict[str, Any]) -> int:
        """Gas, by running it on the node's state: what would be reverted is refused here."""
        estimate = self.web3.eth.estimate_gas if isinstance(call, dict) else call.estimate_gas
        # The fee is left out: whether the account can pay is the node's to say when it is sent.
        shown = {name: value for name, value in transaction.items() if name not in _FEES}
        try:
            return int(estimate(shown))
        except Exception as error:
            raise failure(error) from None

    def _send_next(self, transaction: dict[str, Any], *, vary_gas: bool) -> str:
        """With the account's next nonce; where somebody else was quicker, with the one after.

        Another process may make the very same transaction at the same time. The gas limit varies by some units, so that
        the two have different hashes: one is then refused, not taken for the other sent again. The price's limit can't
        vary: some nodes take a transaction of a higher one in the other's place.
        """
        address = transaction["from"]
        with self._lock:
            pending = self._ask("nonce", lambda: self.web3.eth.get_transaction_count(address, "pending"))
            nonce = max(pending, self._next.get(address, 0))
            for _ in range(_MOST_ATTEMPTS):
                varied = {"gas": transaction["gas"] + secrets.randbelow(_MOST_GAS_MORE)} if vary_gas else {}
                try:
                    tx_hash = self._submit(transaction | varied | {"nonce": nonce})
                except NonceTaken:
                    pending = self._ask("nonce", lambda: self.web3.eth.get_transaction_count(address, "pending"))
                    nonce = max(nonce + 1, pending)
                except TransactionUnknown:
                    self._next.pop(address, None)
                    raise
                else:
                    self._next[address] = nonce + 1
                    return tx_hash
            self._next.pop(address, None)
        raise NonceTaken(f"others took {_MOST_ATTEMPTS} nonces in turn; nothing was sent")

    def _submit(self, transaction: dict[str, Any]) -> str:
        """Sign and send one transaction, once."""
        tx_hash = None
        eth = self.web3.eth
        if self._account is None:
            send, argument = eth.send_transaction, transaction
        else:
            unsigned = {name: value for name, value in transaction.items() if name != "from"}
            signed = self._account.sign_transaction(unsigned)
            tx_hash = "0x" + bytes(signed.hash).hex()
            send, argument = eth.send_raw_transaction, signed.raw_transaction
        try:
            return "0x" + bytes(send(argument)).hex()
        except Exception as error:
            refused = failure(error, tx_hash)
        if tx_hash is not None and isinstance(refused, _AlreadyKnown):
            return tx_hash  # these very bytes are in the pool: web3 had sent them again after a broken connection
        if isinstance(refused, TransactionUnknown):
            refused.nonce = transaction.get("nonce")
        raise refused

    def _ask(self, what: str, question: Any) -> Any:
        try:
            return question()
        except Exception as error:
            failed = failure(error)
        if isinstance(failed, TransactionUnknown):
            raise TransactionFailed(f"the node didn't answer when asked for the {what}; nothing was sent")
        raise failed

    def _reason(self, tx_hash: str, receipt: Mapping[str, Any]) -> str:
        """Why, by running it again on the state before its block: ": SOME_REASON", or nothing."""
        try:
            transaction = self.web3.eth.get_transaction(tx_hash)
            again = {
                "from": transaction["from"],
                "to": transaction["to"],
                "value": transaction["value"],
                "data": transaction["input"],
            }
            self.web3.eth.call(again, receipt["blockNumber"] - 1)
        except Exception as error:
            failed = failure(error)
            return f": {failed}" if isinstance(failed, TransactionReverted) else ""
        return ""


class _AlreadyKnown(NonceTaken):
    """The very same transaction is in the node's pool."""


def checked_options(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """A copy of send options that are known and of the right type."""
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise _wrong_type("send_options", "a dict", type(options))
    known = (*_NUMBERS, "from", "gasMultiplier")
    checked: dict[str, Any] = {}
    for name, value in exact.named(options, "send_options", "a dict of names").items():
        if name not in known:
            raise _invalid("send_options", f"must have no other members than {', '.join(known)}")
        if name == "from":
            value = checksum_address(exact.text(value, name), name)
        elif name in _NUMBERS:
            value = exact.integer(value, name)
            if not 0 <= value < 1 << 256:
                raise _invalid(name, "must be in [0, 2^256)")
        elif name == "gasMultiplier" and not (isinstance(value, (int, float)) and 1 <= value <= 100):
            raise _invalid(name, "must be a number in [1, 100]")
        checked[name] = value
    return checked


# What nodes say (geth, anvil, py-evm through eth-tester), in lower case, and what it means.
_SAID = (
    (("already known", "alreadyknown", "already imported", "known transaction"), _AlreadyKnown,
     "the node has it already"),
    (("replacement transaction underpriced", "nonce too low", "invalid transaction nonce", "already been used"),
     NonceTaken, "another transaction has this nonce"),
    (("insufficient funds", "not enough funds", "sender does not have enough", "sender account balance",
      "insufficient balance", "cannot afford"), InsufficientFunds, "the account can't pay for value and fee"),
    (("underpriced", "max fee per gas less than block base fee", "fee cap less than block base fee",
      "max fee per gas too low", "below the minimum", "base fee", "gas price too low", "max_fee_per_gas"),
     TransactionUnderpriced, "the fee is below what the node takes"),
)  # fmt: skip


def failure(error: Exception, tx_hash: str | None = None) -> TransactionFailed:
    """What a library raised, in our words. Unknown is what might have been sent nevertheless."""
    if isinstance(error, TransactionFailed):
        return error
    name = type(error).__name__
    text = str(getattr(error, "message", None) or error)
    lower = text.lower()
    if name in ("ContractLogicError", "ContractCustomError", "ContractPanicError", "TransactionFailed"):
        return TransactionReverted(_revert_reason(text))
    for phrases, kind, meaning in _SAID:
        if any(phrase in lower for phrase in phrases):
            return kind(f"{meaning}; it wasn't sent" if kind is not _AlreadyKnown else meaning)
    if "revert" in lower:
        return TransactionReverted(_revert_reason(text))
    if _refused(error):
        return TransactionFailed(f"the node refuses it: {_short(text)}")
    return TransactionUnknown(f"the node didn't answer ({name}): it may have been sent or not", tx_hash)


def _refused(error: Exception) -> bool:
    """Whether there was an answer at all: JSON-RPC's error, or a check before anything left this process."""
    response = getattr(error, "rpc_response", None)
    if isinstance(response, Mapping) and isinstance(response.get("error"), Mapping):
        return True
    if isinstance(error, (json.JSONDecodeError, UnicodeError)):  # of an answer: a ValueError that comes after sending
        return False
    return isinstance(error, (TypeError, ValueError, KeyError)) or type(error).__name__ in (
        "ValidationError", "Web3ValidationError", "MismatchedABI", "BadFunctionCallOutput", "InvalidAddress",
    )  # fmt: skip


def _revert_reason(text: str) -> str:
    reason = text.partition("execution reverted")[2].strip(" :") or text
    return _short(reason) or "without a reason"


def _short(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text[:200])
