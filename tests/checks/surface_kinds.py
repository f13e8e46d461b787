"""Kinds of parameters for python_surface.py and message_surface.py: how to make a good value, what the documentation
takes.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import odd_values as odd
from odd_values import Refused
from reference.curve import N, P

from starkcore import PrivateKey, PublicKey, Signature
from starkcore.starkex import DYDX

D = 0x58C7D5A90B1776BDE86EBAC077E053ED85B0F7164F53B080304A531947F46E3
KEY = PrivateKey(D)
PUBLIC, SIGNATURE = KEY.public_key, KEY.sign(1)


@dataclass(frozen=True)
class Kind:
    """A parameter: how to make a good value, what the documentation takes (None: not told here), and how to make an odd
    one.
    """

    good: Callable
    takes: Callable | None = None
    odd: Callable = odd.odd


@dataclass(frozen=True)
class Function:
    call: Callable
    positional: tuple = ()
    keywords: dict = field(default_factory=dict)
    answer: Callable | None = None  # of what the parameters take, in the oracle; may raise Refused
    shape: Callable = lambda result: result
    repeats: bool = True  # whether the same arguments have the same outcome
    allowed: tuple = ()  # exceptions that are documented, and not starkcore's


def in_some_form(value, chance):
    data = value.to_bytes(32, "big")
    return chance.choice((value, data, bytearray(data), memoryview(data), hex(value), f"{value:064X}"))


def number_kind(end, least=0):
    return buffer_kind(lambda c: in_some_form(edge(c, least, end), c), odd.any_number(least, end))


def edge(chance, least, end):
    """In range: anywhere, at an edge, or with runs of zeros and ones."""
    if chance.random() < 0.5:
        return chance.randrange(least, end)
    value = chance.choice([e for e in odd.EDGES if least <= e < end])
    return value ^ chance.choice((0, 1 << chance.randrange(250))) if least <= value ^ 1 < end else value


def int_kind(bits, least=0):
    return Kind(lambda c: min(max(edge(c, least, 1 << bits), least), (1 << bits) - 1), odd.whole(bits, least))


def choice(*values):
    return Kind(lambda c: c.choice(values), odd.exactly(*values))


def optional(kind):
    return Kind(
        lambda c: c.choice((None, kind.good(c))),
        kind.takes and (lambda v: None if v is None else kind.takes(v)),
        kind.odd,
    )


def good_amount(chance):
    whole, part = chance.randrange(10**6), chance.randrange(10**9)
    forms = (
        str(whole),
        f"{whole}.{part}",
        whole,
        Decimal(part).scaleb(-chance.randrange(12)),
        f"{part}e-{chance.randrange(9)}",
    )
    return chance.choice(forms)


def amount_takes(value):
    if isinstance(value, bool) or not isinstance(value, (str, Decimal, int)):
        raise Refused
    return value


def odd_buffer(chance):
    """For parameters that take a buffer: often one that is longer than memory."""
    return odd.huge_buffer(chance) if chance.random() < 0.25 else odd.odd(chance)


def buffer_kind(good, takes=None):
    return Kind(good, takes, odd_buffer)


BYTES = buffer_kind(lambda c: c.choice((bytes, bytearray))(c.randbytes(c.choice((0, 1, 32, 66, 200)))), odd.raw)
HASH, SECRET = number_kind(1 << 251), number_kind(N, 1)
SEED = optional(int_kind(256))
EXTRA = optional(buffer_kind(lambda c: c.randbytes(32), odd.buffer_of(32)))
SIGNED = Kind(
    lambda c: Signature(c.getrandbits(256), c.getrandbits(256)) if c.random() < 0.3 else KEY.sign(c.choice((0, 1, 2)))
)
POINT = Kind(lambda c: c.choice((PUBLIC, PublicKey.from_x(PUBLIC.x), PrivateKey(c.randrange(1, N)).public_key)))
BOOL = choice(True, False)
FIELD = number_kind(P)
X = buffer_kind(lambda c: in_some_form(c.choice((PUBLIC.x, PUBLIC.x, 5, 0, P - 1)), c), odd.any_number(0, P))
Y = buffer_kind(lambda c: in_some_form(c.choice((PUBLIC.y, PUBLIC.y, P - PUBLIC.y, 5)), c), odd.any_number(0, P))
THREADS = Kind(lambda c: c.choice((1, 1, 2, 256)), lambda v: odd.within(odd.true_int(v), 1, 257))
AMOUNT = Kind(good_amount, amount_takes)
# to_step takes floats, on purpose.
TO_ROUND = Kind(good_amount, lambda v: v if isinstance(v, float) else amount_takes(v))
EXPIRATION = Kind(lambda c: c.choice((4_102_444_800, 1.6e9, "2030-01-01T00:00:00Z", Decimal("1600000000.5"),
                                      datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC))))  # fmt: skip
MARKET, SIDE = Kind(lambda c: c.choice(list(DYDX.markets))), choice("BUY", "SELL")
CLIENT_ID = optional(Kind(lambda c: c.choice(("", "a", "é" * 99))))
NONCE, POSITION = optional(int_kind(32)), optional(int_kind(64))
ADDRESS = buffer_kind(lambda c: c.choice((c.randbytes(20), c.randbytes(20).hex(), "0x" + c.randbytes(20).hex())))
NETWORK = choice("mainnet", "sepolia", 1, 11155111)
VENUE = Kind(lambda c: DYDX)
COLUMN = buffer_kind(
    lambda c: c.choice(
        (0, 1, 2, 10**6, odd.array.array("q", [1, 2, 3]), memoryview(bytes(range(9)))[::3], odd.repeated(3))
    )
)
DECIMALS = Kind(lambda c: c.choice((0, 3, 36, [3])), None, odd_buffer)
BARE = POINT, HASH, SIGNED


def sequence(kind, most=5):
    return Kind(lambda c: c.choice((list, tuple, iter))([kind.good(c) for _ in range(c.randrange(most))]))
