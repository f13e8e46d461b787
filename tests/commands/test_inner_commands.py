"""The commands' inner functions, one at a time: where a secret comes from, which key file is meant, what is printed."""

import errno
import io
import os
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("eth_keyfile")

import starkcore
from starkcore import PrivateKey, cli, errors, extended
from starkcore.commands import common, curve, keys, orders, output, store, terms
from starkcore.errors import StarkcoreError
from starkcore.keystore import Entry, Secret

# Ganache's first wallet; the Stark curve's generator, which is the public key of 1.
WALLET = "0x4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d"
ADDRESS = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
X = "0x1ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca"


def refused(rule, call, *arguments, **keywords):
    with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=rule) as caught:
        call(*arguments, **keywords)
    return caught.value


# ---- Where secrets come from ----


def test_a_secret_from_the_first_of_its_sources(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.write_text(" 0x5\n")
    path.chmod(0o600)
    monkeypatch.setenv(common.KEY_VARIABLE, "0x6 ")
    assert common.read_secret(str(path)) == "0x5"
    assert common.read_secret(None) == "0x6"
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"0x7\n"), isatty=lambda: False))
    assert common.read_secret("-") == "0x7"
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"0x8\n"), isatty=lambda: False))
    assert common.read_secret(None, None) == "0x8"
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("getpass.getpass", lambda prompt: " 0x9 ")
    assert common.read_secret("-") == "0x9"


def test_numbers_of_descriptors():
    assert (common._descriptor(3, "--fd"), common._descriptor("0x10", "--fd")) == (3, 16)
    for wrong in (-1, 1 << 31, "-1", "x"):
        refused("^--fd ", common._descriptor, wrong, "--fd")


def test_a_line_with_a_passphrase():
    assert common._line(b" a b \r\n") == " a b "
    assert common._line("\u00e9".encode()) == "\u00e9"
    error = refused("must be UTF-8 text", common._line, b"s3cret\xff")
    assert error.__context__ is None
    refused("at most 64 KiB", common._line, b"a" * 65537)


def test_what_is_too_long_is_not_cut_off():
    assert common._all(io.BytesIO(b"a" * 1024), "f", 1024) == b"a" * 1024
    refused("^f must be at most 1 KiB", common._all, io.BytesIO(b"a" * 1025), "f", 1024)


def test_what_was_read_is_ascii_however_it_was_saved():
    assert common._text(" 0x5\n".encode("utf-16"), "f") == "0x5"
    for wrong in ("0x5\u00a0".encode(), "\u0661".encode()):
        refused("^f must be ASCII text", common._text, wrong, "f")


# ---- Keys and hashes ----


def test_where_a_new_key_comes_from(monkeypatch):
    monkeypatch.setattr(curve, "read_secret", lambda *_, **__: secret)
    one, two = (curve._derive(Namespace(source="entropy")) for _ in range(2))
    assert one != two
    secret = "0x" + "11" * 64 + "1b"
    typed = curve._derive(Namespace(source="eth-signature", input=None, signature_type="typed-data"))
    personal = curve._derive(Namespace(source="eth-signature", input=None, signature_type="personal"))
    assert typed == PrivateKey.from_eth_signature(secret + "00")
    assert personal == PrivateKey.from_seed(bytes.fromhex(secret[2:] + "03"))
    secret = "0x05"
    assert curve._derive(Namespace(source="grind", input=None)) == starkcore.grind_key("0x05")


def test_a_signature_says_how_it_was_made():
    bare = "0x" + "1" * 130
    assert curve._typed(bare, "typed-data") == bare + "00"
    assert curve._typed(bare[2:], "personal") == bare[2:] + "03"
    assert curve._typed(bare + "00", None) == bare + "00"
    refused("^--signature-type must say how", curve._typed, bare, None)
    refused("^--signature-type must stand beside 65 bytes alone", curve._typed, bare + "00", "personal")


def test_which_hash_of_how_many_elements():
    def hashed(elements, chain=None, listed=False):
        return Namespace(element=elements, chain=chain, list=listed)

    assert curve._pedersen(hashed([1, 2])) == starkcore.pedersen_hash(1, 2)
    # StarkEx's chains begin with the first two; Starknet's with zero, and end with the length.
    h = starkcore.pedersen_hash
    assert curve._pedersen(hashed([1, 2, 3], "starkex")) == starkcore.pedersen_chain_starkex([1, 2, 3])
    assert curve._pedersen(hashed([1, 2], "starknet")) == h(h(h(0, 1), 2), 2)
    refused("^element must be given twice", curve._pedersen, hashed([1, 2, 3]))
    refused("^element must be given twice", curve._pedersen, hashed([1]))
    refused("^--list must stand beside --poseidon", curve._pedersen, hashed([1, 2], None, True))
    two, sponge = curve._poseidon(hashed([1, 2])), curve._poseidon(hashed([1, 2], None, True))
    assert two == starkcore.poseidon_hash(1, 2)
    assert sponge == starkcore.poseidon_hash_many([1, 2]) != two
    assert curve._poseidon(hashed([1])) == starkcore.poseidon_hash_single(1)
    assert curve._poseidon(hashed([1, 2, 3])) == starkcore.poseidon_hash_many([1, 2, 3])
    refused("^--chain must be left out", curve._poseidon, hashed([1, 2], "starknet"))


def test_one_standard_input_is_not_two(tmp_path):
    refused("must not both be standard input", curve._typed_data, Namespace(typed_data="-", key_file="-"))
    refused("^--typed-data", curve._typed_data, Namespace(typed_data=str(tmp_path / "none"), key_file=None))


# ---- Which key file ----


def entry(venue="dydx", network="mainnet", address=ADDRESS, **facts):
    if venue == "dydx":
        facts = {"network_id": 1, "position_id": None} | facts
    return Entry.of(venue, network, address, Secret(PrivateKey(1)), facts)


def test_the_name_of_a_key_file():
    assert store.file_name(entry()) == f"mainnet-{ADDRESS.lower()}.json"
    assert store.file_name(entry("paradex", "testnet", "0x12AB")) == "paradex-testnet-0x12ab.json"
    assert store.file_name(entry("extended", account_index=0)) == f"extended-mainnet-{ADDRESS.lower()}.json"
    assert store.file_name(entry("extended", account_index=3)) == f"extended-mainnet-{ADDRESS.lower()}-3.json"


def test_what_a_wallet_may_be_called():
    assert store._wallet_forms(ADDRESS.lower()) == {ADDRESS, ADDRESS.lower()}
    assert store._wallet_forms("0x00Ab") == {"0xab"}
    for wrong in ("ab", "0x", "0x" + "1" * 65, "0xg", ""):
        refused("^wallet must be an address", store._wallet_forms, wrong)
    refused("^wallet must", store._wallet_forms, ADDRESS[:-1] + "0")


def test_a_network_as_it_was_typed():
    assert store._network_as_kept(entry(), "1") == "mainnet"
    assert store._network_as_kept(entry(), "11155111") == "sepolia"
    assert store._network_as_kept(entry(), "testnet") == "testnet"
    assert store._network_as_kept(entry("paradex", address="0x1"), "1") == "1"


def test_how_an_account_is_named_in_a_question():
    assert store._shown(entry()) == f"{ADDRESS} on mainnet"
    assert store._shown(entry("extended", account_index=3)) == f"{ADDRESS} (3) at extended on mainnet"


def chosen(monkeypatch, entries, **options):
    found = [(Path(f"{i}.json"), one) for i, one in enumerate(entries)]
    monkeypatch.setattr(store, "survey", lambda args: (found, True))
    return store.select(Namespace(**({"wallet": None} | options))).name


def test_the_key_file_that_is_meant(monkeypatch):
    several = [
        entry(), entry(network="sepolia", network_id=11155111), entry("paradex", "mainnet", "0x1"),
        entry("extended", account_index=0), entry("extended", account_index=3),
    ]  # fmt: skip
    assert chosen(monkeypatch, several[:1]) == "0.json"
    assert chosen(monkeypatch, several, venue="paradex") == "2.json"
    assert chosen(monkeypatch, several, wallet="0x01") == "2.json"
    assert chosen(monkeypatch, several, venue="dydx", network="11155111") == "1.json"
    assert chosen(monkeypatch, several, venue="extended", account_index="3") == "4.json"
    refused("must have a key file", chosen, monkeypatch, several, wallet="0x2")
    refused("must say which.*mainnet, .*on sepolia", chosen, monkeypatch, several, wallet=ADDRESS)


def test_key_files_that_can_not_be_read_are_told_of(tmp_path, capsys):
    (tmp_path / "bad.json").write_text('{"format": "starkcore key store", "version": 2}')
    found, whole = store.survey(Namespace(keys=str(tmp_path)))
    assert (found, whole) == ([], False)
    assert "warning: bad.json: " in capsys.readouterr().err


def test_a_file_that_is_there_wants_its_own_passphrase(monkeypatch):
    place = store.Place.__new__(store.Place)
    place.path, place._passphrase = Path("x"), "p"
    monkeypatch.setattr(store.keystore, "load", lambda path, passphrase: (path, passphrase))
    assert place._open() == (Path("x"), "p")

    def wrong(path, passphrase):
        raise errors.WrongPassphrase("x")

    monkeypatch.setattr(store.keystore, "load", wrong)
    with pytest.raises(errors.WrongPassphrase, match="the one that opens it"):
        place._open()


def test_a_client_of_the_wallet_that_is_named(monkeypatch):
    pytest.importorskip("httpcore2")
    pytest.importorskip("eth_keys")
    monkeypatch.setenv(store.WALLET_VARIABLE, WALLET)
    args = Namespace(network="sepolia", address=ADDRESS.lower(), provider=None, eth_key_file=None)
    with store.client_of_wallet(args, "http://localhost") as client:
        assert (client.default_address, client.network_id) == (ADDRESS, 11155111)
    args.address = "0xFFcf8FDEE72ac11b5c542428B35EEF5769C409f0"
    refused(f"^address must be the wallet's, {ADDRESS}", store.client_of_wallet, args, "http://localhost")


# ---- At the exchange ----


def test_the_registered_key_of_those_that_the_wallet_could_have_had():
    pair, other = SimpleNamespace(public_key="0x5"), SimpleNamespace(public_key="0x6")

    def client(registered):
        return SimpleNamespace(
            api_keys=SimpleNamespace(recovery=lambda address: SimpleNamespace(stark_key=registered)),
            onboarding=SimpleNamespace(derive_all_stark_keys=lambda address: [pair, other]),
        )

    assert keys._registered(client("5"), ADDRESS, pair) is pair
    assert keys._registered(client("0x6"), ADDRESS, pair) is other
    with pytest.raises(StarkcoreError, match=r"another Stark key, 0x7, .*Nothing was made"):
        keys._registered(client("7"), ADDRESS, pair)


def test_whether_a_key_that_nobody_has_was_deleted():
    deleted = []
    api = SimpleNamespace(delete_api_key=lambda key, address: deleted.append((key, address)))
    assert keys._deleted(SimpleNamespace(api_keys=api), "k", ADDRESS) is True
    assert deleted == [("k", ADDRESS)]

    def refuse(key, address):
        raise StarkcoreError("no")

    api.delete_api_key = refuse
    assert keys._deleted(SimpleNamespace(api_keys=api), "k", ADDRESS) is False


def test_the_wallet_of_a_provider():
    assert keys._address(SimpleNamespace(default_address=ADDRESS)) == ADDRESS

    def provider(*accounts):
        return SimpleNamespace(default_address=None, web3=SimpleNamespace(eth=SimpleNamespace(accounts=list(accounts))))

    assert keys._address(provider(ADDRESS)) == ADDRESS
    for accounts in ((), (ADDRESS, ADDRESS)):
        refused(f"^--address must say which of the provider's {len(accounts)}", keys._address, provider(*accounts))


def test_options_of_another_venue_are_left_out():
    keys._leave_out(Namespace(vault=None, account_index=None), "Extended", "vault", "account_index")
    refused("^--account-index must be left out: only Extended", keys._leave_out,
            Namespace(vault=None, account_index="3"), "Extended", "vault", "account_index")  # fmt: skip


def test_an_address_that_is_shortened():
    assert keys._shortened("abc", 5) == "abc  "
    assert keys._shortened("abcdefghij", 8) == "abc..hij"
    assert keys._shortened("0123456789abcdef", 11) == "01234..cdef"
    assert all(len(keys._shortened("x" * n, 8)) == 8 for n in range(20))


def test_what_is_shown_of_a_key_file():
    shown = keys._public(entry(position_id=7), Path("p"))
    assert (shown["venue"], shown["ethereum_address"], shown["position_id"], shown["key_file"]) == (
        "dydx",
        ADDRESS,
        7,
        "p",
    )
    assert (shown["stark_public_key"], shown["has_api_key"]) == (X, False)
    other = keys._public(entry("extended", account_index=3, vault=5), None)
    assert (other["address"], other["vault"], other["account_index"], "key_file" in other) == (ADDRESS, 5, 3, False)
    assert "stark_private_key" not in shown | other


def test_orders_are_shown_whatever_the_exchange_says(capsys):
    order = {
        "id": "o-1",
        "market": "ETH-USD",
        "side": "BUY",
        "remainingSize": "1",
        "size": "2",
        "price": "3",
        "status": "OPEN",
    }
    assert orders._print([order, "x", {"id": "a\x1b[31m"}], False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["o-1", "ETH-USD", "BUY", "1", "of", "2", "at", "3", "OPEN"]
    assert lines[1].split()[:2] == ["x", "-"]
    assert "\x1b" not in lines[2]
    orders._print([order], True)
    assert '"remainingSize": "1"' in capsys.readouterr().out


# ---- Terms ----


def test_a_key_file_says_whose_order_it_is(monkeypatch):
    monkeypatch.setattr(store, "open_credentials", lambda args: "opened")
    assert terms._kept(Namespace(key_file=None, vault=None), "vault") == "opened"
    refused("^--key-file must be left out", terms._kept, Namespace(key_file="x", vault=None), "vault")
    refused("^--vault must be left out", terms._kept, Namespace(key_file=None, vault="1"), "vault")


API = (
    '{"name": "BTC-USD", "l2Config": {"collateralId": "0x1", "collateralResolution": 1000000, "syntheticId": "0x5",'
    ' "syntheticResolution": 10000000000}}'
)


def test_a_market_out_of_the_exchanges_answer(tmp_path):
    def market(text):
        (tmp_path / "m").write_text(text)
        (tmp_path / "m").chmod(0o600)
        return terms._market(Namespace(market_file=str(tmp_path / "m"), market="BTC-USD"))

    other = API.replace("BTC-USD", "ETH-USD").replace("0x5", "0x6")
    for text in (API, f"[{other}, {API}]", f'{{"status": "OK", "data": [{other}, {API}]}}'):
        made = market(text)
        assert isinstance(made, extended.Market)
        assert (made.synthetic_id, made.synthetic_resolution) == (5, 10**10)
    for text, rule in (
        ("[", "isn't whole JSON"),
        ("[]", "no market of that name"),
        (other, "no market of that name"),
        ("5", "no market"),
    ):
        refused(f"^--market-file must have .*{rule}", market, text)


def sold(**more):
    whole = dict.fromkeys(
        ("client_id", "nonce", "wallet", "key_file", "account", "vault", "timestamp", "order_id", "builder_fee")
    )
    return Namespace(**whole | {"allow_past": True, "side": "BUY", "size": "1", "price": "2"} | more)


def test_an_order_at_each_venue_is_what_its_signer_signs(monkeypatch):
    monkeypatch.setattr(terms, "read_secret", lambda key_file: "0x5")
    from starkcore import paradex
    from starkcore.starkex import OrderSigner

    at = {
        "market": "BTC-USD",
        "network": "1",
        "position_id": "7",
        "limit_fee": "0.01",
        "expiration": "2030-01-01T00:00:00Z",
    }
    made = terms._dydx(sold(client_id="c", **at))
    own = OrderSigner(PrivateKey(5), 1, position_id=7).sign_order(
        market="BTC-USD", side="BUY", size="1", price="2", limit_fee="0.01", client_id="c", expiration=at["expiration"]
    )
    assert (made["hash"], made["nonce"]) == (hex(own.hash), own.nonce)
    for wrong in ({}, {"client_id": "c", "nonce": "1"}):
        refused("^--client-id or --nonce", terms._dydx, sold(**at, **wrong))
    made = terms._paradex(sold(market="BTC-USD-PERP", network="testnet", order_type=None, timestamp="1700000000000"))
    account = paradex.account_address(PrivateKey(5).public_key, "testnet")
    own = paradex.OrderSigner(PrivateKey(5), account, "testnet").sign_order(
        market="BTC-USD-PERP", side="BUY", order_type="LIMIT", size="1", price="2", timestamp=1_700_000_000_000
    )
    assert (made["hash"], made["account"], made["size_units"]) == (hex(own.hash), hex(account), 10**8)
    market = extended.Market("BTC-USD", 5, 10**6, 1, 10**6)
    monkeypatch.setattr(terms, "_market", lambda args: market)
    order = {"network": "testnet", "taker_fee": "0.0005", "expiration": 1_900_000_000, "nonce": "7"}
    made = terms._extended(sold(vault="10002", **order))
    own = extended.OrderSigner(PrivateKey(5), 10002, "testnet").sign_order(
        market=market, side="BUY", size="1", price="2", taker_fee="0.0005", expire_time=1_900_000_000, nonce=7
    )
    assert (made["hash"], made["nonce"]) == (hex(own.hash), 7)
    refused("^--vault or --wallet", terms._extended, sold(**order))


# ---- The program ----


@pytest.mark.parametrize(
    ("problem", "status", "told"),
    [
        (None, 0, ""), (StarkcoreError("refused there"), 1, "refused there"),
        (errors.InvalidInput("size", "must"), 2, "size must"),
        (EOFError(), 2, "no secret was given"), (OSError(errno.ENOENT, "No such file", "s3cret"), 2, "No such file"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)  # fmt: skip
def test_what_comes_of_a_command(monkeypatch, capsys, problem, status, told):
    def function(args):
        if problem is not None:
            raise problem
        return 0

    monkeypatch.setattr(
        cli, "_parser", lambda chosen: SimpleNamespace(parse_args=lambda given: Namespace(function=function))
    )
    assert cli._run(["x"]) == status
    said = capsys.readouterr().err
    assert told in said
    assert "s3cret" not in said


def test_a_command_prints_json_too():
    parser = common.Parser()
    command = cli._commands(parser, "command")
    command("a", lambda args: 5, "do a").add_argument("--x")
    command("b", None, "do b")
    args = parser.parse_args(["a", "--json", "--x", "1"])
    assert (args.function(args), args.json, args.x) == (5, True, "1")
    assert not hasattr(parser.parse_args(["b"]), "json")


@pytest.mark.parametrize(
    ("chosen", "has"),
    [("onboard", "--country"), ("keys", "import-browser"), ("order", "cancel"), ("sandbox", "--port")],
)
def test_only_the_command_that_is_run_is_put_together(chosen, has):
    made = {}

    def command(name, function, text):
        made[name] = common.Parser(prog=name)
        return made[name]

    cli._add_trading(command, chosen)
    assert list(made) == ["onboard", "keys", "order", "sandbox"]
    assert has in made[chosen].format_help()
    assert all(has not in parser.format_help() for name, parser in made.items() if name != chosen)


# ---- What is printed ----


def test_letters_that_an_encoding_has_not():
    error = UnicodeEncodeError("ascii", "a\u2713\u2026\u20acb", 1, 4, "x")
    assert output._plain(error) == ("+..\\u20ac", 4)
    with pytest.raises(UnicodeDecodeError):
        output._plain(UnicodeDecodeError("ascii", b"\xff", 0, 1, "x"))


def test_a_stream_that_is_not_there_has_no_number():
    with pytest.raises(io.UnsupportedOperation):
        output._Lenient(None, True).fileno()
    with (Path(os.devnull)).open("w") as null:
        assert output._Lenient(null, False).fileno() == null.fileno()


@pytest.mark.skipif(os.name != "posix", reason="the device that takes everything is POSIX's")
def test_what_a_stream_loses(tmp_path):
    with (tmp_path / "out").open("w") as file:
        lenient = output._Lenient(file, False)
        with lenient._losing():
            pass
        assert lenient.lost is False
        with lenient._losing():
            raise BrokenPipeError
        assert lenient.lost is True
        file.write("x")  # which goes nowhere, and doesn't fail at the interpreter's end
        file.flush()
        assert os.fstat(file.fileno()).st_rdev == Path(os.devnull).stat().st_rdev
        with pytest.raises(ZeroDivisionError), lenient._losing():
            raise ZeroDivisionError


def test_a_descriptor_that_goes_nowhere(tmp_path):
    with (tmp_path / "out").open("wb", buffering=0) as file:
        output._give_to_null(file.fileno())
        file.write(b"x")
        assert (tmp_path / "out").read_bytes() == b""


def test_descriptors_that_were_closed(monkeypatch):
    opened = []

    def fstat(descriptor):
        if descriptor == 1:
            raise OSError(errno.EBADF, "closed")

    with monkeypatch.context() as patched:
        patched.setattr(output.os, "fstat", fstat)
        patched.setattr(output, "_give_to_null", opened.append)
        closed = output._closed_descriptors()
    assert (closed, opened) == ({1}, [1])


def test_options_of_the_key_store():
    for writes in (False, True):
        parser = common.Parser()
        store.add_store(parser, writes=writes)
        said = parser.format_help()
        assert "--keys" in said
        assert ("--replace-key" in said) is writes


def kept(tmp_path, **options):
    place = store.Place.__new__(store.Place)
    place.path, place._passphrase = tmp_path / "folder" / "keys.json", "p"
    place._args = Namespace(**{"keys": str(tmp_path / "folder"), "replace": False, "replace_key": None} | options)
    return place


def test_a_folder_that_nothing_can_be_made_in_is_told_by_its_option(tmp_path, monkeypatch):
    kept(tmp_path).make_folder()
    assert (tmp_path / "folder").is_dir()
    monkeypatch.setattr(store.os, "access", lambda path, mode: False)
    refused("^--keys", kept(tmp_path).make_folder)
    refused(f"^{store.FOLDER_VARIABLE}", kept(tmp_path, keys=None).make_folder)


def test_whether_a_key_was_kept(tmp_path, monkeypatch):
    place, key = kept(tmp_path), object()
    monkeypatch.setattr(store.keystore, "load", lambda path, passphrase: SimpleNamespace(api_key=key))
    assert (place.holds(key), place.holds(object())) == (True, False)
    for problem in (OSError("full"), errors.KeyStoreDamaged("x")):

        def fail(path, passphrase, problem=problem):
            raise problem

        monkeypatch.setattr(store.keystore, "load", fail)
        assert place.holds(key) is False


def test_another_passphrase_is_no_empty_one(monkeypatch):
    given = iter(["old", "new", "old", ""])
    monkeypatch.setattr(store, "select", lambda args: "path")
    monkeypatch.setattr(store, "read_passphrase", lambda *_, **__: next(given))
    monkeypatch.setattr(store.keystore, "change_passphrase", lambda path, old, new: (path, old, new))
    args = Namespace(passphrase_fd=None, new_passphrase_fd=None)
    assert store.change_passphrase(args) == ("path", ("path", "old", "new"))
    refused("^new passphrase must not be empty", store.change_passphrase, args)


def test_the_wallet_that_signs_elsewhere(monkeypatch):
    pytest.importorskip("eth_keys")
    monkeypatch.setenv(store.WALLET_VARIABLE, WALLET)
    args = Namespace(address=None, provider=None, eth_key_file=None)
    wallet, address = store.wallet_of(args)
    assert (wallet.address, address) == (ADDRESS, ADDRESS)
    args.address = "0xFFcf8FDEE72ac11b5c542428B35EEF5769C409f0"
    refused(f"^address must be the wallet's, {ADDRESS}", store.wallet_of, args)
    asked = []
    monkeypatch.setattr("starkcore.ethereum.node.web3_at", lambda url, timeouts: asked.append((url, timeouts.read)))
    args.provider = "http://node.test"
    assert store.wallet_of(args)[1] == args.address
    assert asked == [("http://node.test", 60.0)]
