"""When an order expires, read as an exact fraction and rounded to hours: each form, each border, in Python's own
integers.
"""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from starkcore import errors
from starkcore.starkex import Venue, expiry
from starkcore.starkex.orders import nonce_of

HOUR = 1_700_000_400 // 3600  # a whole hour, 14 November 2023, 22:20 UTC rounded up


@pytest.mark.parametrize(
    ("value", "fraction"),
    [
        (1_700_000_000, (1_700_000_000, 1)),
        (1_700_000_000.5, (3_400_000_001, 2)),
        (Decimal("1700000000.25"), (6_800_000_001, 4)),
        (datetime(2023, 11, 14, 22, 13, 20, 1, tzinfo=UTC), (1_700_000_000_000_001, 1_000_000)),
        (datetime(2023, 11, 15, 0, 13, 20, tzinfo=timezone(timedelta(hours=2))), (1_700_000_000_000_000, 1_000_000)),
        ("2023-11-14T22:13:20.000Z", (1_700_000_000_000_000, 1_000_000)),
        ("2023-11-15T00:13:20+02:00", (1_700_000_000_000_000, 1_000_000)),
        (-5.0, (-1, 1)),
        (Decimal("1e400"), (10**15, 1)),
    ],
)
def test_seconds_are_an_exact_fraction(value, fraction):
    numerator, denominator = expiry._seconds(value)
    assert numerator * fraction[1] == fraction[0] * denominator


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (datetime(2023, 11, 14), "must have a time zone"), (float("nan"), "must be a finite number"),
        (Decimal("Infinity"), "must be a finite number"), ("tomorrow", "must be"), ("2023-11-14x22:13:20Z", "must be"),
    ],
)  # fmt: skip
def test_what_is_no_time(value, rule):
    with pytest.raises(errors.InvalidExpiration, match=f"expiration {rule}"):
        expiry._seconds(value)


@pytest.mark.parametrize("up", [False, True])
@pytest.mark.parametrize(("offset", "down_by", "up_by"), [(0, 0, 0), (1, 0, 1), (3599, 0, 1), (-1, -1, 0)])
def test_hours_are_rounded_as_the_venue_says(up, offset, down_by, up_by):
    assert expiry.whole_hours(HOUR * 3600 + offset, up, None) == HOUR + (up_by if up else down_by)


@pytest.mark.parametrize("value", [HOUR * 3600 + 0.000001, Decimal(f"{HOUR * 3600}.{'0' * 40}1")])
def test_a_fraction_of_a_second_counts(value):
    assert expiry.whole_hours(value, True, None) == HOUR + 1
    assert expiry.whole_hours(value, False, None) == HOUR


def test_the_years_that_are_taken():
    first, last = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2015, 2500))
    assert expiry.whole_hours(first, False, None) * 3600 == first
    assert expiry.whole_hours(last, True, None) * 3600 == last
    with pytest.raises(errors.InvalidExpiration, match="before the year 2015"):
        expiry.whole_hours(first - 1, False, None)
    with pytest.raises(errors.InvalidExpiration, match="are these milliseconds"):
        expiry.whole_hours(last + 1, True, None)


def test_now_is_not_later():
    now = HOUR * 3600 + 0.5
    with pytest.raises(errors.InvalidExpiration, match="must be in the future"):
        expiry.whole_hours(HOUR * 3600, False, now)
    with pytest.raises(errors.InvalidExpiration, match="must be in the future"):
        expiry.whole_hours(now, False, now)
    assert expiry.whole_hours(HOUR * 3600 + 1, False, now) == HOUR


def test_a_nonce_is_given_once():
    venue = Venue.dydx_v3() if hasattr(Venue, "dydx_v3") else None
    assert nonce_of(venue, None, 7) == 7
    for client_id, nonce in ((None, None), ("a", 7)):
        with pytest.raises(errors.InvalidInput, match="client_id or nonce must be given, and not both"):
            nonce_of(venue, client_id, nonce)
