"""What docs/checks.md says of the campaigns is what their record says, and sittings add up."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
if not (ROOT / "docs").exists():
    pytest.skip("not a checkout", allow_module_level=True)

sys.path.append(str(ROOT / "tests" / "checks"))
import campaign  # noqa: E402

RECORD = json.loads(campaign.RECORD.read_text(encoding="utf-8"))


def test_the_page_says_what_the_record_says():
    """`python tests/checks/campaign.py --write-docs` writes it."""
    text = campaign.PAGE.read_text(encoding="utf-8")
    assert campaign.filled(text, RECORD) == text
    assert campaign.filled(text, {"fuzz_python": {"figures": {"1234567": {"cases": 5}}}}) != text


def test_the_record_names_no_place():
    assert "/" not in "".join(name for entry in RECORD.values() for name in entry.get("figures", {}))
    assert "/tmp" not in campaign.RECORD.read_text(encoding="utf-8")


def test_sittings_add_up(tmp_path):
    path = tmp_path / "record.json"
    campaign.add(path, "fuzz_python", "aaaaaaa", {"cases": 5, "findings": 1}, {})
    campaign.add(path, "fuzz_python", "aaaaaaa", {"cases": 6, "findings": 0}, {})
    campaign.add(path, "fuzz_python", "bbbbbbb", {"cases": 7, "findings": 0}, {})
    campaign.add(path, "mutants_cpp", "aaaaaaa", {}, {"one": "killed", "two": "survived"})
    campaign.add(path, "mutants_cpp", "bbbbbbb", {}, {"two": "not compiled"})
    record = json.loads(path.read_text(encoding="utf-8"))
    assert campaign.reached("fuzz_python", record["fuzz_python"]) == {"cases": 18, "findings": 1}
    assert campaign.commits(record["fuzz_python"]) == ["aaaaaaa", "bbbbbbb"]
    expected = {"killed": 1, "not compiled": 1, "mutants": 2}
    assert campaign.reached("mutants_cpp", record["mutants_cpp"]) == expected
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]
