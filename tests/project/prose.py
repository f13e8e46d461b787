"""Prose in Markdown: lines that are too long, and paragraphs wrapped so that none is.

`python tests/project/prose.py` names the lines of the pages that are longer than 100 columns; with `--write` it wraps
the paragraphs that they stand in. Tables, code, headings, comments and what is generated stay as they are.
"""

import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]
COLUMNS = 100

_ITEM = re.compile(r"( *)([-*+]|\d+\.) +")
_GENERATED = re.compile(r"<!-- (?:measured: \w+|figures) -->$")
# In place of a space that a line may not end at.
_TIED = "\N{NO-BREAK SPACE}"


def pages():
    """Every page that people read, by its path from the root."""
    return [
        path
        for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
        if not path.name.startswith(".")
    ]


def kinds(lines):
    """For each line what it is: "code", "table", "generated", "other" or "prose"."""
    fenced = generated = False
    for place, line in enumerate(lines):
        text = line.strip()
        if text.startswith("```"):
            fenced = not fenced
            yield "code"
        elif fenced:
            yield "code"
        elif _GENERATED.match(text):
            generated = True
            yield "other"
        elif text == "<!-- end -->":
            generated = False
            yield "other"
        elif text.startswith("|"):
            yield "table"
        elif generated:
            yield "generated"
        elif not text or text.startswith(("#", "<!--", "![", "[!")):
            yield "other"
        elif line.startswith("    ") and (place == 0 or not lines[place - 1].strip()):
            yield "code"
        else:
            yield "prose"


def too_long(text):
    """The numbers, from 1, of lines of prose that are longer than they may be. What is generated may not be, either."""
    lines = text.splitlines()
    return [
        number
        for number, (line, kind) in enumerate(zip(lines, kinds(lines), strict=True), 1)
        if kind in ("prose", "generated") and len(line) > COLUMNS and " " in line[:COLUMNS].lstrip()
    ]


def wrapped(text):
    """The page with each paragraph wrapped that has a line which is too long."""
    lines, done = text.splitlines(), []
    kind, place = list(kinds(lines)), 0
    while place < len(lines):
        end = place + 1
        if kind[place] == "prose":
            while end < len(lines) and kind[end] == "prose" and not _ITEM.match(lines[end]):
                end += 1
        part = lines[place:end]
        long = kind[place] == "prose" and any(len(line) > COLUMNS for line in part)
        done += _paragraph(part) if long else part
        place = end
    return "\n".join(done) + "\n"


def _paragraph(lines):
    item = _ITEM.match(lines[0])
    first = item[0] if item else re.match(" *", lines[0])[0]
    text = " ".join(line.strip() for line in [lines[0][len(first) :], *lines[1:]])
    # A short piece of code stays on one line, and no line begins with what would make it an item or a heading.
    text = re.sub(r"`[^`]{1,50}`", lambda code: code[0].replace(" ", _TIED), text)
    text = re.sub(r" (?=(?:[-*+#>]|\d+\.) )", _TIED, text)
    filled = textwrap.wrap(
        text,
        COLUMNS,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_TIED, " ") for line in filled]


def main():
    found = 0
    for path in pages():
        text = path.read_text(encoding="utf-8")
        if "--write" in sys.argv[1:]:
            path.write_text(text := wrapped(text), encoding="utf-8")
        for number in too_long(text):
            print(f"{path.relative_to(ROOT)}:{number}")
            found += 1
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
