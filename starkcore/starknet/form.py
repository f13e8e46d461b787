"""Forms: mappings, such as orders in dicts, read, hashed and signed natively.

A form knows what is usual and plain: texts of digits, ints, names that were seen before. What it can't read, or can't
sign, it leaves to Python code, which knows every rule and says which one is broken; so a form takes nothing that this
code refuses, and makes of it what this code makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from starkcore import _native, exact
from starkcore.errors import InvalidInput, _wrong_type
from starkcore.keys import PrivateKey, _signature
from starkcore.starknet.template import MessageTemplate

__all__ = ["Constant", "Form", "Key", "Known", "Of", "Term", "check_keys"]

_MOST_64 = (1 << 64) - 1
_AMOUNT, _FIXED, _INTEGER, _NOW, _FRESH, _CHOICE, _NAME, _OBJECT, _MOMENT = range(9)

Scale: TypeAlias = tuple[int, int, int, int]
"""Resolution, least, most, decimals: what a term is multiplied by, resolution × 10^-decimals, and its bounds."""


class Key(NamedTuple):
    """A key of a mapping, and what may stand there."""

    name: str
    kind: int
    required: bool
    least: int
    most: int
    lookup: Mapping[Any, Any] | None

    @classmethod
    def amount(cls, name: str) -> Key:
        """A decimal amount of more than zero."""
        return cls(name, _AMOUNT, True, 1, 0, None)

    @classmethod
    def rate(cls, name: str, decimals: int, *, required: bool = True) -> Key:
        """A decimal number below 1, in units of 10^-decimals; 0 where it may be left out, and is."""
        return cls(name, _FIXED, required, decimals, 0, None)

    @classmethod
    def integer(cls, name: str, least: int, most: int) -> Key:
        return cls(name, _INTEGER, True, least, most, None)

    @classmethod
    def nothing(cls, name: str) -> Key:
        """None, or left out: it counts as 0."""
        return cls(name, _INTEGER, False, 1, 0, None)

    @classmethod
    def moment(cls, name: str, least: int, most: int) -> Key:
        """A time in seconds since the epoch, an int; or a datetime with a zone, whose seconds are rounded up."""
        return cls(name, _MOMENT, True, least, most, None)

    @classmethod
    def integer_or_now(cls, name: str, least: int, most: int) -> Key:
        """An int; the `now` of the call, where it is left out."""
        return cls(name, _NOW, False, least, most, None)

    @classmethod
    def integer_or_fresh(cls, name: str, least: int, most: int) -> Key:
        """An int; a random one in [1, 2^31], where it is left out."""
        return cls(name, _FRESH, False, least, most, None)

    @classmethod
    def choice(cls, name: str, numbers: Mapping[str, int], *, required: bool = True) -> Key:
        """One of a few texts, each of which stands for a number; 0 where it may be left out, and is."""
        return cls(name, _CHOICE, required, 0, 0, numbers)

    @classmethod
    def known_name(cls, name: str, known: Known) -> Key:
        return cls(name, _NAME, True, 0, 0, known.records)

    @classmethod
    def known_object(cls, name: str, known: Known) -> Key:
        return cls(name, _OBJECT, True, 0, 0, known.records)


class Known:
    """Names, or objects by their identity, and what they stand for in messages.

    It forgets all when there are too many.
    """

    __slots__ = ("most", "records")

    def __init__(self, most: int) -> None:
        self.most = most
        self.records: dict[Any, Any] = {}

    def add_name(self, name: str, element: _native.MessageElement) -> None:
        if name not in self.records:
            self._add(name, _native.MessageRecord.of((element,), ()))

    def add_object(self, value: object, elements: Iterable[int], scales: tuple[Scale, ...]) -> None:
        """`scales`: with as many decimals as amounts have that count no decimals."""
        if id(value) not in self.records:
            ready = tuple(_native.MessageElement.of(element) for element in elements)
            self._add(id(value), (value, _native.MessageRecord.of(ready, scales)))

    def _add(self, key: Any, value: Any) -> None:
        if len(self.records) >= self.most:
            self.records.clear()
        self.records[key] = value


class Term(NamedTuple):
    """A whole number: the product of the values of at most three keys and of a scale, rounded, and `plus` added.

    Attributes:
        factors: the keys. To the value of the last one that of `addend` is added first.
        side: a key whose value, 0 or 1, chooses the rounding and the sign.
        record, place: the scale is that of this place of the record of a key; where there is none, it is `scale`.
        amounts: keys whose decimals the scale is divided by.
    """

    factors: tuple[str, ...]
    addend: str | None = None
    side: str | None = None
    rounding: tuple[int, int] = (_native.ROUND_EXACT, _native.ROUND_EXACT)
    negative: tuple[int, int] = (0, 0)
    plus: int = 0
    record: str | None = None
    place: int = 0
    amounts: tuple[str, ...] = ()
    scale: Scale = (1, 0, _MOST_64, 0)


class Of(NamedTuple):
    """What fills a slot, when it is no term: an element of the record of a key, or the one of `elements` that a key
    chooses.
    """

    key: str
    place: int = 0
    elements: tuple[_native.MessageElement, ...] | None = None


class Constant(NamedTuple):
    """A result that is the same in all."""

    value: Any


class Form:
    """How mappings become signed messages of a template.

    Args:
        template: the messages' shape.
        made: what comes of a mapping, a named tuple: the signature, the hash, and `results`.
        keys: those of a mapping; none else may be in it.
        terms: numbers that are made of the keys' values.
        slots: for each of the template's slots a term's place, or an `Of`.
        results: for each field of `made` after the hash a term's place, or a `Constant`.
    """

    __slots__ = ("native",)

    def __init__(
        self,
        template: MessageTemplate,
        made: type,
        keys: Sequence[Key],
        terms: Sequence[Term],
        slots: Sequence[int | Of],
        results: Sequence[int | Constant],
    ) -> None:
        place = {key.name: i for i, key in enumerate(keys)}
        native_terms = tuple(
            (
                *(tuple(map(place.__getitem__, term.factors)), _place(place, term.addend), _place(place, term.side)),
                *(*term.rounding, *term.negative, term.plus, _place(place, term.record), term.place),
                *(tuple(map(place.__getitem__, term.amounts)), term.scale),
            )
            for term in terms
        )
        self.native = _native.MessageForm.of(
            template.native,
            made,
            _signature,
            Decimal,
            tuple(map(tuple, keys)),
            native_terms,
            tuple(_slot(place, slot) for slot in slots),
            tuple((None, result.value) if isinstance(result, Constant) else result for result in results),
        )

    def sign_all(
        self,
        key: PrivateKey,
        orders: Iterable[object],
        seed: int | None,
        unusual: Callable[[list[object]], list[Any]],
        *,
        now: int = 0,
        threads: int = 1,
    ) -> list[Any]:
        """What comes of each of a caller's orders; of those that the form leaves, what `unusual` says."""
        exact.several(orders, "orders", "a sequence of orders")
        given = tuple(orders)
        outcomes = self.sign(key, given, seed, now=now, threads=threads)
        left = [i for i, outcome in enumerate(outcomes) if outcome is None]
        if left:
            for i, outcome in zip(left, unusual([given[i] for i in left]), strict=True):
                outcomes[i] = outcome
        return outcomes

    def sign(
        self, key: PrivateKey, rows: Sequence[object], seed: int | None, *, now: int = 0, threads: int = 1
    ) -> list[Any]:
        """What comes of each mapping, in order; None for one that the form can't read, or can't sign."""
        return _native.sign_rows(key._secret, self.native, rows, seed, now, threads)


def check_keys(order: object, required: frozenset[str], optional: frozenset[str]) -> Mapping[str, Any]:
    """An order of a caller's batch, which must be a mapping with these keys.

    Raises:
        InvalidInput, InputTypeError: it isn't.
    """
    if not isinstance(order, Mapping):
        raise _wrong_type("order", "a mapping", type(order))
    if not required <= order.keys() <= required | optional:
        names = ", ".join(sorted(required)), ", ".join(sorted(optional))
        raise InvalidInput("order", f"must have {names[0]}, and may have {names[1]}; nothing else")
    return order


def _place(places: Mapping[str, int], name: str | None) -> int | None:
    return None if name is None else places[name]


def _slot(places: Mapping[str, int], slot: int | Of) -> tuple[Any, ...]:
    if not isinstance(slot, Of):
        return (slot,)
    key = places[slot.key]
    return (key, slot.place) if slot.elements is None else (key, None, slot.elements)
