"""What a command prints, and the status that it exits with.

Standard output may be closed, full, or a pipe that nobody reads. A command goes on all the same, to its end: an order
isn't half placed because nobody listens. But then it doesn't exit with 0, which promises that everything was done and
said.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, TextIO, cast

from starkcore.terminal import escape

__all__ = ["BAD_INPUT", "INTERRUPTED", "NO", "OK", "UNSAID", "Streams", "say", "say_json", "show", "tell"]

OK, NO, BAD_INPUT, UNSAID, INTERRUPTED = 0, 1, 2, 3, 130
STATUSES = (
    "Exit status: 0 done and right; 1 a no: a wrong signature, a failed self-test, an exchange that refuses; "
    "2 bad input, and nothing was done; 3 done and right, but standard output was closed, full or a broken pipe, "
    "and what was to be said is lost; 130 interrupted. Lost output never makes a 0 of another status."
)


def say(text: str) -> None:
    """Print a line. What others wrote in it is escaped by the caller, or here: it is one line."""
    print(escape(text))


def say_json(value: Any) -> None:
    """Print JSON, in ASCII and without control characters."""
    print(json.dumps(value, indent=2).replace("\x7f", "\\u007f"))


def show(values: dict[str, Any], as_json: bool) -> None:
    """Print named values for a person, or for a program."""
    if as_json:
        say_json(values)
        return
    names = {escape(name): value for name, value in values.items()}
    width = max(map(len, names), default=0)
    for name, value in names.items():
        say(f"{name:<{width}}  {value}")


def tell(text: str) -> None:
    """Print a line of errors and warnings, if anybody listens."""
    print(f"starkcore: {escape(text)}", file=sys.stderr)


class Streams:
    """The standard streams while a command runs: writing to them doesn't fail, and is remembered where it should have.

    A descriptor that is closed is given to the null device, for otherwise the next file that is opened would get its
    number, and with it whatever is written to standard output or to the errors.
    """

    def __enter__(self) -> Streams:
        closed = _closed_descriptors()
        self._before = sys.stdout, sys.stderr
        self.output = _Lenient(sys.stdout, 1 in closed)
        self.errors = _Lenient(sys.stderr, 2 in closed)
        sys.stdout, sys.stderr = cast("TextIO", self.output), cast("TextIO", self.errors)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.output.flush()
        self.errors.flush()
        sys.stdout, sys.stderr = self._before

    def status(self, verdict: int) -> int:
        """The exit status: the verdict, unless that promises what wasn't said."""
        return UNSAID if verdict == OK and self.output.lost else verdict


# What tables and progress show, where the terminal's encoding has no such sign.
_IN_ASCII = {"✓": "+", "✗": "x", "µ": "u", "×": "x", "–": "-", "…": "..", "’": "'", "≥": ">="}


def _plain(error: UnicodeError) -> tuple[str, int]:
    """How to write what an encoding doesn't have: for `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    shown = (_IN_ASCII.get(letter) or letter.encode("ascii", "backslashreplace").decode() for letter in letters)
    return "".join(shown), error.end


codecs.register_error("starkcore.plain", _plain)


class _Lenient(io.TextIOBase):
    """A text stream whose writing doesn't fail.

    Attributes:
        lost: whether something was written that didn't arrive.
    """

    def __init__(self, stream: TextIO | None, closed: bool) -> None:
        super().__init__()
        self._closed = closed or stream is None
        self._stream = stream
        self.lost = False

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        if self._closed or self._stream is None:
            self.lost = self.lost or bool(text)
        elif not self.lost:
            # What the stream's encoding doesn't have is shown in other letters, or by its number.
            with self._losing():
                self._stream.write(text.encode(self.encoding, "starkcore.plain").decode(self.encoding))
        return len(text)

    def flush(self) -> None:
        if self._stream is not None and not self._closed and not self.lost:
            with self._losing():
                self._stream.flush()

    def isatty(self) -> bool:
        return self._stream is not None and not self._closed and self._stream.isatty()

    def fileno(self) -> int:
        if self._stream is None:
            raise io.UnsupportedOperation("fileno")
        return self._stream.fileno()

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """The stream underneath isn't ours to close."""

    @contextmanager
    def _losing(self) -> Iterator[None]:
        """Take failures of the stream for what they are here, and leave nothing for the interpreter to flush at its
        end.
        """
        try:
            yield
        except (OSError, ValueError):
            self.lost = True
            with suppress(OSError, ValueError):
                _give_to_null(self.fileno())


def _closed_descriptors() -> set[int]:
    """Which of the three descriptors were closed when the process began; they are open now."""
    closed = set()
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            closed.add(descriptor)
            with suppress(OSError):
                _give_to_null(descriptor)
    return closed


def _give_to_null(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null == descriptor:
        os.set_inheritable(null, True)
    else:
        os.dup2(null, descriptor, inheritable=True)
        os.close(null)
