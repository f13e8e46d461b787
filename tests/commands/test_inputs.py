"""What commands read: numbers of an exchange's answers, secrets from a descriptor or a variable, and files by their
option.
"""

import errno
import os
from pathlib import Path

import pytest

from starkcore import errors
from starkcore.commands import common


@pytest.mark.parametrize(
    ("value", "base", "number"),
    [(5, 10, 5), ("5", 10, 5), ("0x1f", 16, 31), ("1F", 16, 31), (2**70, 16, 2**70), ("0" * 20, 10, 0)],
)
def test_a_number_in_an_answer(value, base, number):
    assert common.answered_number(value, base) == number


@pytest.mark.parametrize(
    ("value", "base"),
    [(True, 10), (None, 10), ("", 10), ("-1", 10), ("1.0", 10), ("1" * 21, 10), ("0x1", 10), ("0x", 16), ("1" * 65, 16),
     ("xyz", 16), (1.0, 10), ("\u0661", 10), (["1"], 10)],
)  # fmt: skip
def test_what_is_none(value, base):
    with pytest.raises(errors.StarkcoreError, match="where a number belongs"):
        common.answered_number(value, base)


def assert_without(secret, error):
    """Neither the error nor what it came from has it, in its text or in a field."""
    while error is not None:
        shown = [error, error.args, *(getattr(error, name, None) for name in ("filename", "filename2", "object"))]
        assert secret not in f"{shown!r}{error}"
        error = error.__context__


@pytest.fixture
def descriptor():
    """Makes a descriptor that gives these bytes."""
    opened = []

    def make(data):
        reading, writing = os.pipe()
        opened.append(reading)
        os.write(writing, data)
        os.close(writing)
        return reading

    yield make
    for number in opened:
        os.close(number)


@pytest.mark.parametrize(
    ("data", "passphrase"), [(b"one two\n", "one two"), (b"one\r\nrest", "one"), (b" x ", " x "), (b"", "")]
)
def test_a_passphrase_is_one_line_of_a_descriptor(descriptor, data, passphrase):
    number = descriptor(data)
    assert common.read_passphrase("passphrase", str(number)) == passphrase
    os.fstat(number)  # left open: it is the caller's


def test_a_passphrase_that_is_none(descriptor, monkeypatch):
    monkeypatch.delenv(common.PASSPHRASE_VARIABLE, raising=False)
    with pytest.raises(errors.InvalidInput, match=r"^passphrase must be UTF-8 text$") as caught:
        common.read_passphrase("passphrase", descriptor(b"caf\xe9\n"))
    assert caught.value.__context__ is None
    for text in ("-1", "x", "99999999999", str(2**31)):
        with pytest.raises(errors.InvalidInput, match=r"^--passphrase-fd "):
            common.read_passphrase("passphrase", text)
    with pytest.raises(errors.InvalidInput, match=r"^--old-fd "):
        common.read_passphrase("passphrase", 2**31 - 1, option="--old-fd")


def test_a_passphrase_out_of_the_environment(monkeypatch):
    monkeypatch.setenv(common.PASSPHRASE_VARIABLE, " as it is ")
    assert common.read_passphrase("passphrase") == " as it is "


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.EISDIR, errno.ENOSPC, errno.EIO])
def test_the_systems_errors_name_the_option_and_not_the_file(number):
    with pytest.raises(errors.InvalidInput, match=r"^--key-file ") as caught, common.naming("--key-file"):
        raise OSError(number, os.strerror(number), "the-secret-itself")
    assert_without("the-secret-itself", caught.value)


@pytest.mark.parametrize("name", ["the-secret-itself\0", "the-secret-itself\ud800"])
def test_a_name_that_no_file_can_have_is_not_repeated(name):
    rule = r"^--key-file must be a name that files can have$"
    with pytest.raises(errors.InvalidInput, match=rule) as caught, common.naming("--key-file"):
        Path(name).open("rb")  # noqa: SIM115 - there is none
    assert_without("the-secret-itself", caught.value)


def test_our_own_errors_pass():
    with pytest.raises(errors.InvalidAmount), common.naming("--key-file"):
        raise errors.InvalidAmount("price", "must be more than 0")
