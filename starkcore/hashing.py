"""Pedersen hashes and the two chains that are built on them, Poseidon, and Keccak-256.

Numbers are in [0, p), and come as ints, as 32 big-endian bytes or as hex text, as in `starkcore.keys`; buffers of many
hold 32-byte big-endian items. Nothing is reduced modulo p: what is out of range is refused with `InvalidInput`. All
inputs are taken to be public: the time a hash takes depends on them.
"""

from __future__ import annotations

from starkcore import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias, overload

    from typing_extensions import Buffer

    _Number: TypeAlias = int | Buffer | str

__all__ = [
    "keccak256",
    "pedersen_chain_starkex",
    "pedersen_chain_starknet",
    "pedersen_hash",
    "pedersen_hash_elements",
    "pedersen_hash_lists",
    "pedersen_hash_many",
    "poseidon_hash",
    "poseidon_hash_lists",
    "poseidon_hash_many",
    "poseidon_hash_pairs",
    "poseidon_hash_single",
]

_pedersen = _native.pedersen
_poseidon = _native.poseidon


def pedersen_hash(a: _Number, b: _Number) -> int:
    """StarkWare's Pedersen hash H(a, b) of two field elements.

    Args:
        a, b: numbers in [0, p), p = 2^251 + 17·2^192 + 1.

    Returns:
        An int in [0, p). It may be 2^251 or more, about once in 2^55 hashes: then it can't be signed as it is.

    Raises:
        InputTypeError: not a number (a bool isn't one).
        InvalidInput: out of range, or text that isn't hex; `field` is "a" or "b".

    The example is StarkWare's own (crypto-cpp, pedersen_hash_test):

        >>> hex(pedersen_hash(0x3d937c035c878245caf64531a5756109c53068da139362728feb561405371cb,
        ...                   0x208a0a10250e382e1e4bbe2880906c2791bf6275695e02fbbc6aeff9cd8b31a))
        '0x30e480bed5fe53fa909cc0f8c4d99b8f9f2c016be4c41e13a4848797979c662'
    """
    return _pedersen(a, b)


if TYPE_CHECKING:

    @overload
    def pedersen_hash_many(
        pairs: Iterable[tuple[_Number, _Number]], second: None = None, *, threads: int = 1
    ) -> list[int]: ...
    @overload
    def pedersen_hash_many(pairs: Buffer, second: Buffer, *, threads: int = 1) -> bytes: ...


def pedersen_hash_many(pairs, second=None, *, threads=1):  # type: ignore[no-untyped-def]
    """Many Pedersen hashes in one call; quicker an item than `pedersen_hash`, because inversions are shared.

    Args:
        pairs: pairs of numbers; or, when `second` is given, a buffer with the left sides, n × 32 big-endian bytes.
        second: a buffer of the same length with the right sides.
        threads: how many threads work on it, this one included; an int in [1, 256].

    Returns:
        A list of ints for pairs; n × 32 bytes for buffers. In the order of the input.

    Raises:
        InputTypeError, InvalidInput: as `pedersen_hash`, with `index` naming the item. Nothing is returned then.

    Other threads run meanwhile, and Ctrl-C is heard within a tenth of a second.

        >>> pedersen_hash_many([(1, 2), (3, 4)]) == [pedersen_hash(1, 2), pedersen_hash(3, 4)]
        True
        >>> one, two = (1).to_bytes(32, "big"), (2).to_bytes(32, "big")
        >>> pedersen_hash_many(one + two, two + one)[:32] == pedersen_hash(1, 2).to_bytes(32, "big")
        True
    """
    if second is None:
        return _native.pedersen_pairs(pairs, threads)
    return _native.pedersen_buffers(pairs, second, threads)


def pedersen_chain_starkex(elements: Iterable[_Number]) -> int:
    """The chain of StarkEx messages: H(…H(H(e0, e1), e2)…, ek), without a length.

    Not the chain of Starknet: see `pedersen_chain_starknet`. At least two elements.

        >>> pedersen_chain_starkex([1, 2, 3]) == pedersen_hash(pedersen_hash(1, 2), 3)
        True
    """
    return _native.pedersen_chain(elements)


def pedersen_chain_starknet(elements: Iterable[_Number]) -> int:
    """The chain of Starknet, `compute_hash_on_elements`: `pedersen_hash_elements` of any iterable.

    Not the chain of StarkEx messages: see `pedersen_chain_starkex`. Any number of elements.

        >>> pedersen_chain_starknet([7]) == pedersen_hash(pedersen_hash(0, 7), 1)
        True
        >>> hex(pedersen_chain_starknet([]))  # H(0, 0), known to every Starknet library
        '0x49ee3eba8c1600700ee1b87eb599f16716b0b1022947733551fde4050ca6804'
    """
    return _native.pedersen_chain_counted(elements)


def pedersen_hash_elements(elements: Iterable[_Number] | Buffer) -> int:
    """Pedersen hash of one list: H(… H(H(0, x1), x2) …, xn), then that hashed with n, the number of elements.

    That of Starknet's messages of revision 0, addresses and older transactions. Any number of elements. Many lists at
    once: `pedersen_hash_lists`.

    Args:
        elements: numbers in [0, p), or a buffer of n × 32 big-endian bytes.

    Raises:
        InputTypeError, InvalidInput: `field` is "element" and `index` its place; or "elements".

    Other threads run meanwhile, and Ctrl-C is heard within a tenth of a second.

        >>> pedersen_hash_elements([7, 8]) == pedersen_hash(pedersen_hash(pedersen_hash(0, 7), 8), 2)
        True
        >>> pedersen_hash_elements((7).to_bytes(32, "big")) == pedersen_hash_elements([7])
        True
    """
    return _native.pedersen_elements(elements)


if TYPE_CHECKING:

    @overload
    def pedersen_hash_lists(
        lists: Iterable[Iterable[_Number] | Buffer], size: None = None, *, threads: int = 1
    ) -> list[int]: ...
    @overload
    def pedersen_hash_lists(lists: Buffer, size: int, *, threads: int = 1) -> bytes: ...


def pedersen_hash_lists(lists, size=None, *, threads=1):  # type: ignore[no-untyped-def]
    """`pedersen_hash_elements` of many lists in one call; quicker a list, because inversions are shared.

    Args:
        lists: lists as `pedersen_hash_elements` takes them, of any lengths; or, when `size` is given, one buffer of n ×
            size × 32 bytes, with the elements of all lists one after the other.
        size: how many elements each list in the buffer has, at least 1.
        threads: how many threads work on it, this one included; an int in [1, 256].

    Returns:
        A list of ints for lists; n × 32 bytes for a buffer. In the order of the input.

    Raises:
        InputTypeError, InvalidInput: `field` is "element" or "lists", and `index` the place of the list. Nothing is
            returned then.

    Other threads run meanwhile. Ctrl-C is heard once the lists under way, 64 a thread, are done.

        >>> pedersen_hash_lists([[], [1, 2, 3]]) == [pedersen_hash_elements([]), pedersen_hash_elements([1, 2, 3])]
        True
        >>> data = b"".join(i.to_bytes(32, "big") for i in (1, 2, 3, 4))
        >>> pedersen_hash_lists(data, 2)[32:] == pedersen_hash_elements([3, 4]).to_bytes(32, "big")
        True
    """
    if size is None:
        return _native.pedersen_lists(lists, threads)
    return _native.pedersen_list_buffer(lists, size, threads)


def poseidon_hash(a: _Number, b: _Number) -> int:
    """Poseidon of two field elements, with StarkWare's parameters: the first of the permutation of (a, b, 2).

    Args, Returns and Raises: as `pedersen_hash`.

    The example is starknet-crypto's own:

        >>> hex(poseidon_hash(0xb662f9017fa7956fd70e26129b1833e10ad000fd37b4d9f4e0ce6884b7bbe,
        ...                   0x1fe356bf76102cdae1bfbdc173602ead228b12904c00dad9cf16e035468bea))
        '0x75540825a6ecc5dc7d7c2f5f868164182742227f1367d66c43ee51ec7937a81'
    """
    return _poseidon(a, b)


def poseidon_hash_single(a: _Number) -> int:
    """Poseidon of a single field element: the first of the permutation of (a, 0, 1). `field` is "a" in errors.

    >>> poseidon_hash_single(7) == poseidon_hash_many([7])
    False
    """
    return _native.poseidon_single(a)


def poseidon_hash_many(elements: Iterable[_Number] | Buffer) -> int:
    """Poseidon of one list of field elements: the sponge of Starknet's messages and transactions. Any number of
    elements.

    Two are absorbed at a time, after the list's padding with a 1 and, where that leaves one alone, a 0. Two elements
    have another hash here than in `poseidon_hash`. Many lists at once: `poseidon_hash_lists`.

    Args:
        elements: numbers in [0, p), or a buffer of n × 32 big-endian bytes.

    Raises:
        InputTypeError, InvalidInput: `field` is "element" and `index` its place; or "elements".

    Other threads run meanwhile, and Ctrl-C is heard within a tenth of a second.

        >>> poseidon_hash_many([1, 2]) == poseidon_hash(1, 2)
        False
        >>> hex(poseidon_hash_many([]))
        '0x2272be0f580fd156823304800919530eaa97430e972d7213ee13f4fbf7a5dbc'
        >>> poseidon_hash_many((7).to_bytes(32, "big")) == poseidon_hash_many([7])
        True
    """
    return _native.poseidon_many(elements)


if TYPE_CHECKING:

    @overload
    def poseidon_hash_pairs(
        pairs: Iterable[tuple[_Number, _Number]], second: None = None, *, threads: int = 1
    ) -> list[int]: ...
    @overload
    def poseidon_hash_pairs(pairs: Buffer, second: Buffer, *, threads: int = 1) -> bytes: ...


def poseidon_hash_pairs(pairs, second=None, *, threads=1):  # type: ignore[no-untyped-def]
    """Many hashes of two in one call; quicker an item than `poseidon_hash` where the engine has lanes.

    Args, Returns and Raises: as `pedersen_hash_many`.

        >>> poseidon_hash_pairs([(1, 2), (3, 4)]) == [poseidon_hash(1, 2), poseidon_hash(3, 4)]
        True
        >>> one, two = (1).to_bytes(32, "big"), (2).to_bytes(32, "big")
        >>> poseidon_hash_pairs(one + two, two + one)[:32] == poseidon_hash(1, 2).to_bytes(32, "big")
        True
    """
    if second is None:
        return _native.poseidon_pairs(pairs, threads)
    return _native.poseidon_buffers(pairs, second, threads)


if TYPE_CHECKING:

    @overload
    def poseidon_hash_lists(
        lists: Iterable[Iterable[_Number] | Buffer], size: None = None, *, threads: int = 1
    ) -> list[int]: ...
    @overload
    def poseidon_hash_lists(lists: Buffer, size: int, *, threads: int = 1) -> bytes: ...


def poseidon_hash_lists(lists, size=None, *, threads=1):  # type: ignore[no-untyped-def]
    """`poseidon_hash_many` of many lists in one call; quicker a list where the engine has lanes.

    Args, Returns and Raises: as `pedersen_hash_lists`.

        >>> poseidon_hash_lists([[], [1, 2, 3]]) == [poseidon_hash_many([]), poseidon_hash_many([1, 2, 3])]
        True
        >>> data = b"".join(i.to_bytes(32, "big") for i in (1, 2, 3, 4))
        >>> poseidon_hash_lists(data, 2)[32:] == poseidon_hash_many([3, 4]).to_bytes(32, "big")
        True
    """
    if size is None:
        return _native.poseidon_lists(lists, threads)
    return _native.poseidon_list_buffer(lists, size, threads)


def keccak256(data: Buffer) -> bytes:
    """Ethereum's Keccak-256 (not SHA3-256) of any buffer: 32 bytes.

    >>> keccak256(b"").hex()
    'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
    """
    return _native.keccak256(data)
