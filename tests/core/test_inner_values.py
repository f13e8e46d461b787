"""Inner functions of the package itself, one at a time: exact values, errors, docstrings, classes of values."""

import dataclasses
from enum import IntEnum
from types import SimpleNamespace

import pytest

from starkcore import PrivateKey, described, errors, exact, keys, values


class Lying(str):
    """Equal to everything."""

    __slots__ = ()

    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash("up")

    def __bool__(self):
        return True


def test_a_text_that_is_not_empty():
    assert exact.some_text("x", "name") == "x"
    for wrong in ("", Lying("")):
        with pytest.raises(errors.InvalidInput, match=r"^name must not be empty"):
            exact.some_text(wrong, "name")
    with pytest.raises(errors.InputTypeError):
        exact.some_text(None, "name")


def test_one_of_some_words():
    assert exact.one_of("up", "rounding", "up", "down") == "up"
    for wrong in ("Up", "", Lying("x")):
        with pytest.raises(errors.InvalidInput, match=r'^rounding must be "a", "up" or "down"'):
            exact.one_of(wrong, "rounding", "a", "up", "down")
    with pytest.raises(errors.InputTypeError):
        exact.one_of(5, "rounding", "up", "down")


class Number(IntEnum):
    """A subclass of int."""

    FIVE = 5


def test_fields_of_subclasses_become_plain():
    class Bytes(bytes):
        pass

    held = SimpleNamespace(a=Number.FIVE, b=Lying("x"), c=Bytes(b"y"), d=True, e=[1], f=Number.FIVE)
    exact.plain_fields(held, ("a", "b", "c", "d", "e"))
    assert [type(value) for value in (held.a, held.b, held.c, held.d, held.e, held.f)] == [
        int,
        str,
        bytes,
        bool,
        list,
        Number,
    ]
    assert (held.a, held.b, held.c) == (5, "x", b"y")


def test_an_error_under_the_callers_own_name():
    error = errors.InvalidInput("receiver_key", "must be a key", 3)
    assert errors._renamed(error, {"receiver_key": "lp_key"}) is error
    assert (error.field, error.rule, error.index, "lp_key" in str(error)) == ("lp_key", "must be a key", 3, True)
    other = errors.InvalidInput("amount", "must")
    errors._renamed(other, {"receiver_key": "lp_key"})
    assert other.field == "amount"
    plain = errors.StarkcoreError("x")
    assert errors._renamed(plain, {"x": "y"}) is plain


def test_what_is_a_buffer():
    assert [keys._is_buffer(value) for value in (b"", bytearray(), memoryview(b""), "x", 5, None, [1])] == [
        True
    ] * 3 + [False] * 4


def test_a_sequence_of_things():
    assert keys._tuple_of(iter([1, 2]), "hashes") == (1, 2)
    for wrong in ("12", {1: 2}, 5, None):
        with pytest.raises(errors.InputTypeError, match=r"^hashes must be a sequence"):
            keys._tuple_of(wrong, "hashes")


def test_bytes_of_things_of_one_kind():
    public = PrivateKey(1).public_key
    assert keys._raw_items([public, public], keys.PublicKey, "public_keys") == (public._data, public._data)
    with pytest.raises(errors.InputTypeError, match="public_keys must be a sequence of PublicKey") as caught:
        keys._raw_items([public, 5], keys.PublicKey, "public_keys")
    assert caught.value.index == 1


def test_attributes_of_a_docstring():
    text = "A point.\n\n    Attributes:\n        x, y: coordinates,\n            in metres.\n        z: height.\n\n"
    text += "    More.\n"
    assert described._attributes(text) == [("x, y", "coordinates, in metres."), ("z", "height.")]
    assert described._attributes("nothing") == []
    assert described._attributes("Attributes:\n    a: b\nc: d") == [("a", "b")]


class Point:
    """With a method of its own, and one that the fields would give it."""

    x: int
    y: int = 5

    def __repr__(self):
        return "own"


def test_a_class_of_values_is_made():
    made = values._made(Point, True, True, True)
    assert (repr(made(x=1)), made(x=1) == made(x=1, y=5), made.__slots__, made.__match_args__) == (
        "own",
        True,
        ("x", "y"),
        (),
    )
    with pytest.raises(TypeError):
        made(1)
    assert values._made(Point, False, True, True).__match_args__ == ("x", "y")


def test_methods_that_fields_give_a_class():
    class Made:
        """Two fields, one of which is neither shown nor hashed."""

        def __init__(self, x, y):
            self.__dict__.update(x=x, y=y)

    known = [("x", None), ("y", values.field(repr=False, hash=False))]
    names = [name for name, _ in values._methods(Made, known, False, False)]
    assert names == ["__setattr__", "__delattr__"]
    methods = dict(values._methods(Made, known, True, True))
    one, other = Made(1, 2), Made(1, 3)
    assert methods["__repr__"](one).endswith("Made(x=1)")
    assert methods["__hash__"](one) == methods["__hash__"](other)
    assert (methods["__eq__"](one, other), methods["__eq__"](one, Made(1, 2)), methods["__eq__"](one, 5)) == (
        False,
        True,
        NotImplemented,
    )
    for call in (lambda: methods["__setattr__"](one, "x", 5), lambda: methods["__delattr__"](one, "x")):
        with pytest.raises(dataclasses.FrozenInstanceError, match="field 'x'"):
            call()
