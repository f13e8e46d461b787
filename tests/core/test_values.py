"""Classes of values, beside those of `dataclasses` and `typing` that they stand for; and what an import doesn't wait
for.
"""

import copy
import dataclasses
import inspect
import pickle
import sys
import typing

import pytest
from new_interpreter import python

from starkcore import starkex, values

# What takes long to import, and isn't needed to make keys, orders and messages.
SLOW = (
    "asyncio", "contextlib", "dataclasses", "datetime", "decimal", "enum", "functools", "hashlib", "inspect", "json",
    "re", "ssl", "typing", "urllib.parse",
)  # fmt: skip


class Body:
    """Two fields."""

    x: int
    y: int = 5

    def both(self) -> int:
        return self.x + self.y


class Hidden:
    """A field that isn't shown, nor hashed."""

    x: int
    y: int


class Checked:
    """A class that looks at what it is given."""

    x: int

    def __post_init__(self):
        if self.x < 0:
            raise ValueError("x")


OPTIONS = [
    (Body, {}), (Body, {"kw_only": True}), (Body, {"eq": False, "repr": False}), (Hidden, {}),
    (Checked, {"kw_only": True}),
]  # fmt: skip


def pair(body, options):
    """The class as it is made here, and as `dataclasses` makes it."""
    made = []
    for module in (values, dataclasses):
        space = {name: value for name, value in vars(body).items() if name not in ("__dict__", "__weakref__")}
        if body is Hidden:
            space["y"] = module.field(repr=False, hash=False)
        made.append(module.dataclass(frozen=True, slots=True, **options)(type("Thing", (), space)))
    return made


def attempt(call):
    try:
        return dataclasses.astuple(call())
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize(("body", "options"), OPTIONS)
def test_what_is_made_is_what_dataclasses_makes(body, options):
    def seen(kind):
        one, same, other = kind(x=1, **more), kind(x=1, **more), kind(x=2, **more)
        shown = repr(one) if options.get("repr", True) else None
        return [
            shown, one == same, one == other, one == 5, one.__eq__(5), (hash(one) == hash(same)) if equal else None,
            len({one, same, other}), kind.__slots__, kind.__match_args__, kind.__name__, kind.__qualname__,
            kind.__doc__, str(inspect.signature(kind)), attempt(lambda: setattr(one, "x", 3)),
            attempt(lambda: delattr(one, "x")), attempt(kind), attempt(lambda: kind(1, 2, 3)), attempt(lambda: kind(1)),
            attempt(lambda: kind(x=-1, **more)), dataclasses.asdict(one), dataclasses.astuple(one),
            dataclasses.is_dataclass(one),
            [(item.name, item.type, item.default, item.repr, item.hash,
              item.kw_only) for item in dataclasses.fields(kind)],
            dataclasses.asdict(dataclasses.replace(one, x=7)), one.__getstate__(), hasattr(one, "__dict__"),
            attempt(lambda: dataclasses.replace(one, z=1)), kind.__dataclass_params__.frozen,
            dataclasses.asdict(copy.copy(one)), dataclasses.asdict(copy.deepcopy(one)),
        ]  # fmt: skip

    equal, more = options.get("eq", True), {"y": 2} if body is Hidden else {}
    ours, theirs = pair(body, options)
    assert seen(ours) == seen(theirs)
    with pytest.raises(dataclasses.FrozenInstanceError):  # where dataclasses itself trips over its slots until 3.13
        ours(x=1, **more).z = 3


def test_a_constructor_is_compiled_when_it_is_first_asked_for():
    """Also by a subclass, by inspection, and by threads at once, each of which may compile it."""
    made = pair(Body, {})[0]
    lazy = vars(made)["__init__"]
    assert isinstance(lazy, values._Constructor)
    narrow = type("Narrow", (made,), {"__slots__": ()})
    assert (narrow(3).x, narrow(3).y) == (3, 5)
    compiled = vars(made)["__init__"]
    assert inspect.isfunction(compiled)
    assert made.__init__ is compiled
    assert "__init__" not in vars(narrow)
    again = made(1)
    lazy.__get__(again, made)(x=7)  # as by a thread that held it when another put the function there
    assert (again.x, again.y) == (7, 5)
    assert inspect.isfunction(lazy.__get__(None, made))
    assert "__init__" not in vars(narrow)


def test_a_class_of_ours_can_be_a_base_of_a_dataclass():
    @dataclasses.dataclass(frozen=True)
    class Wide(starkex.Market):
        tick: str = "0.1"

    wide = Wide("X-USD", 5, 10, tick="1")
    assert (wide.tick, wide.resolution, dataclasses.replace(wide, tick="2").tick) == ("1", 10, "2")


@pytest.mark.parametrize(
    "one",
    [
        starkex.DYDX.markets["ETH-USD"], starkex.DYDX.networks["mainnet"],
        starkex.HumanOrder(market="a", side="BUY", size=1, price=1, limit_fee=0, expiration=5),
        starkex.Withdrawal(collateral_id=1, position_id=2, quantums_amount=3, nonce=4, expiration_hours=5),
    ],
)  # fmt: skip
def test_values_come_back_from_pickles(one):
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(one, protocol)) == one
    assert dataclasses.replace(one) == one
    assert hash(copy.deepcopy(one)) == hash(one)


def test_named_tuples_are_those_of_typing():
    body = {
        "__module__": __name__,
        "__annotations__": {"x": "int", "y": "str"},
        "__doc__": "Two.",
        "both": lambda self: self.x,
    }
    ours = type(values.NamedTuple)("Pair", (values.NamedTuple,), dict(body))
    theirs = typing.NamedTupleMeta("Pair", (typing._NamedTuple,), dict(body))
    for one, kind in ((ours(1, "a"), ours), (theirs(1, "a"), theirs)):
        assert (one, repr(one), one.both(), one._asdict()) == ((1, "a"), "Pair(x=1, y='a')", 1, {"x": 1, "y": "a"})
        assert (kind._fields, kind.__doc__, kind.__module__, kind.__bases__) == (("x", "y"), "Two.", __name__, (tuple,))
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)
    assert isinstance(starkex.SignedMessage[starkex.Transfer], type(list[int]))


# ---- What an import waits for ----------------------------------------------------------------------------------------


# How many modules of this package an import takes along.
MOST = {
    "starkcore": 8,
    "starkcore.starkex": 21,
    "starkcore.ethereum": 9,
    "starkcore.paradex": 9,
    "starkcore.extended": 9,
}


@pytest.mark.parametrize("name", MOST)
def test_an_import_waits_for_no_slow_module(name):
    """Modules are counted, not time: whatever the interpreter had before is taken out first."""
    script = (
        f"import sys\nfor name in {SLOW!r}: sys.modules.pop(name, None)\nbefore = set(sys.modules)\nimport {name}\n"
        f"new = set(sys.modules) - before\nprint(sorted(new & set({SLOW!r})), sum(n.startswith('starkcore') for n in "
        "new))"
    )
    slow, ours = python(script).rsplit(" ", 1)
    assert slow == "[]"
    assert int(ours) <= MOST[name]


def test_types_are_there_when_they_are_asked_for():
    for module in (starkex, starkex.amounts, sys.modules["starkcore.starkex.orders"]):
        assert typing.get_args(module.Amount)[0] is str
    assert typing.get_args(starkex.Side) == typing.get_args(typing.Literal["BUY"] | typing.Literal["SELL"])
    assert {"Amount", "Expiration", "Side", "OrderSigner"} <= set(dir(starkex))
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = starkex.Nothing
