"""Inner functions of what stands in for other libraries, one at a time: numbers, and whose functions are replaced."""

import sys
from hashlib import sha256
from types import ModuleType, SimpleNamespace

import pytest

from starkcore import PrivateKey, errors
from starkcore.compat import __main__ as script
from starkcore.compat import installing, values
from starkcore.compat.crypto_cpp_py import utils as crypto_cpp
from starkcore.compat.dydx3.starkex import helpers, signable
from starkcore.compat.fast_stark_crypto import lib
from starkcore.compat.poseidon_py import poseidon_hash
from starkcore.compat.poseidon_py import utils as poseidon_utils

P = 2**251 + 17 * 2**192 + 1


def refused(rule, call, *arguments):
    with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=rule):
        call(*arguments)


# ---- Numbers ----


def test_numbers_of_texts():
    for given, number in ((5, 5), ("5", 5), ("-5", -5), ("+5", 5), ("0" * 79 + "5", 5)):
        assert values.texts_number(given, "x", -10, 10) == number
    for wrong in ("", "0x5", "5.0", " 5", "\u0661", "--5", "5" * 81, True):
        refused("^x must be", values.texts_number, wrong, "x", -10, 10**90)
    refused(r"^x must be in \[-2\^3, 2\^3\)", values.texts_number, 8, "x", -8, 8)
    refused(r"^x must be in \[0, p\)", values.texts_number, str(P), "x", 0, P)
    assert values.texts_number(P - 1, "x", 0, P) == P - 1


def test_bounds_as_powers():
    assert [values._power(value) for value in (0, 1, 8, -8, 2**64, P)] == ["0", "2^0", "2^3", "-2^3", "2^64", "p"]


def test_what_is_signed_under_either_point():
    key = PrivateKey(5)
    r, s = key.sign(7)
    assert values.is_signed(key.public_key.x, 7, r, s) is True
    for x, message, first, second in ((key.public_key.x, 8, r, s), (key.public_key.x, 1 << 251, r, s),
    (key.public_key.x, -1, r, s),
                                      (5, 7, r, s), (P, 7, r, s)):  # fmt: skip
        assert values.is_signed(x, message, first, second) is False


def test_a_quotient_modulo_p():
    assert crypto_cpp.cpp_div_mod(1, 3, 7) == 5  # 3 · 5 = 15 = 1 modulo 7
    assert crypto_cpp.cpp_div_mod(-2, 3, 7) == 4  # 3 · 4 = 12 = 5 = -2
    refused("^m must have an inverse", crypto_cpp.cpp_div_mod, 1, 14, 7)
    refused("^p must be more than 0", crypto_cpp.cpp_div_mod, 1, 3, 0)


def test_texts_of_numbers_at_dydx():
    assert helpers.int_to_hex_32(255) == "0" * 62 + "ff"
    assert helpers.int_to_hex_32(2**256 - 1) == "f" * 64
    for wrong in (-1, 2**256):
        with pytest.raises(ValueError, match="32 bytes"):
            helpers.int_to_hex_32(wrong)
    assert helpers.deserialize_signature("0" * 63 + "5" + "0" * 62 + "ff") == (5, 255)
    with pytest.raises(ValueError, match="128 hex digits"):
        helpers.deserialize_signature("5")


def test_resolutions_of_assets():
    # dydx3, constants: ASSET_RESOLUTION.
    assert (helpers._resolution("USDC"), helpers._resolution("BTC"), helpers._resolution("ETH")) == (
        10**6,
        10**10,
        10**9,
    )
    refused("^asset must be one of", helpers._resolution, "XYZ")


def test_a_private_key_of_any_bytes():
    assert (
        helpers.private_key_from_bytes(b"a") == "0x1d61128b46faa109512e0e00fe9adf5ff52047ed61718eeeb7c0525dfcd2f8e"
    )  # dYdX's
    refused("^data must be bytes", helpers.private_key_from_bytes, "a")


def test_the_collateral_of_a_chain():
    # dYdX, GET /v3/config on mainnet.
    assert signable.collateral_of(1) == 0x02893294412A4C8F915F75892B395EBBF6859EC246EC365C3B1F56F47C3A0A5D
    refused("^network_id must be a chain", signable.collateral_of, 2)


def test_a_domain_is_made_of_short_strings():
    good = lib._domain("Perpetuals", "v0", "SN_SEPOLIA", "1")
    assert good == lib._domain("Perpetuals", "v0", "SN_SEPOLIA", "1") != lib._domain("Perpetuals", "v0", "SN_MAIN", "1")
    for place, field in enumerate(("domain_name", "domain_version", "domain_chain_id")):
        for wrong in ("x" * 32, "\u00e9"):
            texts = ["a", "b", "c"]
            texts[place] = wrong
            refused(f"^{field} must be a short string", lib._domain, *texts, "1")
    refused("^domain_revision must be", lib._domain, "a", "b", "c", "x")


def test_poseidons_constants():
    """StarkWare's poseidon3: SHA-256 of "Hades" and the constant's number, modulo p."""
    rows = poseidon_hash._constants()
    assert len(rows) == 91
    assert rows[0] == tuple(int(sha256(f"Hades{i}".encode()).hexdigest(), 16) % P for i in range(3))
    assert rows[90][2] == int(sha256(b"Hades272").hexdigest(), 16) % P


def test_bytes_and_their_order():
    assert poseidon_hash._from_bytes(b"\1\2", "x") == poseidon_hash._from_bytes(bytearray(b"\1\2"), "x") == 258
    refused("^x must be bytes", poseidon_hash._from_bytes, "12", "x")
    assert [poseidon_utils._order(order) for order in (None, "big", "little")] == ["big", "big", "little"]
    refused("^byte_order must be", poseidon_utils._order, "middle")


# ---- Whose functions are replaced ----


@pytest.fixture
def theirs(monkeypatch):
    """A library of another's, imported, and a program that has imported from it."""
    library = ModuleType("otherlib")
    exec("def add(a, b): return a + b\nclass Point: pass\nnumber = 5\nfrom json import dumps", vars(library))
    program = ModuleType("some_program")
    program.plus, program.kept = library.add, library.number
    monkeypatch.setitem(sys.modules, "otherlib", library)
    monkeypatch.setitem(sys.modules, "some_program", program)
    monkeypatch.setattr(installing, "_originals", {})
    monkeypatch.setattr(installing, "_rebound", [])
    return SimpleNamespace(
        library=library,
        program=program,
        record=SimpleNamespace(name="otherlib", package="starkcore.compat", patched=""),
    )


def test_which_libraries_are_meant():
    known = list(installing.LIBRARIES.values())
    assert installing._chosen(()) == known
    assert installing._chosen((known[1].name, known[0].name)) == [known[1], known[0]]
    refused("^names must be among", installing._chosen, ("json",))
    refused("^names must be", installing._chosen, (5,))


def test_the_state_of_a_library(theirs, monkeypatch):
    monkeypatch.setattr(installing, "_installed", {})
    library = next(iter(installing.LIBRARIES.values()))
    assert installing._state(library) == "not installed"
    installing._installed[library.name] = library
    monkeypatch.delitem(sys.modules, library.name, raising=False)
    assert installing._state(library) == "installed"
    installing._originals[1] = (library.name, None, None)
    assert installing._state(library) == "replaced"


def test_only_the_librarys_own_functions_are_replaced(theirs):
    ours = {name: object() for name in ("add", "Point", "number", "dumps", "missing")}
    pairs = installing._pairs(theirs.library, ours)
    assert pairs == [(theirs.library.add, ours["add"]), (theirs.library.Point, ours["Point"])]


def test_functions_are_replaced_in_every_module_but_ours(theirs):
    def ours(a, b):
        return "ours"

    own = ModuleType("starkcore.some_module")
    own.add = theirs.library.add
    sys.modules["starkcore.some_module"] = own
    try:
        assert vars(theirs.program) in list(installing._namespaces())
        assert vars(own) not in [space for space in installing._namespaces() if space is vars(own)]
        installing._replace(theirs.record, theirs.library, {"add": ours})
        assert (theirs.program.plus, theirs.library.add) == (ours, ours)
        assert own.add is not ours
    finally:
        del sys.modules["starkcore.some_module"]
    assert {entry[2] for entry in installing._rebound} == {"plus", "add"}
    installing._replace(theirs.record, theirs.library, {"nothing": ours})
    assert len(installing._rebound) == 2


def test_modules_of_a_library_that_are_imported(theirs, monkeypatch):
    inner = ModuleType("otherlib.inner")
    monkeypatch.setitem(sys.modules, "otherlib.inner", inner)
    monkeypatch.setitem(sys.modules, "otherlibrary", ModuleType("otherlibrary"))
    monkeypatch.setattr(installing, "_functions_for", lambda library, name: {"name": name})
    loaded = list(installing._loaded(theirs.record))
    assert loaded == [(theirs.library, {"name": "otherlib"}), (inner, {"name": "otherlib.inner"})]


def test_what_stands_for_a_module():
    library = installing.LIBRARIES["poseidon_py"]
    functions = installing._functions_for(library, "poseidon_py.poseidon_hash")
    assert functions["poseidon_hash_many"] is poseidon_hash.poseidon_hash_many
    assert installing._functions_for(library, "poseidon_py.nothing") == {}
    patched = next(one for one in installing.LIBRARIES.values() if one.patched)
    assert installing._functions_for(patched, f"{patched.name}.nothing") == {}


def test_an_import_that_is_under_way_is_waited_for(theirs, monkeypatch):
    waited = []
    theirs.library.__spec__ = SimpleNamespace(_initializing=True)
    monkeypatch.setattr(installing.importlib, "import_module", waited.append)
    installing._finish_imports(theirs.record)
    assert waited == ["otherlib"]
    theirs.library.__spec__._initializing = False
    installing._finish_imports(theirs.record)
    assert waited == ["otherlib"]


def test_originals_of_what_was_imported_from_us(theirs):
    module = ModuleType("starkcore.compat.otherlib")
    module.__all__, module.add = ["add"], lambda a, b: "ours"
    installing._remember_imported("otherlib", module)
    assert installing._originals == {}  # nobody holds it
    theirs.program.plus = module.add
    installing._remember_imported("otherlib", module)
    assert installing._originals == {id(module.add): ("otherlib", module.add, theirs.library.add)}
    installing._remember_imported("there_is_no_such_library", module)
    assert len(installing._originals) == 1


def test_a_finder_hands_on_what_it_patches(monkeypatch):
    finder = installing._Finder()
    library = SimpleNamespace(name="otherlib")
    spec = SimpleNamespace(loader="theirs")
    monkeypatch.setattr(installing, "_functions_for", lambda library, name: {"a": 1} if name == "otherlib" else {})
    monkeypatch.setattr(
        sys,
        "meta_path",
        [finder, SimpleNamespace(find_spec=lambda *_: None), SimpleNamespace(find_spec=lambda *_: spec)],
    )
    assert finder._patching(library, "otherlib.nothing", None, None) is None
    assert finder._patching(library, "otherlib", None, None) is spec
    assert (type(spec.loader), spec.loader.loader) == (installing._Patching, "theirs")


def test_a_script_is_the_main_program(tmp_path, monkeypatch):
    path = tmp_path / "script.py"
    path.write_text("import sys\nseen = (__name__, sys.modules['__main__'].__file__, sys.path[0])")
    before, there = sys.modules["__main__"], list(sys.path)
    monkeypatch.setitem(sys.modules, "__main__", before)
    monkeypatch.setattr(sys, "path", there)
    script._run_script(str(path))
    expected = there[0] if sys.flags.safe_path else str(tmp_path.resolve())
    assert sys.modules["__main__"].seen == ("__main__", str(path), expected)
    with pytest.raises(SystemExit, match="can't open"):
        script._run_script(str(tmp_path / "none.py"))


def test_a_number_of_256_bits():
    assert values.word(2**256 - 1, "seed") == 2**256 - 1
    for wrong in (-1, 2**256):
        refused(r"^seed must be in \[0, 2\^256\)", values.word, wrong, "seed")


def test_a_module_is_patched_once_it_is_loaded(monkeypatch):
    done, library = [], SimpleNamespace(name="otherlib")
    loader = SimpleNamespace(exec_module=lambda module: done.append("loaded"))
    patching = installing._Patching(library, SimpleNamespace(loader=loader))
    monkeypatch.setattr(installing, "_functions_for", lambda library, name: name)
    monkeypatch.setattr(installing, "_replace", lambda *arguments: done.append(arguments))
    monkeypatch.setattr(installing, "_installed", {"otherlib": library})
    module = ModuleType("otherlib.inner")
    patching.exec_module(module)
    assert done == ["loaded", (library, module, "otherlib.inner")]
    assert module.__loader__ is loader
    installing._installed.clear()
    patching.exec_module(module)
    assert done[2:] == ["loaded"]


@pytest.mark.parametrize(
    ("arguments", "names", "run"),
    [
        (["-m", "pkg", "x"], (), ("module", "pkg", ["pkg", "x"])),
        (["script.py", "-m"], (), ("script", "script.py", ["script.py", "-m"])),
        (["--only", "a,b", "script.py"], ("a", "b"), ("script", "script.py", ["script.py"])),
    ],
)  # fmt: skip
def test_the_stand_ins_are_installed_before_a_program_runs(monkeypatch, arguments, names, run):
    done = []
    monkeypatch.setattr(script, "install", lambda *given: done.append(given) or ["a"])
    monkeypatch.setattr(script.runpy, "run_module", lambda name, **_: done.append(("module", name, sys.argv)))
    monkeypatch.setattr(script, "_run_script", lambda path: done.append(("script", path, sys.argv)))
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", "before")
    monkeypatch.setenv(script.VARIABLE, "")
    script.main(arguments)
    assert done == [names, run]
    assert script.os.environ[script.VARIABLE] == "a"
    assert script.os.environ["PYTHONPATH"].endswith(script.os.pathsep + "before")


def test_how_the_stand_ins_are_used(monkeypatch):
    monkeypatch.setattr(script, "install", lambda *given: 1 // 0)
    for wrong in ([], ["-m"], ["--help"], ["--only", "a"]):
        with pytest.raises(SystemExit) as caught:
            script.main(wrong)
        assert caught.value.code == script._USAGE
