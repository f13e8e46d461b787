"""Runs a page: its blocks of Python and shell, from top to bottom, as somebody would who pastes them, in this folder.

`python -P run_page.py PAGE`. The Python of a page shares its names. What a block of shell starts in the background ends
with the page, and its exports hold for the blocks that follow. One thing is changed: port 8080, where another page's
exchange may be, becomes one that is free. A block after `<!-- in the checkout -->`, `<!-- test command -->` or
`<!-- walk -->` needs the tree, and isn't run here.
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
ELSEWHERE = ("in the checkout", "test command", "walk")


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


def run_shell(code, port):
    """Run a block, and keep what it exports. Programs in the background go on."""
    waiting = f"for i in $(seq 100); do (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null && break; sleep 0.1; done\n"
    code = re.sub(r"(&)\n", rf"\1\n{waiting}", code)
    with tempfile.NamedTemporaryFile() as kept:  # a pipe would stay open as long as a program in the background
        command = f"{code}\nenv -0 >{kept.name}"
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], check=False, timeout=120)
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
            run_shell(code, port)
        elif language == "json":
            json.loads(code)


if __name__ == "__main__":
    os.setpgid(0, 0)
    try:
        main(sys.argv[1])
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # for whatever was left in the background
        sys.stdout.flush()
        os.killpg(0, signal.SIGTERM)
