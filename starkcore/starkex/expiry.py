"""When a message expires: from the forms in which programs have a time to whole hours since the epoch.

StarkEx counts hours. dYdX rounds up, and adds a week to orders, so that an order that lives until its last second can
still be settled on chain. All arithmetic is exact: 16:00:00.000001 is already the next hour.
"""

from __future__ import annotations

from starkcore import exact
from starkcore.errors import InvalidExpiration, _wrong_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    # What an expiry may be given as: an aware datetime, seconds since the epoch, or ISO 8601 text with a time zone.
    Expiration = datetime | int | float | Decimal | str

__all__ = ["Expiration", "expiration_hours"]

# The hours of 2015-01-01 and 2500-01-01. Outside, a number isn't an expiry in seconds: StarkEx is younger than 2015,
# and 2500 in seconds is 1987 in ms. The core has the same rule for whole seconds, in csrc/starkex/expiry.hpp.
_EARLIEST_HOUR = 394_464
_LATEST_HOUR = 4_645_896
_LATEST_SECOND = 1e15  # far beyond: what isn't below is out of range, whatever it is exactly


def expiration_hours(expiration: Expiration, *, buffer_hours: int = 0, round_up: bool = True) -> int:
    """Whole hours since the epoch, ceil(seconds / 3600) + buffer_hours.

    Args:
        expiration: an aware datetime; seconds since the epoch as int, float or Decimal; or ISO 8601 text with a time
            zone, "2020-09-17T04:15:55.028Z". Refused: a datetime or text without a zone, milliseconds.
        buffer_hours: an int; dYdX adds 168 to orders, 0 to transfers and withdrawals.
        round_up: edgeX rounds down.

    Raises:
        InvalidExpiration, InputTypeError

    >>> expiration_hours("2020-09-17T04:15:55.028Z", buffer_hours=168)  # dYdX's published order
    444701
    """
    buffer = exact.integer(buffer_hours, "buffer_hours")
    if not isinstance(round_up, bool):
        raise _wrong_type("round_up", "a bool", type(round_up))
    return whole_hours(expiration, round_up, None) + buffer


def whole_hours(expiration: Expiration, round_up: bool, now: float | None) -> int:
    """`expiration_hours` without a buffer.

    When `now` is given, in seconds since the epoch, the expiry must be later.
    """
    return exact_hours(exact_expiration(expiration), round_up, now)


def exact_hours(expiration: Expiration, round_up: bool, now: float | None) -> int:
    """The same of an exact expiry."""
    if type(expiration) is int:
        numerator, denominator = expiration, 1
    elif type(expiration) is float and 0 < expiration < _LATEST_SECOND:
        numerator, denominator = expiration.as_integer_ratio()
    else:
        numerator, denominator = _exact_seconds(expiration)
    hour = 3600 * denominator
    hours = -(-numerator // hour) if round_up else numerator // hour
    if not _EARLIEST_HOUR <= hours <= _LATEST_HOUR:
        raise InvalidExpiration("expiration", _out_of_range(hours))
    if now is not None and numerator <= now * denominator:
        raise InvalidExpiration("expiration", "must be in the future")
    return hours


def _out_of_range(hours: int) -> str:
    if hours > _LATEST_HOUR:
        return "must be in seconds since the epoch: this is after the year 2500, are these milliseconds?"
    return "must be in seconds since the epoch: this is before the year 2015"


def exact_expiration(expiration: Expiration) -> Expiration:
    """An expiry as a value of Python's own types: text, a number, or a datetime whose zone was asked."""
    if type(expiration) in (int, str, float):
        return expiration
    if exact.is_a(expiration, str):
        return exact.text(expiration, "expiration")
    if exact.is_a(expiration, float):
        return exact.real(expiration)  # type: ignore[arg-type]
    from datetime import datetime, timezone
    from decimal import Decimal

    if type(expiration) is datetime and type(expiration.tzinfo) is timezone:
        return expiration
    if exact.is_a(expiration, datetime):
        return _zoned(expiration)  # type: ignore[arg-type]
    if exact.is_a(expiration, Decimal):
        return exact.unscaled(expiration)  # type: ignore[arg-type]
    return exact.integer(expiration, "expiration", "a datetime, seconds since the epoch or ISO 8601 text")


def _zoned(value: datetime) -> datetime:
    moment = exact.moment(value)
    if moment is None:
        raise InvalidExpiration(
            "expiration", "must have a time zone: without one its meaning depends on where the program runs"
        )
    return moment


def _seconds(expiration: Expiration) -> tuple[int, int]:
    """Seconds since the epoch as an exact fraction."""
    return _exact_seconds(exact_expiration(expiration))


def _exact_seconds(expiration: Expiration) -> tuple[int, int]:
    """The same of an exact expiry."""
    from datetime import UTC, datetime
    from decimal import Decimal
    from math import isfinite

    if isinstance(expiration, str):
        expiration = _zoned(_parse(expiration))
    if isinstance(expiration, datetime):
        passed = expiration - datetime(1970, 1, 1, tzinfo=UTC)
        return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds, 1_000_000
    if isinstance(expiration, int):
        return expiration, 1
    seconds: float | Decimal = expiration
    if not (seconds.is_finite() if isinstance(seconds, Decimal) else isfinite(seconds)):
        raise InvalidExpiration("expiration", "must be a finite number of seconds since the epoch")
    rough = float(seconds)
    if not 0 < rough < _LATEST_SECOND:
        # Out of range anyway: no need for a fraction of a million digits.
        return int(min(max(rough, -1), _LATEST_SECOND)), 1
    return seconds.as_integer_ratio()


def _parse(text: str) -> datetime:
    moment = exact.iso_8601(text)
    if moment is None:
        raise InvalidExpiration(
            "expiration", 'must be ISO 8601 text such as "2030-01-02T03:04:05Z", with at most six decimals'
        )
    return moment


def __getattr__(name: str) -> object:
    """`Expiration`, the type: made when it is asked for, with `datetime` and `decimal`."""
    if name == "Expiration":
        from datetime import datetime
        from decimal import Decimal

        return datetime | int | float | Decimal | str
    raise AttributeError(f"module 'starkcore.starkex.expiry' has no attribute {name!r}")
