"""A secret that is passed, in the right place or a wrong one, in the right form or a wrong one, shows up nowhere.

A marker goes through every public function as every argument; whatever is raised, warned or logged is searched for it
in every encoding that a person or program could undo.
"""

import base64
import io
import itertools
import logging
import traceback
import warnings

import pytest

import starkcore
from starkcore import PrivateKey, PublicKey, Signature, StarkcoreError, starkex
from starkcore.starkex import DYDX, HumanOrder, OrderSigner

MARKER = 0x5EC2E7_0B5E55ED_FACADE_C0FFEE_DEADBEEF_5AFE5AFE_0DDBA11_1337C0DE
RAW = MARKER.to_bytes(32, "big")
# As it should be passed, and as it shouldn't: out of range, of another type, with a typing error.
FORMS = [
    MARKER, -MARKER, MARKER << 8, MARKER << 300, RAW, RAW[4:], bytearray(RAW * 2), memoryview(RAW * 3), f"{MARKER:x}",
    f"{MARKER:#x} ", f"{MARKER:#x}g", f"{MARKER:064x}" * 2, f"{MARKER:064x}" * 2 + "1b00", str(MARKER), repr(RAW),
    float(MARKER), [MARKER], [RAW, RAW], (RAW, MARKER), {f"{MARKER:x}": MARKER}, {MARKER}, ("BUY", f"{MARKER:x}"),
]  # fmt: skip

NEEDLES = {
    f"{MARKER:x}"[4:40], f"{MARKER:X}"[4:40], str(MARKER)[4:40], str(float(MARKER))[:12], RAW[2:20].hex(" "),
    repr(RAW[2:20])[2:-1], base64.b64encode(RAW).decode()[4:24], base64.b64encode(RAW[1:]).decode()[4:24],
    base64.b64encode(RAW[2:]).decode()[4:24],
    ", ".join(map(str, RAW[4:16])), RAW[4:16].decode("latin-1"),
}  # fmt: skip


class Logged(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture
def searched(capfd):
    """Call functions; afterwards, everything that became visible is searched."""
    seen, handler = io.StringIO(), Logged()
    logging.getLogger().addHandler(handler)

    def call(function, *arguments, **keywords):
        try:
            function(*arguments, **keywords)
        except BaseException as error:
            for link in chain_of(error):
                lines = traceback.format_exception_only(link)
                seen.write("\n".join([*lines, repr(link), repr(link.args), repr(vars(link))]))
            # Also as a crash reporter would print it. Source lines are ours; values of variables aren't in it.
            seen.write("".join(traceback.format_exception(error)))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield call
    logging.getLogger().removeHandler(handler)
    out, err = capfd.readouterr()
    text = "\n".join([seen.getvalue(), out, err, *handler.lines, *(str(item.message) for item in caught)])
    for needle in NEEDLES:
        assert needle not in text


def chain_of(error):
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_the_needles_are_found_where_there_are_some():
    for form in (MARKER, RAW, f"{MARKER:#x}", [RAW], float(MARKER), base64.b64encode(RAW), list(RAW)):
        assert any(needle in repr(form) for needle in NEEDLES), form
    with pytest.raises(ValueError, match="invalid literal") as caught:
        int(f"{MARKER:x}g", 16)
    assert any(needle in str(caught.value) for needle in NEEDLES)


def public_functions():
    """Everything that the packages export, and the methods of what they export, with how many arguments to try."""
    key = PrivateKey(7)
    objects = [key, key.public_key, key.public_key.prepare(), key.sign(1), DYDX, PrivateKey, PublicKey, Signature]
    objects += [OrderSigner(key, position_id=1)]
    for module in (starkcore, starkex):
        for name in module.__all__:
            if callable(getattr(module, name)) and name not in ("StarkcoreError",):
                yield name, getattr(module, name)
    for thing in objects:
        for name in dir(type(thing)) if not isinstance(thing, type) else dir(thing):
            if not name.startswith("_") and callable(getattr(thing, name)):
                yield f"{type(thing).__name__}.{name}", getattr(thing, name)


FUNCTIONS = dict(public_functions())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_positional_arguments(name, searched):
    function = FUNCTIONS[name]
    for count in (1, 2, 3, 4):
        for form in FORMS:
            searched(function, *[form] * count)
    for first, second in itertools.product(FORMS[:9], FORMS):
        searched(function, first, second)


KEYWORDS = {
    "market": "ETH-USD", "side": "BUY", "size": "1", "price": "2", "limit_fee": "0.1", "client_id": "a",
    "expiration": "2200-01-01T00:00:00Z", "position_id": 5, "nonce": None,
}  # fmt: skip


def test_keyword_arguments_of_orders(searched):
    signer = OrderSigner(PrivateKey(7), position_id=1)
    for name, form in itertools.product([*KEYWORDS, "unknown"], FORMS):
        searched(signer.sign_order, **KEYWORDS | {name: form})
        searched(HumanOrder, **KEYWORDS | {name: form})
        for outcome in signer.sign_orders([KEYWORDS | {name: form}, {name: form}, form]):
            if isinstance(outcome, StarkcoreError):
                searched(raise_it, outcome)


def test_keyword_arguments_of_other_messages(searched):
    signer = OrderSigner(PrivateKey(7), position_id=1)
    good = {
        "receiver_position_id": 1, "receiver_key": 1, "condition": 1, "amount": 1, "expiration": "2200-01-01T00:00:00Z",
        "nonce": 1, "position_id": None, "lp_position_id": 1, "lp_key": 1, "to_address": bytes(20), "debit_amount": 1,
        "credit_amount": 1, "eth_address": bytes(20),
    }  # fmt: skip
    common = ("amount", "expiration", "nonce", "position_id")
    methods = {
        signer.sign_transfer: (*common, "receiver_position_id", "receiver_key"),
        signer.sign_conditional_transfer: (*common, "receiver_position_id", "receiver_key", "condition"),
        signer.sign_withdrawal: common,
        signer.sign_withdrawal_to_address: (*common, "eth_address"),
        signer.sign_fast_withdrawal: (
            *common[1:], "lp_position_id", "lp_key", "to_address", "debit_amount", "credit_amount",
        ),
    }  # fmt: skip
    for method, names in methods.items():
        for name, form in itertools.product(names, FORMS):
            searched(method, **{other: good[other] for other in names} | {name: form})


def test_options_of_keys(searched):
    key = PrivateKey(MARKER)
    for form in FORMS:
        searched(key.sign, 1, form)
        searched(key.sign, 1, None, form)
        searched(key.sign_many, [1, form], form, form)
        searched(PrivateKey.from_eth_signature, form, legacy_python=form)
        searched(starkcore.grind_key, form, strip_zeros=form)
    searched(print, key, repr(key), str(key), f"{key}", [key], key._secret, OrderSigner(key, position_id=1))
    searched(raise_it, ValueError(key))
    logging.getLogger().warning("%s %r", key, key)
    warnings.warn(str(key), stacklevel=1)


def raise_it(error):
    raise error
