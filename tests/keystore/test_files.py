"""Files that are written whole or not at all: what is read, what is made, and who waits for whom."""

import errno
import os
import stat
import threading

import pytest

from starkcore import files

POSIX = pytest.mark.skipif(os.name != "posix", reason="pipes and modes are POSIX's")


def test_no_more_than_asked_for_is_read(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    assert files.read_regular(path, 4) == b"0123"
    assert files.read_regular(path, 100) == b"0123456789"
    assert files.read_regular(path, 0) == b""


@POSIX
def test_what_is_no_regular_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, "/dev/null"):
        assert files.read_regular(path, 10) is None
    with pytest.raises(FileNotFoundError):
        files.read_regular(tmp_path / "nothing", 10)


@POSIX
def test_a_folder_is_its_owners_with_those_above(tmp_path):
    files.make_folder(tmp_path / "a" / "b")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a", tmp_path / "a" / "b")] == [0o700, 0o700]
    (tmp_path / "a" / "b").chmod(0o755)
    files.make_folder(tmp_path / "a" / "b")  # one that is there stays as it is
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o755


def test_a_folder_is_not_made_of_a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        files.make_folder(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b""


@POSIX
def test_a_second_writer_waits_and_sees_what_took_the_name(tmp_path):
    path, order = tmp_path / "file", []
    path.write_bytes(b"first")

    def second():
        with files.locked(path):
            order.append(path.read_bytes())

    with files.locked(path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        order.append(thread.is_alive())
        (tmp_path / "new").write_bytes(b"another file")
        (tmp_path / "new").replace(path)
    thread.join(30)
    assert order == [True, b"another file"]


def test_a_new_file_takes_no_name_that_is_taken(tmp_path):
    files.write_new(tmp_path / "file", b"first")
    with pytest.raises(FileExistsError):
        files.write_new(tmp_path / "file", b"second")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"first"]  # nothing beside it is left


@POSIX
@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.EXDEV])
def test_where_there_are_no_links_a_new_file_is_written_all_the_same(tmp_path, monkeypatch, number):
    def link(*names):
        raise OSError(number, "no links")

    monkeypatch.setattr(os, "link", link)
    files.write_new(tmp_path / "file", b"first")
    with pytest.raises(FileExistsError):
        files.write_new(tmp_path / "file", b"second")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"first"]


@POSIX
def test_another_refusal_of_a_link_is_told(tmp_path, monkeypatch):
    def link(*names):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "link", link)
    for call in (files.write_new, files._keep):
        with pytest.raises(OSError, match="broken"):
            call(*((tmp_path / "file", b"first")[: 2 if call is files.write_new else 1]))
    assert list(tmp_path.iterdir()) == []


@POSIX
def test_what_is_written_whole_is_its_owners(tmp_path, monkeypatch):
    written = []
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, view: written.append(len(view)) or write(descriptor, view[:3]))
    files._write(tmp_path / "file", b"0123456789")
    assert written == [10, 7, 4, 1]
    assert (tmp_path / "file").read_bytes() == b"0123456789"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


@POSIX
def test_what_fails_to_be_written_is_not_there(tmp_path, monkeypatch):
    def fail(descriptor):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="full"):
        files._write(tmp_path / "file", b"0123456789")
    assert list(tmp_path.iterdir()) == []


@POSIX
def test_a_file_is_kept_under_the_next_name_that_is_free(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"first")
    (tmp_path / "file.old-1").write_bytes(b"another")
    assert files._keep(path) == tmp_path / "file.old-2"
    assert files._keep(path) == tmp_path / "file.old-2"  # an attempt that was broken off came as far
    path.unlink()
    path.write_bytes(b"second")
    assert files._keep(path) == tmp_path / "file.old-3"
    kept = {name.name: name.read_bytes() for name in tmp_path.iterdir()}
    assert kept == {"file": b"second", "file.old-1": b"another", "file.old-2": b"first", "file.old-3": b"second"}


@POSIX
def test_where_there_are_no_links_a_file_is_copied(tmp_path, monkeypatch):
    def link(*names):
        raise OSError(errno.ENOSYS, "no links")

    monkeypatch.setattr(os, "link", link)
    (tmp_path / "file").write_bytes(b"first")
    (tmp_path / "file.old-1").write_bytes(b"another")
    assert files._keep(tmp_path / "file") == tmp_path / "file.old-2"
    assert (tmp_path / "file.old-2").read_bytes() == b"first"
    assert (tmp_path / "file.old-1").read_bytes() == b"another"


@POSIX
def test_a_folder_gets_to_the_disk(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    files._sync_folder(tmp_path)
    assert synced == [tmp_path.stat().st_ino]


@POSIX
def test_a_lock_is_taken_on_the_file_itself(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"first")
    opened, real = [], os.open

    def refuse_writers(name, flags, *mode):
        opened.append(flags & os.O_ACCMODE)
        if flags & os.O_ACCMODE == os.O_RDWR:
            raise PermissionError
        return real(name, flags, *mode)

    descriptor = files._open_lock(path)
    assert os.fstat(descriptor).st_ino == path.stat().st_ino
    os.close(descriptor)
    monkeypatch.setattr(os, "open", refuse_writers)
    os.close(files._open_lock(path))
    assert opened == [os.O_RDWR, os.O_RDONLY]
    assert [name.name for name in tmp_path.iterdir()] == ["file"]


def test_what_is_read_is_closed(tmp_path, monkeypatch):
    """Whichever way it ends."""
    opened, closed = [], []
    real_open, real_close = os.open, os.close
    monkeypatch.setattr(files.os, "open", lambda *words: opened.append(real_open(*words)) or opened[-1])
    monkeypatch.setattr(files.os, "close", lambda number: closed.append(number) or real_close(number))
    (tmp_path / "file").write_bytes(b"abc")
    assert files.read_regular(tmp_path / "file", 10) == b"abc"
    assert files.read_regular(tmp_path / "file", 2) == b"ab"
    assert files.read_regular(tmp_path, 2) is None
    assert (len(opened), closed) == (2, opened)
