"""Every block of Python and shell on the pages runs as it stands there, outside the checkout: a process a page."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import prose
import pytest
import run_page

sys.path.append(str(prose.ROOT / "tests" / "checks"))
import sdk_installs

from starkcore.compat.registry import LIBRARIES

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
# In the tree by their nature: .ci/run takes CONTRIBUTING's walk.
IN_THE_TREE = {"CONTRIBUTING.md"}


def run(page, folder, *more):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "STARKCORE_P"))}
    environment |= {"HOME": str(folder), "TMPDIR": str(folder), "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        [sys.executable, "-P", "-W", "ignore", str(Path(run_page.__file__)), str(page), *map(str, more)],
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


@pytest.mark.skipif(not (prose.ROOT / ".ci").is_dir(), reason="a source distribution")
def test_what_needs_the_tree_runs_there():
    """.ci/run names each page that has such a block, and no block is left out that has a marker of its own."""
    needing = {"test command": [], "in the checkout": [], "walk": []}
    for name, path in PAGES.items():
        for *_, marker in run_page.blocks(path.read_text(encoding="utf-8")):
            if marker is not None:
                needing[marker].append(name)
    script = (prose.ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (taken,) = re.findall(r"run_page.py --in-the-checkout (.*)", script)
    assert set(taken.split()) == {*needing["in the checkout"], *needing["walk"]}
    assert needing["test command"] == ["README.md"]
    assert "/<!-- test command -->/" in script


def test_in_the_checkout_the_others_run(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```sh\nfalse\n```\n\n<!-- walk -->\n```sh\ntouch walked\nexport A=b\n```\n", encoding="utf-8")
    other = tmp_path / "other.md"
    other.write_text("<!-- in the checkout -->\n```sh\ntouch $A\n```\n", encoding="utf-8")
    done = run("--in-the-checkout", tmp_path, page, other)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"page.md", "other.md", "walked", "b"}
    page.write_text("<!-- walk -->\n```sh\nfalse\n```\n", encoding="utf-8")
    assert run("--in-the-checkout", tmp_path, page, other).returncode != 0


# Ours, and those whose place starkcore takes: they needn't be installed.
OURS = {"starkcore", *LIBRARIES}


def asked_before(text):
    """The modules that are neither Python's nor ours, each with the words of the page before its block."""
    for line, language, code, _ in run_page.blocks(text):
        if language == "python":
            before = "\n".join(text.splitlines()[: line - 1])
            for node in ast.walk(ast.parse(code)):
                names = [node.module] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                for name in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - OURS:
                    yield name, before


@pytest.mark.parametrize("page", PAGES)
def test_a_library_that_a_block_imports_is_spoken_of_first(page):
    """So whoever pastes from the page knows what to install. A package's name may have dashes, and capitals."""
    missing = [
        name
        for name, before in asked_before(PAGES[page].read_text(encoding="utf-8"))
        if not re.search(rf"\b{name.replace('_', '.')}\b", before, re.IGNORECASE)
    ]
    assert missing == []


# Commands that are shown and don't run as they stand: a form with a program's name to fill in.
FORMS = ("python -m starkcore.compat program.py arguments",)
COMMAND = re.compile(r"^(?:\$ )?(?:\.venv|pip|uv|python3?|starkcore|bash|git|curl|make|pytest)\b", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_other_blocks_have_no_commands(page):
    """But for installations of SDKs, which `tests/checks/sdk_installs.py` reads out of the page, one by one."""
    for line, language, code, _ in run_page.blocks(PAGES[page].read_text(encoding="utf-8")):
        if language in ("python", "sh", "json", "c", "cpp") or code in sdk_installs.section() or code.startswith(FORMS):
            continue
        commands = re.findall(
            r"^(?:\$ )?(?:\.venv|pip|uv|python3?|starkcore|bash|git|curl|make|pytest)\b", code, re.MULTILINE
        )
        assert commands == [], (page, line)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_that_passes_or_is_not_there(page):
    """No date of the next years in a block, and no installation of what isn't published."""
    for line, language, code, _ in run_page.blocks(PAGES[page].read_text(encoding="utf-8")):
        if language in ("python", "sh"):
            soon = re.findall(r"20(?:2\d|3\d)-\d\d-\d\d|\b1[6-9]\d{8}\b", code)
            assert soon == [], (page, line)
        # In any block: what is there under that name is somebody else's.
        assert not re.search(r"\binstall\b(?:[^\n]|\\\n)*[\s'\"]starkcore", code) or language == "python", (page, line)
