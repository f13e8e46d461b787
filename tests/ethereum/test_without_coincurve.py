"""Ethereum's keys where coincurve has no wheels, as on CPython 3.14: eth-keys does it, with the same results."""

import subprocess
import sys

import pytest

pytest.importorskip("eth_keys")

# The example of eth-account's documentation (Account.sign_message): key, address, text and signature.
PROGRAM = """
import sys
if {hidden}:
    sys.modules["coincurve"] = None  # as if it were not installed
from starkcore.ethereum import LocalKey, SigningFailed, recover_address
from starkcore.ethereum.wallets import personal_digest

key = LocalKey("b25c7db31feed9122727bf0939dc769a96564b2de4c4726d035b36ecf1e5b364")
assert key.address == "0x5ce9454909639D2D17A3F753ce7d93fa0b9aB12E"
text = "I♥SF".encode()
signature = key.sign_personal(text, key.address)
assert signature.hex() == (
    "e6ca9bba58c88611fad66a6ce8f996908195593807c4b38bd528d2cff09d4eb33e5bfbbf4d3e39b1a2fd816a7680c19ebebaf3a141b2399"
    "34ad43cb33fcec8ce1c"
)
assert recover_address(personal_digest(text), signature) == key.address
try:
    recover_address(personal_digest(text), bytes(64) + bytes([27]))
except SigningFailed as error:
    assert "no key has made it" in str(error)
else:
    raise AssertionError("zeros are no signature")
assert (sys.modules.get("coincurve") is None) == {hidden}
"""


@pytest.mark.parametrize("hidden", [True, False])
def test_keys_of_ethereum_without_coincurve(hidden):
    if not hidden:
        pytest.importorskip("coincurve")
    program = PROGRAM.format(hidden=hidden)
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
