"""Runs a page: its blocks of Python and shell, from top to bottom, as somebody would who pastes them, in this folder.

`python -P run_page.py PAGE`. The Python of a page shares its names. What a block of shell starts in the background ends
with the page, and its exports hold for the blocks that follow. One thing is changed: port 8080, where another page's
exchange may be, becomes one that is free. A block after `<!-- in the checkout -->`, `<!-- test command -->` or
`<!-- walk -->` needs the tree, and isn't run here.

`python -P run_page.py --in-the-checkout PAGE…`, in a copy of the tree that may be changed, runs those alone, without
any change; but for the test command, which `.ci/run` reads out of README by itself.
"""

import ast
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(r"(?:<!-- ([\w ]+) -->\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IN_THE_CHECKOUT = ("in the checkout", "walk")
ELSEWHERE = (*IN_THE_CHECKOUT, "test command")
# Of a block, in seconds: of one that installs and compiles in the checkout.
LONGEST, LONGEST_THERE = 120, 3600


def blocks(text):
    """(line, language, code, marker) of each block."""
    for found in BLOCK.finditer(text):
        yield text.count("\n", 0, found.start(2)) + 1, found[2], found[3], found[1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_python(code, names, line, page):
    """Run a block. The value of a last expression is left alone, as in a program."""
    tree = ast.parse(code, page)
    ast.increment_lineno(tree, line)
    exec(compile(tree, page, "exec"), names)


def waiting(code, port):
    """The block, in which whatever is started in the background is waited for, as a person would."""
    wait = f"for i in $(seq 100); do (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null && break; sleep 0.1; done\n"
    return re.sub(r"(&)\n", rf"\1\n{wait}", code)


def run_shell(code, longest):
    """Run a block, and keep what it exports. Programs in the background go on."""
    with tempfile.NamedTemporaryFile() as kept:  # a pipe would stay open as long as a program in the background
        command = f"{code}\nenv -0 >{kept.name}"
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], check=False, timeout=longest)
        exported = dict(pair.split("=", 1) for pair in kept.read().decode().split("\0") if pair)
    if done.returncode:
        raise SystemExit(f"a block of shell ended with {done.returncode}:\n{code}")
    os.environ.update(exported)


def main(page):
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    text, port = Path(page).read_text(encoding="utf-8"), str(free_port())
    names = {"__name__": "__main__"}
    for line, language, code, marker in blocks(text):
        if marker in ELSEWHERE:
            continue
        code = code.replace("8080", port)
        if language == "python":
            run_python(code, names, line, page)
        elif language == "sh":
            run_shell(waiting(code, port), LONGEST)
        elif language == "json":
            json.loads(code)


def in_the_checkout(pages):
    """What needs the tree, page by page."""
    for page in pages:
        for _, language, code, marker in blocks(Path(page).read_text(encoding="utf-8")):
            if language == "sh" and marker in IN_THE_CHECKOUT:
                print(code, flush=True)
                run_shell(code, LONGEST_THERE)


if __name__ == "__main__":
    os.setpgid(0, 0)
    try:
        if sys.argv[1] == "--in-the-checkout":
            in_the_checkout(sys.argv[2:])
        else:
            main(sys.argv[1])
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # for whatever was left in the background
        sys.stdout.flush()
        os.killpg(0, signal.SIGTERM)
