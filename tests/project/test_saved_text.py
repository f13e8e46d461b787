"""What people save and paste, read by its form: encodings by their marks (Unicode, section 23.8), texts by their
length.
"""

import pytest

from starkcore import errors, saved_text

WORDS = "test test test test test test test test test test test junk"  # the mnemonic of every test chain
TEXT = '{"a": "b"}'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_text_in_each_encoding(encoding):
    assert saved_text.text_of(TEXT.encode(encoding), "source") == TEXT


def test_marks_of_both_orders():
    assert saved_text.text_of(b"\xff\xfe" + TEXT.encode("utf-16-le"), "source") == TEXT
    assert saved_text.text_of(b"\xfe\xff" + TEXT.encode("utf-16-be"), "source") == TEXT
    assert saved_text.text_of(b"", "source") == ""


@pytest.mark.parametrize("data", [b"\x80\x80", b"\xff\xfea", b"caf\xe9"])
def test_what_is_no_text_is_named_without_its_bytes(data):
    with pytest.raises(errors.InvalidInput, match=r"^source must be text in UTF-8, or in UTF-16$") as caught:
        saved_text.text_of(data, "source")
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (WORDS, "a wallet's recovery phrase"), (" ".join(WORDS.split() * 2), "a wallet's recovery phrase"),
        (" ".join(WORDS.split()[:11]), None), (WORDS.replace("junk", "junk1"), None),
        ("0x" + "aB" * 20, "an Ethereum address"), ("ab" * 20, "an Ethereum address"),
        ("0X" + "ab" * 20, "an Ethereum address"),
        ("0x" + "ab" * 19, None),
        ("0x" + "ff" * 32, "an Ethereum private key"), ("0x" + "0" + "f" * 63, "a private key or a public key"),
        ("0x" + "1" * 56, "a private key or a public key"), ("0x" + "1" * 55, None), ("1" * 65, None),
        ("0x" + "1" * 130, "an Ethereum signature"), ("0x" + "1" * 132, "an Ethereum signature"),
        ("0x" + "1" * 131, None), ("vitalik.eth", "a name of ENS"), (" Vitalik.ETH\n", "a name of ENS"),
        ("two words.eth", None), ("", None), ("x" * 1001, None), (5, None), (None, None), (b"vitalik.eth", None),
    ],
)  # fmt: skip
def test_what_a_text_looks_like(text, kind):
    assert saved_text.looks_like(text) == kind
