"""`starkcore/http/sync_transport.py`, the transport of threads, made of `async_transport.py`, that of tasks.

The two differ in words alone: what is awaited there is called here. So one is written, and the other is made of its
text, as httpcore does with its own. `python tests/http/sync_from_async.py` says whether the file is up to date; with
`--write` it writes it.
"""

import re
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "starkcore" / "http"
SOURCE, MADE = FOLDER / "async_transport.py", FOLDER / "sync_transport.py"

HEAD = '''"""HTTP connections to one host, for any number of threads.

Made of the text of `async_transport.py` by `python tests/http/sync_from_async.py --write`: a change belongs there.
"""
'''
# In this order. What the two kinds do each in their own way is behind `Tasks` and `Threads`.
WORDS = (
    (r"\basync def\b", "def"),
    (r"\bawait ", ""),
    (r"\baclose\b", "close"),
    (r"\bAsyncTransport\b", "SyncTransport"),
    (r"\bTasks\b", "Threads"),
    (r"\btasks\b", "threads"),
    (r"\b_tasks\b", "_threads"),
)
DOCSTRING = re.compile(r'\A""".*?"""\n', re.DOTALL)


def made(text):
    """The text for threads."""
    text = DOCSTRING.sub("", text)
    for word, other in WORDS:
        text = re.sub(word, other, text)
    return HEAD + text


if __name__ == "__main__":
    wanted = made(SOURCE.read_text(encoding="utf-8"))
    if "--write" in sys.argv[1:]:
        MADE.write_text(wanted, encoding="utf-8")
    elif not MADE.exists() or MADE.read_text(encoding="utf-8") != wanted:
        sys.exit(f"{MADE} is not what {SOURCE} makes: see --write")
