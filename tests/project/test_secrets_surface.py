"""Every public name of every module, found by looking and not by a list: a secret in any of its arguments shows up
nowhere.

What a new module exports is tested from then on. What can't be called with just anything is named in APART, with the
reason.
"""

import importlib
import inspect
import pkgutil
import random
from enum import EnumType

import pytest
from secret_search import Search

for library in ("eth_keyfile", "httpcore2", "websockets", "starlette"):
    pytest.importorskip(library)

import starkcore  # noqa: E402
from starkcore import PrivateKey, PublicKey, Signature  # noqa: E402
from starkcore.starkex import DYDX, OrderSigner  # noqa: E402

RAW = bytes.fromhex("05ec2e70b5e55edfacadec0ffeedeadbeef5afe5afe0ddba111337c0de0123ab")
HEX = "0x" + RAW.hex()
NUMBER = int(HEX, 16)
FORMS = [NUMBER, -NUMBER, NUMBER << 300, RAW, bytearray(RAW), memoryview(RAW * 2), HEX, HEX[2:], HEX + "g", HEX + " ",
         HEX * 2, str(NUMBER), float(NUMBER), [HEX], (RAW, HEX), {HEX: HEX}, {"private_key": HEX}, "\ud800" + HEX,
         "https://" + HEX[2:] + "@x.y",
         None, 1, "BUY", b"", {}]  # fmt: skip

# They start processes, servers or a terminal's program, or wait for a person. What they do with secrets has tests of
# its own.
APART = {
    "starkcore.__main__": "the program",
    "starkcore.cli": "the program: tests/commands/test_cli.py, and test_secrets_client.py",
    "starkcore.commands": "the program's commands: the same",
    "starkcore.compat.__main__": "the program: tests/compat/test_compat.py",
    "starkcore.compat.child": "what its child processes start with: the same",
    "starkcore.demo": "programs, with keys that are made up",
    "starkcore.sandbox": "the test exchange, which has no private keys: test_secrets_client.py sends it some",
    "starkcore.dydx.eth": "tests/project/test_secrets_of_accounts.py",
    "starkcore.ethereum.transactions": "the same",
}


# Parameters that are shown, because they are no place for a secret: names out of this package's own code, and names of
# files.
SHOWN = {"field", "name", "module", "extra", "path", "folder", "example"}
# Of this package's own code alone, which gives them what was checked before.
INNER = {"starkcore.dydx.auth.hmac_signature", "starkcore.extras.require"}


def modules():
    for found in pkgutil.walk_packages(starkcore.__path__, "starkcore."):
        parts = found.name.split(".")
        if any(part.startswith("_") for part in parts):
            continue
        if not any(".".join(parts[:i]) in APART for i in range(2, len(parts) + 1)):
            module = importlib.import_module(found.name)
            if module.__name__ == found.name:  # not the former name of one that has moved
                yield module
    yield starkcore


def surface():
    """{name: callable}: functions, classes, and the methods of classes that need no instance."""
    found = {}
    for module in modules():
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if not callable(thing) or getattr(thing, "__module__", "typing") == "typing" or isinstance(thing, EnumType):
                continue
            found[f"{module.__name__}.{name}"] = thing
            if isinstance(thing, type):
                for method in dir(thing):
                    if not method.startswith("_") and inspect.ismethod(getattr(thing, method)):
                        found[f"{module.__name__}.{name}.{method}"] = getattr(thing, method)
    return {name: thing for name, thing in found.items() if name not in INNER}


SURFACE = surface()
KEY = PrivateKey(RAW)
PUBLIC = KEY.public_key
OBJECTS = [KEY, PUBLIC, PUBLIC.prepare(), KEY.sign(1), DYDX, OrderSigner(KEY, position_id=1), PublicKey, Signature]
METHODS = {
    f"{type(thing).__name__}.{name}": getattr(thing, name)
    for thing in OBJECTS[:-2]
    for name in dir(thing)
    if not name.startswith("_") and callable(getattr(thing, name))
}
# The ways out: what one asks them for.
METHODS.pop("PrivateKey.secret_hex")


def parameters_of(function):
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return [inspect.Parameter("x", inspect.Parameter.POSITIONAL_ONLY)]


def try_all(search, function, chance):
    """A secret in each place, in each form; and in all places at once."""
    parameters = [p for p in parameters_of(function) if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)][:12] or [
        inspect.Parameter("x", inspect.Parameter.POSITIONAL_ONLY)
    ]
    for form in FORMS[:-5]:
        for place in range(len(parameters)):
            values = [form if i == place else chance.choice(FORMS) for i in range(len(parameters))]
            values = ["a name" if p.name in SHOWN else v for p, v in zip(parameters, values, strict=True)]
            pairs = list(zip(parameters, values, strict=True))
            positional = [v for p, v in pairs if p.kind != p.KEYWORD_ONLY]
            search.call(function, *positional, **{p.name: v for p, v in pairs if p.kind == p.KEYWORD_ONLY})


@pytest.mark.parametrize("name", [*SURFACE, *METHODS])
def test_a_secret_in_any_argument(name, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    search = Search(RAW)
    with search.listening():
        try_all(search, (SURFACE | METHODS)[name], random.Random(name))
    assert search.calls
    assert search.found("".join(capfd.readouterr())) == []


def test_what_is_apart_is_there():
    names = {found.name for found in pkgutil.walk_packages(starkcore.__path__, "starkcore.")}
    assert names >= APART.keys()
    assert len(SURFACE) > 100


def test_objects_that_hold_it(capfd):
    search = Search(RAW)
    with search.listening():
        for thing in OBJECTS:
            search.object(thing)
            for _, member in inspect.getmembers(thing):
                search.seen.write(f"\n{member!r}")
        search.object(KEY._secret)
        search.call(print, KEY, KEY._secret, OBJECTS[5])
    assert search.found("".join(capfd.readouterr())) == []


PLANTED = {
    "message": lambda v: {}[v if isinstance(v, (int, str, bytes)) else str(v)],
    "cause": lambda v: raise_from(v),
    "log": lambda v: __import__("logging").getLogger("somewhere").debug("got %s", v),
    "warning": lambda v: __import__("warnings").warn(f"odd: {v!r}", stacklevel=1),
    "output": lambda v: print(v),
}


def raise_from(value):
    try:
        raise KeyError(value)
    except KeyError:
        raise ValueError("nothing to see") from None


@pytest.mark.parametrize("way", PLANTED)
def test_a_planted_leak_is_found(way, capfd):
    for form in (NUMBER, RAW, HEX, RAW[::-1], list(RAW), NUMBER >> 128 & (1 << 64) - 1):
        search = Search(RAW)
        with search.listening():
            search.call(PLANTED[way], form)
        assert search.found("".join(capfd.readouterr())), form
