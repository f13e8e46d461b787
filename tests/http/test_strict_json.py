"""JSON that others wrote: what is read, what isn't, and that nothing else in the package reads any."""

import ast
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from starkcore.http.strict_json import BadJson, BeyondBounds, Bounds, strict_json

PACKAGE = Path(__file__).resolve().parents[2] / "starkcore"
SMALL = Bounds(size=2000, depth=4, values=20, digits=10)


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", "null", "true", '""', "0", "-1.5e3", ' {"a": [1, {"b": null}], "c": "\\u00e9\\ud83d\\ude00\\n"}\n',
     '["[[[[[[", "{{{{{", ",,,,,,,,,,,,,,,,,,,,,,,,", "::::::::::::::::::::::::"]', '"\\\\ud800"', '"\\"[[[[[\\\\"',
     '["\\\\", "[[[[["]', "[[[[]]]]", "[[[[],[]],[]],[]]", "9" * 10, '"日本 😀"'],
)  # fmt: skip
def test_json_is_read_as_python_reads_it(text):
    assert strict_json(text, SMALL) == strict_json(text.encode(), SMALL) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "isn't whole JSON"), (" ", "isn't whole JSON"), ("[1,]", "isn't whole JSON"), ("{'a': 1}", "isn't whole"),
        ("[]]", "isn't whole JSON"), ("]" * 1000, "isn't whole JSON"), ("[] []", "isn't whole"), ("\\", "isn't whole"),
        ('"a\nb"', "isn't whole JSON"), ('{"a": 1', "isn't whole JSON"), ("01", "isn't whole JSON"),
        ('"\\x"', "isn't whole"), ('{"a": 1, "b": 2, "a": 1}', "a name twice"),
        ('[{"a": 1, "\\u0061": 1}]', "a name twice"), ("NaN", "has NaN"), ("[Infinity]", "has Infinity"),
        ('{"a": -Infinity}', "has -Infinity"), ("1e400", "a number that is too large"),
        ("-1e400", "a number that is too large"), ('"\\ud800"', "half a surrogate pair"),
        ('"\\udc00\\ud800"', "half a surrogate"), ('{"\\uDFFF": 1}', "half a"),
        ('"\\ud83d\\\\\\ude00"', "half a surrogate"), ('"\\ud83d\\ud83d\\ude00"', "half a surrogate"),
        ("\ud800", "UTF-8"), (b"\xff", "isn't UTF-8 text"), ("[1]".encode("utf-16"), "isn't UTF-8 text"),
        ("[1]".encode("utf-16-le"), "isn't whole"), (b"\xed\xa0\x80", "isn't UTF-8 text"),
        ("1".encode("utf-8-sig"), "isn't whole JSON"), (b"\xc0\xaf", "isn't UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused(text, what):
    with pytest.raises(BadJson) as caught:
        strict_json(text, SMALL)
    assert what in caught.value.what
    assert not isinstance(caught.value, BeyondBounds)
    # Python's own exceptions have the whole text on them.
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[[[[[]]]]]", "nested deeper than 4 levels"), ('{"a":' * 5 + "1" + "}" * 5, "nested deeper"),
        ('["\\\\",[[[["x"]]]]]', "nested deeper"), ("[" * 20, "more than 20 values"), ("[" * 10, "nested deeper"),
        ("[" + "{}," * 10 + "{}]", "more than 20 values"), ("[" + "1," * 20 + "1]", "more than 20 values"),
        ('"' * 1000, "more than 20 values"), ("1" * 11, "a number of more than 10 digits"),
        ("1e00000000000", "a number of more than 10"), ('"' + "x" * 1999 + '"', "larger than 2000 bytes"),
        ('"' + "é" * 1000 + '"', "larger than 2000 bytes"),
    ],
)  # fmt: skip
def test_what_is_beyond_bounds_is_refused(text, what):
    for form in (text, text.encode()):
        with pytest.raises(BeyondBounds) as caught:
            strict_json(form, SMALL)
        assert what in caught.value.what


def test_bounds_are_exact():
    assert strict_json("[" * 4 + "]" * 4, SMALL) == [[[[]]]]
    assert len(strict_json("[" + "1," * 18 + "1]", SMALL)) == 19  # the array, and what is in it
    with pytest.raises(BeyondBounds):
        strict_json("[" + "1," * 19 + "1]", SMALL)
    assert len(strict_json('"' + "x" * 1998 + '"', SMALL)) == 1998


def test_a_byte_order_mark_is_for_those_who_allow_it():
    assert strict_json("[1]".encode("utf-8-sig"), encoding="utf-8-sig") == [1]
    assert strict_json(b"[1]", encoding="utf-8-sig") == [1]


def test_objects_are_made_from_the_inside_out():
    class Marked(dict):
        pass

    value = strict_json('{"a": {"b": []}}', make_object=Marked)
    assert (type(value), type(value["a"]), value) == (Marked, Marked, {"a": {"b": []}})


def test_where_the_mistake_is():
    with pytest.raises(BadJson) as caught:
        strict_json('{"a": 1,\n "b" 2}')
    assert caught.value.place == (2, 6)


DEEP = """
import sys
sys.setrecursionlimit(100_000)  # as eth-account's libraries do
from starkcore.http.strict_json import BadJson, Bounds, strict_json
for text in ("[" * 1_000_000, '{"a":' * 1_000_000, "[" * 1_000_000 + "]" * 1_000_000, '[{"":' * 90_000):
    for bounds in (Bounds(), Bounds(size=1 << 30, values=1 << 30)):
        for form in (text, text.encode()):
            try:
                strict_json(form, bounds)
            except BadJson:
                continue
            raise SystemExit("it was read")
print("alive")
"""


def test_no_depth_kills_the_process():
    """CPython 3.11's own parser overruns the stack, once the recursion limit is raised."""
    done = subprocess.run([sys.executable, "-P", "-c", DEEP], capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "alive\n", "")


def test_where_the_stack_is_used_up_it_is_our_own_exception():
    def deeper(levels):
        return strict_json("[" * 60 + "]" * 60) if levels == 0 else deeper(levels - 1)

    outcomes, limit = set(), sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    try:
        for levels in range(1000):
            try:
                deeper(levels)
            except BadJson as error:
                outcomes.add(error.what)
            except RecursionError:
                break  # the call itself had no room
    finally:
        sys.setrecursionlimit(limit)
    assert outcomes <= {"finds no room on the stack"}


def test_the_parser_is_asked_about_nothing_deep():
    """The text's depth as it was counted is never less than the parser's, whatever is in texts and behind mistakes."""
    import random

    dice = random.Random(11)
    for _ in range(3000):
        text = "".join(
            dice.choices(['"', "\\", "[", "]", "{", "}", ",", ":", "1", '"a"', '"":', "x"], k=dice.randrange(30))
        )
        try:
            value = json.loads(text)
        except ValueError:
            continue
        expected = depth(value)
        assert strict_json(text, Bounds(depth=expected)) == value
        if expected:
            with pytest.raises(BeyondBounds):
                strict_json(text, Bounds(depth=expected - 1))


def depth(value):
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def test_numbers_are_as_they_are_written():
    assert strict_json("[1.5, 123456789012345678901234567890, -0.0, 1e308]") == [
        1.5,
        123456789012345678901234567890,
        0,
        1e308,
    ]
    assert math.copysign(1, strict_json("-0.0")) == -1


# ---- Nobody else reads JSON ----


def parsers_in(source):
    """Lines that call a parser of JSON, or take one by its name, in a module's source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in (
            "json",
            "orjson",
            "msgspec",
            "ujson",
        ):
            yield node.lineno
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "keystore.load":
            continue  # ours
        if isinstance(node, ast.Attribute) and node.attr in ("loads", "load", "JSONDecoder", "scanner", "raw_decode"):
            yield node.lineno
        # Of a response, in whatever library; `Answer.json` is ours, and takes what makes objects.
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "json" and not node.args:
            yield node.lineno


def test_nobody_else_reads_json():
    found = {}
    for path in PACKAGE.rglob("*.py"):
        lines = list(parsers_in(path.read_text(encoding="utf-8")))
        if lines:
            found[path.relative_to(PACKAGE).as_posix()] = len(lines)
    assert found == {"http/strict_json.py": 2, "http/answer.py": 1}, "an answer asks itself; nobody else does"


@pytest.mark.parametrize(
    "source",
    ["import json\njson.loads(x)", "from json import loads", "from json.decoder import JSONDecoder", "response.json()",
     "import json as j\nj.load(file)", "parse = json.loads", "import orjson\norjson.loads(x)"],
)  # fmt: skip
def test_the_search_finds_what_is_planted(source):
    assert list(parsers_in(source))
