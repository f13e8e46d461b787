"""Fields of a request to the exchange, one function at a time: what is taken, and the refusal that names the field."""

from datetime import UTC, datetime

import pytest

pytest.importorskip("starlette")

from starkcore.sandbox import auth, markets, requests
from starkcore.sandbox.errors import Refused

NOW = int(datetime(2021, 1, 8, 10, 6, 12, 500_000, tzinfo=UTC).timestamp() * 1000)  # dYdX's documentation has this text


@pytest.mark.parametrize("text", ["2021-01-08T10:06:12.500Z", "2021-01-08T10:06:42.500Z", "2021-01-08T10:05:42.500Z"])
def test_a_time_within_the_window(text):
    auth.check_timestamp(text, NOW, 30_000, "DYDX-TIMESTAMP")


@pytest.mark.parametrize("text", ["2021-01-08T10:06:42.501Z", "2021-01-08T10:05:42.499Z", "2031-01-08T10:06:12.500Z"])
def test_a_time_outside(text):
    with pytest.raises(Refused, match="DYDX-TIMESTAMP must be within 30 seconds") as caught:
        auth.check_timestamp(text, NOW, 30_000, "DYDX-TIMESTAMP")
    assert caught.value.status == 401


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021-01-08T10:06:12Z",
        "2021-01-08 10:06:12.500Z",
        "2021-13-08T10:06:12.500Z",
        "2021-01-08T10:06:12.500+00:00",
    ],
)
def test_what_is_no_time(text):
    with pytest.raises(Refused, match="DYDX-TIMESTAMP must be ISO 8601") as caught:
        auth.check_timestamp(text, NOW, 30_000, "DYDX-TIMESTAMP")
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0, 100, "0"), (1, 100, "0.01"), (-1, 100, "-0.01"), (100, 100, "1"), (-150, 100, "-1.5"), (20, 1, "20"),
     (10**30 + 1, 10**10, "100000000000000000000.0000000001")],
)  # fmt: skip
def test_amounts_as_text(value, unit, text):
    assert markets.decimal_text(value, unit) == text


def test_a_body_is_one_object():
    assert requests.parse_object('{"a": [1, null]}', "the body") == {"a": [1, None]}
    for text in ("[]", "5", "null", '"a"'):
        with pytest.raises(Refused, match=r"^the body must be a JSON object$"):
            requests.parse_object(text, "the body")
    for text in ('{"a": 1, "a": 2}', "{", '{"a": NaN}', ""):
        with pytest.raises(Refused, match=r"^the body must be a JSON object: it "):
            requests.parse_object(text, "the body")


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({}, "size must be given"), ({"size": None}, "size must be given"),
        ({"size": 5}, "size must be text in quotes, not a"), ({"size": []}, "size must be text in quotes, not a"),
        ({"size": True}, "size must be text in quotes, not a"), ({"size": ""}, "size must have 1 to 200 characters"),
        ({"size": "1" * 201}, "size must have 1 to 200 characters"),
    ],
)  # fmt: skip
def test_a_field_that_is_text(values, rule):
    assert requests.text_of({"size": "1" * 200}, "size") == "1" * 200
    with pytest.raises(Refused, match=f"^{rule}"):
        requests.text_of(values, "size")


# Published: dydx-v3-python 2.1.0, tests/test_onboarding.py.
X = "3b865a18323b8d147a12c556bfb1d502516c325b1477a23ba6c77af31f020fd"
Y = "211496e5e8ccf71930aebbfb7e815807acbfd0021f17f8b3944a3ed8f06c27"


@pytest.mark.parametrize(
    ("x", "y", "rule"),
    [
        (X, Y[:-1], "starkKey and starkKeyYCoordinate must be a point"), (X, None, "starkKeyYCoordinate must be given"),
        ("xyz", Y, "starkKey must"), (X + "0" * 9, Y, "starkKey must have 1 to 66"), (5, Y, "starkKey must be text"),
    ],
)  # fmt: skip
def test_a_stark_key_is_a_point(x, y, rule):
    with pytest.raises(Refused, match=f"^{rule}"):
        requests.stark_key_of({"starkKey": x, "starkKeyYCoordinate": y})
