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
    numbers = {number for row in rows[2:] for number in re.findall(r"\d+(?: \d{3})*", row)}
    assert len(numbers) > 12
    assert (
        sorted(number for number in numbers if not re.search(rf"(?<![\d]){number}(?![\d])", " ".join(long.split())))
        == []
    )
