"""What the pages say was measured is what the record says: they are filled from it, by one program."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
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
