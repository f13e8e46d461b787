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
import report  # noqa: E402

RECORD = json.loads(report.PUBLISHED.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", report.DOCUMENTS, ids=lambda page: page.name)
def test_measured_figures(page):
    """`python benchmarks/report.py` writes them."""
    text = page.read_text(encoding="utf-8")
    assert report.filled(text, RECORD) == text


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
