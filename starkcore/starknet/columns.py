"""Messages in columns: a table of integers in, columns of results out, and no Python object for a message.

A table has columns, terms and slots. A column is what the caller gives; a term is a whole number made of columns, such
as an amount in an asset's units; and each of a template's slots takes a term, or one of a few elements whose place a
column has.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any, TypeAlias

from starkcore import _native, exact
from starkcore.errors import InvalidInput, StarkcoreError, _invalid, _wrong_type
from starkcore.keys import PrivateKey, Signature, _signature
from starkcore.starknet.template import MessageTemplate

if TYPE_CHECKING:
    from typing_extensions import Buffer

    Column: TypeAlias = Buffer | int | Sequence[int]

__all__ = ["Outcomes", "Scale", "Table"]

MOST_64 = (1 << 64) - 1
_PLAIN = (1, 0, MOST_64, 0)

Scale: TypeAlias = tuple[int, int, int, int]
"""What a term is multiplied by, and its bounds: resolution, least, most, decimals; resolution × 10^-decimals."""


class Table:
    """A table of messages while it is put together. Columns and terms are named by their places."""

    __slots__ = ("_columns", "_kinds", "_terms")

    def __init__(self) -> None:
        self._columns: list[tuple[Any, ...]] = []
        self._kinds: list[type[InvalidInput]] = []
        self._terms: list[tuple[Any, ...]] = []

    def column(
        self,
        name: str,
        values: Column,
        least: int = 0,
        most: int = MOST_64,
        rule: int = _native.RULE_RANGE,
        kind: type[InvalidInput] = InvalidInput,
    ) -> int:
        """A parameter of the caller's: a buffer of integers, a list of them, or an int for all rows.

        A row whose value doesn't fit has an error of that `kind`.
        """
        self._columns.append((name, _integers(values, name), least, most, rule))
        self._kinds.append(kind)
        return len(self._columns) - 1

    def term(
        self,
        *factors: int,
        blame: int | None = None,
        scales: Sequence[Scale] = (_PLAIN,),
        scale: int | None = None,
        addend: int | None = None,
        side: int | None = None,
        rounding: tuple[int, int] = (_native.ROUND_EXACT, _native.ROUND_EXACT),
        negative: tuple[int, int] = (0, 0),
        plus: int = 0,
    ) -> int:
        """The product of these columns – `addend` is added to the last one first – and of a scale, that of `scales`
        whose place column `scale` has; plus a constant. `side` is a column of 0 and 1, which chooses the rounding and
        the sign.

        What is wrong with it is said of the column `blame`, or of the last factor.
        """
        culprit = factors[-1] if blame is None else blame
        self._terms.append((tuple(factors), addend, scale, tuple(scales), side, *rounding, *negative, culprit, plus))
        return len(self._terms) - 1

    def sign(
        self,
        key: PrivateKey,
        template: MessageTemplate,
        seed: int | None,
        slots: Sequence[tuple[int, tuple[_native.MessageElement, ...] | None]],
        threads: int,
    ) -> tuple[bytes, bytes, Outcomes, list[bytes]]:
        """Hashes, signatures, what became of each row, and each term's numbers. Wide integers are in the machine's
        order.

        Args:
            slots: for each of the template's: a term's place and None, or a column's place and the elements it chooses
                among.
        """
        hashes, signatures, statuses, *terms = _native.sign_message_table(
            key._secret, template.native, seed, tuple(self._columns), tuple(self._terms), tuple(slots), threads
        )
        names = [column[0] for column in self._columns]
        return hashes, signatures, Outcomes(statuses, tuple(zip(names, self._kinds, strict=True))), terms


class Outcomes:
    """What became of each row of a table: 0, or a status that says what is wrong with it."""

    __slots__ = ("_columns", "statuses")

    def __init__(self, statuses: bytes, columns: tuple[tuple[str, type[InvalidInput]], ...]) -> None:
        self.statuses = memoryview(statuses).cast("i")
        self._columns = columns

    @property
    def all_good(self) -> bool:
        return not any(self.statuses.tobytes())

    def counted(self) -> str:
        """How many there are, for a repr."""
        count = len(self.statuses)
        return f"{count} orders, {count - self.statuses.tolist().count(0)} not signed"

    def error(self, index: int, sentences: Mapping[tuple[str, int], str]) -> StarkcoreError:
        """The exception of a row that failed.

        `sentences`: for a column and a rule, what a venue says in its own words.
        """
        column, rule, text = _native.message_status(self.statuses[index])
        if column is None:
            return _native.order_error(self.statuses[index], index)
        name, kind = self._columns[column]
        return kind(name, sentences.get((name, rule), text), index)

    def errors(self, sentences: Mapping[tuple[str, int], str]) -> list[StarkcoreError]:
        """The exceptions of the rows that failed, in order."""
        if self.all_good:
            return []
        return [self.error(index, sentences) for index, status in enumerate(self.statuses) if status]

    def signature(self, signatures: bytes, index: int, sentences: Mapping[tuple[str, int], str]) -> Signature:
        """One row's signature; raises IndexError, or the row's own error."""
        place = range(len(self.statuses))[index]
        if self.statuses[place]:
            raise self.error(place, sentences)
        return _signature(signatures[64 * place : 64 * place + 64])


def _decimals_each(decimals: int | Sequence[int], count: int, most: int, name: str) -> list[int]:
    """Decimals in [0, most]: one number for all of `count` things, or one for each."""
    if isinstance(decimals, str) or not isinstance(decimals, (int, Sequence)):
        raise _wrong_type(name, "an int, or a sequence of ints", type(decimals))
    exact.one_by_one(decimals, name, "an int, or a sequence of ints")
    # No more than can be right: a buffer may say that it has 2^62 items.
    given = islice(decimals, count + 1) if isinstance(decimals, Sequence) else repeat(decimals, count)
    each = [exact.integer(value, name) for value in given]
    if len(each) != count:
        raise _invalid(name, "must be one for each market, or one for all")
    for i, value in enumerate(each):
        if not 0 <= value <= most:
            raise _invalid(name, f"must be in [0, {most}]", i)
    return each


def _integers(values: Column, name: str) -> Any:
    """A list or tuple of ints as a buffer of them; anything else as it is, for the native core to look at."""
    if not isinstance(values, (list, tuple)):
        return values
    for kind in "qQ":
        try:
            return array(kind, values)
        except OverflowError:
            continue
        except TypeError:
            break
    raise _invalid(name, "must be integers of at most 64 bits, all of one sign where they have 64")
