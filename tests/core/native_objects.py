"""Every way to a half-made native object: for the types that the native module has, found by looking at it.

As a program, `python tests/core/native_objects.py PART [--planted NAME]` goes through one part and says on each line
what it is about to do, so that whoever started it knows what ended the process. test_native_objects.py starts it.
"""

import argparse
import contextlib
import copy
import copyreg
import gc
import pickle
import random
import sys
import types
import weakref

from starkcore import PrivateKey, _native
from starkcore.paradex import OrderSigner
from starkcore.starkex import DYDX, OrderTerms
from starkcore.starkex import OrderSigner as StarkexSigner
from starkcore.starkex.orders import OrderReader


def found_types():
    """{type: an instance}: the module's types, and those of what they and its functions are made of; but for Python's
    own.
    """
    key = PrivateKey(5)
    terms = OrderTerms(
        market="BTC-USD", side="BUY", size="1", price="1", limit_fee="0", expiration=4102444800, client_id="x"
    )
    parts = OrderReader(DYDX, DYDX.network("mainnet"), 1).read(terms, None)[0]
    messages = _native.MessageTemplate.of(0, (1,), (2, None)), _native.MessageElement.of(5)
    read = OrderSigner(key, account=1)._forms[0].native, _native.MessageRecord.of(messages[1:], ())
    reader = OrderReader(DYDX, DYDX.network("mainnet"), 1).native
    method = vars(StarkexSigner)["sign_order"]
    prepared = reader, method, key._secret, key.public_key.prepare()._tables[0], *parts[:2], *messages, *read
    examples = {type(thing): thing for thing in prepared}
    seen, left = {}, [_native]
    while left:
        thing = left.pop()
        if id(thing) in seen or type(thing) in (int, str, bytes, float, type(None)):
            continue
        seen[id(thing)] = thing
        left += [type(thing), getattr(thing, "__self__", None), getattr(thing, "__func__", None)]
        if isinstance(thing, type):
            left += thing.__mro__
        if isinstance(thing, type) or thing is _native:
            left += [value for value in vars(thing).values() if is_ours(thing)]
    every = [thing for thing in seen.values() if isinstance(thing, type) and is_ours(thing)]
    for kind in every:
        examples.setdefault(kind, next((thing for thing in seen.values() if type(thing) is kind), None))
    return {kind: examples[kind] for kind in every}


def is_ours(thing):
    name = getattr(thing, "__module__", None) or getattr(thing, "__name__", "")
    return name.startswith(("starkcore", "pybind11", "__main__"))


def makers(kind, one):
    """(what it is, a call that must not give out another instance of the type)."""
    name = f"{kind.__module__}\n{kind.__qualname__}\n".encode()
    for base in kind.__mro__:
        yield f"{base.__name__}.__new__(T)", lambda base=base: base.__new__(kind)
        yield f"{base.__name__}.__new__(itself)", lambda base=base: base.__new__(base)
        yield f"{base.__name__}()", lambda base=base: base()
        yield f"{base.__name__}.__init__", lambda base=base: (base.__init__(one), one)[1]
        yield f"{base.__name__}.__init__(5)", lambda base=base: (base.__init__(one, 5), one)[1]
    for arguments in ((), (5,), (b"",), (one,), (1, 2), (1, 2, 3, 4, 5)):
        yield f"T{arguments!r:.20}", lambda arguments=arguments: kind(*arguments)
        yield f"T.__new__(T, {arguments!r:.20})", lambda arguments=arguments: kind.__new__(kind, *arguments)
    yield "type.__call__", lambda: type.__call__(kind)
    yield "copyreg.__newobj__", lambda: copyreg.__newobj__(kind)
    yield "copyreg.__newobj_ex__", lambda: copyreg.__newobj_ex__(kind, (), {})
    yield "copyreg._reconstructor", lambda: copyreg._reconstructor(kind, object, None)
    yield (
        "a pickle's reconstructor",
        lambda: pickle.loads(b"ccopyreg\n_reconstructor\n(c" + name + b"cbuiltins\nobject\nNtR."),
    )
    yield "a pickle's NEWOBJ", lambda: pickle.loads(b"\x80\x02c" + name + b")\x81.")
    yield "a pickle's INST", lambda: pickle.loads(b"(i" + name + b".")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        yield f"pickle {protocol}", lambda p=protocol: pickle.loads(pickle.dumps(one, p))
        yield f"__reduce_ex__({protocol})", lambda p=protocol: rebuilt(one.__reduce_ex__(p))
        yield f"object.__reduce_ex__({protocol})", lambda p=protocol: rebuilt(object.__reduce_ex__(one, p))
    yield "__reduce__", lambda: rebuilt(one.__reduce__())
    yield "object.__reduce__", lambda: rebuilt(object.__reduce__(one))
    yield "copy", lambda: copy.copy(one)
    yield "deepcopy", lambda: copy.deepcopy([one])[0]
    yield "a subclass", lambda: type("Sub", (kind,), {})()
    yield "a subclass with __new__", lambda: type("Sub", (kind,), {"__new__": lambda c: object.__new__(c)})()
    yield "a subclass with __slots__", lambda: type("Sub", (kind,), {"__slots__": ()})()
    yield "a subclass with another base", lambda: type("Sub", (kind, Exception), {})()
    yield "types.new_class", lambda: types.new_class("Sub", (kind,))()
    yield "a class's __bases__", lambda: set_bases(kind)
    yield "__new__ put back", lambda: (setattr(kind, "__new__", object.__new__), kind())[1]
    yield "__new__ taken away", lambda: (delattr(kind, "__new__"), kind())[1]
    for other in (Plain, Slotted, types.SimpleNamespace, Exception):
        yield f"{other.__name__}.__class__ = T", lambda other=other: set_class(other(), kind)
        yield f"__class__ = {other.__name__}", lambda other=other: set_class(one, other)
    yield "__setstate__", lambda: one.__setstate__({})
    yield "__getstate__", lambda: object.__getstate__(one)
    yield "weakref", lambda: weakref.ref(one)()
    yield "an attribute", lambda: setattr(one, "note", 1)
    yield "vars", lambda: vars(one)
    yield "gc", lambda: [thing for thing in gc.get_objects() if type(thing) is kind]
    yield "gc, of the type", lambda: gc.get_referents(kind) and None


class Plain:
    pass


class Slotted:
    __slots__ = ()


def rebuilt(reduced):
    made = reduced[0](*reduced[1])
    if len(reduced) > 2 and reduced[2] is not None:
        made.__setstate__(reduced[2])
    return made


def set_class(thing, kind):
    thing.__class__ = kind
    return thing


def set_bases(kind):
    Plain.__bases__ = (kind,)
    return Plain()


def make_all(kind, one):
    """Each way; then, if it gave something out, all that can be called of it."""
    good = True
    for what, call in makers(kind, one):
        say(kind, what)
        made = one
        with contextlib.suppress(Exception):
            made = call()
        if isinstance(made, kind) and made is not one:
            say(kind, f"{what}: HALF-MADE")
            good = False
            call_all(made)
    return good


def call_all(thing):
    for name in dir(thing):
        with contextlib.suppress(Exception):
            getattr(thing, name)()


def callables(kinds):
    """(name, call) of everything in the module and in the types."""
    for name, value in vars(_native).items():
        if callable(value) and not isinstance(value, type) and getattr(value, "__self__", None) is _native:
            yield name, value
    yield from methods(kinds)


def methods(kinds):
    """(name, call) of everything in the types, unbound."""
    for kind in kinds:
        for name in dir(kind):
            if callable(getattr(kind, name)) and name not in ("__class__", "__subclasshook__"):
                yield f"{kind.__name__}.{name}", getattr(kind, name)


def call_wrongly(functions, kinds, seed):
    """Everything with each number of arguments: a value in all places, and mixed ones; instances are among the
    values.
    """
    chance = random.Random(seed)
    values = [None, 5, -1, 1 << 64, True, 1.5, "x", "\ud800", b"", bytes(32), bytes(64), (), (1,), (b"",) * 3,
              ((1, 2, 3),), [], [(1, 2)], {}, object(), object, *kinds, *kinds.values()]  # fmt: skip
    for name, call in functions:
        print(f"{name}, with odd arguments", flush=True)
        for count in range(10):
            for value in values[:: 1 if count < 5 else 3]:
                with contextlib.suppress(Exception):
                    call(*[value] * count)
            for _ in range(5):
                with contextlib.suppress(Exception):
                    call(*(chance.choice(values) for _ in range(count)))


# ---- Planted: what must be found ----


class HasNoValue:
    """A type as those were: __new__ gives out instances that have no value, and reading one ends the process."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def read(self):
        import ctypes

        ctypes.string_at(0 if not hasattr(self, "value") else ctypes.addressof(ctypes.c_int(0)), 1)


class Unguarded:
    """A type that makes no instance, and has a method that trusts its self."""

    __slots__ = ("value",)

    def __new__(cls, *arguments):
        if arguments != ("me",):
            raise TypeError
        return super().__new__(cls)

    def __reduce_ex__(self, protocol):
        raise TypeError

    __reduce__ = __reduce_ex__

    def read(self):
        import ctypes

        ctypes.string_at(5 if not isinstance(self, Unguarded) else ctypes.addressof(ctypes.c_int(0)), 1)


PLANTED = {"half-made": lambda: {HasNoValue: HasNoValue(1)}, "trusts its self": lambda: {Unguarded: Unguarded("me")}}


def say(kind, what):
    print(f"{kind.__name__}: {what}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("part", help="a type's name, or 'calls'")
    parser.add_argument("--planted", choices=PLANTED)
    options = parser.parse_args()
    kinds = PLANTED[options.planted]() if options.planted else found_types()
    if options.part == "calls":
        functions = callables(kinds)
        call_wrongly(methods(kinds) if options.planted else functions, kinds, "calls")
        return 0
    (chosen,) = (kind for kind in kinds if kind.__name__ == options.part)
    return 0 if make_all(chosen, kinds[chosen]) else 1


if __name__ == "__main__":
    sys.exit(main())
