"""Hashes as Python sees them. The values themselves: test_vectors.py."""

import array
import hashlib

import pytest

from starkcore import (
    errors,
    keccak256,
    pedersen_chain_starkex,
    pedersen_chain_starknet,
    pedersen_hash,
    pedersen_hash_many,
)

P = 0x800000000000011000000000000000000000000000000000000000000000001


def pairs(count):
    numbers = [int.from_bytes(hashlib.sha256(bytes([i % 256, i // 256])).digest(), "big") % P for i in range(2 * count)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1023, 1024, 1025])
def test_many_is_what_one_is(count):
    items = pairs(count)
    hashes = pedersen_hash_many(items)
    assert hashes == [pedersen_hash(a, b) for a, b in items]
    assert pedersen_hash_many(iter(items)) == hashes
    assert pedersen_hash_many([list(pair) for pair in items]) == hashes
    left = b"".join(a.to_bytes(32, "big") for a, _ in items)
    right = b"".join(b.to_bytes(32, "big") for _, b in items)
    packed = b"".join(item.to_bytes(32, "big") for item in hashes)
    assert pedersen_hash_many(left, right) == packed
    assert pedersen_hash_many(bytearray(left), memoryview(right)) == packed
    assert pedersen_hash_many(array.array("B", left), right) == packed


def test_a_bad_pair_names_its_place_beyond_the_first_chunk():
    items = [*pairs(1500), (1, P), (P, 1)]
    with pytest.raises(errors.InvalidInput, match=r"^item 1500: b must be in \[0, p\)$") as caught:
        pedersen_hash_many(items)
    assert (caught.value.index, caught.value.field) == (1500, "b")
    left = bytes(32 * 1500) + P.to_bytes(32, "big")
    with pytest.raises(errors.InvalidInput, match=r"^item 1500: a "):
        pedersen_hash_many(left, bytes(len(left)))


def test_chains_are_two():
    one, two, three = 11, 22, 33
    assert pedersen_chain_starkex([one, two]) == pedersen_hash(one, two)
    assert pedersen_chain_starkex((one, two, three)) == pedersen_hash(pedersen_hash(one, two), three)
    folded = pedersen_hash(pedersen_hash(pedersen_hash(0, one), two), three)
    assert pedersen_chain_starknet(iter([one, two, three])) == pedersen_hash(folded, 3)
    assert pedersen_chain_starknet([]) == pedersen_hash(0, 0)


@pytest.mark.parametrize("elements", [[], [1]])
def test_the_nested_chain_needs_two(elements):
    with pytest.raises(errors.InvalidInput, match="elements must be at least two"):
        pedersen_chain_starkex(elements)


@pytest.mark.parametrize("chain", [pedersen_chain_starkex, pedersen_chain_starknet])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_bad_element_is_named(chain, place):
    elements = [1, 2, 3]
    elements[place] = P
    with pytest.raises(errors.InvalidInput, match=rf"^item {place}: element must be in \[0, p\)$"):
        chain(elements)


def test_keccak_takes_buffers():
    # The empty hash is known from Ethereum: the code hash of an account without code.
    empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"").hex() == keccak256(bytearray()).hex() == empty
