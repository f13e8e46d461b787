"""How the exchange's process ends: by a signal, or with whoever started it; and that it takes its temporary database
along.

A database holds secrets. So the process that writes it removes it, and not the one that started that: this one may be
killed, and can't clean up then. Only SIGKILL to the exchange itself leaves a database behind, unless its starter still
runs.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["end_with_input", "ended_by_signals", "temporary_folder"]

# How long an exchange whose starter has gone may take to finish what it is at.
_GRACE = 10
_LOOK_EVERY = 1.0


def _signals() -> list[signal.Signals]:
    """Those that ask to end, but for SIGINT, which Python makes a KeyboardInterrupt of."""
    names = ("SIGTERM", "SIGHUP", "SIGBREAK")
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _as_terminated(number: int, frame: FrameType | None) -> None:
    """The server knows SIGTERM, and finishes in order."""
    signal.raise_signal(signal.SIGTERM)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Signals that ask to end raise KeyboardInterrupt, so that what is to be cleaned up is.

    What is ignored stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[signal.Signals, Any] = {}
    for number in _signals():
        handler = signal.getsignal(number)
        if handler is signal.SIG_DFL:
            before[number] = handler
            signal.signal(number, _interrupt if number == signal.SIGTERM else _as_terminated)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def temporary_folder(wanted: bool) -> Iterator[Path | None]:
    """A new folder for the owner alone, removed at the end; None where it isn't wanted.

    No signal interrupts its removal.
    """
    if not wanted:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="starkcore-"))
    try:
        yield folder
    finally:
        with _undisturbed():
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals that ask to end are ignored: that is what is being done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *_signals())}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_with_input(folder: Path | None) -> None:
    """From now on, end this process when its standard input ends, or when whoever started it has gone.

    Both, because a child of the starter may hold the other end of the pipe open.

    Args:
        folder: removed when the process doesn't end by itself in time.
    """
    threading.Thread(target=_watch, args=(os.getppid(), folder), name="until eof", daemon=True).start()


def _watch(parent: int, folder: Path | None) -> None:
    while os.getppid() == parent and not _input_ended():
        pass
    signal.raise_signal(signal.SIGTERM)
    time.sleep(_GRACE)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _input_ended() -> bool:
    """Waits a moment; what comes is thrown away."""
    try:
        # Windows can't wait for a pipe with a time-out; nobody holds the other end open there.
        if sys.platform != "win32" and not select.select([0], [], [], _LOOK_EVERY)[0]:
            return False
        return not os.read(0, 4096)
    except (OSError, ValueError):  # there is no standard input
        return True
