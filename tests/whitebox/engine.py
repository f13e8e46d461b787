"""The C functions of whitebox.h with integers in and out."""

from collections.abc import Sequence

LIMB = 2**64 - 1


class Caller:
    """Integers to limbs and back."""

    def __init__(self, ffi):
        self.ffi = ffi

    def limbs(self, *values: int):
        return self.ffi.new("uint64_t[]", [value >> shift & LIMB for value in values for shift in (0, 64, 128, 192)])

    def room(self, count: int):
        return self.ffi.new("uint64_t[]", 4 * count)

    def integers(self, limbs, count: int) -> list[int]:
        words = self.ffi.unpack(limbs, 4 * count)
        return [
            words[i] | words[i + 1] << 64 | words[i + 2] << 128 | words[i + 3] << 192 for i in range(0, 4 * count, 4)
        ]

    def one(self, function, *arguments) -> int:
        """The integer that a function writes to its first argument."""
        out = self.room(1)
        function(out, *arguments)
        return self.integers(out, 1)[0]


class Engine(Caller):
    """One engine. Field functions take (bound, value) pairs; points are tuples of integers as memory holds them."""

    def __init__(self, ffi, table):
        super().__init__(ffi)
        self.table = table
        self.name = ffi.string(table.name).decode()

    # ---- Field

    def fp(self, name: str, *operands: tuple[int, int]) -> int | None:
        """A field function whose operands have bounds; None when it has no instance for them."""
        arguments = [part for bound, value in operands for part in (bound, self.limbs(value))]
        out = self.room(1)
        return self.integers(out, 1)[0] if getattr(self.table, name)(out, *arguments) else None

    def fp_of(self, name: str, bounds: Sequence[int], values: Sequence[int]) -> int | None:
        """fp_mul_add, fp_mul_sub, fp_sqr_sub: functions whose bounds come as a list."""
        out = self.room(1)
        done = getattr(self.table, name)(out, self.ffi.new("int[]", list(bounds)), self.limbs(*values))
        return self.integers(out, 1)[0] if done else None

    def fp_is_zero(self, bound: int, value: int) -> int | None:
        """The mask; both forms of the question must have the same answer."""
        out = self.ffi.new("uint64_t[2]")
        done = self.table.fp_is_zero(out, bound, self.limbs(value))
        assert not done or out[1] == 1
        return out[0] if done else None

    def fp_equal_var(self, a: tuple[int, int], b: tuple[int, int]) -> int | None:
        out = self.ffi.new("int *")
        done = self.table.fp_equal_var(out, a[0], self.limbs(a[1]), b[0], self.limbs(b[1]))
        return out[0] if done else None

    def fp_plain(self, name: str, value: int) -> int:
        """fp_to, fp_odd_power, fp_square_root_var: an integer in, an integer out."""
        return self.one(getattr(self.table, name), self.limbs(value))

    def fp_negate_if(self, mask: int, value: int) -> int:
        return self.one(self.table.fp_negate_if, mask, self.limbs(value))

    def fp_is_square_var(self, value: int) -> bool:
        return bool(self.table.fp_is_square_var(self.limbs(value)))

    def fp_invert_many(self, values: Sequence[int], *, var: bool) -> list[int]:
        limbs = self.limbs(*values)
        self.table.fp_invert_many(limbs, len(values), var)
        return self.integers(limbs, len(values))

    def constants(self) -> list[int]:
        out = [self.room(1) for _ in range(3)]
        self.table.constants(*out)
        return [self.integers(limbs, 1)[0] for limbs in out]

    # ---- Points

    def point(self, name: str, coordinates: int, *points: Sequence[int]) -> tuple[int, ...]:
        """A function that writes a point of so many coordinates and takes others, or scalars as 1-tuples."""
        out = self.room(coordinates)
        getattr(self.table, name)(out, *(self.limbs(*point) for point in points))
        return tuple(self.integers(out, coordinates))

    def xyzz_add(self, total: Sequence[int], point: Sequence[int]) -> tuple[int, ...]:
        limbs = self.limbs(*total)
        self.table.xyzz_add(limbs, self.limbs(*point))
        return tuple(self.integers(limbs, 4))

    def on_curve_var(self, point: Sequence[int]) -> bool:
        return bool(self.table.on_curve_var(self.limbs(*point)))

    def jacobian_twice(self, point: Sequence[int]) -> tuple[int, ...]:
        limbs = self.limbs(*point)
        self.table.jacobian_twice(limbs)
        return tuple(self.integers(limbs, 4))

    def jacobian_add_distinct(self, total: Sequence[int], point: Sequence[int]) -> tuple[tuple[int, ...], int]:
        limbs, ratio = self.limbs(*total), self.room(1)
        is_zero = self.table.jacobian_add_distinct(limbs, ratio, self.limbs(*point))
        return tuple(self.integers(limbs, 4)), 0 if is_zero else self.integers(ratio, 1)[0]

    def make_naf_table(self, point: Sequence[int], a: int) -> tuple[list[tuple[int, ...]], int, int]:
        """The odd multiples as pairs, z, and the scaled curve's a."""
        odd, z, scaled = self.room(16), self.room(1), self.room(1)
        self.table.make_naf_table(odd, z, scaled, self.limbs(*point), self.limbs(a))
        flat = self.integers(odd, 16)
        pairs = [tuple(flat[i : i + 2]) for i in range(0, 16, 2)]
        return pairs, self.integers(z, 1)[0], self.integers(scaled, 1)[0]

    def recode_odd(self, k: int) -> tuple[int, int]:
        bits, negative = self.room(1), self.ffi.new("uint64_t *")
        self.table.recode_odd(bits, negative, self.limbs(k))
        return self.integers(bits, 1)[0], negative[0]

    def mul_table(self, k: int, *, secret: bool, prepared=None) -> tuple[int, ...]:
        out = self.room(4)
        self.table.mul_table(out, prepared or self.ffi.NULL, secret, self.limbs(k))
        return tuple(self.integers(out, 4))

    def mul_generator(self, k: int) -> tuple[int, ...]:
        out = self.room(4)
        self.table.mul_generator(out, self.limbs(k))
        return tuple(self.integers(out, 4))

    def pedersen_add_right(self, total: Sequence[int], b: int) -> tuple[int, ...]:
        limbs = self.limbs(*total)
        self.table.pedersen_add_right(limbs, self.limbs(b))
        return tuple(self.integers(limbs, 4))

    # ---- The engine's functions: plain integers

    def many(self, name: str, width: int, *columns: Sequence[int]) -> list[int]:
        """A function of columns of integers that writes `width` integers an item."""
        count = len(columns[-1])
        out = self.room(width * count)
        getattr(self.table, name)(out, *(self.limbs(*column) for column in columns), count)
        return self.integers(out, width * count)

    def public_key(self, keys: Sequence[int]) -> list[tuple[int, int]]:
        flat = self.many("public_key", 2, keys)
        return list(zip(flat[::2], flat[1::2], strict=True))

    def poseidon_rounds(self, u: int, s: int, rest: int, pairs: int) -> list[int]:
        """u, S and next after so many pairs of rounds."""
        limbs = self.limbs(u, s, rest)
        self.table.poseidon_rounds(limbs, pairs)
        return self.integers(limbs, 3)

    def poseidon(self, states: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        out = self.room(3 * len(states))
        self.table.poseidon(out, self.limbs(*(element for state in states for element in state)), len(states))
        flat = self.integers(out, 3 * len(states))
        return list(zip(flat[::3], flat[1::3], flat[2::3], strict=True))

    def pedersen_order(self, lefts: Sequence[int], words: Sequence[int], tails: Sequence[int]) -> list[int]:
        out = self.room(len(words))
        self.table.pedersen_order(out, self.limbs(*lefts), self.limbs(*words), self.limbs(*tails), len(words))
        return self.integers(out, len(words))

    def sign(self, hashes: Sequence[int], nonces: Sequence[int], key: int) -> list[tuple[int, int] | None]:
        """One attempt each; None where the nonce is refused, and then the output must be zero."""
        count = len(hashes)
        out, usable = self.room(2 * count), self.ffi.new("uint8_t[]", count)
        self.table.sign(out, usable, self.limbs(*hashes), self.limbs(*nonces), self.limbs(key), count)
        flat = self.integers(out, 2 * count)
        pairs = list(zip(flat[::2], flat[1::2], strict=True))
        assert all(ok or pair == (0, 0) for pair, ok in zip(pairs, usable, strict=True))
        return [pair if ok else None for pair, ok in zip(pairs, usable, strict=True)]

    def verify(self, items: Sequence[Sequence[int]], *, x_only: Sequence[bool] | None = None) -> list[bool]:
        """Items are (r, s, message hash, x, y)."""
        valid = self.ffi.new("uint8_t[]", len(items))
        flags = self.ffi.NULL if x_only is None else self.ffi.new("uint8_t[]", list(x_only))
        self.table.verify(valid, self.limbs(*(part for item in items for part in item)), flags, len(items))
        return [bool(answer) for answer in valid]

    def prepare(self, key: Sequence[int]):
        """The prepared key: memory aligned to 64 bytes."""
        memory = self.ffi.new("uint8_t[]", self.table.prepared_size + 64)
        offset = -int(self.ffi.cast("uintptr_t", memory)) % 64
        prepared = self.ffi.gc(memory + offset, lambda _: memory)  # keeps the memory alive
        self.table.prepare(prepared, self.limbs(*key))
        return prepared

    def prepared_bytes(self, prepared) -> bytes:
        return bytes(self.ffi.buffer(prepared, self.table.prepared_size))

    def verify_prepared(self, items: Sequence[Sequence[int]], prepared) -> list[bool]:
        valid = self.ffi.new("uint8_t[]", len(items))
        self.table.verify_prepared(valid, self.limbs(*(part for item in items for part in item)), prepared, len(items))
        return [bool(answer) for answer in valid]

    def x_on_curve(self, x: int) -> bool:
        return bool(self.table.x_on_curve(self.limbs(x)))

    def lift_x(self, x: int, *, odd: bool) -> int:
        return self.one(self.table.lift_x, self.limbs(x), odd)

    def sign_refusing(
        self, hashes: Sequence[int], refusals: Sequence[int], key: int, *, seed: int = 0, extra: bytes | None = None
    ) -> tuple[list[tuple[int, int]] | None, dict[int, list[int]]]:
        """Signatures (None when it gave up, and then the outputs must be zero), and each message's nonces in order."""
        count, room = len(hashes), sum(refusals) + len(hashes)
        out, nonces = self.room(2 * count), self.room(room)
        messages, tried = self.ffi.new("size_t[]", room), self.ffi.new("size_t *")
        complete = self.table.sign_refusing(
            out,
            nonces,
            messages,
            tried,
            room,
            self.limbs(*hashes),
            self.ffi.new("int[]", list(refusals)),
            count,
            self.limbs(key),
            self.limbs(seed),
            self.ffi.NULL if extra is None else extra,
        )
        seen = {m: [] for m in hashes}
        for message, nonce in zip(messages, self.integers(nonces, room), strict=True):
            if sum(map(len, seen.values())) < tried[0]:
                seen[hashes[message]].append(nonce)
        flat = self.integers(out, 2 * count)
        assert complete or not any(flat)
        return (list(zip(flat[::2], flat[1::2], strict=True)) if complete else None), seen


class Scalars(Caller):
    """Fn and the integers below it."""

    def __init__(self, ffi, c):
        super().__init__(ffi)
        self.c = c

    def fn(self, name: str, *values: int) -> int:
        return self.one(getattr(self.c, name), *map(self.limbs, values))

    def fn_is_zero(self, value: int) -> int:
        return self.c.fn_is_zero(self.limbs(value))

    def fn_invert_many(self, values: Sequence[int], *, var: bool) -> list[int]:
        limbs = self.limbs(*values)
        self.c.fn_invert_many(limbs, len(values), var)
        return self.integers(limbs, len(values))

    def inversion(self, a: int, m: int, start: int) -> int:
        return self.one(self.c.inversion, *map(self.limbs, (a, m, start)))

    def gcd_inversion(self, a: int, m: int, *, bmi2: bool) -> int:
        out = self.room(1)
        assert self.c.gcd_inversion(out, self.limbs(a), self.limbs(m), bmi2)
        return self.integers(out, 1)[0]

    def gcd_batch(self, words: tuple[int, ...], *, bmi2: bool) -> tuple[list[int], list[int]]:
        """The words after a batch, and the rows: a0, b0, a1, b1."""
        changed, rows = self.ffi.new("uint64_t[4]", words), self.ffi.new("uint64_t[4]")
        assert self.c.gcd_batch(changed, rows, bmi2)
        return list(changed), list(rows)

    def has_bmi2(self) -> bool:
        return bool(self.c.gcd_batch(self.ffi.new("uint64_t[4]", [1] * 4), self.ffi.new("uint64_t[4]"), 1))

    def with_carry(self, name: str, a: int, b: int) -> tuple[int, int]:
        out = self.room(1)
        carry = getattr(self.c, name)(out, self.limbs(a), self.limbs(b))
        return self.integers(out, 1)[0], carry

    def compare(self, name: str, *values: int) -> int:
        return getattr(self.c, name)(*map(self.limbs, values))

    def bits(self, a: int, position: int, width: int) -> int:
        return self.c.limbs_bits(self.limbs(a), position, width)

    def shift(self, a: int, count: int) -> tuple[int, int]:
        left, right = self.room(1), self.room(1)
        self.c.limbs_shift(left, right, self.limbs(a), count)
        return self.integers(left, 1)[0], self.integers(right, 1)[0]

    def to_bytes(self, a: int) -> tuple[bytes, int]:
        data, back = self.ffi.new("uint8_t[32]"), self.room(1)
        self.c.limbs_bytes(data, back, self.limbs(a))
        return bytes(data), self.integers(back, 1)[0]

    def recode_naf_var(self, u: int) -> tuple[list[int], int]:
        digits = self.ffi.new("int8_t[253]")
        count = self.c.recode_naf_var(digits, self.limbs(u))
        return list(digits), count

    def reduce_mod_n(self, a: int) -> int:
        return self.one(self.c.reduce_mod_n, self.limbs(a))
