"""Constant time in the secrets: valgrind's memcheck follows bytes marked as secret through every entry point that takes
any.

It reports each branch and each address that depends on them. docs/security.md says what is covered; what is let go of
on purpose (declassify) is listed there, and compared here. STARKCORE_CTIME_LEVELS, "all" or levels such as
"-O1 -O2", chooses the optimization levels; by default it is the one that is shipped.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import native_build
import pytest
from native_build import CSRC, TESTS, Unit
from reference import ecdsa, keys, pedersen, poseidon
from reference.curve import N
from vectors.layout import read

pytestmark = pytest.mark.native

LEVELS = {"all": ["-O1", "-O2", "-O3"], None: ["-O3"]}
CHOICE = os.environ.get("STARKCORE_CTIME_LEVELS")
CHOSEN = LEVELS[CHOICE] if CHOICE in LEVELS else CHOICE.split()
BUILDS = [(command, level) for command in native_build.compilers() for level in CHOSEN]
SECURITY = TESTS.parent / "docs" / "security.md"

PUBLISHED = read("published.json")
ORDER = next(row for row in PUBLISHED["orders"] if row["limit_fee"] == "0.125" and row.get("signature"))
SYNTHETIC, COLLATERAL = (
    0x4554482D3900000000000000000000,
    0x1E70C509C4C6BFAFE8B73D2FC1819444B2C0B435D4B82C0F24ADDFF9565CE25,
)
KEY = int(ORDER["d"], 16)
BAD_KEY = 3 | 3 << 8  # PRIVATE_KEY, of the field private key
FAULT = 24 | 6 << 8  # FAULT, of the field signature
SIGNATURE_BODY = hashlib.sha512(b"constant time").digest()
LEAKS = ["leak_branch", "leak_load", "leak_point", "leak_derived", "leak_ground", "leak_inverse_var"]


def be32(value: int) -> str:
    return f"{value:064x}"


def signed(m: int, d: int, seed: int | None = None, extra: bytes | None = None) -> str:
    """The oracle's signature; defined, as it is published."""
    r, s = ecdsa.sign(m, d, seed=seed, extra_entropy=extra)
    return "d" + be32(r) + be32(s)


def thrown_away() -> bytes:
    """A seed whose first three hashes are not below 31·n."""
    return bytes.fromhex(next(row["seed"] for row in read("constructed.json")["grind_keys"] if row["index"] == 3))


def after_refusals(m: int, seed: int, count: int) -> str:
    nonce, _ = ecdsa.nonce_and_rejections(m, KEY, ecdsa.extra_data(seed + count, None))
    r, s = ecdsa.sign_with_nonce(m, KEY, nonce)
    return "u" + be32(r) + be32(s)  # below the C interface, which publishes it


def key_questions() -> dict[str, tuple[int, ...]]:
    """Questions to native/ctime.cpp about keys, and their answers: the status, and outputs that must still be secret
    (u).
    """
    found = {}
    for d in (1, KEY, N - 1):
        found[f"private_key_check {be32(d)}"] = (0,)
        x, y = keys.public_key(d)
        found[f"public_key {be32(d)}"] = (0, "d" + be32(x), "d" + be32(y))
    for d in (0, N, 2**256 - 1):
        found[f"private_key_check {be32(d)}"] = (BAD_KEY,)
        found[f"public_key {be32(d)}"] = (BAD_KEY, "d" + be32(0), "d" + be32(0))
    for size in (1, 66, 135, 136, 300):
        data = bytes(range(100, 200)) * 3
        found[f"key_from_data {data[:size].hex()}"] = (0, "u" + be32(keys.key_from_seed(data[:size])))
    for body in (SIGNATURE_BODY, b"\x00\x00" + SIGNATURE_BODY[2:], bytes(64)):
        for end in (b"\x00", b"\x1c", b"\x1b\x03"):
            for legacy in (0, 1):
                expected = keys.key_from_eth_signature(body + end, legacy_python=bool(legacy))
                found[f"key_from_eth_signature {(body + end).hex()} {legacy}"] = (0, "u" + be32(expected))
    for seed in (bytes(range(32)), thrown_away(), bytes(3) + SIGNATURE_BODY[3:], b"\x07"):
        found[f"grind_key {seed.hex()} 0"] = (0, "u" + be32(keys.grind_key(seed)))
        found[f"grind_key {seed.hex()} 1"] = (0, "u" + be32(keys.grind_key_stripped(seed)))
    return found


def signing_questions() -> dict[str, tuple[int, ...]]:
    found = {}
    extra = bytes(range(32))
    hashes = [0, 1, 2**251 - 1, *(int.from_bytes(hashlib.sha256(b"%d" % i).digest(), "big") >> 5 for i in range(3))]
    for m in hashes:
        found[f"sign {be32(KEY)} - - {be32(m)}"] = (0, signed(m, KEY))
    for d in (1, N - 1):
        found[f"sign {be32(d)} - - {be32(5)}"] = (0, signed(5, d))
    for d in (0, N):
        found[f"sign {be32(d)} - - {be32(5)}"] = (BAD_KEY, "d" + "00" * 64)
    for seed in (32, 255, 2**255 + 1):
        text = seed.to_bytes((seed.bit_length() + 7) // 8, "big").hex()
        found[f"sign {be32(KEY)} {text} - {be32(5)}"] = (0, signed(5, KEY, seed))
        found[f"sign {be32(KEY)} {text} {extra.hex()} {be32(5)}"] = (0, signed(5, KEY, seed, extra))
    found[f"sign {be32(KEY)} - {extra.hex()} {be32(5)}"] = (0, signed(5, KEY, None, extra))
    point = " ".join(map(be32, keys.public_key(KEY)))
    found[f"sign_checked {be32(KEY)} - {extra.hex()} {point} {be32(5)}"] = (0, signed(5, KEY, None, extra))
    other = " ".join(map(be32, keys.public_key(KEY + 1)))
    found[f"sign_checked {be32(KEY)} - - {other} {be32(5)}"] = (FAULT, "d" + "00" * 64)
    many = (hashes * 6)[:33]  # one more than share an inversion
    expected = {m: signed(m, KEY, 32)[1:] for m in hashes}
    question = f"sign_many {be32(KEY)} 20 - " + "".join(map(be32, many))
    found[question] = (0, "d" + "".join(expected[m] for m in many))
    for name in ("sign_orders", "sign_order_table"):
        question = f"{name} {be32(KEY)} - - {be32(SYNTHETIC)} {be32(COLLATERAL)} 3"
        found[question] = (0, "d" + ORDER["signature"] * 3)
    for kind, list_hash in enumerate((pedersen.hash_on_elements, poseidon.hash_many)):
        for value, count in ((7, 3), (2**64 - 1, 40)):
            answer = signed(list_hash([5, list_hash([5, value])]), KEY, 32)
            for name in ("sign_messages", "sign_message_table"):
                question = f"{name} {be32(KEY)} 20 - {kind} {be32(value)} {count}"
                found[question] = (0, "d" + answer[1:] * count)
    for count in (1, 3):
        found[f"sign_refusing {be32(KEY)} fe - {be32(5)} {count}"] = (0, after_refusals(5, 254, count))
    return found


@cache
def questions() -> dict[str, tuple[int, ...]]:
    return key_questions() | signing_questions()


@pytest.fixture(scope="module")
def valgrind():
    path = shutil.which("valgrind")
    if path is None or sys.platform != "linux":
        reason = "valgrind is not installed (or not to be had) here: constant time is not checked"
        if os.environ.get("CI") == "true" and sys.platform == "linux":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="module", params=BUILDS, ids=lambda build: f"{Path(build[0][0]).name}{build[1]}")
def program(request, valgrind, tmp_path_factory):
    """The core and native/ctime.cpp in one program."""
    command, level = request.param
    units = [Unit(TESTS / "native" / "ctime.cpp"), *native_build.core_units()]
    flags = [*native_build.shipped_flags(command, level), "-gdwarf-4", "-DSTARKCORE_CTIME"]
    output = tmp_path_factory.mktemp("ctime") / "ctime"
    return native_build.build(output, units, flags, command, shared=False)


ENGINES = ["portable", "x86_64-adx", "x86_64-sha", "x86_64-adx-sha", "x86_64-avx2", "x86_64-avx2-sha"]


# How many declassifications an engine makes, blinded and strict: one for each inversion behind a blind, and one for
# each signature, which tells whether the nonce was good.
DECLASSIFIED = {
    f"declassified_by_public_key {be32(KEY)}": (1, 0),
    f"declassified_by_sign {be32(KEY)} {be32(KEY - 1)} {be32(5)} 1": (3, 1),
    f"declassified_by_sign {be32(KEY)} {be32(KEY - 1)} {be32(5)} 32": (34, 32),
}
MODES = ["blinded", "strict"]


@pytest.fixture(scope="module", params=MODES)
def mode(request):
    return request.param


@pytest.fixture(scope="module", params=ENGINES)
def answers(request, valgrind, program, mode):
    """What the program answers to all questions and leaks with one engine, (status, reports, outputs), and valgrind's
    log.
    """
    available = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.split()
    if request.param not in available:
        pytest.skip(f"this CPU has no engine {request.param}")
    asked = [*questions(), *DECLASSIFIED, *(f"{leak} {be32(KEY)}" for leak in LEAKS)]
    command = [valgrind, "-q", "--error-limit=no", "--num-callers=8", str(program), request.param]
    environment = os.environ | {"STARKCORE_STRICT": str(MODES.index(mode))}
    done = subprocess.run(command, input="\n".join(asked), env=environment, capture_output=True, text=True, check=False)
    if "Illegal opcode" in done.stderr or "unhandled instruction" in done.stderr:
        pytest.skip(f"this valgrind can't run the instructions of {request.param}: not covered")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    found = {
        question: (int(status), int(reports), *outputs)
        for question, (status, reports, *outputs) in zip(asked, lines, strict=True)
    }
    return found, done.stderr


def test_nothing_secret_decides_a_branch_or_an_address(answers):
    found, log = answers
    for question, (status, *outputs) in questions().items():
        assert found[question] == (status, 0, *outputs), f"{question}\n{log}"


def test_a_blinded_value_is_all_that_inversions_let_go_of(answers, mode):
    """And in strict mode not even that."""
    found, _ = answers
    for question, counts in DECLASSIFIED.items():
        assert found[question] == (counts[MODES.index(mode)], 0), question


def test_leaks_are_caught(answers):
    """Otherwise the silence above would mean nothing."""
    found, log = answers
    for leak in LEAKS:
        assert found[f"{leak} {be32(KEY)}"][1] > 0, leak
        assert leak in log


# ---- What is declassified --------------------------------------------------------------------------------------------


def calls_of_declassify() -> list[tuple[str, str]]:
    """(file, argument text) of every call in csrc but in the header that defines it."""
    found = []
    for path in sorted([*CSRC.rglob("*.cpp"), *CSRC.rglob("*.hpp")]):
        name = path.relative_to(CSRC.parent).as_posix()
        if name == "csrc/base/secret.hpp":
            continue
        text = native_build.without_comments(path.read_text(encoding="utf-8"))
        for match in re.finditer(r"\bdeclassify\(", text):
            end, depth = match.end(), 1
            while depth:
                depth += {"(": 1, ")": -1}.get(text[end], 0)
                end += 1
            found.append((name, " ".join(text[match.end() : end - 1].split())))
    return sorted(found)


def documented() -> list[tuple[str, str, str]]:
    """The rows of the table in docs/security.md: file, what, why."""
    rows = re.findall(
        r"^\| `(csrc/[^`]+)` \| `([^`]+)` \| (.+) \|$", SECURITY.read_text(encoding="utf-8"), re.MULTILINE
    )
    return sorted(rows)


def test_every_declassification_is_documented_with_its_reason():
    assert len(calls_of_declassify()) > 8
    assert [row[:2] for row in documented()] == calls_of_declassify()
    assert all(len(why) > 20 for _, _, why in documented())


def test_documented_figures():
    text = SECURITY.read_text(encoding="utf-8")
    assert f"{len(questions())} calls" in text
    assert len(LEAKS) == 6
    assert "six leaks" in text
    entry_points = {question.split()[0] for question in questions()} - {"sign_refusing"}
    assert all(f"`{name}`" in text for name in entry_points)


def test_no_other_way_to_declassify():
    """Memcheck is spoken to in one place."""
    for path in [*CSRC.rglob("*.cpp"), *CSRC.rglob("*.hpp"), *CSRC.rglob("*.h")]:
        if "VALGRIND" in path.read_text(encoding="utf-8"):
            assert path.relative_to(CSRC).as_posix() == "base/secret.hpp"
