"""Values to call functions with, good ones and odd ones; and what the documentation says a parameter takes, in plain
Python.
"""

import array
import ctypes
import datetime
import re
import struct
import sys
from decimal import Decimal
from fractions import Fraction

from reference.curve import N, P

EDGES = sorted({
    edge + off for edge in (0, 1 << 31, 1 << 32, 1 << 63, 1 << 64, 1 << 128, 1 << 250, 1 << 251, N, P, 1 << 252,
                            1 << 256)
    for off in (-2, -1, 0, 1, 2)
} | {-(1 << 64), -(1 << 300), 1 << 300, 10**400, 1 << 20_000})  # fmt: skip

ODD_TEXTS = [
    "", " ", "0x", "0X", " 1", "1 ", "\t1", "-1", "+1", "1_0", "0xg", "0x0x1", "1.0", "\uff11", "\u0661", "1\0", "é",
    "\ud800",
    "\U0001f600", "0" * 65, "NaN", "sNaN", "-nan", "Infinity", "-inf", "1e400", "1e-400", "1e999999999", "-0", "1e5",
    ".5", "5.", ".", "e", "1e", "1.2.3", "1" * 97, "0." + "0" * 200 + "1", "9" * 5000, "BUY", "ETH-USD", "mainnet",
    "%s%n", "2030-01-01", "2030-01-01T00:00:00", "2030-13-01T00:00:00Z", "9999-12-31T23:59:59-23:59",
    "2030-01-01T00:00:00+24:00", "0001-01-01T00:00:00+14:00", "2030-W01-1T00:00:00Z",
]  # fmt: skip


class Mine(Exception):
    """What the objects below raise: it isn't starkcore's, and may pass through."""


def raiser(*_, **__):
    raise Mine


def short_sequence(_, index):
    """Items without an end would be the caller's own fault."""
    if isinstance(index, int) and index < 50:
        return 5
    raise IndexError


EVIL_METHODS = (
    "__index__", "__int__", "__float__", "__str__", "__repr__", "__eq__", "__hash__", "__bool__", "__len__", "__iter__",
    "__getitem__", "__bytes__", "__format__", "__lt__", "__le__", "__contains__", "__buffer__", "__getattr__",
    "__mul__", "__neg__", "__fspath__", "__complex__", "__trunc__", "encode", "as_integer_ratio", "utcoffset",
    "to_bytes", "bit_length", "keys", "is_finite", "__sub__", "__rsub__", "removeprefix", "name",
)  # fmt: skip
_kinds = {}
LIARS = []  # the objects made since this was cleared whose methods answer, and wrongly


def evil_class(base, names, what):
    """A subclass whose methods of those names raise, or answer what they should not."""
    key = base, names, what
    if key not in _kinds:
        wrong = {"raise": raiser, "none": lambda *_: None, "five": lambda *_: 5, "self": lambda self, *_: self}[what]
        methods = {name: wrong for name in names if not (name == "__hash__" and what == "self")}
        if "__getitem__" in methods and what != "raise":
            methods["__getitem__"] = short_sequence
        _kinds[key] = type(f"Evil{base.__name__.title()}", (base,), methods)
    return _kinds[key]


def evil(chance):
    base, start = chance.choice([
        (object, ()), (int, (5,)), (int, (1 << 255,)), (str, ("5",)), (str, ("ETH-USD",)), (str, ("BUY",)),
        (bytes, (bytes(32),)), (bytearray, (32,)), (float, (1.5,)), (Decimal, ("1.5",)), (list, ([1, 2],)),
        (tuple, ((1, 2),)), (dict, ()),
        (datetime.datetime, (2030, 1, 1)),
    ])  # fmt: skip
    names = tuple(chance.sample(EVIL_METHODS, chance.choice((1, 2, 5, len(EVIL_METHODS)))))
    what = chance.choice(("raise", "none", "five", "self"))
    if what != "raise":
        LIARS.append(names)
    try:
        return evil_class(base, names, what)(*start)
    except (Mine, TypeError):  # its own constructor uses them
        return evil_class(object, names, "raise")()


# ---- Twins: a value's like, of a subclass whose every method lies ----

_LIES = {
    "__hash__": hash(1), "__eq__": True, "__ne__": False, "__lt__": True, "__le__": True, "__gt__": True,
    "__ge__": True, "__str__": "1000", "__repr__": "1000", "__format__": "1000", "isoformat": "2031-01-01T00:00:00Z",
    "__len__": 3, "__int__": 2, "__index__": 2, "__float__": 2.5, "__bool__": False, "__bytes__": b"lie",
    "encode": b"lie", "__buffer__": memoryview(b"lie"), "tzinfo": None,
}  # fmt: skip
_TRUE = set(
    """__new__ __init__ __class__ __getattribute__ __setattr__ __delattr__ __init_subclass__ __subclasshook__ __dir__
    __doc__ __reduce__ __reduce_ex__ __sizeof__ __getnewargs__ __getstate__ __release_buffer__ __alloc__""".split()  # noqa: SIM905
)


def _liar(kind):
    """A subclass of a type, no method or property of which tells the truth."""
    methods = {}
    for name in {*dir(kind), "__bytes__", "__buffer__", "__index__"} - _TRUE:
        lie = _LIES.get(name, 7)
        if name in ("__iter__", "__reversed__"):
            methods[name] = lambda _: iter("32")
        elif callable(getattr(kind, name, len)):
            methods[name] = lambda *_, lie=lie, **__: lie
        else:
            methods[name] = property(lambda _, lie=lie: lie)
    return type(f"Lying{kind.__name__.title()}", (kind,), methods)


_TWINS = {kind: _liar(kind) for kind in (int, str, bytes, bytearray, float, Decimal, datetime.datetime)}


def twin(value):
    """The value as an instance of a lying subclass; of sequences and dicts, with such items. Others as they are."""
    kind = type(value)
    if kind is datetime.datetime:
        parts = value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond
        return _TWINS[kind](*parts, tzinfo=value.tzinfo, fold=value.fold)
    if kind in _TWINS:
        return _TWINS[kind](value)
    if kind in (list, tuple):
        return kind(map(twin, value))
    if kind is dict:
        return {name: twin(item) for name, item in value.items()}
    return value


def plain(outcome):
    """What an outcome says, for comparison: of exact types all through, or a finding."""
    kind = type(outcome)
    if isinstance(outcome, Exception):
        return kind, str(outcome)
    if hasattr(outcome, "secret_hex"):
        return outcome.secret_hex()
    if isinstance(outcome, memoryview):
        return outcome.tobytes()
    if isinstance(outcome, tuple(_TWINS)) and kind is not bool:
        assert kind in _TWINS, f"a {kind.__name__} came out"
        return outcome
    if isinstance(outcome, (list, tuple)):
        return [plain(item) for item in outcome]
    fields = [name for base in kind.__mro__ for name in getattr(base, "__slots__", ())]
    if fields and kind.__module__.startswith("starkcore."):
        return kind, [plain(getattr(outcome, name)) for name in fields if hasattr(outcome, name)]
    return kind if kind.__module__ == "starkcore._native" else outcome


class EvilZone(datetime.tzinfo):
    """A time zone with any answer. Where that is none, Python says so in its own words."""

    def __init__(self, answer):
        self.answer = answer

    def utcoffset(self, _):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def shrinking(chance):
    """A list that its own iterator empties."""
    items = [1, 2, 3]

    class Items(list):
        def __iter__(self):
            for item in items:
                self.clear()
                yield item

    return Items(items)


def broken_iterator(chance):
    yield 1
    raise Mine


def number(chance):
    near = chance.choice(EDGES)
    return chance.choice((near, chance.getrandbits(chance.choice((8, 64, 251, 256))), -chance.getrandbits(64)))


def text(chance):
    if chance.random() < 0.5:
        return chance.choice(ODD_TEXTS)
    digits = f"{chance.getrandbits(8 * chance.choice((1, 20, 32, 64, 66))):x}"
    place = chance.randrange(len(digits) + 1)
    return (
        chance.choice(("", "0x", "0X"))
        + digits[:place]
        + chance.choice(("", "", " ", "g", "\0", "-", "ａ", "\udfff"))
        + digits[place:]
    )


def buffer(chance):
    size = chance.choice((0, 1, 20, 31, 32, 33, 63, 64, 65, 66, 96, 128, 1000))
    data = bytearray(chance.randbytes(size) if chance.random() < 0.7 else bytes(size))
    kind = chance.randrange(12)
    if kind == 0:
        return data
    if kind == 1:
        return bytes(data)
    if kind == 2:
        return memoryview(data)[:: chance.choice((1, 2, -1))]
    if kind == 3:
        return memoryview(data).cast("c") if chance.random() < 0.5 else memoryview(data).toreadonly()
    if kind == 4 and size and size % 4 == 0:
        if chance.random() < 0.5:
            return memoryview(data).cast("I")
        LIARS.append("many dimensions")  # which memoryview can't iterate over
        return memoryview(data).cast("B", (4, size // 4))
    if kind == 5:
        return array.array(chance.choice("bBhHiIqQfd"), range(size % 17))
    if kind == 6:
        return (ctypes.c_uint8 * size)(*data)
    if kind == 7:
        return (ctypes.c_uint64 * (size // 8))()
    if kind == 8:
        released = memoryview(data)
        released.release()
        LIARS.append(released)
        return released
    if kind == 9:
        return memoryview(data)[:0]
    if kind == 10:
        return huge_buffer(chance) if chance.random() < 0.5 else repeated(size, chance.choice("bBhHiIqQ"))
    return memoryview(bytes(data))


class _View(ctypes.Structure):
    """Py_buffer, which is part of CPython's stable interface."""

    _fields_ = [
        ("buf", ctypes.c_void_p), ("obj", ctypes.py_object), ("len", ctypes.c_ssize_t), ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int), ("ndim", ctypes.c_int), ("format", ctypes.c_char_p),
        ("shape", ctypes.POINTER(ctypes.c_ssize_t)), ("strides", ctypes.POINTER(ctypes.c_ssize_t)),
        ("suboffsets", ctypes.POINTER(ctypes.c_ssize_t)), ("internal", ctypes.c_void_p),
    ]  # fmt: skip


_ONES = {size: ctypes.create_string_buffer((1).to_bytes(size, sys.byteorder), size) for size in (1, 2, 4, 8)}
_from_buffer = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.POINTER(_View))(("PyMemoryView_FromBuffer", ctypes.pythonapi))


def repeated(count, kind="B"):
    """A memoryview of one number, `count` times: its stride is 0, and it has the memory of a single item, whatever its
    length.

    What numpy.broadcast_to makes. `kind`: an integer's letter in struct.
    """
    size = struct.calcsize(kind)
    shape, strides = (ctypes.c_ssize_t * 1)(count), (ctypes.c_ssize_t * 1)(0)
    length = min(count * size, (1 << 63) - 1)
    return _from_buffer(
        _View(ctypes.addressof(_ONES[size]), None, length, size, 1, 1, kind.encode(), shape, strides, None, None)
    )


# Lengths whose bytes, 1 to 64 an item, no address space has, or whose number 64 bits don't hold.
HUGE_COUNTS = sorted(
    {(1 << bits) + off for bits in (44, 52, *range(56, 63)) for off in (0, 1, 1000)}
    | {(1 << bits) - 1 for bits in (58, 59, 61, 62, 63)}
)
HUGE = []  # the buffers of such lengths made since this was cleared; for them MemoryError is an answer, too


def huge_buffer(chance):
    view = repeated(chance.choice(HUGE_COUNTS), chance.choice("bBhHiIqQ"))
    HUGE.append(view)
    return view


def moment(chance):
    zone = chance.choice([None, datetime.UTC, datetime.timezone(datetime.timedelta(hours=-23, minutes=-59)),
                          EvilZone(None), EvilZone(Mine()), EvilZone(datetime.timedelta(hours=5)), EvilZone(5),
                          EvilZone(datetime.timedelta(days=40))])  # fmt: skip
    if isinstance(zone, EvilZone):
        LIARS.append(zone)
    year = chance.choice((1, 1970, 2014, 2030, 2499, 2500, 9999))
    return datetime.datetime(year, chance.choice((1, 12)), chance.choice((1, 31)), 23, 59, 59, 999_999, zone)


PLAIN = [None, True, False, 0.0, -0.0, 1.5, 1e300, float("nan"), float("inf"), -float("inf"), 5j, Ellipsis, object, int,
         Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), Decimal("1e400"), Decimal("1e999999999999"),
         Decimal("1e-99999"),
         Decimal("-1"), Decimal("0E+9"), Decimal(5), Fraction(1, 3), range(3), frozenset({1}), len, raiser]  # fmt: skip


def odd(chance, depth=0):
    """Anything."""
    kind = chance.randrange(10)
    if kind == 0:
        return evil(chance)
    if kind in (1, 2):
        return number(chance)
    if kind in (3, 4):
        return text(chance)
    if kind == 5:
        return buffer(chance)
    if kind == 6:
        return moment(chance)
    if kind == 7 and depth < 2:
        items = [odd(chance, depth + 1) for _ in range(chance.choice((0, 1, 2, 3)))]
        return chance.choice((items, tuple(items), iter(items), dict.fromkeys("abc", items)))
    if kind == 8:
        return chance.choice((shrinking, broken_iterator))(chance)
    return chance.choice(PLAIN)


# ---- What parameters take ----


class Refused(Exception):
    """The documentation says that the value is no such thing."""


def true_int(value):
    """The number of an int; not of a bool, and not what a subclass says of itself."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused
    return int.__add__(value, 0)


def raw(value):
    """The bytes of a contiguous buffer of single bytes."""
    try:
        view = memoryview(value)
    except Exception:
        raise Refused from None
    if not (view.c_contiguous and view.itemsize == 1):
        raise Refused
    return view.tobytes()


def buffer_of(size):
    def takes(value):
        data = raw(value)
        if len(data) != size:
            raise Refused
        return data

    return takes


def hex_bytes(value, *sizes):
    digits = re.fullmatch(r"(?:0[xX])?((?:[0-9a-fA-F]{2})*)", str.__str__(value), re.ASCII)
    if not digits or len(digits[1]) // 2 not in sizes:
        raise Refused
    return bytes.fromhex(digits[1])


def within(value, least, end):
    if not least <= value < end:
        raise Refused
    return value


def whole(bits, least=0):
    return lambda value: within(true_int(value), least, 1 << bits)


def could_be_decimal(digits):
    """Whether hex digits without 0x could as well be another number in decimal."""
    return digits.isdecimal() and len(digits) != 64 and int(digits) > 9


def any_number(least, end):
    """An int, 32 bytes, or 1 to 64 hex digits, which must have 0x where they could be decimal."""

    def takes(value):
        if isinstance(value, int):
            return within(true_int(value), least, end)
        if isinstance(value, str):
            digits = re.fullmatch(r"(?:0[xX])?([0-9a-fA-F]{1,64})", str.__str__(value), re.ASCII)
            if not digits or could_be_decimal(digits[0]):
                raise Refused
            return within(int(digits[1], 16), least, end)
        data = raw(value)
        if len(data) != 32:
            raise Refused
        return within(int.from_bytes(data, "big"), least, end)

    return takes


def some_bytes(*sizes):
    """Bytes or their hex text."""

    def takes(value):
        data = hex_bytes(value, *sizes) if isinstance(value, str) else raw(value)
        if len(data) not in sizes or (isinstance(value, str) and could_be_decimal(str.__str__(value))):
            raise Refused
        return data

    return takes


def exactly(*values):
    """One of these values, or a text or an int of a subclass that holds one."""

    def takes(value):
        held = value
        if isinstance(value, str):
            held = str.__str__(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            held = int.__add__(value, 0)
        if not any(type(held) is type(one) and held == one for one in values):
            raise Refused
        return held

    return takes
