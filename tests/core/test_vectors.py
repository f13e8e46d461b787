"""Keys, hashes and signatures against every vector: published, constructed, and recorded from cairo-lang and dydx3.

Where each value comes from is said in the `provenance` of its file and in its `source` or `why`.
"""

import itertools

import pytest
from vectors import layout

import starkcore
from starkcore import PrivateKey, PublicKey, Signature, errors, grind_key, pedersen_hash

PUBLISHED = layout.read("published.json")
CONSTRUCTED = layout.read("constructed.json")
CAIRO = layout.read("cairo_lang.json")
DYDX3 = layout.read("dydx3.json")


@pytest.fixture(params=itertools.product(starkcore.engines(), ["blinded", "strict"]), ids="-".join, autouse=True)
def engine(request):
    """Each test once with every engine that this CPU can run, in either mode."""
    name, mode = request.param
    before = starkcore.engine(), starkcore.strict()
    starkcore.use_engine(name)
    starkcore.use_strict(mode == "strict")
    yield name
    starkcore.use_engine(before[0])
    starkcore.use_strict(before[1])


def number(text):
    return None if text is None else int(text, 16)


def both(section):
    return [entry for file in (PUBLISHED, CONSTRUCTED, CAIRO) for entry in file.get(section, [])]


def test_pedersen():
    entries = both("pedersen")
    assert len(entries) > 250
    for entry in entries:
        assert pedersen_hash(number(entry["a"]), number(entry["b"])) == number(entry["hash"]), entry
    pairs = [(number(entry["a"]), number(entry["b"])) for entry in entries]
    assert starkcore.pedersen_hash_many(pairs) == [number(entry["hash"]) for entry in entries]


@pytest.mark.parametrize("entry", CONSTRUCTED["pedersen_refused"], ids=lambda entry: entry["why"])
def test_pedersen_refuses(entry):
    with pytest.raises(errors.InvalidInput) as caught:
        pedersen_hash(number(entry["a"]), number(entry["b"]))
    assert caught.value.field == entry["refused"]


def test_chains():
    for entry in CONSTRUCTED["chains"] + CAIRO["chains"]:
        elements = [number(element) for element in entry["elements"]]
        assert starkcore.pedersen_chain_starknet(elements) == number(entry["on_elements"])
        if entry.get("nested") is not None:
            assert starkcore.pedersen_chain_starkex(elements) == number(entry["nested"])


def test_public_keys():
    entries = both("public_keys")
    assert len(entries) > 250
    for entry in entries:
        public = PrivateKey(number(entry["d"])).public_key
        assert public.x == number(entry["x"]), entry
        if entry["y"] is not None:
            assert public.y == number(entry["y"]), entry
            assert PublicKey.from_x(public.x).lift(odd=public.y % 2 == 1) == public


@pytest.mark.parametrize("entry", CONSTRUCTED["keys_refused"], ids=lambda entry: entry["why"])
def test_private_keys_refused(entry):
    with pytest.raises(errors.InvalidPrivateKey) as caught:
        PrivateKey(number(entry["d"]))
    assert entry["d"][2:] not in str(caught.value) or entry["d"] == "0x0"


def sign(entry):
    entropy = entry.get("extra_entropy")
    return PrivateKey(number(entry["d"])).sign(
        number(entry["m"]), number(entry.get("seed")), None if entropy is None else bytes.fromhex(entropy)
    )


def test_signatures():
    entries = both("signatures")
    assert len(entries) > 380
    for entry in entries:
        signature = sign(entry)
        assert (signature.r, signature.s) == (number(entry["r"]), number(entry["s"])), entry
        assert PrivateKey(number(entry["d"])).public_key.verify(number(entry["m"]), signature)


def test_signatures_in_batches():
    for key in {entry["d"] for entry in both("signatures")}:
        entries = [entry for entry in both("signatures") if entry["d"] == key and not entry.get("extra_entropy")]
        for seed in {entry.get("seed") for entry in entries}:
            of_seed = [entry for entry in entries if entry.get("seed") == seed]
            signatures = PrivateKey(key).sign_many([number(entry["m"]) for entry in of_seed], number(seed))
            assert [tuple(s) for s in signatures] == [(number(e["r"]), number(e["s"])) for e in of_seed]


@pytest.mark.parametrize("entry", CONSTRUCTED["sign_refused"], ids=lambda entry: f"{entry['refused']} {entry['why']}")
def test_sign_refuses(entry):
    with pytest.raises(errors.StarkcoreError) as caught:
        sign(entry)
    field = {"m": "message_hash", "d": "private_key"}.get(entry["refused"], entry["refused"])
    assert caught.value.field in (field, "secret" if field == "private_key" else field)


def asked(entry, x_only):
    """What each form of verification says of an entry."""
    signature = Signature(number(entry["r"]), number(entry["s"]))
    key = PublicKey.from_x(number(entry["x"])) if x_only else PublicKey(number(entry["x"]), number(entry["y"]))
    message_hash = number(entry["m"])
    many = starkcore.verify_many([key], [message_hash], [signature])
    return {key.verify(message_hash, signature), key.prepare().verify(message_hash, signature), many[0]}


def answers(entry, x_only):
    """The same, where refused values count as no."""
    try:
        return asked(entry, x_only)
    except errors.InvalidInput:
        return {False}


def test_verification():
    entries = PUBLISHED["verify"] + CONSTRUCTED["verify"] + CAIRO["verifications"]
    assert len(entries) > 450
    seen = {True: 0, False: 0}
    for entry in entries:
        assert answers(entry, x_only=True) == {entry["valid_x"]}, entry
        seen[entry["valid_x"]] += 1
        if entry.get("y") is not None:
            assert answers(entry, x_only=False) == {entry["valid"]}, entry
    assert min(seen.values()) > 100


@pytest.mark.parametrize("why", ["m", "key"])
def test_verification_refuses_what_is_no_question(why):
    entries = [entry for entry in CONSTRUCTED["verify"] if entry["breaks"] == why]
    assert entries
    for entry in entries:
        with pytest.raises(errors.InvalidInput):
            asked(entry, x_only=entry["y"] is None)


def test_keys_from_seeds():
    for entry in PUBLISHED["keys_from_seed"]:
        assert PrivateKey.from_seed(bytes.fromhex(entry["data"])).secret_hex() == entry["d"]


def test_grind_key():
    for entry in PUBLISHED["grind_key"] + CONSTRUCTED["grind_keys"] + CAIRO["grind_keys"]:
        if "d" in entry:
            assert grind_key(entry["seed"]).secret_hex() == entry["d"], entry
        if "d_stripped" in entry:
            assert grind_key(entry["seed"], strip_zeros=True).secret_hex() == entry["d_stripped"], entry


def test_keys_from_ethereum_signatures():
    for entry in CONSTRUCTED["eth_signatures"]:
        assert PrivateKey.from_eth_signature(entry["signature"]).secret_hex() == entry["d"], entry
        legacy = PrivateKey.from_eth_signature(bytes.fromhex(entry["signature"]), legacy_python=True)
        assert legacy.secret_hex() == entry["d_legacy"], entry
    for entry in DYDX3["legacy_keys"]:
        legacy = PrivateKey.from_eth_signature(entry["signature"], legacy_python=True)
        assert legacy.secret_hex() == entry["d_legacy"], entry
    for entry in PUBLISHED["stark_keys_of_wallets"]:
        key = PrivateKey.from_eth_signature(entry["typed_signature"])
        assert key.secret_hex() == entry["d"]
        assert (key.public_key.x, key.public_key.y) == (number(entry["x"]), number(entry["y"]))


def test_keccak():
    for entry in CONSTRUCTED["keccak"]:
        assert starkcore.keccak256(bytes.fromhex(entry["data"])).hex() == entry["hash"], entry["why"]
