"""A program of others that ends with the test which started it, whatever ends that.

    python tied_process.py program argument …

runs the program, and kills it once standard input ends: that is the pipe of whoever started this.
"""

import os
import subprocess
import sys
import threading


def main():
    program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=_watch, args=(program,), daemon=True).start()
    return program.wait()


def _watch(program):
    while os.read(0, 4096):
        pass
    program.kill()


def tied(command, **options):
    """Start a command so; close its `stdin` to end it."""
    return subprocess.Popen([sys.executable, "-P", __file__, *command], stdin=subprocess.PIPE, **options)


if __name__ == "__main__":
    sys.exit(main())
