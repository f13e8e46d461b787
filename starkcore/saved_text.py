"""Text as people have saved it: with a byte order mark, in UTF-16 as Windows writes it, or plainly in UTF-8.

One reader for whatever a person hands over as a file: keys, signatures, values copied out of a browser. And what such a
text looks like, where it isn't what was asked for. The text may be a secret: no error shows a part of it.
"""

from __future__ import annotations

from starkcore.errors import _invalid

__all__ = ["looks_like", "text_of"]

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def text_of(data: bytes, field: str) -> str:
    """The text that a file holds, without its byte order mark.

    Raises:
        InvalidInput: neither UTF-8 nor UTF-16.

    >>> text_of("0x5".encode("utf-16"), "key") == text_of("0x5".encode("utf-8-sig"), "key") == "0x5"
    True
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding is None:  # What is meant here has no NUL; its first character is ASCII.
        encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be" if data[:1] == b"\0" else "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeError:  # which carries the bytes along
        pass
    raise _invalid(field, "must be text in UTF-8, or in UTF-16")


def looks_like(text: object) -> str | None:
    """What a text is by its form, where somebody has put it in another's place; None: nothing that is known here.

    >>> looks_like("vitalik.eth"), looks_like("0x" + "ab" * 20), looks_like("0x" + "ff" * 32)
    ('a name of ENS', 'an Ethereum address', 'an Ethereum private key')
    """
    if type(text) is not str or len(text) > 1000:
        return None
    text = text.strip()
    words = text.split()
    if len(words) in (12, 15, 18, 21, 24) and all(word.isascii() and word.isalpha() for word in words):
        return "a wallet's recovery phrase"
    digits = text[2:] if text[:2] in ("0x", "0X") else text
    if not digits.strip("0123456789abcdefABCDEF"):
        if len(digits) == 40:
            return "an Ethereum address"
        if 56 <= len(digits) <= 64:  # hex() leaves leading zeros out
            return "an Ethereum private key" if int(digits, 16) >> 252 else "a private key or a public key"
        if len(digits) in (130, 132):
            return "an Ethereum signature"
    if len(words) == 1 and text.lower().endswith((".eth", ".xyz", ".crypto")):
        return "a name of ENS"
    return None
