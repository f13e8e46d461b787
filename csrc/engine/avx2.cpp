// The engine for x86-64 with AVX2 and FMA, besides BMI2 and ADX: four-lane arithmetic for what has four of a kind.
//
// What other engines may use too comes first: it is compiled for any CPU. Only what lives in this
// engine's own namespace is compiled for AVX2.
#include "engine/engine.hpp"

#if STARKCORE_HAVE_AVX2_ENGINE
#undef STARKCORE_ENGINE
#define STARKCORE_ENGINE avx2
#define STARKCORE_ENGINE_ADX 1
#define STARKCORE_ENGINE_LANES 4
#include <immintrin.h>

#include "base/float_state.hpp"
#include "base/poseidon_state.hpp"
#include "base/secret.hpp"
#include "field/fn.hpp"
#include "field/inversion.hpp"
#include "generated/poseidon_constants.hpp"
#include "hash/pedersen_layout.hpp"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi2,adx"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2,adx")
#endif
#include "engine/make_engine.hpp"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace starkcore {

constinit const Engine avx2_engine = avx2::make_engine();

}  // namespace starkcore
#endif
