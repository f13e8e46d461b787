"""What the commands share: the parser, and reading numbers, secrets and passphrases.

Secrets come from a file, from the environment, from a file descriptor or from standard input, never from arguments:
those are in the shell's history and in every process list.
"""

from __future__ import annotations

import argparse
import errno
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from starkcore.commands.output import BAD_INPUT, INTERRUPTED, NO, OK, show, tell
from starkcore.errors import InvalidInput, StarkcoreError, _invalid
from starkcore.saved_text import text_of
from starkcore.terminal import escape

__all__ = [
    "BAD_INPUT",
    "INTERRUPTED",
    "NO",
    "OK",
    "Parser",
    "answered_number",
    "naming",
    "number",
    "read_bytes",
    "read_passphrase",
    "read_secret",
    "read_secret_file",
    "show",
]

KEY_VARIABLE = "STARKCORE_PRIVATE_KEY"
PASSPHRASE_VARIABLE = "STARKCORE_PASSPHRASE"  # noqa: S105 - its name, not its value
_LONGEST_SECRET = 1 << 16
_RULES = {
    errno.ENOENT: "must name what is there: there is nothing of that name",
    errno.ENOTDIR: "must name what is there: a part of the name that is to be a folder is none",
    errno.EISDIR: "must name a file, not a folder",
    errno.EEXIST: "must name a new file: one of that name exists",
    errno.EACCES: "must name what you have the right to use",
    errno.EPERM: "must name what you have the right to use",
    errno.EBADF: "must be the number of a descriptor that is open for reading",
}


@contextmanager
def naming(option: str) -> Iterator[None]:
    """Errors of the operating system become ones that name the option: not the file, where the secret itself
    may stand.
    """
    try:
        yield
        return
    except StarkcoreError:
        raise
    except OSError as error:
        rule = _RULES.get(error.errno or 0) or f"can't be used: {error.strerror or 'the system refuses it'}"
        error.filename = error.filename2 = None  # it goes along below, as the context
    except ValueError as error:
        rule = "must be a name that files can have"
        error.args = ()
        if isinstance(error, UnicodeEncodeError):
            error.object = ""
    raise _invalid(option, rule)


class Parser(argparse.ArgumentParser):
    """argparse, but its messages don't repeat what was typed: it may have been a secret in the wrong place."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords | {"allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        option, wrong, typed = message.partition("invalid choice: ")
        if wrong:
            _, choose, choices = typed.rpartition(" (choose")
            message = f"{option}invalid choice{choose}{choices if choose else ''}"
        message = re.sub(r"(unrecognized arguments|ambiguous option).*", r"\1", message, flags=re.DOTALL)
        message = re.sub(
            r"(invalid [a-z]{1,20} value|expected one argument|ignored explicit argument):? .*", r"\1", message
        )
        super().error(escape(message))


def number(text: str, field: str) -> int:
    """A count that was typed: decimal digits, or hex digits after 0x. Keys and hashes are hex: see `starkcore.keys`."""
    if re.fullmatch(r"[0-9]{1,100}", text, flags=re.ASCII):
        return int(text)
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,100}", text, flags=re.ASCII):
        return int(text, 16)
    raise InvalidInput(field, "must be a whole number, in decimal digits or in hex digits after 0x")


def answered_number(value: object, base: int) -> int:
    """A number in an exchange's answer, as text or as a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        if base == 10 and re.fullmatch(r"[0-9]{1,20}", value, flags=re.ASCII):
            return int(value)
        if base == 16 and re.fullmatch(r"(?:0[xX])?[0-9a-fA-F]{1,64}", value, flags=re.ASCII):
            return int(value, 16)
    raise StarkcoreError("the exchange answered something else where a number belongs")


def read_secret(key_file: str | None, variable: str | None = KEY_VARIABLE, option: str = "--key-file") -> str:
    """A secret as text, from the first of its sources that there is."""
    if key_file is not None and key_file != "-":
        return read_secret_file(key_file, option)
    if key_file is None and variable and variable in os.environ:
        return os.environ[variable].strip()
    if sys.stdin is not None and sys.stdin.isatty():
        from getpass import getpass

        return getpass("secret: ").strip()
    return _text(read_bytes("-", "secret"), "secret")


def read_secret_file(name: str | Path, option: str = "--key-file") -> str:
    """A secret as text from a file, or from standard input where the name is -; whoever let others read it is told.

    Args:
        option: what named the file, for errors.
    """
    return _text(read_bytes(str(name), option), option)


def read_bytes(name: str, option: str, most: int = _LONGEST_SECRET, *, secret: bool = True) -> bytes:
    """All of a file, or of standard input where its name is -.

    Args:
        most: bytes; a longer one is refused, and not read to its end.
        secret: whether to tell when others can read it.
    """
    if not name:
        raise InvalidInput(option, "must name a file, or be - for standard input: it is empty")
    if name == "-":
        if sys.stdin is None:
            raise InvalidInput(option, "must be given: standard input is closed")
        with naming("standard input"):
            return _all(sys.stdin.buffer, option, most)
    with naming(option), Path(name).open("rb") as file:
        if secret and os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
            tell(f"warning: others can read {name}: chmod 600 it")
        return _all(file, option, most)


def read_passphrase(
    what: str,
    descriptor: str | int | None = None,
    variable: str = PASSPHRASE_VARIABLE,
    *,
    confirm: bool = False,
    option: str = "--passphrase-fd",
) -> str:
    """A passphrase: a line from a file descriptor, or the variable, or typed at the terminal without being shown.

    Args:
        what: for the prompt: "passphrase of the key store".
        descriptor: its number, as it was typed.
        confirm: ask twice when it is typed, because it is a new one.
        option: what named the descriptor, for errors.
    """
    if descriptor is not None:
        with naming(option), os.fdopen(_descriptor(descriptor, option), "rb", closefd=False) as file:
            line = file.readline(_LONGEST_SECRET + 1)
        return _line(line)
    if variable in os.environ:
        return os.environ[variable]
    if sys.stdin is None or not sys.stdin.isatty():
        raise InvalidInput("passphrase", f"must be given: by a terminal, by ${variable} or by {option}")
    from getpass import getpass

    passphrase = getpass(f"{what}: ")
    if confirm and getpass("again: ") != passphrase:
        raise InvalidInput("passphrase", "must be the same twice")
    return passphrase


def _descriptor(text: str | int, option: str) -> int:
    descriptor = text if isinstance(text, int) else number(text, option)
    if not 0 <= descriptor < 1 << 31:
        raise InvalidInput(option, _RULES[errno.EBADF])
    return descriptor


def _line(data: bytes) -> str:
    if len(data) > _LONGEST_SECRET:
        raise InvalidInput("passphrase", "must be at most 64 KiB")
    try:
        return data.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        pass
    # Out here: the exception above carries the bytes along.
    raise InvalidInput("passphrase", "must be UTF-8 text")


def _all(file: Any, field: str, most: int) -> bytes:
    """All that can be read, which must not be too much: what is cut off would be another secret."""
    data: bytes = file.read(most + 1)
    if len(data) > most:
        raise InvalidInput(field, f"must be at most {most >> 10} KiB")
    return data


def _text(data: bytes, field: str) -> str:
    """What was read, without white space around it, however it was saved."""
    text = text_of(data, field)
    if not text.isascii():
        raise InvalidInput(field, "must be ASCII text")
    return text.strip()
