"""What the pages say was measured is what the record says: they are filled from it, by one program."""

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
if not (ROOT / "benchmarks").exists() or not (ROOT / "docs").exists():
    pytest.skip("not a checkout", allow_module_level=True)

sys.path.insert(0, str(ROOT / "benchmarks"))
import instructions  # noqa: E402
import report  # noqa: E402

RECORD = json.loads(report.PUBLISHED.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", report.DOCUMENTS, ids=lambda page: page.name)
def test_measured_figures(page):
    """`python benchmarks/report.py` writes them."""
    text = page.read_text(encoding="utf-8")
    assert report.filled(text, RECORD) == text


def test_counted_instructions_of_arm():
    """`python benchmarks/instructions.py --aarch64 --update` writes them. Each engine gains what was asked of it."""
    page = instructions.PAGE.read_text(encoding="utf-8")
    assert instructions.with_arm_table(page) == page
    before, now = (json.loads(path.read_text(encoding="utf-8")) for path in (instructions.BEFORE, instructions.RESULTS))
    assert set(before) == {"aarch64 gcc 12.2", "aarch64 clang 14.0"}
    for name, counts in before.items():
        assert counts.keys() == instructions.ARM.keys()
        assert instructions.too_many(name, now[name]) == []


def test_too_many_instructions_of_arm_are_told():
    counts = {"aarch64-sha": dict.fromkeys(instructions.ARM, 72_000.0)}
    assert instructions.too_many("aarch64 gcc 12.2", counts) == ["Poseidon hash: 1.608", "nonce (RFC 6979): 1.600"]


def test_another_record_gives_other_figures():
    (readme,) = (page for page in report.DOCUMENTS if page.name == "README.md")
    other = json.loads(json.dumps(RECORD))
    report.ours(other["runs"][0], "sign")["min"] *= 2
    text = readme.read_text(encoding="utf-8")
    assert report.filled(text, other) != text


def test_the_short_page_on_security_has_the_long_ones_figures():
    """Each number in SECURITY.md's table stands in docs/security.md, which has the check beside it."""
    long = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \|$", (ROOT / "SECURITY.md").read_text(encoding="utf-8"), re.MULTILINE)
    numbers = {number for row in rows[2:] for number in NUMBER.findall(row)}
    assert len(numbers) > 12
    assert strangers(numbers, long) == []


def test_the_long_page_on_security_has_the_figures_of_the_checks():
    """Each figure beside a promise is one that docs/checks.md has, beside the command that gives it; or is counted."""
    promises = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    checks = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    figures = re.findall(r"^- \*\*Figure:\*\* (.*?)(?=\n- \*\*|\n\n)", promises, re.MULTILINE | re.DOTALL)
    assert len(figures) > 12
    own = " ".join(re.sub(r"`[^`]*`|\]\([^)]*\)", "", " ".join(figures)).split())
    counted = f"{sum(map(entries, (ROOT / 'tests' / 'vectors').rglob('*.json'))):,}".replace(",", " ")
    assert f"{counted} vectors" in own
    assert strangers(set(NUMBER.findall(own)) - {counted}, checks) == []


def test_what_an_answer_may_take_is_one_figure():
    """On the client's page and on that of promises it is the one of the check."""
    texts = {name: " ".join((ROOT / "docs" / name).read_text(encoding="utf-8").split())
             for name in ("checks.md", "client.md", "security.md")}  # fmt: skip
    measured = re.search(r"answer_memory\.py` \|[^|]*\| at most (\d+) MiB and ([\d.]+) s", texts.pop("checks.md"))
    for text in texts.values():
        (told,) = re.findall(r"(\d+) MiB of memory and ([\d.]+) s of processor time", text)
        assert (told[0], float(told[1])) == (measured[1], float(measured[2]))


def test_a_figure_of_its_own_is_found():
    assert strangers({"3", "12 000", "1.5", "20"}, "12\n000 calls, 1.52 s, 3 of 200") == ["1.5", "20"]


NUMBER = re.compile(r"\d+(?: \d{3})*(?:\.\d+)?")


def strangers(numbers, page):
    """Those that don't stand on the page."""
    text = " ".join(page.split())
    return sorted(number for number in numbers if not re.search(rf"(?<![\d.]){re.escape(number)}(?![\d])", text))


def entries(path):
    """How many vectors a file has: the members of its lists, wherever they are, and what stands in no list."""

    def count(value):
        if isinstance(value, list):
            return len(value) if value and isinstance(value[0], (dict, list)) else 1
        return sum(count(each) for each in value.values() if isinstance(each, (dict, list)))

    return count(json.loads(path.read_text(encoding="utf-8")))
