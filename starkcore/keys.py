"""Private keys, public keys and signatures of the Stark curve.

Numbers come as ints, as 32 big-endian bytes (any buffer), or as text, which is hex: up to 64 digits after 0x. Without
0x it must show that it is hex, by a letter among its digits or by having all 64; "1234" could be two numbers, and is
refused. A bool is no int here, nothing is reduced modulo anything, and text with spaces or an odd letter is refused by
name: see `starkcore.errors`.

    >>> key = PrivateKey("0x58c7d5a90b1776bde86ebac077e053ed85b0f7164f53b080304a531947f46e3")  # a published test key
    >>> hex(key.public_key.x)
    '0x3b865a18323b8d147a12c556bfb1d502516c325b1477a23ba6c77af31f020fd'
    >>> signature = key.sign(0x1234)
    >>> key.public_key.verify(0x1234, signature)
    True
    >>> key
    <PrivateKey, redacted>

Long, because three classes that know each other stand here, each with what its names mean and raise.
"""

from __future__ import annotations

from starkcore import _native
from starkcore.errors import _invalid, _wrong_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import NoReturn, TypeAlias, overload

    from typing_extensions import Buffer

    _Number: TypeAlias = int | Buffer | str

__all__ = ["PreparedPublicKey", "PrivateKey", "PublicKey", "Signature", "grind_key", "verify_many"]

_new = object.__new__


class Signature:
    """A signature: two numbers of 256 bits, immutable. It unpacks as `r, s`.

    No range is asked for beyond 256 bits: what an exchange or an attacker sends can be held and given to `verify`,
    which answers False where 1 ≤ r < 2^251, 1 ≤ s < n or a rule of the scheme is broken.

    There is no low-s rule on this curve: with (r, s), (r, n − s) may verify, too. Don't use a signature as an identity.

        >>> r, s = Signature(1, 2)
        >>> Signature(r, s).to_hex() == "0" * 63 + "1" + "0" * 63 + "2"
        True
        >>> Signature.from_hex(Signature(r, s).to_hex()) == Signature(r, s)
        True
    """

    __slots__ = ("_data",)
    _data: bytes  # r ‖ s

    def __init__(self, r: int, s: int) -> None:
        self._data = _native.signature(r, s)

    @classmethod
    def from_bytes(cls, data: Buffer) -> Signature:
        """From 64 bytes: r, then s, big-endian."""
        return _signature(_native.signature_from_bytes(data))

    @classmethod
    def from_hex(cls, text: str) -> Signature:
        """From 128 hex digits: r, then s, each 64; with or without 0x."""
        return _signature(_native.signature_from_hex(text))

    @property
    def r(self) -> int:
        """The x-coordinate of the nonce's point, as StarkEx has it: not reduced modulo n."""
        return int.from_bytes(self._data[:32], "big")

    @property
    def s(self) -> int:
        """The second number. StarkWare's crypto-cpp carries its inverse modulo n instead."""
        return int.from_bytes(self._data[32:], "big")

    def to_bytes(self) -> bytes:
        """64 bytes: r, then s, big-endian."""
        return self._data

    def to_hex(self) -> str:
        """128 hex digits, r and s, each 64, no 0x: the text that StarkEx exchanges take."""
        return self._data.hex()

    def __iter__(self) -> Iterator[int]:
        return iter((self.r, self.s))

    def __eq__(self, other: object) -> bool:
        return self._data == other._data if isinstance(other, Signature) else NotImplemented

    def __hash__(self) -> int:
        return hash((Signature, self._data))

    def __repr__(self) -> str:
        return f"Signature(r={self.r:#x}, s={self.s:#x})"

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        return Signature.from_bytes, (self._data,)


def _signature(data: bytes) -> Signature:
    """A Signature of 64 bytes that the native module made."""
    signature = _new(Signature)
    signature._data = data
    return signature


class PublicKey:
    """A point of the curve, or, as exchanges register them, its x-coordinate alone; immutable.

    With x alone a signature is right when it is right for either of the two points; see `lift` to choose one.

    Args:
        x, y: numbers in [0, p), in any of the three forms. The point must lie on the curve.

    Raises:
        InvalidPublicKey, InputTypeError
    """

    __slots__ = ("_data",)
    _data: bytes  # x ‖ y, or x

    def __init__(self, x: _Number, y: _Number) -> None:
        if y is None:
            raise _wrong_type("y", "an int, 32 bytes or hex text (from_x takes x alone)", type(None))
        self._data = _native.point(x, y)

    @classmethod
    def from_x(cls, x: _Number) -> PublicKey:
        """The key of which only x is known. An x that no point of the curve has is refused.

        >>> PublicKey.from_x(0x3b865a18323b8d147a12c556bfb1d502516c325b1477a23ba6c77af31f020fd).has_y
        False
        """
        return _public_key(_native.point(x, None))

    @classmethod
    def from_bytes(cls, data: Buffer) -> PublicKey:
        """From 64 bytes, x and y big-endian, or from 32, x alone."""
        return _public_key(_native.point_from_bytes(data))

    @classmethod
    def from_hex(cls, text: str) -> PublicKey:
        """From 128 hex digits, x and y; or from the hex text of x alone."""
        return _public_key(_native.point_from_hex(text))

    @property
    def x(self) -> int:
        """The x-coordinate: what exchanges call the Stark key. `hex(key.x)` is the form that they show."""
        return int.from_bytes(self._data[:32], "big")

    @property
    def y(self) -> int | None:
        """The y-coordinate, or None when it isn't known."""
        return int.from_bytes(self._data[32:], "big") if self.has_y else None

    @property
    def has_y(self) -> bool:
        """Whether the y-coordinate is known."""
        return len(self._data) == 64

    def lift(self, odd: bool) -> PublicKey:
        """The point with this x whose y is odd, or even.

        >>> x = 0x3b865a18323b8d147a12c556bfb1d502516c325b1477a23ba6c77af31f020fd
        >>> PublicKey.from_x(x).lift(odd=True).y % 2
        1
        """
        if not isinstance(odd, bool):
            raise _wrong_type("odd", "a bool", type(odd))
        return _public_key(_native.lift(self._data, odd))

    def verify(self, message_hash: _Number, signature: Signature) -> bool:
        """Whether the signature over this message hash was made with this key's private key.

        Args:
            message_hash: a number in [0, 2^251).
            signature: any `Signature`; out of range, it is simply not right.

        Raises:
            InvalidMessageHash, InputTypeError: the question makes no sense; a wrong signature raises nothing.
        """
        if not isinstance(signature, Signature):
            raise _wrong_type("signature", "a Signature", type(signature))
        return _native.verify(self._data, message_hash, signature._data)

    def prepare(self) -> PreparedPublicKey:
        """A table for many verifications under this key: each is then several times quicker."""
        return PreparedPublicKey(self)

    def to_bytes(self) -> bytes:
        """64 bytes, x and y big-endian; or, when y isn't known, 32 bytes."""
        return self._data

    def to_hex(self) -> str:
        """`to_bytes` as hex digits without 0x: 128, or 64 when y isn't known."""
        return self._data.hex()

    def __eq__(self, other: object) -> bool:
        return self._data == other._data if isinstance(other, PublicKey) else NotImplemented

    def __hash__(self) -> int:
        return hash((PublicKey, self._data))

    def __repr__(self) -> str:
        return f"PublicKey(x={self.x:#x}, y={self.y:#x})" if self.has_y else f"PublicKey.from_x({self.x:#x})"

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        return PublicKey.from_bytes, (self._data,)


def _public_key(data: bytes) -> PublicKey:
    """A PublicKey of bytes that the native module has checked."""
    key = _new(PublicKey)
    key._data = data
    return key


class PreparedPublicKey:
    """A public key with a table for verification; made by `PublicKey.prepare`.

    A key without y gets a table for each of its two points, and a wrong signature is tried under both.
    """

    __slots__ = ("_tables", "public_key")
    public_key: PublicKey

    def __init__(self, public_key: PublicKey) -> None:
        if not isinstance(public_key, PublicKey):
            raise _wrong_type("public_key", "a PublicKey", type(public_key))
        points = [public_key] if public_key.has_y else [public_key.lift(odd=False), public_key.lift(odd=True)]
        self._tables = [_native.PreparedKey.of(point._data) for point in points]
        self.public_key = public_key

    def verify(self, message_hash: _Number, signature: Signature) -> bool:
        """As `PublicKey.verify`, with the same answers."""
        if not isinstance(signature, Signature):
            raise _wrong_type("signature", "a Signature", type(signature))
        data = signature._data
        for table in self._tables:
            if table.verify(message_hash, data):
                return True
        return False

    def verify_many(self, message_hashes: Buffer, signatures: Buffer, *, threads: int = 1) -> bytes:
        """Verify many signatures under this key, out of buffers.

        Args:
            message_hashes: n × 32 big-endian bytes.
            signatures: n × 64 bytes, r and s big-endian.
            threads: how many threads work on it, this one included; an int in [1, 256].

        Returns:
            n bytes, 1 where the signature is right and 0 where it isn't.

        Raises:
            InvalidMessageHash, InvalidInput, InputTypeError: `index` names the item. Nothing is returned then.

        Other threads run meanwhile, and Ctrl-C is heard within a tenth of a second.

            >>> key = PrivateKey(1234)
            >>> list(key.public_key.prepare().verify_many((5).to_bytes(32, "big"), key.sign(5).to_bytes()))
            [1]
        """
        answers = self._tables[0].verify_buffers(message_hashes, signatures, threads)
        for table in self._tables[1:]:
            more = table.verify_buffers(message_hashes, signatures, threads)
            either = int.from_bytes(answers, "little") | int.from_bytes(more, "little")
            answers = either.to_bytes(len(answers), "little")
        return answers

    def __repr__(self) -> str:
        return f"<PreparedPublicKey of {self.public_key!r}>"


class PrivateKey:
    """A private key: a number in [1, n), kept in native memory and wiped when the object goes.

    It can't be copied, pickled or printed; `secret_hex` is the one way out. An int or a text that you pass in stays in
    Python's memory, out of reach: pass a bytearray and clear it, where that matters.

    Args:
        secret: an int, 32 big-endian bytes in any buffer, or hex text of 1 to 64 digits.

    Raises:
        InvalidPrivateKey, InputTypeError: neither shows the value.
    """

    __slots__ = ("_public", "_secret")
    _secret: _native.Secret
    _public: PublicKey | None

    def __init__(self, secret: _Number) -> None:
        self._secret = _native.Secret.from_value(secret)
        self._public = None

    @classmethod
    def generate(cls) -> PrivateKey:
        """A new key from the operating system's entropy, uniform in [1, n)."""
        return _private_key(_native.Secret.generate())

    @classmethod
    def from_seed(cls, data: Buffer) -> PrivateKey:
        """keccak256(data) >> 5, dYdX's `private_key_from_bytes`.

        Args:
            data: any number of bytes. As secret as the key, and no less random than one: a password won't do.

        >>> PrivateKey.from_seed(b"a").secret_hex()  # published by dYdX
        '0x1d61128b46faa109512e0e00fe9adf5ff52047ed61718eeeb7c0525dfcd2f8e'
        """
        return _private_key(_native.Secret.from_data(data))

    @classmethod
    def from_eth_signature(cls, signature: Buffer | str, *, legacy_python: bool = False) -> PrivateKey:
        """The key that dYdX derives from an Ethereum signature of `dYdX STARK Key`: keccak256(typed signature) >> 5.

        Args:
            signature: the typed signature, 66 bytes r ‖ s ‖ v ‖ type, or 65 without the type, which is then 0; bytes or
                hex text. v may be 0 or 1 instead of 27 or 28, as some wallets have it. It is as secret as the key.
            legacy_python: leave out the signature's leading zero bytes, as dYdX's old Python client did: another key
                than the website's, for one wallet in 256.

        Raises:
            InvalidSignature, InputTypeError
        """
        if not isinstance(legacy_python, bool):
            raise _wrong_type("legacy_python", "a bool", type(legacy_python))
        return _private_key(_native.Secret.from_eth_signature(signature, legacy_python))

    def guarded(self, *, self_check: bool = False, hedged: bool = False) -> PrivateKey:
        """The same key, which signs with guards against faults of the machine; orders and the client's requests, too.

        Args:
            self_check: verify each signature before it is handed out, and raise `SigningFault` for one that is wrong: a
                single wrong signature can give the key away. The table that this takes is made now.
            hedged: 32 random bytes of the operating system go into the nonces of each call that brings no
                `extra_entropy`, through RFC 6979: who causes a fault can't compare with an undisturbed signature.
                Signatures are then different each time.

        What each costs is in docs/security.md.

        Raises:
            InputTypeError: neither True nor False.
            OSError, from signing: the operating system gave no random bytes.

        >>> key = PrivateKey(5).guarded(self_check=True)
        >>> key.sign(1) == PrivateKey(5).sign(1)
        True
        """
        for name, value in (("self_check", self_check), ("hedged", hedged)):
            if not isinstance(value, bool):
                raise _wrong_type(name, "True or False", type(value))
        return _private_key(self._secret.guarded(self_check, hedged))

    @property
    def public_key(self) -> PublicKey:
        """The public key, with y. Computed once, in constant time."""
        if self._public is None:
            self._public = _public_key(self._secret.public_key())
        return self._public

    def sign(self, message_hash: _Number, seed: int | None = None, extra_entropy: Buffer | None = None) -> Signature:
        """Sign a message hash: deterministic, RFC 6979 with SHA-256 as StarkWare has it, in constant time.

        Args:
            message_hash: a number in [0, 2^251), in any of the three forms.
            seed: the first counter of RFC 6979's extra data, an int ≥ 0; None and 0 are the same. dYdX, Extended and
                StarkWare sign without, Paradex, starknet.py and CCXT with 32: with it, the signatures are theirs bit
                for bit. Either way they verify.
            extra_entropy: exactly 32 bytes more for the nonce (RFC 6979, section 3.6), a defence against fault
                attacks. It goes through RFC 6979: repeating it does no harm.

        Raises:
            InvalidMessageHash, InvalidInput, InputTypeError

        The message hash and the result are dYdX's published order:

            >>> key = PrivateKey("58c7d5a90b1776bde86ebac077e053ed85b0f7164f53b080304a531947f46e3")
            >>> key.sign("0x677af4efbf821dac23ad4fea9aaa2a3075d2d80dd26b5c005c7b58f084e1075").to_hex()[:32]
            '0500a22a8c8b14fbb3b7d26366604c44'
        """
        return _signature(self._secret.sign(message_hash, seed, extra_entropy))

    if TYPE_CHECKING:

        @overload
        def sign_many(
            self,
            message_hashes: Buffer,
            seed: int | None = None,
            extra_entropy: Buffer | None = None,
            *,
            threads: int = 1,
        ) -> bytes: ...
        @overload
        def sign_many(
            self,
            message_hashes: Iterable[_Number],
            seed: int | None = None,
            extra_entropy: Buffer | None = None,
            *,
            threads: int = 1,
        ) -> list[Signature]: ...

    def sign_many(self, message_hashes, seed=None, extra_entropy=None, *, threads=1):  # type: ignore[no-untyped-def]
        """Sign many message hashes in one call; quicker an item than `sign`, because inversions are shared.

        Args:
            message_hashes: numbers, as `sign` takes them; or one buffer of n × 32 big-endian bytes.
            seed, extra_entropy: as in `sign`, the same for all.
            threads: how many threads work on it, this one included; an int in [1, 256].

        Returns:
            A list of `Signature`, or n × 64 bytes for a buffer. In the order of the input.

        Raises:
            InvalidMessageHash, InvalidInput, InputTypeError: `index` names the item. Nothing is returned then.

        Other threads run meanwhile, and Ctrl-C is heard within a tenth of a second.
        """
        signatures = self._secret.sign_many(message_hashes, seed, extra_entropy, threads)
        return signatures if isinstance(signatures, bytes) else [_signature(data) for data in signatures]

    def secret_hex(self) -> str:
        """The secret itself, as exchanges write it: 0x and hex digits without leading zeros."""
        return self._secret.secret_hex()

    def __eq__(self, other: object) -> bool:
        return self._secret.equals(other._secret) if isinstance(other, PrivateKey) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "<PrivateKey, redacted>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a private key can't be copied or pickled: secret_hex() is the one way out")


def _private_key(secret: _native.Secret) -> PrivateKey:
    """A PrivateKey around a native one."""
    key = _new(PrivateKey)
    key._secret = secret
    key._public = None
    return key


def _not_copied(noun: str) -> TypeError:
    """Why what has a key can't be copied or pickled, and what to do instead."""
    return TypeError(
        f"{noun} can't be copied or pickled, because its key can't: give another process the key's secret_hex() by a "
        "way of your choice, and let it make its own PrivateKey and signer (docs/recipes.md)"
    )


def grind_key(seed: _Number, *, strip_zeros: bool = False) -> PrivateKey:
    """StarkEx's grind_key: the first sha256(seed ‖ i) below 31·n, for i = 0, 1, …, modulo n.

    Args:
        seed: 1 to 64 bytes, the same as hex text, or an int of 256 bits, which is taken as 32 bytes. Wallets use the
            r of an Ethereum signature. As secret as the key.
        strip_zeros: leave out the seed's leading zero bytes, as implementations do that pass it through an integer.
            Both variants have given real keys; they differ for one wallet in 256.

    Raises:
        InvalidInput, InputTypeError: `field` is "seed".

    StarkWare's published example:

        >>> grind_key("86F3E7293141F20A8BAFF320E8EE4ACCB9D4A4BF2B4D295E8CEE784DB46E0519").secret_hex()
        '0x5c8c8683596c732541a59e03007b2d30dbbbb873556fe65b5fb63c16688f941'
    """
    if not isinstance(strip_zeros, bool):
        raise _wrong_type("strip_zeros", "a bool", type(strip_zeros))
    return _private_key(_native.Secret.grind(seed, strip_zeros))


if TYPE_CHECKING:

    @overload
    def verify_many(public_keys: Buffer, message_hashes: Buffer, signatures: Buffer, *, threads: int = 1) -> bytes: ...
    @overload
    def verify_many(
        public_keys: Iterable[PublicKey],
        message_hashes: Iterable[_Number],
        signatures: Iterable[Signature],
        *,
        threads: int = 1,
    ) -> list[bool]: ...


def verify_many(public_keys, message_hashes, signatures, *, threads=1):  # type: ignore[no-untyped-def]
    """Verify many signatures, each under its own key, in one call.

    Args:
        public_keys, message_hashes, signatures: as many of each; the i-th three belong together. Or three buffers: n ×
            64 bytes of keys, x and y big-endian (or n × 32, x alone), n × 32 bytes of hashes, and n × 64 of signatures.
        threads: how many threads work on it, this one included; an int in [1, 256].

    Returns:
        A list of bool, one per item; for buffers n bytes, 1 where the signature is right and 0 where it isn't.

    Raises:
        InvalidPublicKey, InvalidMessageHash, InvalidInput, InputTypeError: `index` names the item. Nothing is returned
            then.

    Other threads run meanwhile, and Ctrl-C is heard within a tenth of a second.

        >>> key = PrivateKey(1234)
        >>> verify_many([key.public_key] * 2, [5, 6], [key.sign(5)] * 2)
        [True, False]
        >>> hashes = (5).to_bytes(32, "big") + (6).to_bytes(32, "big")
        >>> list(verify_many(key.public_key.to_bytes() * 2, hashes, key.sign(5).to_bytes() * 2))
        [1, 0]
    """
    if _is_buffer(public_keys):
        return _native.verify_buffers(public_keys, message_hashes, signatures, threads)
    points = _raw_items(public_keys, PublicKey, "public_keys")
    raw_signatures = _raw_items(signatures, Signature, "signatures")
    hashes = _tuple_of(message_hashes, "message_hashes")
    if not len(points) == len(hashes) == len(raw_signatures):
        raise _invalid("signatures", "must be as many as public_keys and message_hashes")
    return _native.verify_many(points, hashes, raw_signatures, threads)


def _is_buffer(value: object) -> bool:
    try:
        memoryview(value)  # type: ignore[arg-type]
    except TypeError:
        return False
    return True


def _tuple_of(items: Iterable[object], field: str) -> tuple[object, ...]:
    if isinstance(items, (str, dict)) or not hasattr(type(items), "__iter__"):
        raise _wrong_type(field, "a sequence", type(items))
    return tuple(items)


def _raw_items(items: Iterable[PublicKey | Signature], kind: type, field: str) -> tuple[bytes, ...]:
    """The bytes of items that must all be of one kind."""
    values = _tuple_of(items, field)
    for index, item in enumerate(values):
        if not isinstance(item, kind):
            raise _wrong_type(field, f"a sequence of {kind.__name__}", type(item), index)
    return tuple(item._data for item in values)  # type: ignore[attr-defined]
