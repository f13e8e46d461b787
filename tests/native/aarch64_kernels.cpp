// The kernels of the engine for 64-bit Arm, each as a function, for tests/core/test_aarch64.py to
// count their instructions.
#undef STARKCORE_ENGINE
#define STARKCORE_ENGINE aarch64
#define STARKCORE_ENGINE_AARCH64 1
#include "field/fp.hpp"

using namespace starkcore;
using namespace starkcore::aarch64;

extern "C" {

void product(U256* out, const U256* a, const U256* b) { kernel_mul(out->w, a->w, b->w); }

void square(U256* out, const U256* a) { kernel_sqr(out->w, a->w); }

void sum(U256* out, const U256* a, const U256* b) { *out = wrapped_sum(*a, *b); }

void difference(U256* out, const U256* a, const U256* b) { *out = wrapped_difference(*a, *b); }
}
