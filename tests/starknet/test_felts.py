"""Texts as Starknet's documents mean them: numbers, short strings, field elements.

Short strings: Cairo's documentation.
"""

import pytest

from starkcore import errors
from starkcore.starknet import felts

P = 2**251 + 17 * 2**192 + 1


@pytest.mark.parametrize(
    ("text", "number"),
    [("0x0", 0), ("0x00Ff", 255), ("0", 0), ("0012", 12), (hex(P), P), (str(P), P), ("0x" + "0" * 90 + "1", 1),
     ("", None), ("-1", None), ("+7", None), ("0b11", None), (" 1", None), ("1_0", None), ("\u0661", None),
     ("1e3", None)],
)  # fmt: skip
def test_which_texts_are_numbers(text, number):
    assert felts.number_of_text(text) == number


@pytest.mark.parametrize("text", ["0x", "0X1", "0xg", "0x-1", "0x 1", "0x1_0", "0x1" + "0" * 64])
def test_what_begins_as_hex_is_hex(text):
    with pytest.raises(felts.Unreadable, match="at most 64 hex digits"):
        felts.number_of_text(text)


def test_more_digits_than_any_element_has():
    with pytest.raises(felts.Unreadable):
        felts.number_of_text("1" + "0" * 90)


@pytest.mark.parametrize(
    ("text", "value"), [("", 0), ("hello", 0x68656C6C6F), ("a" * 31, int.from_bytes(b"a" * 31, "big")), ("\0a", 0x61)]
)
def test_a_short_string_is_its_bytes(text, value):
    assert felts.short_string_value(text) == value


@pytest.mark.parametrize("text", ["a" * 32, "é", "\udc80"])
def test_what_is_no_short_string(text):
    with pytest.raises(felts.Unreadable, match="at most 31 characters of ASCII"):
        felts.short_string_value(text)


@pytest.mark.parametrize(("value", "element"), [(0, 0), (P - 1, P - 1), ("0x10", 16), (hex(P - 1), P - 1)])
def test_a_parameter_that_is_an_element(value, element):
    assert felts.read_element(value, "salt") == element


@pytest.mark.parametrize("value", [-1, P, hex(P), "16", "", "hello", "0x", 1.5, None, b"\1"])
def test_a_parameter_that_is_none_is_named(value):
    with pytest.raises((errors.InvalidInput, errors.InputTypeError), match=r"^salt must"):
        felts.read_element(value, "salt")


def test_a_list_names_the_item():
    assert felts.read_elements((1, "0x2"), "calldata") == [1, 2]
    assert felts.read_elements([], "calldata") == []
    with pytest.raises(errors.InvalidInput, match=r"^calldata\[1\] must be"):
        felts.read_elements([1, P], "calldata")
    for value in ("12", b"12", 5, None):
        with pytest.raises(errors.InputTypeError, match=r"^calldata must be a list of field elements"):
            felts.read_elements(value, "calldata")


def test_a_chains_text_is_a_name_and_no_number():
    for name in ("SN_MAIN", "a", "x" * 31):
        assert felts.chain_text(name) == name
    for wrong in ("", "0x534e5f4d41494e", "23448594291968334", "x" * 32, "chaîne"):
        with pytest.raises(errors.InvalidInput) as caught:
            felts.chain_text(wrong)
        assert caught.value.field == "chain"
    with pytest.raises(errors.InputTypeError):
        felts.chain_text(1)


def test_a_text_of_utf8_has_no_half_of_a_pair():
    for text in ("", "name", "𝄞 é"):
        assert felts.utf8_text(text, "name") == text
    with pytest.raises(errors.InvalidInput) as caught:
        felts.utf8_text("a\ud834", "name")
    assert caught.value.field == "name"
    with pytest.raises(errors.InputTypeError):
        felts.utf8_text(b"name", "name")
