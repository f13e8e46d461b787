"""Regular expressions that meet what others wrote are linear in it, by form and by counting; and what scans beside
them.
"""

import random
import re
from pathlib import Path

import pytest
from linear_patterns import Machine, faults_of_form, patterns_in, slow_attack

from starkcore.http import redaction, strict_json

pytestmark = pytest.mark.long

PACKAGE = Path(__file__).resolve().parents[2] / "starkcore"
FOUND = [
    (path.relative_to(PACKAGE).as_posix(), *found)
    for path in sorted(PACKAGE.rglob("*.py"))
    for found in patterns_in(path.read_text(encoding="utf-8"))
]
USES = [
    pytest.param(text if isinstance(text, str) else text.decode("latin-1"), flags, method, id=f"{name}:{line}-{method}")
    for name, line, text, flags, methods in FOUND
    if text is not None
    for method in sorted(methods)
]  # fmt: skip
# Patterns that were here, and what else takes time that a host can choose.
PLANTED = [
    (r"""((?:secret|token)[\w-]*["']?\s*[:=]\s*["']?)[^"'\s,}&]+""", "sub"),
    (r"invalid choice: .* \(choose", "sub"),
    (r"(a+)+b", "match"), (r"(a|a)*b", "fullmatch"), (r"(a|ab|b)*c", "match"), (r"a*a*b", "match"),
    (r"\w+\d+x", "match"), (r"[a-z]+;", "search"), (r"\s+$", "search"), (r"(?:a+b?)*c", "fullmatch"),
    (r"(x+x+)+y", "search"), (r".*?,.*?;", "search"), (r"a{1,2000}a{1,2000}b", "match"),
    (r"(?:(?:a{2,})?b?)*c", "match"), (r"^\s+|\s+$", "sub"),
]  # fmt: skip


def test_every_pattern_is_seen():
    assert [entry for entry in FOUND if entry[2] is None] == [], "a pattern must be a constant, where it is used"
    assert len(USES) >= 20
    source = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    assert len(re.findall(r"\bre\.(?:compile|\w*match|sub|search|split|find\w+)\(", source)) == len(FOUND)


@pytest.mark.parametrize(("pattern", "flags", "method"), USES)
def test_a_pattern_is_linear(pattern, flags, method):
    assert faults_of_form(pattern, flags, method) == []
    assert slow_attack(pattern, flags, method) is None


@pytest.mark.parametrize(("pattern", "method"), PLANTED)
def test_a_planted_pattern_is_found(pattern, method):
    assert faults_of_form(pattern, 0, method)
    if "2000" not in pattern:
        assert slow_attack(pattern, 0, method)


@pytest.mark.parametrize(
    "source",
    ["import re\nx = re.compile(p)", "import re\nf = re.sub", "from re import sub",
     'import re\nre.sub("a" + b, "", c)'],
)  # fmt: skip
def test_a_pattern_that_cannot_be_read_is_found(source):
    assert [pattern for _, pattern, _, _ in patterns_in(source)] == [None]


def test_a_pattern_is_judged_by_its_use():
    source = (
        'import re\na = re.compile("x")\nb = re.compile("y").match\nc = re.compile("z")\na.sub(1)\na.match(2)\nf(c)'
    )
    assert [methods for *_, methods in sorted(patterns_in(source))] == [{"sub", "match"}, {"match"}, {"search"}]


@pytest.mark.parametrize(("pattern", "flags", "method"), USES)
def test_the_machine_matches_as_python_does(pattern, flags, method):
    """Otherwise its steps would say nothing."""
    dice = random.Random(5)
    alphabet = sorted({c for c in pattern if c.isalnum()})[:12] + list("0a-/_=:.'\"\\ \n{}()x")
    words = [*re.findall(r"[a-z]{4,}", pattern)[:6], "dD8", "\\ud8aa", "\\udcaa", "0x" + "ab" * 20]
    for _ in range(300):
        text = "".join(dice.choices([*alphabet, *words], k=dice.randrange(40)))
        compiled = re.compile(pattern, flags)
        if method in ("match", "fullmatch"):
            found = getattr(compiled, method)(text)
            expected = [] if found is None else [found.span()]
        else:
            expected = [found.span() for found in compiled.finditer(text)]
            expected = expected[:1] if method == "search" else expected
        got = Machine(pattern, flags).run(text, method)[1]
        assert [span for span in got if span[0] != span[1]] == [span for span in expected if span[0] != span[1]]


# ---- Scanners of ours ----

PUMPS = [
    "token",
    "token:",
    "token \t",
    'secret="',
    'secret=\\"',
    "a",
    "\\",
    "'",
    "token=\\",
    "[removed]",
    "private_key: '",
    "x,",
    "==",
]


class Visited:
    """Matchers that count the characters they looked at, at least."""

    def __init__(self, monkeypatch):
        self.count = 0
        for name in (
            "_next_name",
            "_rest_of_name",
            "_separator",
            "_bare_value",
            "_escaped_value",
            "_runs",
            "_harmless",
        ):
            monkeypatch.setattr(redaction, name, self.counted(getattr(redaction, name)))
        quoted = {mark: self.counted(matcher) for mark, matcher in redaction._quoted_value.items()}
        monkeypatch.setattr(redaction, "_quoted_value", quoted)

    def counted(self, matcher):
        def match(text, at=0):
            # Counted on the machine itself, for the text from there on.
            pattern = matcher.__self__
            self.count += Machine(pattern.pattern, pattern.flags & ~re.UNICODE).run(text[at:], matcher.__name__)[0]
            return matcher(text, at)

        return match


@pytest.mark.parametrize("pump", PUMPS)
def test_redaction_is_linear(monkeypatch, pump):
    visited = Visited(monkeypatch)
    counts = []
    for times in (100, 200):
        visited.count = 0
        redaction.redact(pump * times)
        counts.append(visited.count)
    assert counts[1] <= 2.5 * counts[0] + 200


def test_a_scanner_that_goes_back_is_found(monkeypatch):
    """As it would, if the search went on within the name that was just looked at."""
    visited = Visited(monkeypatch)
    counts = []
    for times in (100, 200):
        visited.count, at, text = 0, 0, "token" * times
        while found := redaction._next_name(text, at):
            at = found.end()
            redaction._rest_of_name(text, at)
        counts.append(visited.count)
    assert counts[1] > 3 * counts[0]


@pytest.mark.parametrize(
    "text", ["[" * 99_999, "{}," * 33_333, "]" * 99_999, '"' * 99_999, "[]" * 49_999, "[[]]" * 25_000]
)
def test_the_depth_of_json_is_counted_within_its_bounds(monkeypatch, text):
    counted = []

    def accumulate(values):
        values = list(values)
        counted.append(len(values))
        return values

    monkeypatch.setattr(strict_json, "accumulate", accumulate)
    with pytest.raises(strict_json.BadJson):
        strict_json.strict_json(text, strict_json.Bounds(values=1000))
    assert sum(counted) <= 2000
