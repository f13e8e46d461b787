// The eight-lane arithmetic of the AVX-512 engine at its extremes, and that engine against the
// portable one. Compiled with the library's sources and vector_engine.cpp; says so where the CPU
// has no AVX-512 IFMA.
#include <cmath>

#include "engine/engine.hpp"

#include "base/cpu.hpp"
#include "vector_reference.hpp"

#if STARKCORE_HAVE_AVX512IFMA_ENGINE
#undef STARKCORE_ENGINE
#define STARKCORE_ENGINE avx512ifma
#define STARKCORE_ENGINE_ADX 1
#define STARKCORE_ENGINE_LANES 8
#include <immintrin.h>

#include "base/secret.hpp"
#include "curve/generator_table.hpp"
#include "field/fn.hpp"
#include "field/inversion.hpp"

namespace {

using namespace starkcore;
using namespace starkcore::test;

using Digits = std::array<i64, 5>;

constexpr i64 kMost = (i64{1} << 52) - 1;

// Operands at the bounds of Fp8<M>: integers below 3·M·p, digits in [0, 2^52).
std::vector<Digits> extreme_digits(int multiple) {
  const i64 top = (i64{3} * multiple << 43) - 1;  // with all others at their most, still below 3·M·p
  std::vector<Digits> out = {{kMost, kMost, kMost, kMost, top},
                             {kMost, 0, kMost, 0, top},
                             {0, kMost, 0, kMost, 0},
                             {kMost - 1, kMost - 1, kMost - 1, kMost - 1, top - 1},
                             {kMost, kMost, 0, 0, 0},
                             {0, 0, kMost, kMost, top},
                             {(kMost + 1) / 2, (kMost + 1) / 2, (kMost + 1) / 2, (kMost + 1) / 2, top / 2},
                             {1, 0, 0, i64{17} << 36, i64{1} << 43},                                       // p
                             {0, 0, 0, i64{17} << 36, i64{1} << 43},                                       // p − 1
                             {2, 0, 0, i64{34} << 36, i64{2} << 43},                                       // 2p
                             {3 * multiple - 1, 0, 0, i64{51} * multiple << 36, i64{3} * multiple << 43},  // 3·M·p − 1
                             {}};
  for (std::size_t k = 0; k < 5; ++k) {
    Digits one{};
    one[k] = k == 4 ? top : kMost;
    out.push_back(one);
    one[k] = 1;
    out.push_back(one);
  }
  for (int i = 0; i < 8; ++i) {
    Digits random;
    for (std::size_t k = 0; k < 5; ++k) {
      random[k] = static_cast<i64>(random_word() % static_cast<u64>((k == 4 ? top : kMost) + 1));
    }
    out.push_back(random);
  }
  return out;
}

}  // namespace

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,bmi2,adx"))), \
                             apply_to = function)
#else
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,bmi2,adx")
#endif
#include "engine/make_engine.hpp"
#include "vector_lanes.hpp"

namespace starkcore::STARKCORE_ENGINE {

template <int M, bool carried>
void set_lane(Fp8<M, carried>& out, int lane, const ::Digits& digits) {
  for (std::size_t k = 0; k < 5; ++k) {
    alignas(64) i64 d[8];
    _mm512_store_si512(d, out.d[k]);
    d[lane] = digits[k];
    out.d[k] = _mm512_load_si512(d);
  }
}

template <int M, bool carried>
::Digits get_lane(const Fp8<M, carried>& a, int lane) {
  ::Digits out;
  for (std::size_t k = 0; k < 5; ++k) {
    alignas(64) i64 d[8];
    _mm512_store_si512(d, a.d[k]);
    out[k] = d[lane];
  }
  return out;
}

// The digits and the size that a kernel promises, and the value mod p: `expected`·2^-260.
bool is_product(const Fp8<1>& a, int lane, const test::Reference& expected) {
  static const test::Reference r{pow2_mod(260, kP)};
  const ::Digits d = get_lane(a, lane);
  bool good = equal_var(test::ref_mul(test::ref_digits<52>(d), r).v, expected.v);
  for (std::size_t k = 0; k < 4; ++k) good &= d[k] >= 0 && d[k] <= ::kMost;
  return good && d[4] >= 0 && d[4] < i64{3} << 43;
}

struct Operand {
  ::Digits digits;
  test::Reference value;
};

std::vector<Operand> operands(int multiple) {
  std::vector<Operand> out;
  for (const ::Digits& digits : ::extreme_digits(multiple)) out.push_back({digits, test::ref_digits<52>(digits)});
  return out;
}

// All pairs of extreme operands, eight different pairs in the lanes. c and d are other operands of the bounds C and D.
template <int A, int B, int C, int D>
void test_products() {
  const auto as = operands(A), bs = operands(B), cs = operands(C), ds = operands(D), ones = operands(1);
  const test::Reference r{pow2_mod(260, kP)}, kappa_r{pow2_mod(258, kP)};
  for (std::size_t i = 0; i < as.size(); ++i) {
    for (std::size_t j = 0; j < bs.size(); ++j) {
      Fp8<A> a{};
      Fp8<B> b{};
      Fp8<C> c{};
      Fp8<D> d{};
      Fp8<1> e{};
      std::size_t bi[8], ci[8], di[8], ei[8];
      for (int lane = 0; lane < 8; ++lane) {
        const std::size_t step = static_cast<std::size_t>(lane) * 7;
        bi[lane] = (j + step) % bs.size(), ci[lane] = (i + 3 * j + step) % cs.size();
        di[lane] = (2 * i + j + step) % ds.size(), ei[lane] = (i + j + step) % ones.size();
        set_lane(a, lane, as[i].digits), set_lane(b, lane, bs[bi[lane]].digits);
        set_lane(c, lane, cs[ci[lane]].digits), set_lane(d, lane, ds[di[lane]].digits);
        set_lane(e, lane, ones[ei[lane]].digits);
      }
      const Fp8<1> product = a * b, square = sqr(e), with_kappa = mul_sub_kappa(a, b, c);
      const Fp8<1> difference = mul_sub_mul(a, b, c, d);
      for (int lane = 0; lane < 8; ++lane) {
        const test::Reference ab = test::ref_mul(as[i].value, bs[bi[lane]].value), &cv = cs[ci[lane]].value,
                              &dv = ds[di[lane]].value;
        const test::Reference ee = test::ref_mul(ones[ei[lane]].value, ones[ei[lane]].value);
        CHECK(is_product(product, lane, ab));
        CHECK(is_product(square, lane, ee));
        CHECK(is_product(with_kappa, lane, test::ref_sub(ab, test::ref_mul(kappa_r, cv))));
        CHECK(is_product(difference, lane, test::ref_sub(ab, test::ref_mul(cv, dv))));
        if constexpr (C <= 2 && D <= 2) {
          const test::Reference cr = test::ref_mul(cv, r), dr = test::ref_mul(dv, r), minus = test::ref_add(cr, dr);
          CHECK(is_product(mul_sub(a, b, c), lane, test::ref_sub(ab, cr)));
          CHECK(is_product(mul_sub_sub(a, b, c, d), lane, test::ref_sub(ab, minus)));
          CHECK(is_product(sqr_sub_sub(e, c, d), lane, test::ref_sub(ee, minus)));
        }
      }
    }
  }
}

// Sums and differences of extreme operands, carried; and as they are, as what is subtracted from a product.
void test_sums() {
  const auto ones = operands(1);
  const test::Reference r{pow2_mod(260, kP)};
  for (std::size_t i = 0; i < ones.size(); ++i) {
    for (std::size_t j = 0; j < ones.size(); ++j) {
      Fp8<1> a{}, b{}, zero{};
      for (int lane = 0; lane < 8; ++lane) {
        set_lane(a, lane, ones[i].digits),
            set_lane(b, lane, ones[(j + static_cast<std::size_t>(lane)) % ones.size()].digits);
      }
      const Fp8<2, false> sum = a + b, difference = a - b;
      const Fp8<4> all = sum + sum, mixed = difference + difference, less = difference - sum;
      const Fp8<1> from_zero = mul_sub_sub(zero, zero, sum, difference);
      for (int lane = 0; lane < 8; ++lane) {
        const test::Reference &x = ones[i].value, &y = ones[(j + static_cast<std::size_t>(lane)) % ones.size()].value;
        const test::Reference plus = test::ref_add(x, y), minus = test::ref_sub(x, y);
        const auto check = [&](const auto& got, const test::Reference& expected, int multiple) {
          const ::Digits d = get_lane(got, lane);
          bool good = equal_var(test::ref_digits<52>(d).v, expected.v) && d[4] >= 0 && d[4] <= i64{3} * multiple << 43;
          for (std::size_t k = 0; k < 4; ++k) good &= d[k] >= 0 && d[k] <= ::kMost;
          CHECK(good);
        };
        check(carried(sum), plus, 2), check(carried(difference), minus, 2);
        check(all, test::ref_add(plus, plus), 4), check(mixed, test::ref_add(minus, minus), 4);
        check(less, test::ref_sub(minus, plus), 4);
        CHECK(is_product(from_zero, lane, test::ref_mul(test::ref_negate(test::ref_add(x, x)), r)));
      }
    }
  }
}

constexpr int kMostSum = kMaxSum8;

LaneSum<kMostSum> sum_of(const ::Digits& digits) {
  LaneSum<kMostSum> sum;
  for (std::size_t k = 0; k < 5; ++k) sum.d[k] = _mm512_set1_epi64(digits[k]);
  return sum;
}

bool is_folded(const Fp8<1>& out, const test::Reference& expected) {
  const ::Digits d = get_lane(out, 5);
  bool good = equal_var(test::ref_digits<52>(d).v, expected.v) && d[4] >= 0 && d[4] < i64{3} << 43;
  for (std::size_t k = 0; k < 4; ++k) good &= d[k] >= 0 && d[k] <= ::kMost;
  return good;
}

// A raised element: that many multiples of p, and the element.
template <int raised>
void raised_digits(u64 out[5], const ::Digits& element) {
  constexpr u64 multiple[5] = {raised, 0, 0, raised * kMiddle8, raised_top8(raised)};
  for (std::size_t k = 0; k < 5; ++k) out[k] = multiple[k] + static_cast<u64>(element[k]);
}

// Sums at their bounds, digits of either sign of 800·2^52 and values of either sign of 1 680·p:
// folded by themselves, and with an element that is raised.
void test_folds() {
  const auto ones = operands(1);
  std::size_t i = 0;
  for (const Operand& operand : operands(4)) {  // below 12·p
    for (const i64 factor : {-140, -139, -37, -4, -1, 0, 1, 4, 37, 139, 140}) {
      ::Digits digits, uneven;
      for (std::size_t k = 0; k < 5; ++k) digits[k] = factor * operand.digits[k];
      uneven = digits;  // the same value
      for (std::size_t k = 0; k < 4; ++k) uneven[k] += i64{659} << 52, uneven[k + 1] -= 659;
      for (const ::Digits& d : {digits, uneven}) {
        const test::Reference expected = test::ref_digits<52>(d);
        CHECK(is_folded(fold(sum_of(d)), expected));
        const Operand& element = ones[i % 7];
        const test::Reference all = test::ref_add(expected, element.value);
        u64 raised[5];
        constexpr int most = sum_raised(kMaxSum8);
        raised_digits<most>(raised, element.digits);
        CHECK(is_folded(fold_raised<most>(sum_of(d), raised), all));
        i += 11;
      }
    }
  }
}

using MostRange = LaneRange<2, kMostFolded8 - 2, kMaxSum8>;

// Numbers that are not negative at their bounds, from 2·p to 3 842·p with digits of either sign of
// 800·2^52: folded, and added to a product of factors at their bounds, one of which is a square that
// is not carried, that begins with any number below 2^260.
void test_ranges() {
  auto lows = operands(1);
  const ::Digits full = {::kMost, ::kMost, ::kMost, ::kMost, ::kMost};
  lows.push_back({full, test::ref_digits<52>(full)});
  const auto ones = operands(1);
  const test::Reference r{pow2_mod(260, kP)}, folded = test::ref_digits<52>(::Digits{0, 0, 0, 0, i64{kTop8} + 1});
  std::size_t i = 0;
  for (const Operand& operand : operands(4)) {  // below 12·p
    for (const i64 factor : {0, 1, 2, 37, 140, 319, 320}) {
      ::Digits digits = {2, 0, 0, i64{2 * kMiddle8}, i64{2 * kTop8}};
      for (std::size_t k = 0; k < 5; ++k) digits[k] += factor * operand.digits[k];
      ::Digits uneven = digits;  // the same value
      for (std::size_t k = 0; k < 4; ++k) uneven[k] += i64{478} << 52, uneven[k + 1] -= 478;
      for (const ::Digits& d : {digits, uneven}) {
        MostRange sum;
        for (std::size_t k = 0; k < 5; ++k) sum.d[k] = _mm512_set1_epi64(d[k]);
        const test::Reference value = test::ref_digits<52>(d), more = test::ref_add(value, folded);
        CHECK(is_folded(fold_with_low(sum), more));
        Fp8<1> high;
        const HighRange folded_high = fold_high(sum);
        for (std::size_t k = 0; k < 5; ++k) high.d[k] = folded_high.d[k];
        const ::Digits h = get_lane(high, 5);
        CHECK(equal_var(test::ref_digits<52>(h).v, value.v) && h[4] > i64{5 * kTop8} && h[4] < i64{8 * kTop8});
        const Operand &x = ones[i % ones.size()], &y = ones[i / ones.size() % ones.size()],
                      &low = lows[i % lows.size()];
        Fp8<1> a{}, b{};
        for (int lane = 0; lane < 8; ++lane) set_lane(a, lane, x.digits), set_lane(b, lane, y.digits);
        u64 low_digits[5];
        for (std::size_t k = 0; k < 5; ++k) low_digits[k] = static_cast<u64>(low.digits[k]);
        const test::Reference square = test::ref_digits<52>(get_lane(sqr(a), 5));
        const test::Reference product = test::ref_add(test::ref_mul(square, y.value), low.value);
        const Fp8<1> added = mul_add(sqr_for_product(a), b, sum, low_digits);
        CHECK(is_folded(added, test::ref_digits<52>(get_lane(added, 5))));
        CHECK(is_product(added, 5, test::ref_add(product, test::ref_mul(more, r))));
        i += 11;
      }
    }
  }
}

// The five columns from `first` on, of one lane.
::Digits get_columns(const Columns8& t, int first) {
  Fp8<1> digits;
  for (int k = 0; k < 5; ++k) digits.d[k] = t.c[first + k];
  return get_lane(digits, 5);
}

// Columns at their bounds of either sign: the value is kept, times 2^-260 mod p, and is more by at
// most p, and by p/2^48 less or more where all of q goes in.
template <int shifted>
void test_reduction(const std::array<i64, 10>& columns) {
  const test::Reference r{pow2_mod(260, kP)};
  Columns8 t;
  for (std::size_t k = 0; k < 10; ++k) t.c[k] = _mm512_set1_epi64(columns[k]);
  const ::Digits low = get_columns(t, 0), high = get_columns(t, 5);
  reduce_columns<shifted>(t);
  const ::Digits out = get_columns(t, 5);
  const test::Reference all = test::ref_add(test::ref_digits<52>(low), test::ref_mul(test::ref_digits<52>(high), r));
  CHECK(equal_var(test::ref_mul(test::ref_digits<52>(out), r).v, all.v));
  long double more = 0, lower = 0;  // in units of 2^251
  for (std::size_t k = 5; k-- > 0;) {
    const int power = 52 * static_cast<int>(k) - 251;
    more += std::ldexp(static_cast<long double>(out[k] - high[k]), power);
    lower += std::ldexp(static_cast<long double>(low[k]), power - 260);
  }
  const long double slack = std::ldexp(1.0L, shifted == 0 ? -52 : -47);
  CHECK(more - lower > -slack && more - lower < 1 + slack);
}

void test_reductions() {
  constexpr i64 most = (i64{9} << 52) - 1, zero_or_ones[] = {0, 1, -1, i64{1} << 52, ::kMost, -::kMost};
  for (int round = 0; round < 20000; ++round) {
    std::array<i64, 10> columns;
    const u64 choice = test::random_word();
    for (std::size_t k = 0; k < 10; ++k) {
      const u64 kind = choice >> 5 * k & 31, word = test::random_word();
      columns[k] = kind < 8 ? most : kind < 16 ? -most : zero_or_ones[word % 6];
      if (kind >= 24) columns[k] = static_cast<i64>(word % (2 * u64{most} + 1)) - most;
      if (k > 4 && round % 2 == 0) columns[k] = 0;
    }
    test_reduction<0>(columns);
    if (round % 4 == 1) columns[4] += columns[4] / 9 * 5;
    test_reduction<kShifted8>(columns);
  }
}

// The digits of what is not carried are below 14·2^52, and its value is expected·2^-260.
template <class Sum>
bool is_product_for_sum(const Sum& sum, const test::Reference& expected) {
  Fp8<1> digits;
  for (std::size_t k = 0; k < 5; ++k) digits.d[k] = sum.d[k];
  const ::Digits d = get_lane(digits, 5);
  bool good = equal_var(test::ref_mul(test::ref_digits<52>(d), test::Reference{pow2_mod(260, kP)}).v, expected.v);
  for (const i64 digit : d) good &= digit > -(i64{1} << 52) && digit < i64{kProductSum} << 52;
  return good;
}

// Products that begin with a number below 2^260, and three products that are reduced together.
void test_products_with() {
  const auto ones = operands(1);
  const ::Digits full = {::kMost, ::kMost, ::kMost, ::kMost, ::kMost};
  const u64 low[5] = {kDigitMask8, kDigitMask8, kDigitMask8, kDigitMask8, kDigitMask8};
  const test::Reference more = test::ref_digits<52>(full);
  for (const Operand& x : ones) {
    for (const Operand& y : ones) {
      Fp8<1> a{}, b{};
      for (int lane = 0; lane < 8; ++lane) set_lane(a, lane, x.digits), set_lane(b, lane, y.digits);
      const ProductFactor8 aa = sqr_for_product(a), bb = sqr_for_product(b), thrice = sqr_for_product<3>(a);
      const test::Reference square = test::ref_digits<52>(get_lane(sqr(a), 5));
      const test::Reference other = test::ref_digits<52>(get_lane(sqr(b), 5)), xy = test::ref_mul(x.value, y.value);
      const test::Reference product = test::ref_mul(square, y.value), sum = test::ref_add(product, more);
      CHECK(is_product(sqr_for_product(a) * b, 5, product));
      CHECK(is_product(mul_with(a, b, low), 5, test::ref_add(xy, more)));
      CHECK(is_product_for_sum(mul_with_for_sum<0>(aa, b, low), sum));
      CHECK(is_product_for_sum(mul_with_for_sum<kRaisedCube>(aa, b, low), sum));
      const test::Reference three = test::ref_add(test::ref_add(product, product), product);
      const test::Reference rest = test::ref_add(test::ref_mul(other, x.value), test::ref_mul(other, y.value));
      CHECK(is_product(three_products(thrice, b, bb, a, bb, b), 5, test::ref_add(three, rest)));
    }
  }
}

// Products for sums, whose digits are below 14·2^52; and products as integers below p.
void test_other_products() {
  const auto ones = operands(1);
  const test::Reference r{pow2_mod(260, kP)};
  for (const Operand& x : ones) {
    for (const Operand& y : ones) {
      Fp8<1> a{}, b{};
      for (int lane = 0; lane < 8; ++lane) set_lane(a, lane, x.digits), set_lane(b, lane, y.digits);
      const test::Reference square = test::ref_digits<52>(get_lane(sqr(a), 5)), xy = test::ref_mul(x.value, y.value);
      const LaneSum<kProductSum> sum = mul_for_sum(sqr_for_product(a), b);
      CHECK(is_product_for_sum(sum, test::ref_mul(square, y.value)));
      Fp8<1> digits;
      for (std::size_t k = 0; k < 5; ++k) digits.d[k] = sum.d[k];
      CHECK(is_folded(fold(sum), test::ref_digits<52>(get_lane(digits, 5))));
      U256 integers[8];
      mul_to_reduced(integers, a, b);
      for (const U256& integer : integers) {
        CHECK(less_var(integer, kP) && equal_var(test::ref_mul(test::Reference{integer}, r).v, xy.v));
      }
    }
  }
}

// Integers at the bounds, in each lane.
void test_integers() {
  for (const Operand& operand : operands(2)) {
    for (int lane = 0; lane < 8; ++lane) {
      Fp8<2> a{};
      set_lane(a, lane, operand.digits);
      Fp<6> out[8];
      to_integers(out, a);
      for (int i = 0; i < 8; ++i) CHECK(equal_var(reduce(out[i]).v, i == lane ? operand.value.v : u256(0)));
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
  constexpr u32 needed = kCpuAdx | kCpuAvx2 | kCpuAvx512Ifma;
  if ((detect_cpu() & needed) != needed) {
    std::printf("no AVX-512 IFMA here: nothing tested\n");
    return 0;
  }
  avx512ifma::test_products<1, 1, 1, 1>();
  avx512ifma::test_products<2, 1, 2, 1>();
  avx512ifma::test_products<2, 2, 2, 2>();
  avx512ifma::test_products<1, 4, 4, 1>();
  avx512ifma::test_products<4, 1, 1, 4>();
  avx512ifma::test_sums();
  avx512ifma::test_folds();
  avx512ifma::test_ranges();
  avx512ifma::test_reductions();
  avx512ifma::test_products_with();
  avx512ifma::test_other_products();
  avx512ifma::test_integers();
  avx512ifma::test_lanes();
  avx512ifma::test_points();
  test::test_engine(avx512ifma_engine);
  return test::summary();
}

#else

int main() {
  std::printf("no AVX-512 engine in this build: nothing tested\n");
  return 0;
}

#endif
