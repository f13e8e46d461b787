// The inner layers of the core as C functions: tests/whitebox/whitebox.h says which.
//
// Compiled once for each engine, as the core itself is, with -DSTARKCORE_ENGINE=… (and
// -DSTARKCORE_ENGINE_ADX or _AARCH64). The unit for the portable engine also holds what all engines
// share.
#include "base/config.hpp"

#if defined(STARKCORE_ENGINE_ADX)
#define WHITEBOX_COMPILED STARKCORE_HAVE_ADX_ENGINE
#elif defined(STARKCORE_ENGINE_AARCH64)
#define WHITEBOX_COMPILED STARKCORE_HAVE_AARCH64_ENGINE
#else
#define WHITEBOX_COMPILED 1
#define WHITEBOX_SHARED 1
#endif

#if WHITEBOX_COMPILED

#include "base/cpu.hpp"
#include "curve/base_mul.hpp"
#include "curve/square_root.hpp"
#include "curve/var_mul.hpp"
#include "ecdsa/blinding.hpp"
#include "ecdsa/prepared.hpp"
#include "ecdsa/sign.hpp"
#include "field/binary_gcd.hpp"
#include "hash/pedersen.hpp"
#include "hash/poseidon.hpp"

extern "C" {
#include "../whitebox/whitebox.h"
}

#include <array>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace starkcore::STARKCORE_ENGINE {
namespace {

U256 get(const u64* a) { return U256{{a[0], a[1], a[2], a[3]}}; }

void put(u64* out, const U256& a) { std::memcpy(out, a.w, sizeof a.w); }

template <int M>
Fp<M> load_fp(const u64* a) {
  return Fp<M>{get(a)};
}

// ---- One function for each bound, chosen by number ---------------------------------------------------------------

// The bounds that have instances: small ones, which the formulas use, and those at the limits.
constexpr int kBounds[] = {1, 2, 3, 4, 5, 6, 7, 8, 10, 15, 16, 29, 30, 31};
constexpr std::size_t kCount = std::size(kBounds);

using Unary = void (*)(u64*, const u64*);
using Binary = void (*)(u64*, const u64*, const u64*);

template <class Op, int A>
constexpr Unary unary() {
  if constexpr (A <= Op::highest) {
    return Op::template run<A>;
  } else {
    return nullptr;
  }
}

template <class Op>
int by_bound(u64* out, int bound, const u64* a) {
  static constexpr auto table = []<std::size_t... i>(std::index_sequence<i...>) {
    return std::array<Unary, kCount>{unary<Op, kBounds[i]>()...};
  }
  (std::make_index_sequence<kCount>{});
  for (std::size_t i = 0; i < kCount; ++i) {
    if (kBounds[i] != bound || table[i] == nullptr) continue;
    table[i](out, a);
    return 1;
  }
  return 0;
}

template <class Op, int A, int B>
constexpr Binary binary() {
  if constexpr (Op::fits(A, B)) {
    return Op::template run<A, B>;
  } else {
    return nullptr;
  }
}

template <class Op>
int by_bounds(u64* out, int a_bound, const u64* a, int b_bound, const u64* b) {
  static constexpr auto table = []<std::size_t... i>(std::index_sequence<i...>) {
    return std::array<Binary, kCount * kCount>{binary<Op, kBounds[i / kCount], kBounds[i % kCount]>()...};
  }
  (std::make_index_sequence<kCount * kCount>{});
  for (std::size_t i = 0; i < kCount * kCount; ++i) {
    if (kBounds[i / kCount] != a_bound || kBounds[i % kCount] != b_bound || table[i] == nullptr) continue;
    table[i](out, a, b);
    return 1;
  }
  return 0;
}

struct Add {
  static constexpr bool fits(int a, int b) { return a + b == kMaxMultiple || (a <= 4 && b <= 4); }
  template <int A, int B>
  static void run(u64* out, const u64* a, const u64* b) {
    put(out, (load_fp<A>(a) + load_fp<B>(b)).v);
  }
};

struct Sub {
  static constexpr bool fits(int a, int b) { return a + b == kMaxMultiple || (a <= 4 && b <= 4); }
  template <int A, int B>
  static void run(u64* out, const u64* a, const u64* b) {
    put(out, (load_fp<A>(a) - load_fp<B>(b)).v);
  }
};

struct Mul {
  static constexpr bool fits(int a, int b) { return a * b <= kMaxMultiple; }
  template <int A, int B>
  static void run(u64* out, const u64* a, const u64* b) {
    put(out, (load_fp<A>(a) * load_fp<B>(b)).v);
  }
};

struct Equal {
  static constexpr bool fits(int a, int b) { return a + b == kMaxMultiple || (a <= 4 && b <= 4); }
  template <int A, int B>
  static void run(u64* out, const u64* a, const u64* b) {
    *out = equal_var(load_fp<A>(a), load_fp<B>(b));
  }
};

struct Neg {
  static constexpr int highest = kMaxMultiple - 1;
  template <int A>
  static void run(u64* out, const u64* a) {
    put(out, (-load_fp<A>(a)).v);
  }
};

struct Sqr {
  static constexpr int highest = 5;
  template <int A>
  static void run(u64* out, const u64* a) {
    put(out, sqr(load_fp<A>(a)).v);
  }
};

struct WeakReduce {
  static constexpr int highest = kMaxMultiple;
  template <int A>
  static void run(u64* out, const u64* a) {
    put(out, weak_reduce(load_fp<A>(a)).v);
  }
};

struct Reduce {
  static constexpr int highest = kMaxMultiple;
  template <int A>
  static void run(u64* out, const u64* a) {
    put(out, reduce(load_fp<A>(a)).v);
  }
};

struct From {
  static constexpr int highest = kMaxMultiple;
  template <int A>
  static void run(u64* out, const u64* a) {
    put(out, from_fp(load_fp<A>(a)));
  }
};

struct Inverse {
  static constexpr int highest = 2;
  template <int A>
  static void run(u64* out, const u64* a) {
    put(out, inverse(load_fp<A>(a)).v);
  }
};

struct InverseVar {
  static constexpr int highest = 2;
  template <int A>
  static void run(u64* out, const u64* a) {
    put(out, inverse_var(load_fp<A>(a)).v);
  }
};

struct IsZero {
  static constexpr int highest = kMaxMultiple;
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
  put(out, mul_add(load_fp<A>(v), load_fp<B>(v + 4), load_fp<C>(v + 8), load_fp<D>(v + 12)).v);
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

template <int A, int B, int C>
bool mul_sub_if(u64* out, const int* bounds, const u64* v) {
  if (bounds[0] != A || bounds[1] != B || bounds[2] != C) return false;
  put(out, mul_sub(load_fp<A>(v), load_fp<B>(v + 4), load_fp<C>(v + 8)).v);
  return true;
}

template <int A, int C>
bool sqr_sub_if(u64* out, const int* bounds, const u64* v) {
  if (bounds[0] != A || bounds[1] != C) return false;
  put(out, sqr_sub(load_fp<A>(v), load_fp<C>(v + 4)).v);
  return true;
}

// The shapes that the formulas use, and those at the limits: 31 for A·B and A·A, and for what comes out.
int fp_mul_sub(u64* out, const int* bounds, const u64* v) {
  return mul_sub_if<2, 2, 2>(out, bounds, v) || mul_sub_if<1, 31, 1>(out, bounds, v) ||
         mul_sub_if<31, 1, 29>(out, bounds, v) || mul_sub_if<5, 6, 29>(out, bounds, v) ||
         mul_sub_if<1, 1, 6>(out, bounds, v);
}

int fp_sqr_sub(u64* out, const int* bounds, const u64* v) {
  return sqr_sub_if<4, 6>(out, bounds, v) || sqr_sub_if<2, 4>(out, bounds, v) || sqr_sub_if<5, 1>(out, bounds, v) ||
         sqr_sub_if<5, 28>(out, bounds, v) || sqr_sub_if<5, 29>(out, bounds, v) || sqr_sub_if<1, 5>(out, bounds, v);
}

// ---- Field -------------------------------------------------------------------------------------------------------

void fp_to(u64* out, const u64* plain) { put(out, to_fp(get(plain)).v); }

void fp_negate_if(u64* out, u64 mask, const u64* a) { put(out, negate_if(mask, load_fp<1>(a)).v); }

void fp_odd_power(u64* out, const u64* a) { put(out, odd_power(load_fp<2>(a)).v); }

int fp_is_square(const u64* a) { return is_square_var(load_fp<2>(a)); }

void fp_square_root(u64* out, const u64* a) { put(out, square_root_var(load_fp<2>(a)).v); }

void fp_invert_many(u64* values, std::size_t count, int var) {
  std::vector<Fp<2>> elements(count), prefix(count);
  for (std::size_t i = 0; i < count; ++i) elements[i] = load_fp<2>(values + 4 * i);
  invert_many(elements.data(), prefix.data(), count,
              [var](const Fp<2>& a) { return Fp<2>{var != 0 ? inverse_var(a) : inverse(a)}; });
  for (std::size_t i = 0; i < count; ++i) put(values + 4 * i, elements[i].v);
}

void constants(u64* one, u64* r2, u64* beta_out) {
  put(one, kFpOne.v);
  put(r2, kR2ModP);
  put(beta_out, beta().v);
}

// ---- Points ------------------------------------------------------------------------------------------------------

AffinePoint load_affine(const u64* a) { return AffinePoint{load_fp<2>(a), load_fp<2>(a + 4)}; }

XyzzPoint load_xyzz(const u64* a) {
  return XyzzPoint{load_fp<2>(a), load_fp<2>(a + 4), load_fp<2>(a + 8), load_fp<2>(a + 12)};
}

JacobianPoint load_jacobian(const u64* a) {
  return JacobianPoint{load_fp<2>(a), load_fp<5>(a + 4), load_fp<2>(a + 8), load_fp<2>(a + 12)};
}

void store_xyzz(u64* out, const XyzzPoint& a) {
  put(out, a.x.v), put(out + 4, a.y.v), put(out + 8, a.zz.v), put(out + 12, a.zzz.v);
}

void store_jacobian(u64* out, const JacobianPoint& a) {
  put(out, a.x.v), put(out + 4, a.y.v), put(out + 8, a.z.v), put(out + 12, a.t.v);
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
  twice(out);
  store_jacobian(point, out);
}

int jacobian_add_distinct(u64* sum, u64* ratio, const u64* point) {
  JacobianPoint out = load_jacobian(sum);
  const Fp<4> new_to_old = add_distinct(out, load_affine(point));
  store_jacobian(sum, out);
  put(ratio, new_to_old.v);
  return is_zero_var(new_to_old);
}

void make_table(u64* odd, u64* z, u64* scaled_a, const u64* point, const u64* a) {
  NafTable table;
  make_naf_table(table, load_affine(point), load_fp<2>(a));
  for (int i = 0; i < kNafEntries; ++i) put(odd + 8 * i, table.odd[i].x.v), put(odd + 8 * i + 4, table.odd[i].y.v);
  put(z, table.z.v);
  put(scaled_a, table.a.v);
}

void mul_naf(u64* jacobian, const u64* u, const u64* point, const u64* a) {
  JacobianPoint out = mul_naf_var(get(u), load_affine(point), load_fp<2>(a));
  out.t = kFpOne;  // t is not set
  store_jacobian(jacobian, out);
}

void recode(u64* bits_out, u64* negative, const u64* k) {
  const OddRecoding out = recode_odd(get(k));
  put(bits_out, out.bits);
  *negative = out.negative;
}

void multiply(u64* xyzz, const void* prepared, int secret, const u64* k) {
  const StoredPoint* table = prepared != nullptr ? static_cast<const PreparedKey*>(prepared)->table : kGeneratorTable;
  store_xyzz(xyzz, secret != 0 ? mul_table<true>(table, get(k)) : mul_table<false>(table, get(k)));
}

void multiply_generator(u64* xyzz, const u64* k) { store_xyzz(xyzz, mul_generator(get(k))); }

void left_sum(u64* xyzz, const u64* plain) { store_xyzz(xyzz, pedersen_left_sum_var(get(plain))); }

void right_sum(u64* xyzz, const u64* plain) { store_xyzz(xyzz, pedersen_right_sum_var(get(plain))); }

void add_right(u64* xyzz, const u64* plain) {
  XyzzPoint sum = load_xyzz(xyzz);
  pedersen_add_right_var(sum, get(plain), BuiltInTable{});
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

void poseidon_rounds(u64* u_s_next, int pairs) {
  PartialRounds state{load_fp<4>(u_s_next), load_fp<2>(u_s_next + 4), load_fp<24>(u_s_next + 8)};
  partial_rounds(state, kPoseidonInside + 1, pairs);
  put(u_s_next, state.u.v), put(u_s_next + 4, state.s.v), put(u_s_next + 8, state.next.v);
}

#if defined(STARKCORE_ENGINE_ADX)
const Engine& kEngine = adx_engine;
#elif defined(STARKCORE_ENGINE_AARCH64)
const Engine& kEngine = aarch64_engine;
#else
const Engine& kEngine = portable_engine;
#endif

void engine_pedersen(u64* out, const u64* a, const u64* b, std::size_t count) {
  kEngine.pedersen_var(as<U256>(out), as<U256>(a), as<U256>(b), count);
}

void engine_pedersen_left(u64* stored, const u64* a, std::size_t count) {
  kEngine.pedersen_left_var(as<StoredPoint>(stored), as<U256>(a), count);
}

void engine_pedersen_right(u64* stored, const u64* b, std::size_t count) {
  kEngine.pedersen_right_var(as<StoredPoint>(stored), as<U256>(b), count);
}

void engine_pedersen_order(u64* out, const u64* lefts, const u64* words, const u64* tails, std::size_t count) {
  std::vector<const StoredPoint*> left_pointers, tail_pointers;
  for (std::size_t i = 0; i < count; ++i) {
    left_pointers.push_back(as<StoredPoint>(lefts) + i);
    tail_pointers.push_back(as<StoredPoint>(tails) + i);
  }
  kEngine.pedersen_order_var(as<U256>(out), left_pointers.data(), as<U256>(words), tail_pointers.data(), count);
}

void engine_poseidon(u64* out, const u64* states, std::size_t count) {
  std::memcpy(out, states, count * sizeof(PoseidonState));
  kEngine.poseidon(as<PoseidonState>(out), count, true);
}

void engine_public_key(u64* points, const u64* keys, std::size_t count) {
  kEngine.public_key(as<PlainPoint>(points), as<U256>(keys), count);
}

// An engine's answers for `count` items, as bytes.
template <class Ask>
void answer(u8* out, std::size_t count, Ask ask) {
  const auto answers = std::make_unique<bool[]>(count);
  ask(answers.get());
  for (std::size_t i = 0; i < count; ++i) out[i] = answers[i];
}

void engine_sign(u64* signatures, u8* usable, const u64* hashes, const u64* nonces, const u64* key, std::size_t count) {
  answer(usable, count, [&](bool* answers) {
    kEngine.sign(as<Signature>(signatures), answers, as<U256>(hashes), as<U256>(nonces), get(key), count);
  });
}

std::vector<VerifyItem> verify_items(const u64* items, const u8* x_only, std::size_t count) {
  std::vector<VerifyItem> out(count);
  for (std::size_t i = 0; i < count; ++i, items += 20) {
    out[i] = VerifyItem{get(items), get(items + 4), get(items + 8), {get(items + 12), get(items + 16)}, false};
    out[i].x_only = x_only != nullptr && x_only[i] != 0;
  }
  return out;
}

void engine_verify(u8* valid, const u64* items, const u8* x_only, std::size_t count) {
  const std::vector<VerifyItem> loaded = verify_items(items, x_only, count);
  answer(valid, count, [&](bool* answers) { kEngine.verify_var(answers, loaded.data(), count); });
}

void engine_prepare(void* prepared, const u64* key) {
  kEngine.prepare_var(static_cast<PreparedKey*>(prepared), *as<PlainPoint>(key));
}

void engine_verify_prepared(u8* valid, const u64* items, const void* prepared, std::size_t count) {
  const std::vector<VerifyItem> loaded = verify_items(items, nullptr, count);
  answer(valid, count, [&](bool* answers) {
    kEngine.verify_prepared_var(answers, loaded.data(), static_cast<const PreparedKey*>(prepared), count);
  });
}

int engine_x_on_curve(const u64* x) { return kEngine.x_on_curve_var(get(x)); }

void engine_lift_x(u64* y, const u64* x, int odd) { kEngine.lift_x_var(as<U256>(y), get(x), odd != 0); }

// ---- Signing with an engine that refuses nonces ------------------------------------------------------------------

// What refusing_sign has been told, and what it saw. Tests call it from one thread.
struct Refusal {
  const u64* hashes;
  std::vector<int> left;
  std::size_t tried, room;
  u64* nonces;
  std::size_t* messages;
} refusal;

void refusing_sign(Signature* out, bool* usable, const U256* hashes, const U256* nonces, const U256& key,
                   std::size_t count) {
  kEngine.sign(out, usable, hashes, nonces, key, count);
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t message = 0;
    while (!starkcore::equal_var(get(refusal.hashes + 4 * message), hashes[i])) ++message;
    if (refusal.tried < refusal.room) {
      put(refusal.nonces + 4 * refusal.tried, nonces[i]);
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
  refusal = Refusal{hashes, {refusals, refusals + count}, 0, room, nonces, messages};
  Engine engine = kEngine;
  engine.sign = refusing_sign;
  const bool complete = sign_messages(as<Signature>(signatures), as<U256>(hashes), count, get(key),
                                      NonceExtra{get(seed), extra_entropy}, engine);
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
    .fp_neg = by_bound<Neg>,
    .fp_mul = by_bounds<Mul>,
    .fp_sqr = by_bound<Sqr>,
    .fp_mul_add = fp_mul_add,
    .fp_mul_sub = fp_mul_sub,
    .fp_sqr_sub = fp_sqr_sub,
    .fp_weak_reduce = by_bound<WeakReduce>,
    .fp_reduce = by_bound<Reduce>,
    .fp_from = by_bound<From>,
    .fp_to = fp_to,
    .fp_inverse = by_bound<Inverse>,
    .fp_inverse_var = by_bound<InverseVar>,
    .fp_is_zero = by_bound<IsZero>,
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
    .jacobian_twice = jacobian_twice,
    .jacobian_add_distinct = jacobian_add_distinct,
    .make_naf_table = make_table,
    .mul_naf_var = mul_naf,
    .recode_odd = recode,
    .mul_table = multiply,
    .mul_generator = multiply_generator,
    .pedersen_left_sum = left_sum,
    .pedersen_right_sum = right_sum,
    .pedersen_add_right = add_right,
    .poseidon_rounds = poseidon_rounds,
    .pedersen = engine_pedersen,
    .pedersen_left = engine_pedersen_left,
    .pedersen_right = engine_pedersen_right,
    .pedersen_order = engine_pedersen_order,
    .poseidon = engine_poseidon,
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

#if defined(WHITEBOX_SHARED)

#include "ecdsa/key_derivation.cpp"  // for the function that it keeps to itself; this build leaves that source out

#if STARKCORE_HAVE_ADX_ENGINE
namespace starkcore::adx {
extern const whitebox_engine kWhitebox;
}
#endif
#if STARKCORE_HAVE_AARCH64_ENGINE
namespace starkcore::aarch64 {
extern const whitebox_engine kWhitebox;
}
#endif

using namespace starkcore;
using starkcore::portable::get;
using starkcore::portable::put;

namespace {

Fn load_fn(const u64* a) { return Fn{get(a)}; }

}  // namespace

extern "C" {

const whitebox_engine* whitebox_engine_at(size_t i) {
  if (i == 0) return &portable::kWhitebox;
#if STARKCORE_HAVE_ADX_ENGINE
  if (i == 1 && (detect_cpu() & kCpuAdx) != 0) return &adx::kWhitebox;
#endif
#if STARKCORE_HAVE_AARCH64_ENGINE
  if (i == 1) return &aarch64::kWhitebox;
#endif
  return nullptr;
}

void fn_add(uint64_t* out, const uint64_t* a, const uint64_t* b) { put(out, (load_fn(a) + load_fn(b)).v); }

void fn_mul(uint64_t* out, const uint64_t* a, const uint64_t* b) { put(out, (load_fn(a) * load_fn(b)).v); }

void fn_sqr(uint64_t* out, const uint64_t* a) { put(out, sqr(load_fn(a)).v); }

void fn_to(uint64_t* out, const uint64_t* plain) { put(out, to_fn(get(plain)).v); }

void fn_from(uint64_t* plain, const uint64_t* a) { put(plain, from_fn(load_fn(a))); }

void fn_inverse(uint64_t* out, const uint64_t* a) { put(out, inverse(load_fn(a)).v); }

void fn_inverse_var(uint64_t* out, const uint64_t* a) { put(out, inverse_var(load_fn(a)).v); }

uint64_t fn_is_zero(const uint64_t* a) { return mask_if_zero(load_fn(a)); }

void fn_invert_many(uint64_t* values, size_t count, int var) {
  std::vector<Fn> elements(count), prefix(count);
  for (size_t i = 0; i < count; ++i) elements[i] = load_fn(values + 4 * i);
  STARKCORE_ENGINE::invert_many(elements.data(), prefix.data(), count,
                                [var](const Fn& a) { return var != 0 ? inverse_var(a) : inverse(a); });
  for (size_t i = 0; i < count; ++i) put(values + 4 * i, elements[i].v);
}

void blind(uint64_t* out, const uint64_t* value) {
  U256 made;
  make_blind(made, get(value));
  put(out, made);
}

void fn_invert_blinded(uint64_t* out, uint64_t* inverted, const uint64_t* a) {
  static U256 seen;
  const auto multiply = [](const Fn& x, const Fn& y) { return x * y; };
  const auto watched = [](const U256& x) { return seen = x, invert_mod_n_var(x); };
  put(out, STARKCORE_ENGINE::invert_blinded(load_fn(a), multiply, watched).v);
  put(inverted, seen);
}

void inversion(uint64_t* out, const uint64_t* a, const uint64_t* m, const uint64_t* start) {
  put(out, invert(get(a), InversionModulus{get(m), get(start), inverse_mod_2_64(m[0]) & (~u64{0} >> 2)}));
}

int gcd_inversion(uint64_t* out, const uint64_t* a, const uint64_t* m, int bmi2) {
  const gcd::Modulus modulus = gcd::modulus(get(m));
#if STARKCORE_HAVE_ADX_ENGINE
  if (bmi2 != 0) {
    if ((detect_cpu() & kCpuAdx) == 0) return 0;
    put(out, gcd::invert_var<true>(get(a), modulus));
    return 1;
  }
#endif
  if (bmi2 != 0) return 0;
  put(out, gcd::invert_var<false>(get(a), modulus));
  return 1;
}

int jacobi(const uint64_t* a) { return jacobi_mod_p_var(get(a)); }

uint64_t gcd_high_word(const uint64_t* a, int top, int zeros) { return gcd::high_word(get(a), top, zeros); }

int gcd_batch(uint64_t* words, uint64_t* rows, int bmi2) {
  gcd::State s{words[0], words[1], words[2], words[3], {}};
#if STARKCORE_HAVE_ADX_ENGINE
  if (bmi2 != 0 && (detect_cpu() & kCpuAdx) != 0) {
    gcd::run_batch_var<true>(s);
    bmi2 = 0;
  } else
#endif
    gcd::run_batch_var<false>(s);
  words[0] = s.a_low, words[1] = s.a_high, words[2] = s.b_low, words[3] = s.b_high;
  rows[0] = s.rows.a0, rows[1] = s.rows.b0, rows[2] = s.rows.a1, rows[3] = s.rows.b1;
  return bmi2 == 0;
}

uint64_t limbs_add(uint64_t* out, const uint64_t* a, const uint64_t* b) {
  U256 sum;
  const u64 carry = add(sum, get(a), get(b));
  put(out, sum);
  return carry;
}

uint64_t limbs_sub(uint64_t* out, const uint64_t* a, const uint64_t* b) {
  U256 difference;
  const u64 borrow = sub(difference, get(a), get(b));
  put(out, difference);
  return borrow;
}

uint64_t limbs_less(const uint64_t* a, const uint64_t* b) { return mask_if_less(get(a), get(b)); }

uint64_t limbs_equal(const uint64_t* a, const uint64_t* b) { return mask_if_equal(get(a), get(b)); }

uint64_t limbs_below_2_251(const uint64_t* a) { return mask_if_below_2_251(get(a)); }

uint64_t limbs_bits(const uint64_t* a, unsigned position, unsigned width) { return bits(get(a), position, width); }

void limbs_shift(uint64_t* left, uint64_t* right, const uint64_t* a, unsigned count) {
  put(left, shift_left(get(a), count));
  put(right, shift_right(get(a), count));
}

void limbs_bytes(uint8_t* bytes, uint64_t* loaded, const uint64_t* a) {
  store_be256(bytes, get(a));
  put(loaded, load_be256(bytes));
}

int recode_naf_var(int8_t* digits, const uint64_t* u) { return portable::recode_naf_var(digits, get(u)); }

void reduce_mod_n(uint64_t* out, const uint64_t* a) { put(out, starkcore::reduce_mod_n(get(a))); }

}  // extern "C"

#endif

#endif
