"""The names of csrc/ say which functions take variable time: those, and no others, end in `_var`.

A program can't see that a function branches on a value. What it can see is that the suffix spreads: whatever
calls a function in `_var`, or reads a table at an address that isn't hidden, takes variable time as well. And
a function in `_var` that calls no such function has to branch or look up by itself.
"""

import re
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "csrc"

# Functions that call one in `_var` and take constant time in their secret arguments all the same.
CALLS_ONE = {
    "ecdsa/blinding.hpp invert_blinded": "it inverts the product with a blind, which says nothing",
    "ecdsa/blinding.hpp inverse_secret": "by way of invert_blinded",
    "ecdsa/verify_prepared_lanes.hpp PreparedWindows": "a constructor has its class's name; public",
    "engine/make_engine.hpp make_engine": "it names them for the table of functions, and calls none",
    "hash/pedersen_batch.hpp BatchLeaves": "a constructor has its class's name; public",
    "hash/pedersen_build.hpp build_half": "nothing goes in but the built-in table",
    "hash/poseidon.hpp poseidon": "whether states have one capacity; all that is hashed is public (docs/security.md)",
    "interface/interface.hpp sign": "signatures are looked at when they are as good as published",
    "interface/message_chunk.hpp sign_chunk": "the hashes are public; of the signer only sign() is called",
    "interface/order_table.cpp sign_rows": "as in message_chunk.hpp",
    "interface/pedersen_lists.cpp KeptHalves": "a constructor, of constants",
}

# Functions in `_var` in which neither a call nor a branch shows.
QUIET = {
    "base/word.hpp trailing_zeros_var": "an instruction that takes variable time on some CPUs",
    "base/word.hpp leading_zeros_var": "the same",
    "curve/var_mul_lanes.hpp mul_var": "the addresses are those of the table's points",
    "hash/pedersen_batch.hpp point_var": "the address is that of the table's point",
    "hash/pedersen_lanes.hpp load_var": "the addresses are those of the table's points",
    "hash/pedersen_scalar.hpp add_windows_stored_var": "what engines with lanes have has this name; there is none here",
    "hash/pedersen_scalar.hpp add_windows_x_var": "the same",
    "interface/orders.cpp store_hash_var": "the function that it is given",
    "interface/poseidon.cpp step_var": "what lists.hpp asks for has this name; Pedersen's isn't constant",
}

KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "catch", "alignof", "decltype", "alignas", "requires"}
VARIABLE = re.compile(r"\b\w+_var\b|\b(?:mul_table|mul_table_lanes|scalar_step|window_points|signed_entry)<false")
BRANCH = re.compile(r"\bif\b(?! constexpr)|\bwhile\b|\?|&&|\|\||==|!=")


def blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def without_comments(text: str) -> str:
    text = re.sub(r"//[^\n]*|/\*.*?\*/", blank, text, flags=re.S)
    text = re.sub(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', blank, text)
    return re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", blank, text, flags=re.M)


def closing(text: str, opening: int) -> int:
    pair = {"(": ")", "{": "}"}[text[opening]]
    depth = 0
    for i in range(opening, len(text)):
        depth += (text[i] == text[opening]) - (text[i] == pair)
        if depth == 0:
            return i
    raise ValueError(text[opening : opening + 80])


def functions(text: str) -> list[tuple[str, str]]:
    """The name and the body of each function that is defined here, those of classes included."""
    found, at = [], 0
    while name := re.compile(r"(~?\b\w+)\s*\(").search(text, at):
        at = name.end()
        if name[1] in KEYWORDS:
            continue
        end = closing(text, name.end() - 1) + 1
        before_body = re.compile(
            r"(?:\s*const\b|\s*noexcept\b|\s*->\s*[\w:<>&*\s]+?)*\s*(?::\s*\w[^;{]*(?:\{[^{}]*\}[^;{]*)*?)?\{"
        )
        if body := before_body.match(text, end):
            at = closing(text, body.end() - 1) + 1
            found.append((name[1], text[end:at]))
    return found


def defined() -> list[tuple[str, str]]:
    """("file name", body without what only the check build asserts) of each function of the core."""
    out = []
    for path in sorted(CORE.rglob("*.[ch]pp")):
        if "generated" in path.parts:
            continue
        for name, body in functions(without_comments(path.read_text(encoding="utf-8"))):
            while check := re.search(r"STARKCORE_CHECK\(", body):
                body = body[: check.start()] + body[closing(body, check.end() - 1) + 1 :]
            out.append((f"{path.relative_to(CORE).as_posix()} {name}", body))
    return out


FUNCTIONS = defined()


def test_the_suffix_spreads_to_callers():
    callers = {name for name, body in FUNCTIONS if VARIABLE.search(body)}
    # Functions of the C interface keep their names: starkcore.h says of each what is public.
    silent = {name for name in callers if not name.endswith("_var") and " starkcore_" not in name}
    assert silent == set(CALLS_ONE)


def test_constant_time_has_no_suffix():
    quiet = {
        name
        for name, body in FUNCTIONS
        if name.endswith("_var") and not VARIABLE.search(body) and not BRANCH.search(body)
    }
    assert quiet == set(QUIET)


def test_the_reader_of_functions_sees_what_there_is():
    names = [name for name, _ in FUNCTIONS]
    assert len(names) > 600
    for name in ("ecdsa/scheme.hpp sign_points", "hash/pedersen_lanes.hpp fill_var", "curve/var_mul.hpp twice"):
        assert name in names


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("int f(int a) { return g_var(a); }", True),
        ("int f(int a) { return g(a); }  // g_var", False),
        ("F::F(int a) : a_(g_var(a)) {}", True),
        ("int f(int a) const noexcept { return mul_table<false>(a); }", True),
        ("#define F(a) { g_var(a); }\n", False),
        ('int f() { return "g_var()"[0]; }', False),
    ],
)
def test_what_counts_as_a_call(code, found):
    assert any(VARIABLE.search(body) for _, body in functions(without_comments(code))) == found
