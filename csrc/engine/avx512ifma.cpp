// The engine for x86-64 with AVX-512 and its IFMA instructions, besides BMI2 and ADX: eight-lane
// arithmetic for what has several of a kind.
//
// What other engines may use too comes first: it is compiled for any CPU. Only what lives in this
// engine's own namespace is compiled for AVX-512.
#include "engine/engine.hpp"

#if STARKCORE_HAVE_AVX512IFMA_ENGINE
#undef STARKCORE_ENGINE
#define STARKCORE_ENGINE avx512ifma
#define STARKCORE_ENGINE_ADX 1
#define STARKCORE_ENGINE_LANES 8
#include <immintrin.h>

#include "base/poseidon_state.hpp"
#include "base/secret.hpp"
#include "field/fn.hpp"
#include "field/inversion.hpp"
#include "generated/poseidon_constants.hpp"
#include "hash/pedersen_layout.hpp"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,bmi2,adx"))), \
                             apply_to = function)
#else
// gcc's own intrinsics have "undefined" operands, which it warns of (bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,bmi2,adx")
#endif
#include "engine/make_engine.hpp"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace starkcore {

constinit const Engine avx512ifma_engine = avx512ifma::make_engine();

}  // namespace starkcore
#endif
