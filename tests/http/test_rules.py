"""What the rules of delivery read out of an answer, function by function.

Forms are those of RFC 9110, 5.6.7 and 10.2.3.
"""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from starkcore import errors
from starkcore.http import endpoint, redaction, rules
from starkcore.http.answer import Answer

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"  # RFC 9110's own example, in each of its three forms below


def answer(status=503, **headers):
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"")


@pytest.mark.parametrize("text", [DATE, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
def test_a_date_in_each_form_of_http(text):
    assert rules._date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "Sun, 99 Nov 1994 08:49:37 GMT", "9" * 70])
def test_what_is_no_date(text):
    assert rules._date(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0), ("0", 0.0), (" 7 ", 7.0), ("999999999", 999999999.0), ("9" * 10, 1e9), ("9" * 5000, 1e9),
        ("", None), ("-1", None), ("1.5", None), ("\u0661", None), ("later", None),
        ("Sun, 06 Nov 1994 08:49:57 GMT", 20.0), ("Sun, 06 Nov 1994 08:49:17 GMT", 0.0),
    ],
)  # fmt: skip
def test_when_a_host_wants_to_be_asked_again(text, seconds):
    """A date is compared with the answer's own, so that this machine's clock doesn't matter."""
    assert rules.retry_after(answer(retry_after=text, date=DATE)) == seconds


def test_a_date_is_compared_with_this_clock_where_the_answer_has_none():
    moment = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    assert 3500 < rules.retry_after(answer(retry_after=moment)) <= 3600
    assert rules.retry_after(answer()) is None


@pytest.mark.parametrize(
    ("status", "seconds", "words"),
    [(401, 60, "60 s behind"), (400, -60, "60 s ahead of"), (403, 3600, "3600 s behind"), (401, 1, ""), (404, 60, ""),
     (200, 60, "")],
)  # fmt: skip
def test_a_clock_that_is_wrong_is_told_where_it_may_be_the_cause(status, seconds, words):
    there = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds + 0.5 * (seconds > 0)), usegmt=True)
    told = rules._skew(answer(status, date=there))
    if not words:
        assert told == ""
    else:
        number, _, rest = words.partition(" ")
        assert any(f"is {int(number) + late} {rest}" in told for late in (-1, 0, 1)), told
    assert rules._skew(answer(status)) == ""


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("http://localhost:3128", "http://localhost:3128"), ("http://proxy", "http://proxy:80"),
        ("https://proxy/", "https://proxy:443"), ("http://me:word@proxy:1", "http://me:word@proxy:1"),
        ("http://me@proxy", "http://me:@proxy:80"), ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)  # fmt: skip
def test_a_proxy_out_of_the_environment(url, read):
    assert endpoint.proxy_url(url) == read


@pytest.mark.parametrize(
    "url",
    ["", "proxy:3128", "ftp://proxy", "http://", "http://proxy:0", "http://proxy:x", "http://pröxy", "http://[::1"],
)
def test_what_is_no_proxy(url):
    with pytest.raises(errors.InvalidInput, match="proxy must be a URL"):
        endpoint.proxy_url(url)


def test_a_secret_in_each_form_that_a_host_may_repeat():
    forms = redaction._forms(frozenset({'a/b"&c-0123456789'}))
    assert set(forms) == {
        'a/b"&c-0123456789', 'a/b\\"&c-0123456789', 'a\\/b\\"&c-0123456789', "a/b&quot;&amp;c-0123456789",
        "a%2Fb%22%26c-0123456789",
    }  # fmt: skip
    assert redaction._forms(frozenset({"ab"})) == []  # what is that short would be found in every word


@pytest.mark.parametrize(
    ("spans", "end", "left"),
    [
        ([], 10, "0123456789"), ([(2, 4)], 10, "01*456789"), ([(0, 10)], 10, "*"), ([(2, 4), (4, 6)], 10, "01*6789"),
        ([(2, 6), (3, 4)], 10, "01*6789"), ([(2, 4), (6, 8)], 7, "01*45*"), ([(8, 9)], 5, "01234"),
        ([(4, 9)], 5, "0123*"),
    ],
)  # fmt: skip
def test_what_is_left_of_a_text(spans, end, left):
    assert redaction._without("0123456789", spans, end) == left.replace("*", redaction.REMOVED)
