"""Orders in columns: a table of integers in, columns of results out, and no Python object for an order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from starkcore import _native, exact
from starkcore.errors import StarkcoreError, _invalid, _wrong_type
from starkcore.keys import Signature, _signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from starkcore.values import dataclass

__all__ = ["SignedColumns"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SignedColumns:
    """The results of `OrderSigner.sign_columns`, in the order of its columns. `len()` tells how many.

    Attributes:
        hashes: n × 32 bytes, big-endian.
        signatures: n × 64 bytes, r and s big-endian.
        quantums_synthetic, quantums_collateral, quantums_fee: memoryviews of unsigned 64-bit integers.
        expiration_hours: a memoryview of unsigned 32-bit integers.
        statuses: a memoryview of ints, 0 where the order is signed. Where it isn't, all other results are 0.

    What is a buffer goes into NumPy as it is: `numpy.frombuffer(signed.signatures, "u1").reshape(-1, 64)`,
    `numpy.asarray(signed.quantums_fee)`.
    """

    hashes: bytes
    signatures: bytes
    quantums_synthetic: memoryview
    quantums_collateral: memoryview
    quantums_fee: memoryview
    expiration_hours: memoryview
    statuses: memoryview

    def __len__(self) -> int:
        return len(self.statuses)

    def __repr__(self) -> str:
        return f"<SignedColumns: {len(self)} orders, {len(self) - self.statuses.tolist().count(0)} not signed>"

    @property
    def all_signed(self) -> bool:
        """Whether no order failed."""
        return not any(self.statuses.tobytes())

    def errors(self) -> Iterator[StarkcoreError]:
        """The exceptions of the orders that failed, in order; `index` says which order it was."""
        if self.all_signed:
            return
        for index, status in enumerate(self.statuses):
            if status:
                yield _native.order_error(status, index)

    def signature(self, index: int) -> Signature:
        """One order's signature. `to_hex()` of it is what a request carries.

        Raises:
            IndexError, or the order's own StarkcoreError where it wasn't signed.
        """
        place = range(len(self))[index]
        if self.statuses[place]:
            raise _native.order_error(self.statuses[place], place)
        return _signature(self.signatures[64 * place : 64 * place + 64])


def signed_columns(results: tuple[bytes, ...]) -> SignedColumns:
    """A SignedColumns of what the native core returns."""
    hashes, signatures, synthetic, collateral, fee, hours, statuses = results
    return SignedColumns(
        hashes,
        signatures,
        memoryview(synthetic).cast("Q"),
        memoryview(collateral).cast("Q"),
        memoryview(fee).cast("Q"),
        memoryview(hours).cast("I"),
        memoryview(statuses).cast("i"),
    )


def decimals_of(decimals: int | Sequence[int], count: int, name: str) -> Sequence[int]:
    """The decimals of each market, from one number for all or as many as there are markets."""
    if isinstance(decimals, int):
        return [decimals] * count
    if isinstance(decimals, str) or not isinstance(decimals, Sequence):
        raise _wrong_type(name, "an int, or a sequence of ints", type(decimals))
    exact.one_by_one(decimals, name, "an int, or a sequence of ints")
    each = tuple(islice(decimals, count + 1))  # a buffer may say that it has 2^62 items
    if len(each) != count:
        raise _invalid(name, "must be one for each market, or one for all")
    return each
