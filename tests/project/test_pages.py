"""Every block of Python and shell on the pages runs as it stands there, outside the checkout: a process a page."""

import os
import re
import subprocess
import sys
from pathlib import Path

import prose
import pytest
import run_page

pytestmark = pytest.mark.long

if not (prose.ROOT / "docs").exists():
    pytest.skip("not a checkout", allow_module_level=True)

for library in ("uvicorn", "httpcore2", "eth_keyfile", "numpy", "websockets"):
    pytest.importorskip(library)

PAGES = {path.relative_to(prose.ROOT).as_posix(): path for path in prose.pages()}
RUN = [
    name
    for name, path in PAGES.items()
    if any(language in ("python", "sh", "json") and marker not in run_page.ELSEWHERE
           for _, language, _, marker in run_page.blocks(path.read_text(encoding="utf-8")))
]  # fmt: skip
# In the tree by their nature: tests/project/test_contributing.py walks through it.
IN_THE_TREE = {"CONTRIBUTING.md"}


def run(page, folder):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "STARKCORE_P"))}
    environment |= {"HOME": str(folder), "TMPDIR": str(folder), "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        [sys.executable, "-P", "-W", "ignore", str(Path(run_page.__file__)), str(page)],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize("page", sorted(set(RUN) - IN_THE_TREE))
def test_a_page_runs(page, tmp_path):
    if page == "docs/l1.md":
        pytest.importorskip("eth_tester")
    done = run(PAGES[page], tmp_path)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def test_pages_that_are_wrong_fail(tmp_path):
    """Planted: a name that nothing defines, a command that isn't there, JSON that is none."""
    for number, block in enumerate(("```python\nprint(host)\n```", "```sh\nfalse\n```", "```json\n{,}\n```")):
        page = tmp_path / f"{number}.md"
        page.write_text(f"# Page\n\n```python\nhosts = 1\n```\n\n{block}\n", encoding="utf-8")
        assert run(page, tmp_path).returncode != 0, block
    page.write_text(
        "```python\na = 1\n```\n\n```sh\nexport B=2\n```\n\n```python\nimport os\nassert os.environ['B']\n```\n"
    )
    assert run(page, tmp_path).returncode == 0


@pytest.mark.parametrize("page", PAGES)
def test_nothing_that_passes_or_is_not_there(page):
    """No date of the next years in a block, and no installation of what isn't published."""
    for line, language, code, _ in run_page.blocks(PAGES[page].read_text(encoding="utf-8")):
        if language in ("python", "sh"):
            soon = re.findall(r"20(?:2\d|3\d)-\d\d-\d\d|\b1[6-9]\d{8}\b", code)
            assert soon == [], (page, line)
        # In any block: what is there under that name is somebody else's.
        assert not re.search(r"\binstall\b(?:[^\n]|\\\n)*[\s'\"]starkcore", code) or language == "python", (page, line)
