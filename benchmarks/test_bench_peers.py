"""The operations of starkcore that others have, too: the same values, in the same run, one after the other.

A peer that isn't installed is skipped. Before it is timed, a peer's answer is compared with ours.
"""

from __future__ import annotations

import itertools

import peers
import pytest
from workload import KEY, POSITION_ID

from starkcore import PrivateKey, pedersen_hash, poseidon_hash, poseidon_hash_many
from starkcore.starkex import OrderSigner

PEERS = list(peers.LOADERS)
SLOW_CASES = 16  # pure Python signs for so long that comparing every case would take minutes


def load(loader, needs):
    """The peer, or a skip when it isn't here or can't do that."""
    try:
        peer = loader()
    except ImportError as error:
        pytest.skip(f"not installed: {error.name}")
    if getattr(peer, needs) is None:
        pytest.skip(f"{peer.name} has no {needs}")
    return peer


def some(cases):
    return itertools.islice(cases, 2)


@pytest.mark.operation("pedersen")
@pytest.mark.parametrize("name", PEERS)
def test_pedersen(measure, work, name):
    peer = load(peers.LOADERS[name], "pedersen")
    assert all(peer.pedersen(*pair) == pedersen_hash(*pair) for pair in some(work.pairs))
    measure(peer.pedersen, work.pairs, who=peer.name)


@pytest.mark.operation("poseidon")
@pytest.mark.parametrize("name", PEERS)
def test_poseidon(measure, work, name):
    peer = load(peers.LOADERS[name], "poseidon")
    assert all(peer.poseidon(*pair) == poseidon_hash(*pair) for pair in some(work.pairs))
    measure(peer.poseidon, work.pairs, who=peer.name)


@pytest.mark.operation("poseidon_elements")
@pytest.mark.parametrize("name", PEERS)
def test_poseidon_elements(measure, work, name):
    peer = load(peers.LOADERS[name], "poseidon_elements")
    assert all(peer.poseidon_elements(elements) == poseidon_hash_many(elements) for elements in some(work.lists))
    measure(peer.poseidon_elements, [(elements,) for elements in work.lists], who=peer.name)


@pytest.mark.operation("public_key")
@pytest.mark.parametrize("name", PEERS)
def test_public_key(measure, work, name):
    peer = load(peers.LOADERS[name], "public_key")
    assert all(peer.public_key(key) == PrivateKey(key).public_key.x for key in some(work.keys))
    measure(peer.public_key, [(key,) for key in work.keys], who=peer.name)


@pytest.mark.operation("sign")
@pytest.mark.parametrize("name", PEERS)
def test_sign(measure, work, name):
    peer = load(peers.LOADERS[name], "sign")
    assert all(peer.sign(KEY, m) == tuple(PrivateKey(KEY).sign(m)) for m in some(work.hashes))
    measure(peer.sign, [(KEY, m) for m in work.hashes], who=peer.name)


def signatures(work, first):
    """(first(public key), message hash, r, s), each under its own key."""
    for private, m in zip(work.keys[:SLOW_CASES], work.hashes, strict=False):
        key = PrivateKey(private)
        yield first(key.public_key), m, *key.sign(m)


@pytest.mark.operation("verify_x")
@pytest.mark.parametrize("name", PEERS)
def test_verify_x(measure, work, name):
    peer = load(peers.LOADERS[name], "verify_x")
    cases = list(signatures(work, lambda key: key.x))
    assert all(peer.verify_x(*case) for case in some(cases))
    measure(peer.verify_x, cases, who=peer.name)


@pytest.mark.operation("verify")
@pytest.mark.parametrize("name", PEERS)
def test_verify(measure, work, name):
    peer = load(peers.LOADERS[name], "verify")
    cases = list(signatures(work, lambda key: peer.verify_point(key.x, key.y)))
    assert all(peer.verify(*case) for case in some(cases))
    measure(peer.verify, cases, who=peer.name)


ORDER_PEERS = {
    name: loader for name, loader in (peers.LOADERS | {"best-pieces": peers.best_pieces}).items() if name != "fastecdsa"
}


@pytest.mark.operation("order")
@pytest.mark.parametrize("name", ORDER_PEERS)
def test_order(measure, work, name):
    peer = load(ORDER_PEERS[name], "sign")
    sign_order = peers.order_signer(peer, KEY)
    ours = OrderSigner(PrivateKey(KEY), position_id=POSITION_ID)
    assert all(sign_order(order) == ours.sign_order(**order).signature.to_hex() for order in some(work.orders))
    for order in work.orders[:SLOW_CASES]:
        sign_order(order)  # now it knows every market and side
    measure(sign_order, [(order,) for order in work.orders[:SLOW_CASES]], who=peer.name)


@pytest.mark.operation("key_from_eth_signature")
@pytest.mark.parametrize("name", PEERS)
def test_key_from_eth_signature(measure, work, name):
    peer = load(peers.LOADERS[name], "key_from_eth_signature")
    for text in some(work.eth_signatures):
        assert peer.key_from_eth_signature(text) == PrivateKey.from_eth_signature(text).public_key.x
    measure(peer.key_from_eth_signature, [(text,) for text in work.eth_signatures[:SLOW_CASES]], who=peer.name)


@pytest.mark.operation("import")
@pytest.mark.parametrize("name", [name for name in PEERS if name in peers.MODULES])
def test_import(measure_import, name):
    pytest.importorskip(peers.MODULES[name], exc_type=ImportError)
    measure_import(peers.MODULES[name], who=name)
