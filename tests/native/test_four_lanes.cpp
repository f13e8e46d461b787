// The four-lane arithmetic of the AVX2 engine at its extremes, and that engine against the portable
// one. Compiled with the library's sources and vector_engine.cpp; says so where the CPU has no
// AVX2.
#include "engine/engine.hpp"

#include "base/cpu.hpp"
#include "vector_reference.hpp"

#if STARKCORE_HAVE_AVX2_ENGINE
#undef STARKCORE_ENGINE
#define STARKCORE_ENGINE avx2
#define STARKCORE_ENGINE_ADX 1
#define STARKCORE_ENGINE_LANES 4
#include <immintrin.h>

#include "base/float_state.hpp"
#include "base/secret.hpp"
#include "curve/generator_table.hpp"
#include "field/fn.hpp"
#include "field/inversion.hpp"

namespace {

using namespace starkcore;
using namespace starkcore::test;

using Digits = std::array<i64, 5>;

// Operands whose digits are at the bounds of Fp4<M>, in many patterns.
std::vector<Digits> extreme_digits(int multiple) {
  const i64 most = (i64{1} << 50) * multiple, top = (i64{1} << 47) * multiple;
  std::vector<Digits> out;
  for (const i64 sign : std::array<i64, 2>{1, -1}) {
    out.push_back({sign * most, sign * most, sign * most, sign * most, sign * top});
    out.push_back({sign * most, -sign * most, sign * most, -sign * most, sign * top});
    out.push_back({sign * (most - 1), sign * (most - 1), sign * (most - 1), sign * (most - 1), sign * (top - 1)});
    out.push_back({sign * most, sign * most, -sign * most, -sign * most, -sign * top});
    out.push_back({sign * (most / 2), sign * (most / 2 + 1), sign * (most / 2 - 1), sign, sign * (top / 2)});
    for (std::size_t k = 0; k < 5; ++k) {
      Digits one{};
      one[k] = sign * (k == 4 ? top : most);
      out.push_back(one);
      one[k] = sign;
      out.push_back(one);
    }
  }
  out.push_back({});
  out.push_back({1, 0, 0, i64{17} << 39, i64{1} << 47});  // p
  for (int i = 0; i < 8; ++i) {
    Digits random;
    for (std::size_t k = 0; k < 5; ++k) {
      const i64 bound = k == 4 ? top : most;
      random[k] = static_cast<i64>(random_word() % static_cast<u64>(2 * bound + 1)) - bound;
    }
    out.push_back(random);
  }
  return out;
}

}  // namespace

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi2,adx"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2,adx")
#endif
#include "engine/make_engine.hpp"
#include "vector_lanes.hpp"

namespace starkcore::STARKCORE_ENGINE {

template <int M>
void set_lane(Fp4<M>& out, int lane, const ::Digits& digits) {
  for (std::size_t k = 0; k < 5; ++k) {
    alignas(32) double d[4];
    _mm256_store_pd(d, out.d[k]);
    d[lane] = static_cast<double>(digits[k]);
    out.d[k] = _mm256_load_pd(d);
  }
}

template <int M>
::Digits get_lane(const Fp4<M>& a, int lane) {
  ::Digits out;
  for (std::size_t k = 0; k < 5; ++k) {
    alignas(32) double d[4];
    _mm256_store_pd(d, a.d[k]);
    out[k] = static_cast<i64>(d[lane]);
  }
  return out;
}

// The digits that a kernel promises, and the value mod p.
bool is_product(const Fp4<1>& a, int lane, const test::Reference& expected) {
  const ::Digits d = get_lane(a, lane);
  bool good = equal_var(test::ref_digits<51>(d).v, expected.v);
  for (std::size_t k = 0; k < 4; ++k) good &= d[k] >= -(i64{1} << 50) && d[k] < i64{1} << 50;
  return good && d[4] >= -(i64{1} << 46) && d[4] <= (i64{1} << 46) + (i64{1} << 10);
}

struct Operand {
  ::Digits digits;
  test::Reference value;
};

std::vector<Operand> operands(int multiple) {
  std::vector<Operand> out;
  for (const ::Digits& digits : ::extreme_digits(multiple)) out.push_back({digits, test::ref_digits<51>(digits)});
  return out;
}

// All pairs of extreme operands, four different pairs in the lanes. c and d are other operands of the bounds C and D.
template <int A, int B, int C, int D>
void test_products() {
  const auto as = operands(A), bs = operands(B), cs = operands(C), ds = operands(D), ones = operands(1);
  const test::Reference kappa{U256{{0, 0, 1, 0}}};
  for (std::size_t i = 0; i < as.size(); ++i) {
    for (std::size_t j = 0; j < bs.size(); ++j) {
      Fp4<A> a{};
      Fp4<B> b{};
      Fp4<C> c{};
      Fp4<D> d{};
      Fp4<1> e{};
      std::size_t bi[4], ci[4], di[4], ei[4];
      for (int lane = 0; lane < 4; ++lane) {
        const std::size_t step = static_cast<std::size_t>(lane) * 7;
        bi[lane] = (j + step) % bs.size(), ci[lane] = (i + 3 * j + step) % cs.size();
        di[lane] = (2 * i + j + step) % ds.size(), ei[lane] = (i + j + step) % ones.size();
        set_lane(a, lane, as[i].digits), set_lane(b, lane, bs[bi[lane]].digits);
        set_lane(c, lane, cs[ci[lane]].digits), set_lane(d, lane, ds[di[lane]].digits);
        set_lane(e, lane, ones[ei[lane]].digits);
      }
      const Fp4<1> product = a * b, square = sqr(e), with_kappa = mul_sub_kappa(a, b, c);
      const Fp4<1> difference = mul_sub_mul(a, b, c, d);
      for (int lane = 0; lane < 4; ++lane) {
        const test::Reference ab = test::ref_mul(as[i].value, bs[bi[lane]].value), &cv = cs[ci[lane]].value,
                              &dv = ds[di[lane]].value;
        const test::Reference ee = test::ref_mul(ones[ei[lane]].value, ones[ei[lane]].value);
        CHECK(is_product(product, lane, ab));
        CHECK(is_product(square, lane, ee));
        CHECK(is_product(with_kappa, lane, test::ref_sub(ab, test::ref_mul(kappa, cv))));
        CHECK(is_product(difference, lane, test::ref_sub(ab, test::ref_mul(cv, dv))));
        if constexpr (C <= 2 && D <= 2) {
          const test::Reference minus = test::ref_sub(test::ref_sub(ab, cv), dv);
          CHECK(is_product(mul_sub(a, b, c), lane, test::ref_sub(ab, cv)));
          CHECK(is_product(mul_sub_sub(a, b, c, d), lane, minus));
          CHECK(is_product(sqr_sub_sub(e, c, d), lane, test::ref_sub(test::ref_sub(ee, cv), dv)));
        }
      }
    }
  }
}

// Sums at their bounds, folded: digits of either sign of 16·2^50, the top one of 16·2^48.
void test_folds() {
  std::vector<::Digits> inputs;
  for (const Operand& operand : operands(4)) {
    for (i64 factor = -4; factor <= 4; ++factor) {
      ::Digits digits;
      for (std::size_t k = 0; k < 5; ++k) digits[k] = factor * operand.digits[k];
      inputs.push_back(digits);
    }
    ::Digits top = operand.digits;
    top[4] = operand.digits[4] < 0 ? -(i64{1} << 52) : i64{1} << 52;
    inputs.push_back(top);
  }
  for (const ::Digits& digits : inputs) {
    LaneSum<16> sum;
    for (std::size_t k = 0; k < 5; ++k) sum.d[k] = _mm256_set1_epi64x(digits[k]);
    CHECK(is_product(fold(sum), 2, test::ref_digits<51>(digits)));
  }
}

// Integers at the digits' bounds, in each lane.
void test_integers() {
  for (const Operand& operand : operands(2)) {
    for (int lane = 0; lane < 4; ++lane) {
      Fp4<2> a{};
      set_lane(a, lane, operand.digits);
      Fp<6> out[4];
      to_integers(out, a);
      for (int i = 0; i < 4; ++i) CHECK(equal_var(reduce(out[i]).v, i == lane ? operand.value.v : u256(0)));
    }
  }
}

}  // namespace starkcore::STARKCORE_ENGINE

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

int main() {
  using namespace starkcore;
  constexpr u32 needed = kCpuAdx | kCpuAvx2;
  if ((detect_cpu() & needed) != needed) {
    std::printf("no AVX2 here: nothing tested\n");
    return 0;
  }
  avx2::test_products<1, 1, 1, 1>();
  avx2::test_products<2, 1, 2, 1>();
  avx2::test_products<2, 2, 2, 2>();
  avx2::test_products<1, 4, 4, 1>();
  avx2::test_products<4, 1, 1, 4>();
  avx2::test_folds();
  avx2::test_integers();
  avx2::test_lanes();
  avx2::test_points();
  test::test_engine(avx2_engine);
  return test::summary();
}

#else

int main() {
  std::printf("no AVX2 engine in this build: nothing tested\n");
  return 0;
}

#endif
