"""What the commands share: reading secrets, showing values, exit codes.

Secrets come from a file, from the environment, from a file descriptor or from standard input, never from arguments: those
are in the shell's history and in every process list.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

from starkcore.errors import InvalidInput

__all__ = ["BAD_INPUT", "INTERRUPTED", "NO", "OK", "Parser", "number", "read_passphrase", "read_secret", "show"]

OK, NO, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
KEY_VARIABLE = "STARKCORE_PRIVATE_KEY"
PASSPHRASE_VARIABLE = "STARKCORE_PASSPHRASE"  # noqa: S105 - its name, not its value
_LONGEST_SECRET = 1 << 16


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
        super().error(message)


def show(values: dict[str, Any], as_json: bool) -> None:
    """Print named values for a person, or for a program."""
    if as_json:
        print(json.dumps(values, indent=2))
        return
    width = max(map(len, values), default=0)
    for name, value in values.items():
        print(f"{name:<{width}}  {value}")


def number(text: str, field: str) -> int:
    """A count that was typed: decimal digits, or hex digits after 0x. Keys and hashes are hex: see `starkcore.keys`."""
    if re.fullmatch(r"[0-9]{1,100}", text, flags=re.ASCII):
        return int(text)
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,100}", text, flags=re.ASCII):
        return int(text, 16)
    raise InvalidInput(field, "must be a whole number, in decimal digits or in hex digits after 0x")


def read_secret(key_file: str | None, variable: str | None = KEY_VARIABLE) -> str:
    """A secret as text, from the first of its sources that there is."""
    if key_file is not None and key_file != "-":
        return read_secret_file(Path(key_file))
    if key_file is None and variable and variable in os.environ:
        return os.environ[variable].strip()
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass("secret: ").strip()
    return _text(sys.stdin.buffer.read(_LONGEST_SECRET))


def read_secret_file(path: Path) -> str:
    """A secret as text from a file; whoever let others read it is told."""
    with path.open("rb") as file:
        if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
            print(f"starkcore: warning: others can read {path}: chmod 600 it", file=sys.stderr)
        return _text(file.read(_LONGEST_SECRET))


def read_passphrase(
    what: str, descriptor: int | None = None, variable: str = PASSPHRASE_VARIABLE, *, confirm: bool = False
) -> str:
    """A passphrase: a line from a file descriptor, or the variable, or typed at the terminal without being shown.

    Args:
        what: for the prompt: "passphrase of the key store".
        confirm: ask twice when it is typed, because it is a new one.
    """
    if descriptor is not None:
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return _line(file.readline(_LONGEST_SECRET))
    if variable in os.environ:
        return os.environ[variable]
    if not sys.stdin.isatty():
        raise InvalidInput("passphrase", f"must be given: by a terminal, by ${variable} or by --passphrase-fd")
    from getpass import getpass

    passphrase = getpass(f"{what}: ")
    if confirm and getpass("again: ") != passphrase:
        raise InvalidInput("passphrase", "must be the same twice")
    return passphrase


def _line(data: bytes) -> str:
    try:
        return data.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise InvalidInput("passphrase", "must be UTF-8 text") from None


def _text(data: bytes) -> str:
    """What was read, without white space around it. The exception of a failed decode() would carry the bytes along."""
    if not data.isascii():
        raise InvalidInput("secret", "must be ASCII text")
    return data.decode().strip()
