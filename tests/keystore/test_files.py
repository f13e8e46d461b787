"""Files that are written whole or not at all: what is read, what is made, and who waits for whom."""

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
