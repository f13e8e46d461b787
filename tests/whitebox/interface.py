"""starkcore.h with Python values: integers and bytes in, statuses and outputs out.

Every output starts as garbage, so that what a function leaves alone is seen; and garbage stands behind it, which must
be there after the call.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from native_build import HEADER, declarations

GARBAGE = 0xA5
BEHIND = bytes([GARBAGE]) * 64


@dataclass(frozen=True)
class Status:
    """What a function answered: the rule and the field, by their names in the header without the prefix."""

    rule: str
    field: str = "NONE"


OK = Status("OK")


def enumerators(prefix: str) -> dict[int, str]:
    """The header's constants of that prefix, by value."""
    found = re.findall(rf"\b{prefix}(\w+) = (\d+)", HEADER.read_text(encoding="utf-8"))
    return {int(value): name for name, value in found}


RULES = enumerators("STARKCORE_RULE_") | {0: "OK"}
FIELDS = enumerators("STARKCORE_FIELD_")


def functions() -> set[str]:
    """Every function that the header declares."""
    return set(re.findall(r"\b(starkcore_\w+)\(", declarations(HEADER)))


def be32(value: int) -> bytes:
    return value.to_bytes(32, "big")


class Interface:
    """The functions of one shared library, without the prefix `starkcore_`."""

    def __init__(self, ffi, c):
        self.ffi = ffi
        self.c = c
        self.called = set()
        self._outputs = []  # of the calls whose statuses weren't looked at yet, with what is behind each

    def __getattr__(self, name):
        """The C function itself, remembered as called."""
        self.called.add(f"starkcore_{name}")
        return getattr(self.c, f"starkcore_{name}")

    def status(self, code: int) -> Status:
        outputs, self._outputs = self._outputs, []
        assert [output for output in outputs if not output.endswith(BEHIND)] == [], "written past the end of an output"
        field = code >> 8 & 0xFF
        return Status(RULES[code & 0xFF], FIELDS[field] if field < 128 else f"COLUMN {field - 128}")

    def statuses(self, codes) -> list[Status]:
        return [self.status(code) for code in codes]

    def _new(self, kind: str, data: bytes):
        """An array of these bytes, whose end is watched until the next status."""
        output = bytearray(data + BEHIND)
        self._outputs.append(output)
        return self.ffi.from_buffer(kind, memoryview(output)[: len(data)])

    def out(self, size: int):
        return self._new("uint8_t[]", bytes([GARBAGE]) * size)

    def codes(self, count: int):
        return self._new("starkcore_status[]", b"\xff" * (self.ffi.sizeof("starkcore_status") * count))

    def integers(self, out, count: int = 1) -> list[int]:
        data = bytes(self.ffi.buffer(out, 32 * count))
        return [int.from_bytes(data[i : i + 32], "big") for i in range(0, 32 * count, 32)]

    def pairs(self, out, count: int) -> list[tuple[int, int]]:
        flat = self.integers(out, 2 * count)
        return list(zip(flat[::2], flat[1::2], strict=True))

    def text(self, pointer) -> str:
        return self.ffi.string(pointer).decode()

    # ---- Engines

    def engines(self) -> list[str]:
        found = []
        while (name := self.engine_at(len(found))) != self.ffi.NULL:
            found.append(self.text(name))
        return found

    def use(self, name: str) -> Status:
        return self.status(self.use_engine(name.encode()))

    def in_use(self) -> str:
        return self.text(self.engine())

    # ---- Hashes

    def hash_of(self, name: str, data: bytes | None) -> bytes:
        """keccak256 or sha256; None is a NULL pointer of no bytes."""
        out = self.out(32)
        getattr(self, name)(out, self.ffi.NULL if data is None else data, len(data or b""))
        return bytes(out)

    def pedersen_of(self, a: int, b: int) -> tuple[Status, int]:
        out = self.out(32)
        status = self.status(self.pedersen(out, be32(a), be32(b)))
        return status, self.integers(out)[0]

    def pedersen_of_many(self, pairs: Sequence[tuple[int, int]]) -> tuple[Status, int, list[int]]:
        out, bad = self.out(32 * len(pairs)), self.ffi.new("size_t *", 2**32)
        a, b = b"".join(be32(a) for a, _ in pairs), b"".join(be32(b) for _, b in pairs)
        status = self.status(self.pedersen_many(out, bad, a, b, len(pairs)))
        return status, bad[0], self.integers(out, len(pairs))

    def poseidon_of(self, *elements: int) -> tuple[Status, int]:
        """The hash of two, or of one."""
        out = self.out(32)
        function = self.poseidon if len(elements) == 2 else self.poseidon_single
        status = self.status(function(out, *map(be32, elements)))
        return status, self.integers(out)[0]

    def poseidon_of_pairs(self, pairs: Sequence[tuple[int, int]]) -> tuple[Status, int, list[int]]:
        out, bad = self.out(32 * len(pairs)), self.ffi.new("size_t *", 2**32)
        a, b = b"".join(be32(a) for a, _ in pairs), b"".join(be32(b) for _, b in pairs)
        status = self.status(self.poseidon_pairs(out, bad, a, b, len(pairs)))
        return status, bad[0], self.integers(out, len(pairs))

    def hash_of_list(self, name: str, elements: Sequence[int]) -> tuple[Status, int, int]:
        """pedersen_elements or poseidon_many."""
        out, bad = self.out(32), self.ffi.new("size_t *", 2**32)
        status = self.status(getattr(self, name)(out, bad, b"".join(map(be32, elements)), len(elements)))
        return status, bad[0], self.integers(out)[0]

    def hashes_of_lists(self, name: str, lists: Sequence[Sequence[int]]) -> tuple[Status, int, list[int]]:
        """pedersen_lists or poseidon_lists."""
        out, bad = self.out(32 * len(lists)), self.ffi.new("size_t *", 2**32)
        data, sizes = b"".join(be32(e) for some in lists for e in some), list(map(len, lists))
        status = self.status(getattr(self, name)(out, bad, data, sizes, len(lists)))
        return status, bad[0], self.integers(out, len(lists))

    def hash_in_parts(self, kind: str, parts: Sequence[Sequence[int]]) -> tuple[list[tuple[Status, int]], Status, int]:
        """A kept state, of pedersen or poseidon, that takes in one part after the other: each answer, and the hash."""
        state, bad, out = self.ffi.new(f"starkcore_{kind}_state *"), self.ffi.new("size_t *"), self.out(32)
        getattr(self, f"{kind}_init")(state)
        absorb, finish = getattr(self, f"{kind}_absorb"), getattr(self, f"{kind}_finish")
        answers = []
        for part in parts:
            status = self.status(absorb(state, bad, b"".join(map(be32, part)), len(part)))
            answers.append((status, bad[0]))
        status = self.status(finish(out, state))
        return answers, status, self.integers(out)[0]

    # ---- Keys

    def check_private(self, d: int) -> Status:
        return self.status(self.private_key_check(be32(d)))

    def public(self, d: int) -> tuple[Status, int, int]:
        x, y = self.out(32), self.out(32)
        status = self.status(self.public_key(x, y, be32(d)))
        return status, self.integers(x)[0], self.integers(y)[0]

    def check_public(self, x: int, y: int) -> Status:
        return self.status(self.public_key_check(be32(x), be32(y)))

    def check_public_x(self, x: int) -> Status:
        return self.status(self.public_key_x_check(be32(x)))

    def y_of(self, x: int, *, odd: int) -> tuple[Status, int]:
        y = self.out(32)
        status = self.status(self.public_key_y(y, be32(x), odd))
        return status, self.integers(y)[0]

    def derived(self, name: str, data: bytes | None, *flags: int) -> tuple[Status, int]:
        """key_from_data, key_from_eth_signature or grind_key."""
        key = self.out(32)
        code = getattr(self, name)(key, self.ffi.NULL if data is None else data, len(data or b""), *flags)
        return self.status(code), self.integers(key)[0]

    # ---- ECDSA

    def options(self, seed: bytes | None, extra: bytes | None, self_check=None):
        """The options, and what must stay alive with them. self_check is a prepared key."""
        alive = [self.ffi.from_buffer(part) if part is not None else self.ffi.NULL for part in (seed, extra)]
        checked = self.ffi.NULL if self_check is None else self_check
        return self.ffi.new("starkcore_sign_options *", (alive[0], len(seed or b""), alive[1], checked)), [
            *alive,
            self_check,
        ]

    def signed(
        self, m: int, d: int, seed: bytes | None = None, extra: bytes | None = None, self_check=None
    ) -> tuple[Status, tuple[int, int]]:
        out = self.out(64)
        options, _alive = self.options(seed, extra, self_check)
        given = self.ffi.NULL if seed is None and extra is None and self_check is None else options
        status = self.status(self.sign(out, be32(m), be32(d), given))
        return status, self.pairs(out, 1)[0]

    def signed_many(
        self, hashes: Sequence[int], d: int, seed: bytes | None = None, extra: bytes | None = None, self_check=None
    ) -> tuple[Status, list[Status], list[tuple[int, int]]]:
        count = len(hashes)
        out, codes = self.out(64 * count), self.codes(count)
        options, _alive = self.options(seed, extra, self_check)
        status = self.sign_many(out, codes, b"".join(map(be32, hashes)), count, be32(d), options)
        return self.status(status), self.statuses(codes), self.pairs(out, count)

    def verified(self, m: int, r: int, s: int, x: int, y: int | None = None) -> Status:
        """With y, or with x alone."""
        signature = be32(r) + be32(s)
        if y is None:
            return self.status(self.verify_x(signature, be32(m), be32(x)))
        return self.status(self.verify(signature, be32(m), be32(x), be32(y)))

    def verified_many(
        self, items: Sequence[tuple[int, int, int, int, int | None]], *, plain_y: bool = False, no_y: bool = False
    ) -> tuple[Status, list[Status]]:
        """Items are (m, r, s, x, y). plain_y: has_y is NULL; no_y: ys is."""
        codes = self.codes(len(items))
        signatures = b"".join(be32(r) + be32(s) for _, r, s, _, _ in items)
        columns = [b"".join(be32(item[i] or 0) for item in items) for i in (0, 3, 4)]
        has_y = self.ffi.NULL if plain_y else bytes(item[4] is not None for item in items)
        ys = self.ffi.NULL if no_y else columns[2]
        status = self.verify_many(codes, signatures, columns[0], columns[1], ys, has_y, len(items))
        return self.status(status), self.statuses(codes)

    def prepared(self, x: int, y: int):
        """The status, and the prepared key: memory aligned to 64 bytes, which the result keeps alive."""
        size = self.prepared_size()
        memory = self.ffi.new("uint8_t[]", bytes([GARBAGE]) * (size + 64))
        place = self.ffi.cast("starkcore_prepared *", memory + -int(self.ffi.cast("uintptr_t", memory)) % 64)
        status = self.status(self.prepare(place, be32(x), be32(y)))
        return status, self.ffi.gc(place, lambda _: memory)

    def prepared_bytes(self, prepared) -> bytes:
        return bytes(self.ffi.buffer(prepared, self.prepared_size()))

    def verified_prepared(self, m: int, r: int, s: int, prepared) -> Status:
        return self.status(self.verify_prepared(be32(r) + be32(s), be32(m), prepared))

    def verified_prepared_many(self, rows: Sequence[tuple[int, int, int]], prepared) -> tuple[Status, list[Status]]:
        """rows: m, r, s."""
        codes = self.codes(len(rows))
        signatures = b"".join(be32(r) + be32(s) for _, r, s in rows)
        hashes = b"".join(be32(m) for m, _, _ in rows)
        code = self.verify_prepared_many(codes, signatures, hashes, len(rows), prepared)
        return self.status(code), self.statuses(codes)

    def signed_table(
        self, market, columns: dict[str, Sequence[int]], d: int, self_check=None, buffer_hours=168
    ) -> tuple[Status, list]:
        """columns by starkcore_order_table's names, in 64 bits with a sign; sizes in thousandths, prices in tenths."""
        count = len(columns["nonce"])
        values = {name: self.ffi.new("int64_t[]", list(column)) for name, column in columns.items()}
        table = self.ffi.new("starkcore_order_table *")
        scaled = self.ffi.new("starkcore_scaled_market *", {"market": market, "size_decimals": 3, "price_decimals": 1})
        table.markets, table.market_count, table.position_id, table.buffer_hours = scaled, 1, 12345, buffer_hours
        for name, column in values.items():
            setattr(table, name, {"data": column, "stride": 8, "width": 8, "is_signed": 1})
        out = {name: self.ffi.new("uint64_t[]", count) for name in ("synthetic", "collateral", "fee")}
        hashes, signatures = self.out(32 * count), self.out(64 * count)
        hours, codes = self.ffi.new("uint32_t[]", count), self.codes(count)
        results = self.ffi.new(
            "starkcore_signed_table *",
            (hashes, signatures, out["synthetic"], out["collateral"], out["fee"], hours, codes),
        )
        options, _alive = self.options(None, None, self_check)
        given = self.ffi.NULL if self_check is None else options
        code = self.sign_order_table(results, table, 0, count, be32(d), given)
        numbers = [list(column) for column in (*out.values(), hours)]
        return self.status(code), [self.statuses(codes), bytes(hashes), bytes(signatures), *numbers]

    # ---- Prepared messages

    def message_template(self, kind: int, outer: Sequence[int], struct: Sequence[int | None]) -> tuple[Status, Any]:
        """A template; None is a slot."""
        template, bad = self.ffi.new("starkcore_message_template *"), self.ffi.new("size_t *")
        code = self.message_template_init(
            template, bad, kind, b"".join(map(be32, outer)), len(outer),
            b"".join(be32(value or 0) for value in struct), bytes(value is None for value in struct), len(struct),
        )  # fmt: skip
        return self.status(code), template

    def message_element(self, value: int) -> tuple[Status, Any]:
        element = self.ffi.new("starkcore_message_element *")
        return self.status(self.message_element_init(element, be32(value))), list(element.opaque)

    def messages(self, template: Any, rows: Sequence[Sequence[int]], ready: bool, d: int | None = None) -> list:
        """Hashes, or with a key hashes and signatures, of rows of values; `ready`: as far as they can be, made
        ready.
        """
        flat = [value for row in rows for value in row]
        values, elements = self.ffi.new("starkcore_message_value[]", max(1, len(flat))), []
        for place, value in zip(values, flat, strict=False):
            place.element = be32(value)
            if ready:
                elements.append(self.ffi.new("starkcore_message_element *"))
                self.message_element_init(elements[-1], be32(value))
                place.ready = elements[-1]
        hashes, signatures, codes = self.out(32 * len(rows)), self.out(64 * len(rows)), self.codes(len(rows))
        if d is None:
            code = self.hash_messages(hashes, codes, template, values, len(rows))
        else:
            null = self.ffi.NULL
            code = self.sign_messages(hashes, signatures, codes, template, values, len(rows), be32(d), null)
        return [self.status(code), self.statuses(codes), bytes(hashes), bytes(signatures)]

    def message_table(self, template: Any, numbers: Sequence[int], d: int, change: Any = None) -> list:
        """Rows whose every slot is the same column's number, times 7 and taken negative where it is odd; `change` is
        called with the table first. What it points at is there for a column and a term more than tables may have.
        """
        none = 2**32 - 1
        column, side = self.ffi.new("int64_t[]", list(numbers)), self.ffi.new("int64_t[]", [x % 2 for x in numbers])
        columns = self.ffi.new(
            "starkcore_bounded_column[]",
            [((column, 8, 8, 1), 1, 38, 26)] + [((side, 8, 8, 1), 0, 1, 19)] * 16,
        )
        scale = self.ffi.new("starkcore_scale *", (7, 0, 2**64 - 1, 0))
        term = ([0, 0, 0], 1, none, none, 1, [0, 0], [0, 1], 0, scale, 1, 5)
        terms = self.ffi.new("starkcore_term[]", [term] * 9)
        slots = self.ffi.new("starkcore_slot[]", [(0, self.ffi.NULL, 0)] * 3)
        table = self.ffi.new("starkcore_message_table *", (template, columns, 2, terms, 1, slots))
        if change is not None:
            change(table)
        count = len(numbers)
        found, hashes, signatures = self.ffi.new("uint64_t[]", count), self.out(32 * count), self.out(64 * count)
        codes, pointers = self.codes(count), self.ffi.new("uint64_t *[]", [found] * 9)
        results = self.ffi.new("starkcore_signed_messages *", (hashes, signatures, codes, pointers))
        code = self.sign_message_table(results, table, 0, count, be32(d), self.ffi.NULL)
        return [self.status(code), self.statuses(codes), bytes(hashes), bytes(signatures), list(found)]

    # ---- Messages and orders

    def message(self, kind: str, **fields: int) -> tuple[Status, int]:
        """order, transfer or withdrawal; ids are integers."""
        struct = self.ffi.new(f"starkcore_{kind} *")
        for name, value in fields.items():
            self.set(struct, name, value)
        out = self.out(32)
        status = self.status(getattr(self, f"{kind}_hash")(out, struct))
        return status, self.integers(out)[0]

    def set(self, struct, name: str, value: int) -> None:
        field = getattr(struct, name)
        if isinstance(field, int):
            setattr(struct, name, value)
        else:
            field[0 : len(field)] = value.to_bytes(len(field), "big")

    def quantums_of(self, amount: str | None, resolution: int, rounding: int = 0) -> tuple[Status, int]:
        out = self.ffi.new("uint64_t *", 2**63)
        text = self.ffi.NULL if amount is None else amount.encode()
        status = self.status(self.quantums(out, text, len(text) if amount is not None else 0, resolution, rounding))
        return status, out[0]

    def market(self, synthetic: int, collateral: int, fee: int, resolutions: tuple[int, int]):
        market = self.ffi.new("starkcore_market *", ([GARBAGE] * 24,))
        code = self.market_init(market, be32(synthetic), be32(collateral), be32(fee), *resolutions)
        return self.status(code), market

    def tail(self, position: int, hours: int):
        tail = self.ffi.new("starkcore_order_tail *", ([GARBAGE] * 16,))
        self.order_tail_init(tail, position, hours)
        return tail

    def human_orders(self, orders: Sequence[dict]):
        """The array, and what must stay alive with it. An order: market, tail, size, price, limit_fee, client_id or
        nonce, is_buying_synthetic."""
        array, alive = self.ffi.new("starkcore_human_order[]", len(orders)), []
        for item, order in zip(array, orders, strict=True):
            for name in ("size", "price", "limit_fee", "client_id"):
                if (text := order.get(name)) is not None:
                    data = text.encode()
                    alive.append(self.ffi.new("char[]", data))
                    setattr(item, name, alive[-1])
                    setattr(item, f"{name}_size", len(data))
            for name in ("market", "tail", "is_buying_synthetic", "nonce"):
                if name in order:
                    setattr(item, name, order[name])
        return array, [alive, list(orders)]

    def orders(
        self, orders: Sequence[dict], d: int | None = None, seed: bytes | None = None, self_check=None
    ) -> tuple[Status, list[Status], list[dict]]:
        """hash_orders, or with a key sign_orders."""
        count = len(orders)
        out, codes = self.ffi.new("starkcore_signed_order[]", count), self.codes(count)
        self.ffi.memmove(out, bytes([GARBAGE]) * self.ffi.sizeof(out), self.ffi.sizeof(out))
        array, _alive = self.human_orders(orders)
        if d is None:
            code = self.hash_orders(out, codes, array, count)
        else:
            options, _options_alive = self.options(seed, None, self_check)
            code = self.sign_orders(out, codes, array, count, be32(d), options)
        return self.status(code), self.statuses(codes), [self.signed_order(item) for item in out]

    def read(self, order: dict) -> tuple[Status, dict]:
        """read_order: an order's amounts and nonce, without its hash."""
        out = self.ffi.new("starkcore_signed_order *")
        self.ffi.memmove(out, bytes([GARBAGE]) * self.ffi.sizeof(out[0]), self.ffi.sizeof(out[0]))
        array, _alive = self.human_orders([order])
        return self.status(self.read_order(out, array)), self.signed_order(out[0])

    def hours_of(self, seconds: int, buffer_hours: int, round_down: int) -> tuple[Status, int]:
        out = self.ffi.new("uint32_t *", GARBAGE)
        return self.status(self.expiration_hours(out, seconds, buffer_hours, round_down)), out[0]

    def signed_order(self, item) -> dict:
        names = (
            "quantums_synthetic",
            "quantums_collateral",
            "quantums_fee",
            "position_id",
            "nonce",
            "expiration_hours",
        )
        return {name: getattr(item, name) for name in names} | {
            "hash": int.from_bytes(bytes(item.hash), "big"),
            "signature": bytes(item.signature),
        }
