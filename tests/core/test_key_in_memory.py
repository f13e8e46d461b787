"""A key that was used and let go of is nowhere in the process's memory: looked for from outside, as a core dump would
show it.

key_user.py uses a key in a process of its own, process_memory.py searches all that this process may write, for the key,
its Montgomery form, and the nonces of its signatures, with which the signatures give the key. Not searched are
registers, and memory that was given back to the system.
"""

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from key_user import MESSAGE
from process_memory import forms_of, places
from reference import ecdsa, keys
from reference.curve import N

import starkcore

HERE = Path(__file__).parent
CHANCE = random.SystemRandom()
R = 1 << 256  # of Montgomery's form

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

WIPED = ["sign", "sign_with_options", "public_key", "batch", "batch_in_threads", "orders", "columns", "messages",
         "message_columns", "compare", "strict",
         "from_seed", "from_eth_signature", "grind", "refused"]  # fmt: skip


def derived_key(scenario, secret):
    """What the scenario's private key is, by the oracle."""
    data = secret.to_bytes(32, "big")
    if scenario == "from_seed":
        return keys.key_from_seed(data)
    if scenario == "grind":
        return keys.grind_key(data)
    if scenario == "from_eth_signature":
        return keys.key_from_eth_signature(data + data[::-1] + b"\x1b\x00")
    return secret


def secrets_of(scenario, secret):
    """What must not be found: {what: number}."""
    key = derived_key(scenario, secret)
    extra = {"sign_with_options": b"\x20" + bytes(range(32)), "messages": b"\x20"}.get(scenario, b"")
    nonce, _ = ecdsa.nonce_and_rejections(MESSAGE, key, extra)
    named = {"input": secret, "key": key, "key in Montgomery form": key * R % N}
    named |= {"nonce": nonce, "nonce in Montgomery form": nonce * R % N}
    if scenario == "from_eth_signature":
        named["s"] = int.from_bytes(secret.to_bytes(32, "big")[::-1], "big")
    return named


def search(scenario, engine=None):
    secret = CHANCE.randrange(1 << 248, 1 << 250)
    command = [sys.executable, str(HERE / "key_user.py"), scenario, engine or starkcore.engine()]
    path = os.pathsep.join(filter(None, [str(Path(starkcore.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path}
    ) as process:
        process.stdin.write(secret.to_bytes(32, "big"))
        process.stdin.flush()
        assert process.stdout.readline() == b"ready\n"
        found = places(process.pid, secrets_of(scenario, secret))
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert process.returncode == 0
    return found


@pytest.mark.parametrize("scenario", WIPED)
def test_a_released_key_is_gone(scenario):
    assert search(scenario) == []


@pytest.mark.parametrize("engine", [name for name in starkcore.engines() if name != starkcore.engine()])
def test_other_engines(engine):
    assert search("orders", engine) == []


def test_a_key_that_is_there_is_found():
    """While it is in use; as a native copy that nobody wiped; and as the text that `secret_hex` returns."""
    assert ("key", "big-endian") in {place[:2] for place in search("alive")}
    assert {form for _, form, _ in search("forgotten_copy")} == {"big-endian"}


def test_each_form_is_found():
    secret = int.from_bytes(hashlib.sha256(b"forms").digest(), "big")
    data = secret.to_bytes(32, "big")
    shown = {
        "big-endian": data[3:18],
        "limbs": data[8:16][::-1],
        "32-bit words": b"".join(data[i : i + 4][::-1] for i in range(1, 29, 4)),
    }
    for name, part in shown.items():
        assert name in {form for run, form in forms_of(secret).items() if run in part}
