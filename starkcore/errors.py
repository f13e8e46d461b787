"""The one tree of exceptions.

Everything that starkcore raises on its own account is a `StarkcoreError`. A bad value is also a `ValueError`, a wrong
type also a `TypeError`, so that callers who don't know this module catch what they expect. An error names the
parameter (`field`) and the rule that it broke (`rule`), and in functions over many items the item (`index`); it never
contains a value, because the value may be a private key.

    >>> from starkcore import PrivateKey
    >>> PrivateKey(0)
    Traceback (most recent call last):
    ...
    starkcore.errors.InvalidPrivateKey: private_key must be in [1, n)
"""

from __future__ import annotations

__all__ = [
    "InputTypeError",
    "InsufficientFunds",
    "InvalidAmount",
    "InvalidExpiration",
    "InvalidInput",
    "InvalidMessageHash",
    "InvalidPrivateKey",
    "InvalidPublicKey",
    "InvalidSignature",
    "InvalidTypedData",
    "KeyStoreDamaged",
    "KeyStoreError",
    "KeyStoreExists",
    "KeyStoreVersion",
    "MissingExtra",
    "NonceTaken",
    "SelfTestFailed",
    "SigningFault",
    "StarkcoreError",
    "TransactionFailed",
    "TransactionPending",
    "TransactionReverted",
    "TransactionUnderpriced",
    "TransactionUnknown",
    "UnknownMarket",
    "UnknownNetwork",
    "WrongPassphrase",
]


class StarkcoreError(Exception):
    """The root: `except StarkcoreError` catches whatever starkcore raises on its own account."""


class _FieldError(StarkcoreError):
    """A parameter broke a rule.

    Attributes:
        field: the parameter's name, as the function that was called has it.
        rule: the rule, a clause that follows the name: "must be in [0, p)".
        index: in functions over many items, the place of the bad one, from 0; otherwise None.
    """

    def __init__(self, field: str, rule: str, index: int | None = None) -> None:
        super().__init__(field, rule, index)
        self.field = field
        self.rule = rule
        self.index = index

    def __str__(self) -> str:
        item = "" if self.index is None else f"item {self.index}: "
        return f"{item}{self.field} {self.rule}"


class InvalidInput(_FieldError, ValueError):
    """A value of the right type that breaks a rule. The subclasses are for those that a caller may catch apart."""


class InputTypeError(_FieldError, TypeError):
    """A value of a type that the parameter doesn't take: a bool or a float for a number, text for bytes."""


class InvalidPrivateKey(InvalidInput):
    """Not a private key: outside [1, n), or text that is no number."""


class InvalidPublicKey(InvalidInput):
    """Not a point of the curve."""


class InvalidMessageHash(InvalidInput):
    """A message hash outside [0, 2^251). It is refused, not reduced: reduced, it would sign something else."""


class InvalidSignature(InvalidInput):
    """Not two 256-bit numbers. A signature that is well formed and wrong is no error: `verify` answers False."""


class InvalidAmount(InvalidInput):
    """A size, price, fee or amount that is no plain decimal, or does not come to a whole number of quantums."""


class InvalidExpiration(InvalidInput):
    """An expiry without a time zone, in the past, or in milliseconds."""


class UnknownMarket(InvalidInput):
    """A market that the venue's table doesn't have."""


class UnknownNetwork(InvalidInput):
    """A network that the venue doesn't have."""


class InvalidTypedData(InvalidInput):
    """Typed data that the standard, SNIP-12, doesn't allow, or a value that doesn't fit its type.

    `field` is the place in the document: "types.Order[2].type", "message.trades[0].price".
    """


class SelfTestFailed(StarkcoreError, RuntimeError):
    """An answer differs from the published one: this build must not be used."""


class SigningFault(StarkcoreError, RuntimeError):
    """A signature that was just made does not verify, so memory or processor are at fault. It is withheld: a wrong
    signature can give the key away. Only keys that check their signatures find out: `PrivateKey.guarded`.

    Attributes:
        index: in functions over many items, the place of the first such one; otherwise None.
    """

    def __init__(self, message: str, index: int | None = None) -> None:
        super().__init__(message, index)
        self.index = index

    def __str__(self) -> str:
        item = "" if self.index is None else f"item {self.index}: "
        return f"{item}the signature {self.args[0]}"


class MissingExtra(StarkcoreError, ModuleNotFoundError):
    """A library that an extra of starkcore brings isn't installed.

    Attributes:
        extra: install `starkcore-native[extra]`.
    """

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(f"this needs {module}: install starkcore-native[{extra}]", name=module)
        self.extra = extra


class KeyStoreError(StarkcoreError):
    """A key file can't be opened or written. It is as it was before."""


class KeyStoreDamaged(KeyStoreError, ValueError):
    """A key file that was cut off or changed."""


class KeyStoreExists(KeyStoreError, FileExistsError):
    """There is a file where a new key file should go."""


class KeyStoreVersion(KeyStoreError, ValueError):
    """Not a key file of starkcore, or one of another version."""


class WrongPassphrase(KeyStoreError, ValueError):
    """The passphrase doesn't open the key file, or what the passphrase protects was changed."""


class TransactionFailed(StarkcoreError):
    """An Ethereum transaction wasn't sent, or did nothing. The subclasses say why, where the node says so.

    Attributes:
        tx_hash: the transaction, 0x and 64 hex digits, where there is one.
        nonce: of a transaction that was sent, or may have been, where it is known here.
    """

    nonce: int | None = None

    def __init__(self, message: str, tx_hash: str | None = None) -> None:
        super().__init__(message if tx_hash is None else f"{message} (transaction {tx_hash})")
        self.tx_hash = tx_hash


class TransactionReverted(TransactionFailed):
    """The contract refuses it: found out beforehand, and nothing was sent; or mined, with `receipt`, the fee being
    spent.

    Attributes:
        receipt: the node's receipt, or None when nothing was sent.
    """

    receipt: object = None

    @property
    def tx_receipt(self) -> object:
        """The receipt, by dydx3's name."""
        return self.receipt


class TransactionUnderpriced(TransactionFailed):
    """The node doesn't take it for the fee that was offered. Nothing was sent."""


class InsufficientFunds(TransactionFailed):
    """The account can't pay for value and fee. Nothing was sent."""


class NonceTaken(TransactionFailed):
    """Another transaction of the account has the nonce. This one wasn't sent."""


class TransactionPending(TransactionFailed):
    """It was sent, and wasn't mined in time: it still may be."""


class TransactionUnknown(TransactionFailed):
    """The node didn't answer: it may have been sent, or not.

    A node that doesn't know `tx_hash` proves nothing: the transaction may still be on its way. What is sent again must
    have the same `nonce`, as an option: of two transactions with one nonce, one at most is mined.
    """


def _invalid(field: str, rule: str, index: int | None = None) -> InvalidInput:
    """The exception for a bad value that has no class of its own; where it has one, that is raised by its name."""
    return InvalidInput(field, rule, index)


def _wrong_type(field: str, expected: str, actual: type, index: int | None = None) -> InputTypeError:
    """The exception for a wrong type. `expected` is a noun phrase: "an int"."""
    return InputTypeError(field, f"must be {expected}, not {actual.__name__}", index)


class _called:  # noqa: N801 - reads as a clause
    """What is refused inside under these names is refused under the caller's own names for it.

    with _called(receiver_key="lp_key"):
    """

    def __init__(self, **names: str) -> None:
        self._names = names

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, StarkcoreError):
            _renamed(error, self._names)


def _renamed(error: StarkcoreError, names: dict[str, str]) -> StarkcoreError:
    """The same error under the caller's own name of the parameter."""
    if isinstance(error, _FieldError) and error.field in names:
        error.field = names[error.field]
        error.args = (error.field, error.rule, error.index)
    return error
