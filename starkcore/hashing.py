"""Pedersen hashes and the two chains that are built on them, and Keccak-256.

Numbers are in [0, p), and come as ints, as 32 big-endian bytes or as hex text, as in `starkcore.keys`; buffers of many
hold 32-byte big-endian items. Nothing is reduced modulo p: what is out of range is refused with `InvalidInput`. All inputs
are taken to be public: the time a hash takes depends on them.
"""

from __future__ import annotations

from starkcore import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias, overload

    from typing_extensions import Buffer

    _Number: TypeAlias = int | Buffer | str

__all__ = ["keccak256", "pedersen_chain_starkex", "pedersen_chain_starknet", "pedersen_hash", "pedersen_hash_many"]

_pedersen = _native.pedersen


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
    return _native.pedersen_chain(elements, False)


def pedersen_chain_starknet(elements: Iterable[_Number]) -> int:
    """The chain of Starknet, `compute_hash_on_elements`: fold from 0 over the elements, then hash in their count.

    Not the chain of StarkEx messages: see `pedersen_chain_starkex`. Any number of elements.

        >>> pedersen_chain_starknet([7]) == pedersen_hash(pedersen_hash(0, 7), 1)
        True
        >>> hex(pedersen_chain_starknet([]))  # H(0, 0), known to every Starknet library
        '0x49ee3eba8c1600700ee1b87eb599f16716b0b1022947733551fde4050ca6804'
    """
    return _native.pedersen_chain(elements, True)


def keccak256(data: Buffer) -> bytes:
    """Ethereum's Keccak-256 (not SHA3-256) of any buffer: 32 bytes.

    >>> keccak256(b"").hex()
    'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
    """
    return _native.keccak256(data)
