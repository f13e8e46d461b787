"""Words that only this project uses: each is in docs/glossary.md, and linked where a page's prose first uses it."""

import re

import prose
import pytest

if not (prose.ROOT / "docs").exists():
    pytest.skip("not a checkout", allow_module_level=True)

GLOSSARY = prose.ROOT / "docs" / "glossary.md"
PAGES = {
    path.relative_to(prose.ROOT).as_posix(): path
    for path in prose.pages()
    if path != GLOSSARY and path.name != "CHANGELOG.md"
}
# Each with the forms in which it is met: what is not to be taken for a word of every day.
WORDS = {
    "blind": r"blind(?:ed|s)?",
    "strict": r"strict\s+mode",
    "check build": r"check\s+builds?",
    "declassify": r"declassif\w+",
    "engine": r"engines?",
    "lane": r"lanes?",
    "guarded": r"guarded",
    "large tables": r"large\s+tables",
    "kept state": r"kept\s+states?",
    "marker key": r"marker\s+keys?",
    "planted": r"planted",
    "tiny group": r"tiny\s+groups?",
    "wipe": r"wiped?",
}
# Where it is another thing: the engine of an SDK, and that of the exchange.
OTHERWISE = {("docs/drop-in.md", "engine"), ("docs/sandbox.md", "engine")}


def own_words(text):
    """The text with all but prose blanked, and code in it, and where links lead: at the same places."""
    lines = text.splitlines(keepends=True)
    kept = "".join(
        line if kind == "prose" else re.sub(r"\S", " ", line)
        for line, kind in zip(lines, prose.kinds(text.splitlines()), strict=True)
    )
    return re.sub(r"`[^`]*`|\]\([^)]*\)", lambda found: re.sub(r"[^\n]", "\0", found[0]), kept)


def first(text, forms):
    """Where a word is first used, or None."""
    return re.search(rf"(?<![\w-])(?:{forms})(?![\w-])", own_words(text), re.IGNORECASE)


def is_linked(text, place):
    """Whether the place is within a link's own words."""
    opened = text.rfind("[", 0, place)
    return opened > text.rfind("]", 0, place) and re.match(r"\[[^\]]*\]\(", text[opened:]) is not None


@pytest.mark.parametrize("page", PAGES)
def test_a_word_is_linked_at_its_first_use(page):
    text = PAGES[page].read_text(encoding="utf-8")
    unlinked = {}
    for word, forms in WORDS.items():
        found = first(text, forms)
        if found and (page, word) not in OTHERWISE and not is_linked(text, found.start()):
            unlinked[word] = text.count("\n", 0, found.start()) + 1
    assert unlinked == {}


def test_each_is_in_the_glossary():
    rows = re.findall(r"^\| ([^|]+) \|", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    words = {word.strip() for row in rows for word in row.split(",")}
    assert WORDS.keys() <= words


def test_what_counts_as_a_first_use():
    text = "# Blind\n\n| blind |\n\nA `blind` here, [not](blind.md) there: a [blinded one](glossary.md), a blind.\n"
    found = first(text, WORDS["blind"])
    assert found[0] == "blinded"
    assert is_linked(text, found.start())
    assert not is_linked(text, text.rindex("blind"))
    assert first("colour-blind, blindly", WORDS["blind"]) is None
