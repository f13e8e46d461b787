// The inner layers of the core as C functions: tests/whitebox/whitebox.h says which.
//
// Compiled once for each engine, as the core itself is, with -DSTARKCORE_ENGINE=… (and -DSTARKCORE_ENGINE_ADX). The unit for the
// portable engine also holds what all engines share.
#include "engine/make_engine.hpp"

#include "base/cpu.hpp"
#include "ecdsa/sign.hpp"

extern "C" {
#include "../whitebox/whitebox.h"
}

#include <array>
#include <utility>

namespace starkcore::STARKCORE_ENGINE {
namespace {

U256 load(const u64* a) { return U256{{a[0], a[1], a[2], a[3]}}; }

void store(u64* out, const U256& a) { std::memcpy(out, a.w, sizeof a.w); }

template <int M>
Fp<M> load_fp(const u64* a) {
  return Fp<M>{load(a)};
}

// ---- One function for each bound, chosen by number ---------------------------------------------------------------

using Unary = void (*)(u64*, const u64*);
using Binary = void (*)(u64*, const u64*, const u64*);

// fp_add and fp_sub have instances for pairs of these.
constexpr std::array<int, 10> kSumBounds = {1, 2, 3, 4, 8, 15, 16, 26, 29, 30};

template <class Op, int highest>
int by_bound(u64* out, int bound, const u64* a) {
  static constexpr auto table = []<std::size_t... i>(std::index_sequence<i...>) {
    return std::array<Unary, highest>{Op::template run<static_cast<int>(i) + 1>...};
  }(std::make_index_sequence<highest>{});
  if (bound < 1 || bound > highest) return 0;
  table[static_cast<std::size_t>(bound - 1)](out, a);
  return 1;
}

template <class Op, int A, int B>
constexpr Binary instance() {
  if constexpr (Op::fits(A, B)) {
    return Op::template run<A, B>;
  } else {
    return nullptr;
  }
}

template <class Op>
int by_bounds(u64* out, int a_bound, const u64* a, int b_bound, const u64* b) {
  constexpr std::size_t side = kMaxMultiple;
  static constexpr auto table = []<std::size_t... i>(std::index_sequence<i...>) {
    return std::array<Binary, side * side>{instance<Op, static_cast<int>(i / side) + 1, static_cast<int>(i % side) + 1>()...};
  }(std::make_index_sequence<side * side>{});
  if (a_bound < 1 || a_bound > kMaxMultiple || b_bound < 1 || b_bound > kMaxMultiple) return 0;
  const Binary function = table[static_cast<std::size_t>((a_bound - 1) * kMaxMultiple + b_bound - 1)];
  if (function == nullptr) return 0;
  function(out, a, b);
  return 1;
}

constexpr bool sum_fits(int a, int b) {
  bool a_listed = false, b_listed = false;
  for (const int bound : kSumBounds) a_listed |= a == bound, b_listed |= b == bound;
  return a_listed && b_listed && a + b <= kMaxMultiple;
}

struct Add {
  static constexpr bool fits(int a, int b) { return sum_fits(a, b); }
  template <int A, int B>
  static void run(u64* out, const u64* a, const u64* b) {
    store(out, (load_fp<A>(a) + load_fp<B>(b)).v);
  }
};

struct Sub {
  static constexpr bool fits(int a, int b) { return sum_fits(a, b); }
  template <int A, int B>
  static void run(u64* out, const u64* a, const u64* b) {
    store(out, (load_fp<A>(a) - load_fp<B>(b)).v);
  }
};

struct Mul {
  static constexpr bool fits(int a, int b) { return a * b <= kMaxMultiple; }
  template <int A, int B>
  static void run(u64* out, const u64* a, const u64* b) {
    store(out, (load_fp<A>(a) * load_fp<B>(b)).v);
  }
};

struct Equal {
  static constexpr bool fits(int a, int b) { return sum_fits(a, b); }
  template <int A, int B>
  static void run(u64* out, const u64* a, const u64* b) {
    *out = equal_var(load_fp<A>(a), load_fp<B>(b));
  }
};

struct Neg {
  template <int A>
  static void run(u64* out, const u64* a) {
    store(out, (-load_fp<A>(a)).v);
  }
};

struct Sqr {
  template <int A>
  static void run(u64* out, const u64* a) {
    store(out, sqr(load_fp<A>(a)).v);
  }
};

struct WeakReduce {
  template <int A>
  static void run(u64* out, const u64* a) {
    store(out, weak_reduce(load_fp<A>(a)).v);
  }
};

struct Reduce {
  template <int A>
  static void run(u64* out, const u64* a) {
    store(out, reduce(load_fp<A>(a)).v);
  }
};

struct From {
  template <int A>
  static void run(u64* out, const u64* a) {
    store(out, from_fp(load_fp<A>(a)));
  }
};

struct Inverse {
  template <int A>
  static void run(u64* out, const u64* a) {
    store(out, inverse(load_fp<A>(a)).v);
  }
};

struct InverseVar {
  template <int A>
  static void run(u64* out, const u64* a) {
    store(out, inverse_var(load_fp<A>(a)).v);
  }
};

struct IsZero {
  template <int A>
  static void run(u64* out, const u64* a) {
    out[0] = mask_if_zero(load_fp<A>(a));
    out[1] = is_zero_var(load_fp<A>(a)) == (out[0] != 0);
  }
};

int fp_equal(int* equal, int a_bound, const u64* a, int b_bound, const u64* b) {
  u64 out = 0;
  const int found = by_bounds<Equal>(&out, a_bound, a, b_bound, b);
  *equal = static_cast<int>(out);
  return found;
}

template <int A, int B, int C, int D>
bool mul_add_if(u64* out, const int* bounds, const u64* v) {
  if (bounds[0] != A || bounds[1] != B || bounds[2] != C || bounds[3] != D) return false;
  store(out, mul_add(load_fp<A>(v), load_fp<B>(v + 4), load_fp<C>(v + 8), load_fp<D>(v + 12)).v);
  return true;
}

// The shapes that the formulas use, and those at the limit A·B + C·D = 31.
int fp_mul_add(u64* out, const int* bounds, const u64* v) {
  return mul_add_if<4, 4, 3, 2>(out, bounds, v) || mul_add_if<2, 4, 3, 2>(out, bounds, v) ||
         mul_add_if<1, 1, 1, 1>(out, bounds, v) || mul_add_if<1, 1, 1, 30>(out, bounds, v) ||
         mul_add_if<1, 1, 30, 1>(out, bounds, v) || mul_add_if<30, 1, 1, 1>(out, bounds, v) ||
         mul_add_if<1, 30, 1, 1>(out, bounds, v) || mul_add_if<5, 5, 3, 2>(out, bounds, v) ||
         mul_add_if<5, 5, 2, 3>(out, bounds, v) || mul_add_if<1, 16, 1, 15>(out, bounds, v) ||
         mul_add_if<16, 1, 15, 1>(out, bounds, v) || mul_add_if<1, 15, 16, 1>(out, bounds, v) ||
         mul_add_if<3, 5, 4, 4>(out, bounds, v) || mul_add_if<2, 8, 5, 3>(out, bounds, v);
}

// ---- Field -------------------------------------------------------------------------------------------------------

void fp_to(u64* out, const u64* plain) { store(out, to_fp(load(plain)).v); }

void fp_negate_if(u64* out, u64 mask, const u64* a) { store(out, negate_if(mask, load_fp<1>(a)).v); }

void fp_odd_power(u64* out, const u64* a) { store(out, odd_power(load_fp<2>(a)).v); }

int fp_is_square(const u64* a) { return is_square_var(load_fp<2>(a)); }

void fp_square_root(u64* out, const u64* a) { store(out, square_root_var(load_fp<2>(a)).v); }

constexpr std::size_t kMany = 64;

void fp_invert_many(u64* values, std::size_t count, int var) {
  Fp<2> elements[kMany], prefix[kMany];
  for (std::size_t i = 0; i < count; ++i) elements[i] = load_fp<2>(values + 4 * i);
  if (var != 0) {
    invert_many(elements, prefix, count, [](const Fp<2>& a) { return Fp<2>{inverse_var(a)}; });
  } else {
    invert_many(elements, prefix, count, [](const Fp<2>& a) { return Fp<2>{inverse(a)}; });
  }
  for (std::size_t i = 0; i < count; ++i) store(values + 4 * i, elements[i].v);
}

void constants(u64* one, u64* r2, u64* beta_out) {
  store(one, kFpOne.v);
  store(r2, kR2ModP);
  store(beta_out, beta().v);
}

// ---- Points ------------------------------------------------------------------------------------------------------

AffinePoint load_affine(const u64* a) { return AffinePoint{load_fp<2>(a), load_fp<2>(a + 4)}; }

XyzzPoint load_xyzz(const u64* a) {
  return XyzzPoint{load_fp<2>(a), load_fp<2>(a + 4), load_fp<2>(a + 8), load_fp<2>(a + 12)};
}

JacobianPoint load_jacobian(const u64* a) {
  return JacobianPoint{load_fp<2>(a), load_fp<2>(a + 4), load_fp<2>(a + 8), load_fp<2>(a + 12)};
}

void store_xyzz(u64* out, const XyzzPoint& a) {
  store(out, a.x.v), store(out + 4, a.y.v), store(out + 8, a.zz.v), store(out + 12, a.zzz.v);
}

void store_jacobian(u64* out, const JacobianPoint& a) {
  store(out, a.x.v), store(out + 4, a.y.v), store(out + 8, a.z.v), store(out + 12, a.t.v);
}

void xyzz_add(u64* sum, const u64* point) {
  XyzzPoint out = load_xyzz(sum);
  add(out, load_affine(point));
  store_xyzz(sum, out);
}

void xyzz_twice(u64* out, const u64* point) { store_xyzz(out, twice(load_xyzz(point))); }

void xyzz_add_complete(u64* out, const u64* a, const u64* b) {
  store_xyzz(out, add_complete_var(load_xyzz(a), load_xyzz(b)));
}

int affine_on_curve(const u64* point) { return on_curve_var(load_affine(point)); }

void jacobian_twice(u64* point) {
  JacobianPoint out = load_jacobian(point);
  twice_var(out);
  store_jacobian(point, out);
}

int jacobian_add_distinct(u64* sum, u64* ratio, const u64* point) {
  JacobianPoint out = load_jacobian(sum);
  const Fp<4> new_to_old = add_distinct_var(out, load_affine(point));
  store_jacobian(sum, out);
  store(ratio, new_to_old.v);
  return is_zero_var(new_to_old);
}

void make_table(u64* odd, u64* z, u64* scaled_a, const u64* point, const u64* a) {
  NafTable table;
  make_table_var(table, load_affine(point), load_fp<2>(a));
  for (int i = 0; i < kNafEntries; ++i) store(odd + 8 * i, table.odd[i].x.v), store(odd + 8 * i + 4, table.odd[i].y.v);
  store(z, table.z.v);
  store(scaled_a, table.a.v);
}

void mul_naf(u64* jacobian, const u64* u, const u64* point, const u64* a) {
  JacobianPoint out = mul_naf_var(load(u), load_affine(point), load_fp<2>(a));
  out.t = kFpOne;  // t is not set
  store_jacobian(jacobian, out);
}

void recode(u64* bits_out, u64* negative, const u64* k) {
  const OddRecoding out = recode_odd(load(k));
  store(bits_out, out.bits);
  *negative = out.negative;
}

void multiply(u64* xyzz, const void* prepared, int secret, const u64* k) {
  const StoredPoint* table = prepared != nullptr ? static_cast<const PreparedKey*>(prepared)->table : kGeneratorTable;
  store_xyzz(xyzz, secret != 0 ? mul_table<true>(table, load(k)) : mul_table<false>(table, load(k)));
}

void left_sum(u64* xyzz, const u64* plain) { store_xyzz(xyzz, pedersen_left_sum(load(plain))); }

void right_sum(u64* xyzz, const u64* plain) { store_xyzz(xyzz, pedersen_right_sum(load(plain))); }

void add_right(u64* xyzz, const u64* plain) {
  XyzzPoint sum = load_xyzz(xyzz);
  pedersen_add_right(sum, load(plain));
  store_xyzz(xyzz, sum);
}

// ---- The engine's functions --------------------------------------------------------------------------------------

// A U256, a StoredPoint, a PlainPoint and a Signature are their limbs in order, and nothing else.
static_assert(sizeof(U256) == 32 && sizeof(StoredPoint) == 64 && sizeof(PlainPoint) == 64 && sizeof(Signature) == 64);

template <class T>
T* as(u64* limbs) {
  return reinterpret_cast<T*>(limbs);
}

template <class T>
const T* as(const u64* limbs) {
  return reinterpret_cast<const T*>(limbs);
}

constexpr Engine kEngine = make_engine("", 0);

void engine_pedersen(u64* out, const u64* a, const u64* b, std::size_t count) {
  kEngine.pedersen(as<U256>(out), as<U256>(a), as<U256>(b), count);
}

void engine_pedersen_left(u64* stored, const u64* a, std::size_t count) {
  kEngine.pedersen_left(as<StoredPoint>(stored), as<U256>(a), count);
}

void engine_pedersen_right(u64* stored, const u64* b, std::size_t count) {
  kEngine.pedersen_right(as<StoredPoint>(stored), as<U256>(b), count);
}

void engine_pedersen_order(u64* out, const u64* lefts, const u64* words, const u64* tails, std::size_t count) {
  const StoredPoint *left_pointers[kMany], *tail_pointers[kMany];
  for (std::size_t i = 0; i < count; ++i) {
    left_pointers[i] = as<StoredPoint>(lefts) + i;
    tail_pointers[i] = as<StoredPoint>(tails) + i;
  }
  kEngine.pedersen_order(as<U256>(out), left_pointers, as<U256>(words), tail_pointers, count);
}

void engine_public_key(u64* points, const u64* keys, std::size_t count) {
  kEngine.public_key(as<PlainPoint>(points), as<U256>(keys), count);
}

void engine_sign(u64* signatures, u8* usable, const u64* hashes, const u64* nonces, const u64* key, std::size_t count) {
  bool usable_bools[2 * kMany];
  kEngine.sign(as<Signature>(signatures), usable_bools, as<U256>(hashes), as<U256>(nonces), load(key), count);
  for (std::size_t i = 0; i < count; ++i) usable[i] = usable_bools[i];
}

void load_items(VerifyItem* out, const u64* items, const u8* x_only, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i, items += 20) {
    out[i] = VerifyItem{load(items), load(items + 4), load(items + 8), {load(items + 12), load(items + 16)}, false};
    out[i].x_only = x_only != nullptr && x_only[i] != 0;
  }
}

void engine_verify(u8* valid, const u64* items, const u8* x_only, std::size_t count) {
  VerifyItem loaded[2 * kMany];
  bool answers[2 * kMany];
  load_items(loaded, items, x_only, count);
  kEngine.verify(answers, loaded, count);
  for (std::size_t i = 0; i < count; ++i) valid[i] = answers[i];
}

void engine_prepare(void* prepared, const u64* key) {
  kEngine.prepare(static_cast<PreparedKey*>(prepared), *as<PlainPoint>(key));
}

void engine_verify_prepared(u8* valid, const u64* items, const void* prepared, std::size_t count) {
  VerifyItem loaded[2 * kMany];
  bool answers[2 * kMany];
  load_items(loaded, items, nullptr, count);
  kEngine.verify_prepared(answers, loaded, static_cast<const PreparedKey*>(prepared), count);
  for (std::size_t i = 0; i < count; ++i) valid[i] = answers[i];
}

int engine_x_on_curve(const u64* x) { return kEngine.x_on_curve(load(x)); }

void engine_lift_x(u64* y, const u64* x, int odd) { kEngine.lift_x(as<U256>(y), load(x), odd != 0); }

// ---- Signing with an engine that refuses nonces ------------------------------------------------------------------

// What refusing_sign has been told, and what it saw. Tests call it from one thread.
struct Refusal {
  const u64* hashes;
  int left[2 * kMany];
  std::size_t count, tried, room;
  u64* nonces;
  std::size_t* messages;
} refusal;

void refusing_sign(Signature* out, bool* usable, const U256* hashes, const U256* nonces, const U256& key, std::size_t count) {
  kEngine.sign(out, usable, hashes, nonces, key, count);
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t message = 0;
    while (!starkcore::equal_var(load(refusal.hashes + 4 * message), hashes[i])) ++message;
    if (refusal.tried < refusal.room) {
      store(refusal.nonces + 4 * refusal.tried, nonces[i]);
      refusal.messages[refusal.tried] = message;
    }
    ++refusal.tried;
    if (refusal.left[message] == 0) continue;
    --refusal.left[message];
    out[i] = Signature{};
    usable[i] = false;
  }
}

int sign_refusing(u64* signatures, u64* nonces, std::size_t* messages, std::size_t* tried, std::size_t room,
                  const u64* hashes, const int* refusals, std::size_t count, const u64* key, const u64* seed,
                  const u8* extra_entropy) {
  refusal = Refusal{hashes, {}, count, 0, room, nonces, messages};
  for (std::size_t i = 0; i < count; ++i) refusal.left[i] = refusals[i];
  Engine engine = kEngine;
  engine.sign = refusing_sign;
  const bool complete = sign_messages(as<Signature>(signatures), as<U256>(hashes), count, load(key),
                                      NonceExtra{load(seed), extra_entropy}, engine);
  *tried = refusal.tried;
  return complete;
}

}  // namespace

extern const whitebox_engine kWhitebox;
const whitebox_engine kWhitebox = {
#define STARKCORE_TEXT_OF(x) #x
#define STARKCORE_TEXT(x) STARKCORE_TEXT_OF(x)
    .name = STARKCORE_TEXT(STARKCORE_ENGINE),
    .fp_add = by_bounds<Add>,
    .fp_sub = by_bounds<Sub>,
    .fp_neg = by_bound<Neg, kMaxMultiple - 1>,
    .fp_mul = by_bounds<Mul>,
    .fp_sqr = by_bound<Sqr, 5>,
    .fp_mul_add = fp_mul_add,
    .fp_weak_reduce = by_bound<WeakReduce, kMaxMultiple>,
    .fp_reduce = by_bound<Reduce, kMaxMultiple>,
    .fp_from = by_bound<From, kMaxMultiple>,
    .fp_to = fp_to,
    .fp_inverse = by_bound<Inverse, kMaxMultiple>,
    .fp_inverse_var = by_bound<InverseVar, kMaxMultiple>,
    .fp_is_zero = by_bound<IsZero, kMaxMultiple>,
    .fp_equal_var = fp_equal,
    .fp_negate_if = fp_negate_if,
    .fp_odd_power = fp_odd_power,
    .fp_is_square_var = fp_is_square,
    .fp_square_root_var = fp_square_root,
    .fp_invert_many = fp_invert_many,
    .constants = constants,
    .xyzz_add = xyzz_add,
    .xyzz_twice = xyzz_twice,
    .xyzz_add_complete_var = xyzz_add_complete,
    .on_curve_var = affine_on_curve,
    .jacobian_twice_var = jacobian_twice,
    .jacobian_add_distinct_var = jacobian_add_distinct,
    .make_table_var = make_table,
    .mul_naf_var = mul_naf,
    .recode_odd = recode,
    .mul_table = multiply,
    .pedersen_left_sum = left_sum,
    .pedersen_right_sum = right_sum,
    .pedersen_add_right = add_right,
    .pedersen = engine_pedersen,
    .pedersen_left = engine_pedersen_left,
    .pedersen_right = engine_pedersen_right,
    .pedersen_order = engine_pedersen_order,
    .public_key = engine_public_key,
    .sign = engine_sign,
    .verify = engine_verify,
    .prepared_size = sizeof(PreparedKey),
    .prepare = engine_prepare,
    .verify_prepared = engine_verify_prepared,
    .x_on_curve = engine_x_on_curve,
    .lift_x = engine_lift_x,
    .sign_refusing = sign_refusing,
};

}  // namespace starkcore::STARKCORE_ENGINE

// ---- What all engines share --------------------------------------------------------------------------------------

#if !defined(STARKCORE_ENGINE_ADX)

#include "ecdsa/key_derivation.cpp"  // for the function that it keeps to itself; this build leaves that source out

#if STARKCORE_HAVE_ADX_ENGINE
namespace starkcore::adx {
extern const whitebox_engine kWhitebox;
}
#endif

using namespace starkcore;
using starkcore::portable::load;
using starkcore::portable::store;

namespace {

Fn load_fn(const u64* a) { return Fn{load(a)}; }

}  // namespace

extern "C" {

const whitebox_engine* whitebox_engine_at(size_t i) {
  if (i == 0) return &portable::kWhitebox;
#if STARKCORE_HAVE_ADX_ENGINE
  if (i == 1 && (detect_cpu() & kCpuAdx) != 0) return &adx::kWhitebox;
#endif
  return nullptr;
}

void fn_add(uint64_t* out, const uint64_t* a, const uint64_t* b) { store(out, (load_fn(a) + load_fn(b)).v); }

void fn_mul(uint64_t* out, const uint64_t* a, const uint64_t* b) { store(out, (load_fn(a) * load_fn(b)).v); }

void fn_sqr(uint64_t* out, const uint64_t* a) { store(out, sqr(load_fn(a)).v); }

void fn_to(uint64_t* out, const uint64_t* plain) { store(out, to_fn(load(plain)).v); }

void fn_from(uint64_t* plain, const uint64_t* a) { store(plain, from_fn(load_fn(a))); }

void fn_inverse(uint64_t* out, const uint64_t* a) { store(out, inverse(load_fn(a)).v); }

void fn_inverse_var(uint64_t* out, const uint64_t* a) { store(out, inverse_var(load_fn(a)).v); }

uint64_t fn_is_zero(const uint64_t* a) { return mask_if_zero(load_fn(a)); }

void fn_invert_many(uint64_t* values, size_t count, int var) {
  Fn elements[portable::kMany], prefix[portable::kMany];
  for (size_t i = 0; i < count; ++i) elements[i] = load_fn(values + 4 * i);
  invert_many(elements, prefix, count, [var](const Fn& a) { return var != 0 ? inverse_var(a) : inverse(a); });
  for (size_t i = 0; i < count; ++i) store(values + 4 * i, elements[i].v);
}

uint64_t limbs_add(uint64_t* out, const uint64_t* a, const uint64_t* b) {
  U256 sum;
  const u64 carry = add(sum, load(a), load(b));
  store(out, sum);
  return carry;
}

uint64_t limbs_sub(uint64_t* out, const uint64_t* a, const uint64_t* b) {
  U256 difference;
  const u64 borrow = sub(difference, load(a), load(b));
  store(out, difference);
  return borrow;
}

uint64_t limbs_less(const uint64_t* a, const uint64_t* b) { return mask_if_less(load(a), load(b)); }

uint64_t limbs_equal(const uint64_t* a, const uint64_t* b) { return mask_if_equal(load(a), load(b)); }

uint64_t limbs_below_2_251(const uint64_t* a) { return mask_if_below_2_251(load(a)); }

uint64_t limbs_bits(const uint64_t* a, unsigned position, unsigned width) { return bits(load(a), position, width); }

void limbs_shift(uint64_t* left, uint64_t* right, const uint64_t* a, unsigned count) {
  store(left, shift_left(load(a), count));
  store(right, shift_right(load(a), count));
}

void limbs_bytes(uint8_t* bytes, uint64_t* loaded, const uint64_t* a) {
  store_be256(bytes, load(a));
  store(loaded, load_be256(bytes));
}

int recode_naf_var(int8_t* digits, const uint64_t* u) { return portable::recode_naf_var(digits, load(u)); }

void reduce_mod_n(uint64_t* out, const uint64_t* a) { store(out, starkcore::reduce_mod_n(load(a))); }

}  // extern "C"

#endif
