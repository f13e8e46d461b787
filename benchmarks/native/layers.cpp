// The inner layers of one engine, from a product in Fp to half a Pedersen hash.
//
// LAYERS_ENGINE names the engine, and its source csrc/engine/<name>.cpp is included here, so that what is measured is
// what that source makes. The program is then linked without the source itself.
#define LAYERS_TEXT(x) #x
// clang-format off
// (it would put spaces into the path)
#define LAYERS_SOURCE(name) LAYERS_TEXT(engine/name.cpp)
// clang-format on
#define LAYERS_NAME(name) LAYERS_TEXT(name)
#include LAYERS_SOURCE(LAYERS_ENGINE)

#include <string_view>

#include "base/cpu.hpp"
#include "clock.hpp"

namespace starkcore::STARKCORE_ENGINE {
namespace {

using layers::keep;

constexpr int kScalars = 64;

// Scalars below 2^251 that differ in all digits; nothing depends on how random they are.
struct Scalars {
  U256 values[kScalars];

  Scalars() {
    u64 state = 2019;
    for (U256& value : values) {
      for (u64& word : value.w) word = (state = state * 6364136223846793005u + 1442695040888963407u) ^ (state >> 29);
      value.w[3] >>= 13;
    }
  }
};

void field(const char* engine) {
  Fp<2> a{Fp<1>{kR2ModP}}, b = sqr(a), c = a * b, d = sqr(b);
  const auto each = [&](const char* layer, auto step) {
    layers::measure(engine, layer, [&](int n) {
      for (int i = 0; i < n; ++i) step();
      keep(a);
    });
  };
  each("Fp mul, one after the other", [&] { a = a * b; });
  layers::measure(
      engine, "Fp mul, four at once",
      [&](int n) {
        for (int i = 0; i < n; ++i) a = a * a, b = b * b, c = c * c, d = d * d;
        keep(a), keep(b), keep(c), keep(d);
      },
      4);
  each("Fp sqr", [&] { a = sqr(a); });
  each("Fp a·b + c·d", [&] { a = mul_add(a, b, c, d); });
  each("Fp inverse", [&] { a = inverse(a); });
  each("Fp inverse_var", [&] { a = inverse_var(a); });
}

void points(const char* engine) {
  const Scalars scalars;
  const AffinePoint point = load(kGeneratorTable[5]);
  XyzzPoint sum = to_xyzz(load(kGeneratorTable[9]));
  JacobianPoint jacobian{point.x, point.y, kFpOne, kFpOne};
  unsigned next = 0;
  const auto scalar = [&]() -> const U256& { return scalars.values[next++ % kScalars]; };
  const auto each = [&](const char* layer, auto step) {
    layers::measure(engine, layer, [&](int n) {
      for (int i = 0; i < n; ++i) step();
      keep(sum), keep(jacobian);
    });
  };
  each("point + affine point", [&] { add(sum, point); });
  each("2·point", [&] { sum = twice(sum); });
  each("2·point, modified Jacobian", [&] { twice(jacobian); });
  each("k·G, secret", [&] { sum = mul_table<true>(kGeneratorTable, scalar()); });
  each("k·G, public", [&] { sum = mul_table<false>(kGeneratorTable, scalar()); });
  each("k·Q, public", [&] { jacobian = mul_naf_var(scalar(), point, kFpOne); });
  each("Pedersen, left half", [&] { sum = pedersen_left_sum_var(scalar()); });
  each("Pedersen, right half", [&] { sum = pedersen_right_sum_var(scalar()); });
}

#if defined(STARKCORE_ENGINE_LANES)
// One step does all lanes; times are for one of them where the layer says "a lane".
void lanes(const char* engine) {
  const Scalars scalars;
  FpLanes<1> a = kappa_lanes() * kappa_lanes(), b = a * a, c = a * b, d = b * b;
  const FpLanes<1> minus_one = negate_if(lane_signs([](int) { return -1; }), one_lanes());
  const StoredPoint& point = kGeneratorTable[5];
  const FpLanes<1> x = constant_lanes(held(from_fp(load(point).x))) * one_lanes();
  const FpLanes<1> y = constant_lanes(held(from_fp(load(point).y))) * one_lanes();
  JacobianLanes sum;
  unsigned next = 0;
  const auto each = [&](const char* layer, auto step, int items = 1) {
    layers::measure(
        engine, layer,
        [&](int n) {
          for (int i = 0; i < n; ++i) step();
          keep(a), keep(b), keep(c), keep(d), keep(sum);
        },
        items);
  };
  each("lanes: mul, one after the other", [&] { a = a * b; });
  each(
      "lanes: mul, four at once", [&] { a = a * a, b = b * b, c = c * c, d = d * d; }, 4);
  each(
      "lanes: sqr, four at once", [&] { a = sqr(a), b = sqr(b), c = sqr(c), d = sqr(d); }, 4);
  each(
      "lanes: k·Q, public, a lane",
      [&] { sum = mul_var(scalars.values + kLanes * (next++ % (kScalars / kLanes)), x, y, minus_one); }, kLanes);
}
#else
void lanes(const char*) {}
#endif

// What this engine needs of a CPU.
constexpr u32 needs(std::string_view engine) {
  return engine == "adx"          ? kAdxEngine
         : engine == "avx2"       ? kAvx2Engine
         : engine == "avx512ifma" ? kAvx512IfmaEngine
         : engine == "aarch64"    ? kAarch64Engine
                                  : 0;
}

constexpr u32 kNeeds = needs(LAYERS_NAME(LAYERS_ENGINE));

void run() {
  const char* name = engine_name(kNeeds);
  field(name);
  points(name);
  lanes(name);
}

[[maybe_unused]] const bool registered = [] {
  static layers::Suite suite{kNeeds, run, layers::suites};
  layers::suites = &suite;
  return true;
}();

}  // namespace
}  // namespace starkcore::STARKCORE_ENGINE
