"""Files that hold what can't be had again: read without waiting for anybody, written whole or not at all.

What is written goes to a temporary file beside its place, with mode 600 from the start, and to the disk; only then is
it given its name, in one step. A name that is taken stays with its file, or the file that had it is kept under another.
Every step is one call of the operating system (`os.…`), so that a test can break off at each.
"""

from __future__ import annotations

import errno
import itertools
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["locked", "make_folder", "read_regular", "replace", "write_new"]

_BINARY = getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY | getattr(os, "O_NOFOLLOW", 0)
# What file systems answer that have no hard links, and those that have no locks.
_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.EXDEV}
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EBADF, errno.EINVAL}


def read_regular(path: str | os.PathLike[str], most: int) -> bytes | None:
    """The first `most` bytes of a file, or all of a shorter one.

    None where the name isn't a regular file's: a pipe would be waited for, and a device may do something when opened.

    Raises:
        OSError
    """
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116
        return None
    # Another thing may have taken the name since: it isn't waited for, and is looked at once more.
    descriptor = os.open(path, os.O_RDONLY | _BINARY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        data = b""
        while len(data) < most and (part := os.read(descriptor, most - len(data))):
            data += part
        return data
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> None:
    """Make a folder for its owner alone, and those above it, unless they are there.

    Raises:
        OSError
    """
    if os.path.isdir(path):  # noqa: PTH112
        return
    if path.parent != path:
        make_folder(path.parent)
    try:
        os.mkdir(path, 0o700)  # noqa: PTH102
    except FileExistsError:
        if not os.path.isdir(path):  # noqa: PTH112
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
    _sync_folder(path.parent)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that isn't there yet.

    Raises:
        FileExistsError: the name is taken. OSError: nothing was written; or, should the folder alone not get to the
            disk, the file is there.
    """
    temporary = _temporary(path, data)
    try:
        try:
            os.link(temporary, path) if os.name == "posix" else os.rename(temporary, path)  # noqa: PTH104
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _write(path, data)  # not in one step, but over nothing either
    finally:
        _remove(temporary)
    _sync_folder(path.parent)


def replace(path: Path, data: bytes) -> Path:
    """Write a file in the place of one that is there, which is kept beside it: its new name is the result.

    Where others may write the same file, call this within `locked`.

    Raises:
        OSError: the file is what it was, maybe under a second name as well; or, should the folder alone not get to the
            disk, the new one. What has the name is no regular file: a pipe or a device isn't written over.
    """
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise OSError(errno.EINVAL, "what has this name is no regular file")
    temporary = _temporary(path, data)
    try:
        kept = _keep(path)
        _sync_folder(path.parent)  # the old file's second name is on the disk before its first is taken
        os.replace(temporary, path)  # noqa: PTH105
    finally:
        _remove(temporary)
    _sync_folder(path.parent)
    return kept


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other writers of a file out, those of this process as well, until the block is left.

    Where the file system has no locks, nobody is kept out.

    Raises:
        OSError: the file isn't there, or can't be opened.
    """
    while True:
        descriptor = _open_lock(path)
        try:
            _lock(descriptor)
            # Who had the lock before may have put another file in the place of this one.
            if os.name != "posix" or os.path.samestat(os.fstat(descriptor), os.stat(path)):  # noqa: PTH116
                yield
                return
        finally:
            os.close(descriptor)


def _temporary(path: Path, data: bytes) -> Path:
    """A new file beside `path` with this in it, on the disk."""
    temporary = path.parent / f".{path.name[:50]}.{secrets.token_hex(8)}"
    _write(temporary, data)
    return temporary


def _write(path: Path, data: bytes) -> None:
    """Write a new file to the disk; when that fails, there is none."""
    descriptor = os.open(path, _NEW, 0o600)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        _remove(path)
        raise


def _keep(path: Path) -> Path:
    """Give a file a second name that nobody has."""
    for number in itertools.count(1):
        kept = path.with_name(f"{path.name}.old-{number}")
        try:
            os.link(path, kept)
        except FileExistsError:
            if os.path.samefile(path, kept):  # noqa: PTH121 - an attempt that was broken off came as far
                return kept
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            with suppress(FileExistsError):
                _write(kept, path.read_bytes())
                return kept
        else:
            return kept
    raise AssertionError("numbers don't end")


def _remove(path: Path) -> None:
    with suppress(OSError):
        os.unlink(path)  # noqa: PTH108


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_lock(path: Path) -> int:
    """What is locked: the file itself, which its owner alone can open; on Windows, which keeps an open one in place,
    a file beside it."""
    if os.name != "posix":
        return os.open(path.with_name(f".{path.name[:50]}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return os.open(path, os.O_RDWR | os.O_NONBLOCK)  # network file systems lock for writers alone
    except PermissionError:
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
