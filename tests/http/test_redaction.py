"""What is shown of others' texts: their beginning, and no secret in it, whole or in part."""

import html
import json
from urllib.parse import quote

import pytest

from starkcore.http.redaction import REMOVED, excerpt, redact, redact_values

SECRET = 'Tr0ub4dor&3"<\\/x'
IN_JSON = json.dumps(SECRET)[1:-1]
KNOWN = frozenset((SECRET,))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"secret": "a b", "x": 1}', '{"secret": "[removed]", "x": 1}'),
        ('{"apiSecret":"a\\"b c","k":1}', '{"apiSecret":"[removed]","k":1}'),
        (
            '{"msg":"{\\"passphrase\\":\\"my pass\\",\\"a\\":1}"}',
            '{"msg":"{\\"passphrase\\":\\"[removed]",\\"a\\":1}"}',
        ),
        ("secret: 'it is' so", "secret: '[removed]' so"),
        ("a=1&access_token=abc&b=2", "a=1&access_token=[removed]&b=2"),
        ('"mnemonic" : "legal winner thank year', '"mnemonic" : "[removed]'),
        ("PRIVATE-KEY token=", "PRIVATE-KEY token="),
        ("token", "token"),
        ("0x" + "1" * 40, "0x" + "1" * 40),
        ("0x" + "1" * 64, REMOVED),
        ("50fdcaa0-62b8-e827-02e8-a9520d46cb9f", "50fdcaa0-62b8-e827-02e8-a9520d46cb9f"),
        ("order-book-of-the-exchange is closed", "order-book-of-the-exchange is closed"),
        ("secret=abcdefghijklmnop0123456789", "[removed]"),
        ("", ""),
    ],
)
def test_what_looks_like_a_secret_is_removed(text, shown):
    assert redact(text) == shown


@pytest.mark.parametrize(
    "form",
    [SECRET, IN_JSON, IN_JSON.replace("/", "\\/"), html.escape(SECRET), quote(SECRET, safe="")],
    ids=["as it is", "JSON", "JSON, slashes too", "HTML", "URL"],
)  # fmt: skip
def test_a_known_secret_is_removed_however_a_host_repeats_it(form):
    """At each place around the end of what is shown and of what is looked at; and with much before it that is
    removed.
    """
    assert redact(f"no {form}{form} here", KNOWN) == "no [removed] here"
    for before in range(150, 1700):
        for filler in ("x ", "x" * 50 + " "):
            text = (filler * 1700)[:before] + "\n" + form + " tail" * 300
            shown = excerpt(text, KNOWN)
            assert not any(form[start : start + 4] in shown for start in range(len(form) - 3))
            assert len(shown) <= 200 + len(REMOVED) + 1


def test_an_excerpt_is_one_printable_line():
    assert excerpt("a\n\tb\x00\x1b[31m") == "a b [31m"
    assert excerpt("x" * 10, longest=10) == "x" * 10
    assert excerpt("ab " * 10, longest=10) == "ab ab ab a…"


def test_values_are_redacted_wherever_they_are():
    value = {
        "errors": [{"msg": "token=abc", "apiSecret": ["x"], "n": 1, "none": None, "passphrase": None}],
        SECRET: [[SECRET]],
    }
    assert redact_values(value, KNOWN) == {
        "errors": [{"msg": "token=[removed]", "apiSecret": REMOVED, "n": 1, "none": None, "passphrase": None}],
        REMOVED: [[REMOVED]],
    }
    assert SECRET in value, "the original is as it was"
    assert redact_values("token=abc") == "token=[removed]"
    assert redact_values(None) is None


def test_depth_takes_no_stack():
    value = text = "token=abc"
    for level in range(100_000):
        value = [value] if level % 2 else {"a": value}
    value = redact_values(value)
    for level in reversed(range(100_000)):
        value = value[0] if level % 2 else value["a"]
    assert value == redact(text)
