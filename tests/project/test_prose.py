"""Lines of prose end at 100 columns, on every page."""

import prose
import pytest

if not (prose.ROOT / "docs").exists():
    pytest.skip("not a checkout", allow_module_level=True)

PAGES = {path.relative_to(prose.ROOT).as_posix(): path for path in prose.pages()}


@pytest.mark.parametrize("page", PAGES)
def test_no_line_is_too_long(page):
    assert prose.too_long(PAGES[page].read_text(encoding="utf-8")) == []


def test_which_lines_count():
    long = "word " * 25
    page = f"{long}\n\n- {long}\n\n| {long} |\n\n```\n{long}\n```\n\n    {long}\n\n# {long}\n\n{'x' * 200}\n"
    assert prose.too_long(page) == [1, 3]
    assert prose.too_long(f"<!-- measured: layers -->\n{long}\n| {long} |\n<!-- end -->\n") == [2]


def test_a_wrapped_page_says_the_same():
    item = "- one `a piece of code` and " + "more words " * 12 + "- not an item\n  of this one\n"
    page = f"# Title\n\n{'word ' * 30}\nlast\n\n{item}- two\n\n| a | b |\n"
    wrapped = prose.wrapped(page)
    assert wrapped.split() == page.split()
    assert prose.too_long(wrapped) == []
    assert prose.wrapped(wrapped) == wrapped
    assert [line for line in wrapped.splitlines() if line.lstrip().startswith("- ")] == [
        wrapped.splitlines()[5],
        "- two",
    ]
