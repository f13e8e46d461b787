"""Private keys, public keys and signatures as Python sees them. The values themselves: test_vectors.py."""

import copy
import os
import pickle
import subprocess
import sys

import pytest
from vectors import layout

from starkcore import PrivateKey, PublicKey, Signature, _native, errors, grind_key, verify_many
from starkcore.starkex import OrderSigner

PUBLISHED = layout.read("published.json")
N = 0x800000000000010FFFFFFFFFFFFFFFFB781126DCAE7B2321E66A241ADC64D2F
P = 0x800000000000011000000000000000000000000000000000000000000000001

# dydx3 tests/starkex: key, its x (with an odd y), the hash of the test order and its signature.
ORDER = PUBLISHED["orders"][0]
SECRET = int(ORDER["d"], 16)
X = 0x3B865A18323B8D147A12C556BFB1D502516C325B1477A23BA6C77AF31F020FD
HASH = int(ORDER["hash"], 16)


@pytest.fixture
def key():
    return PrivateKey(SECRET)


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        SECRET.to_bytes(32, "big"),
        bytearray(SECRET.to_bytes(32, "big")),
        memoryview(SECRET.to_bytes(32, "big")),
        hex(SECRET),
        f"{SECRET:x}",
        f"{SECRET:064X}",
        f"0X{SECRET:064x}",
    ],
)
def test_a_key_comes_in_three_forms(form):
    assert PrivateKey(form).public_key.x == X
    assert PrivateKey(form) == PrivateKey(SECRET)


def test_the_caller_can_wipe_what_he_passed(key):
    buffer = bytearray(SECRET.to_bytes(32, "big"))
    made = PrivateKey(buffer)
    buffer[:] = bytes(32)
    assert made == key


@pytest.mark.parametrize("secret", [1, 2, N - 1])
def test_the_smallest_and_the_largest_key(secret):
    key = PrivateKey(secret)
    assert int(key.secret_hex(), 16) == secret
    assert key.public_key.verify(7, key.sign(7))


def test_generated_keys_differ_and_are_spread():
    secrets = [int(PrivateKey.generate().secret_hex(), 16) for _ in range(200)]
    assert len(set(secrets)) == 200
    assert all(1 <= secret < N for secret in secrets)
    # The top bit below n is set in one of 2^59 or so; the next one in half: 200 throws stay within 60 and 140.
    assert 60 < sum(secret >> 250 & 1 for secret in secrets) < 140


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_fork_does_not_repeat_generated_keys():
    code = """
import os
from starkcore import PrivateKey
PrivateKey.generate()
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, PrivateKey.generate().secret_hex().encode())
    os._exit(0)
print(PrivateKey.generate().secret_hex() != os.read(reading, 100).decode())
os.wait()
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_secret_hex_is_as_exchanges_write_it(key):
    assert key.secret_hex() == ORDER["d"]
    assert PrivateKey(key.secret_hex()) == key


def test_a_key_is_equal_to_itself_alone(key):
    assert key == PrivateKey(SECRET)
    assert key != PrivateKey(SECRET + 1)
    assert key != SECRET
    with pytest.raises(TypeError):
        hash(key)
    with pytest.raises(TypeError):
        key < key  # noqa: B015


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, pickle.dumps, lambda key: pickle.dumps(key, 0)])
def test_a_key_is_not_copied_or_pickled(key, way):
    for secret in (key, key._secret):
        with pytest.raises(TypeError, match="copied or pickled"):
            way(secret)


def test_a_key_shows_nothing(key):
    for text in (repr(key), str(key), f"{key}", repr(key._secret), str(dir(key))):
        assert "redacted" in text or "secret_hex" in text
        assert hex(SECRET)[2:] not in text
        assert str(SECRET) not in text
    assert not hasattr(key, "__dict__")
    with pytest.raises(AttributeError):
        key.note = 1


def test_public_key_is_made_once(key):
    assert key.public_key is key.public_key
    assert key.public_key.y % 2 == 1


def test_public_key_forms(key):
    full = key.public_key
    alone = PublicKey.from_x(X)
    assert full.has_y
    assert not alone.has_y
    assert alone.y is None
    assert len(full.to_bytes()) == 64
    assert len(alone.to_bytes()) == 32
    for public in (full, alone):
        assert PublicKey.from_bytes(public.to_bytes()) == public
        assert PublicKey.from_hex(public.to_hex()) == public
        assert PublicKey.from_hex("0x" + public.to_hex()) == public
        assert pickle.loads(pickle.dumps(public)) == public
        assert copy.deepcopy(public) == public
        assert eval(repr(public)) == public
    assert PublicKey(full.x, full.y) == full
    assert PublicKey(hex(full.x), full.y.to_bytes(32, "big")) == full
    assert PublicKey.from_hex(hex(X)) == alone
    assert alone != full
    assert len({full, alone, PublicKey(full.x, full.y)}) == 2


def test_lift_finds_both_points(key):
    alone = PublicKey.from_x(X)
    assert alone.lift(odd=True) == key.public_key
    other = alone.lift(odd=False)
    assert other.y == P - key.public_key.y
    assert key.public_key.lift(odd=False) == other


def test_public_values_are_immutable(key):
    for value, name in ((key.public_key, "x"), (key.sign(1), "r")):
        with pytest.raises(AttributeError):
            setattr(value, name, 1)
        with pytest.raises(AttributeError):
            value.note = 1


def test_signing_the_published_order(key):
    signature = key.sign(HASH)
    assert signature.to_hex() == ORDER["signature"]
    assert key.sign(HASH.to_bytes(32, "big")) == key.sign(hex(HASH)) == signature
    assert key.sign(HASH, None) == key.sign(HASH, 0) == key.sign(HASH, seed=None, extra_entropy=None) == signature


def test_seed_and_extra_entropy_change_the_nonce_and_verify(key):
    plain = key.sign(HASH)
    seeded = key.sign(HASH, seed=32)
    entropic = key.sign(HASH, extra_entropy=bytes(31) + b"\x01")
    both = key.sign(HASH, 32, bytes(31) + b"\x01")
    assert len({plain, seeded, entropic, both}) == 4
    assert all(key.public_key.verify(HASH, signature) for signature in (plain, seeded, entropic, both))


def test_signature_forms(key):
    signature = key.sign(HASH)
    r, s = signature
    assert (r, s) == (signature.r, signature.s)
    assert Signature(r, s) == signature
    assert Signature.from_hex(signature.to_hex()) == signature
    assert Signature.from_hex("0x" + signature.to_hex()) == signature
    assert Signature.from_bytes(memoryview(signature.to_bytes())) == signature
    assert pickle.loads(pickle.dumps(signature)) == signature
    assert copy.copy(signature) == signature
    assert eval(repr(signature)) == signature
    assert hash(Signature(r, s)) == hash(signature)
    assert signature != (r, s)


@pytest.mark.parametrize("count", [0, 1, 2, 511, 512, 513, 1500])
def test_batches_are_what_singles_are(key, count):
    hashes = [(HASH + i * 0x123456789ABCDEF) % (1 << 251) for i in range(count)]
    signatures = key.sign_many(hashes)
    assert signatures == [key.sign(item) for item in hashes]
    packed = b"".join(item.to_bytes(32, "big") for item in hashes)
    assert key.sign_many(packed) == b"".join(signature.to_bytes() for signature in signatures)
    assert verify_many([key.public_key] * count, hashes, signatures) == [True] * count


def test_batches_take_seed_and_entropy(key):
    extra = bytes(range(32))
    assert key.sign_many([1, 2], 32, extra) == [key.sign(1, 32, extra), key.sign(2, 32, extra)]


def test_verification_answers(key):
    public, signature = key.public_key, key.sign(HASH)
    r, s = signature
    alone = PublicKey.from_x(X)
    prepared = [public.prepare(), alone.prepare()]
    for verifier in (public, alone, *prepared):
        assert verifier.verify(HASH, signature)
        assert not verifier.verify(HASH + 1, signature)
        for wrong in ((0, s), (r, 0), (r, N), (1 << 251, s), (P, s), ((1 << 256) - 1, (1 << 256) - 1), (s, r)):
            assert not verifier.verify(HASH, Signature(*wrong))
    opposite = alone.lift(odd=False)
    assert not opposite.verify(HASH, signature)
    assert not opposite.prepare().verify(HASH, signature)


def test_verify_many_mixes_keys_with_and_without_y(key):
    other = PrivateKey(SECRET + 1)
    keys = [key.public_key, PublicKey.from_x(X), other.public_key, PublicKey.from_x(other.public_key.x)] * 200
    signatures = [key.sign(5)] * 800
    assert verify_many(iter(keys), iter([5] * 800), iter(signatures)) == [True, True, False, False] * 200
    assert verify_many([], [], []) == []


def test_derivation_from_a_typed_signature():
    # dydx3 tests/test_onboarding.py, through eth-account; and with the type left out, and v as some wallets have it.
    wallet = PUBLISHED["stark_keys_of_wallets"][0]
    typed = bytes.fromhex(wallet["typed_signature"])
    assert typed[64:] == b"\x1c\x00"
    for form in (typed, typed[:65], typed[:64] + b"\x01", wallet["typed_signature"], "0x" + wallet["typed_signature"]):
        key = PrivateKey.from_eth_signature(form)
        assert key.secret_hex() == wallet["d"]
        assert key == PrivateKey.from_eth_signature(form, legacy_python=True)
        assert (key.public_key.x, key.public_key.y) == (int(wallet["x"], 16), int(wallet["y"], 16))


def test_grind_key_forms_and_variants():
    # starkex-resources, key_derivation_test.js.
    entry = PUBLISHED["grind_key"][0]
    expected = PrivateKey(entry["d"])
    number = int(entry["seed"], 16)
    for seed in (entry["seed"], "0x" + entry["seed"], bytes.fromhex(entry["seed"]), number):
        assert grind_key(seed) == grind_key(seed, strip_zeros=True) == expected
    assert grind_key(5) == grind_key((5).to_bytes(32, "big"))
    assert grind_key(5, strip_zeros=True) == grind_key(b"\x05") != grind_key(5)


def test_errors_are_picklable():
    with pytest.raises(errors.InvalidMessageHash) as caught:
        PrivateKey(1).sign_many([1, 1 << 251])
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.field, again.rule, again.index, str(again)) == (
        caught.value.field, caught.value.rule, 1, str(caught.value),
    )  # fmt: skip


# ---- Guards against faults ----


def test_guarded_keys_are_the_same_keys(key):
    for guarded in (key.guarded(), key.guarded(self_check=True), key.guarded(hedged=True), key.guarded().guarded()):
        assert guarded == key
        assert guarded.public_key == key.public_key
        assert repr(guarded) == repr(key)
        with pytest.raises(TypeError):
            pickle.dumps(guarded)


def test_checked_signatures_are_the_same_signatures(key):
    checked = key.guarded(self_check=True)
    hashes = [i**50 % 2**251 for i in range(600)]
    assert checked.sign(HASH) == key.sign(HASH)
    assert checked.sign(HASH, 32, bytes(32)) == key.sign(HASH, 32, bytes(32))
    for threads in (1, 2):
        assert checked.sign_many(hashes, threads=threads) == key.sign_many(hashes)


def test_hedged_signatures_differ_and_verify(key):
    hedged = key.guarded(self_check=True, hedged=True)
    signatures = {hedged.sign(HASH) for _ in range(20)} | set(hedged.sign_many([HASH])) | {key.sign(HASH)}
    assert len(signatures) == 22
    assert all(key.public_key.verify(HASH, signature) for signature in signatures)
    assert hedged.sign(HASH, extra_entropy=bytes(32)) == key.sign(HASH, extra_entropy=bytes(32))
    assert hedged.guarded().sign(HASH) == key.sign(HASH)


def test_hedged_orders_differ_and_verify(key):
    signer = OrderSigner(key.guarded(hedged=True, self_check=True), position_id=1)
    order = {"market": "BTC-USD", "side": "BUY", "size": "1", "price": "1", "limit_fee": "0.1", "nonce": 1}
    order |= {"expiration": 4070908800}
    signed = [signer.sign_order(**order), signer.sign_order(**order), *signer.sign_orders([order, order])]
    assert len({one.hash for one in signed}) == 1
    assert len({one.signature for one in signed}) == 3  # a batch has random bytes for all its orders
    assert signed[2].signature == signed[3].signature
    assert all(key.public_key.verify(one.hash, one.signature) for one in signed)


def test_withheld_signatures_are_an_exception_of_their_own():
    rule, field = 24, 6  # STARKCORE_RULE_FAULT and STARKCORE_FIELD_SIGNATURE of starkcore.h
    error = _native.order_error(rule | field << 8, 3)
    assert isinstance(error, errors.SigningFault)
    assert isinstance(error, errors.StarkcoreError)
    assert (error.index, str(error)) == (
        3,
        "item 3: the signature was made and does not verify: memory or processor are at fault",
    )


@pytest.mark.parametrize("value", [None, 0, 1, "yes", b"1"])
def test_guards_are_on_or_off(key, value):
    for name in ("self_check", "hedged"):
        with pytest.raises(errors.InputTypeError, match=f"^{name} must be True or False"):
            key.guarded(**{name: value})
