#include "base/cpu.hpp"
#include "field/binary_gcd.hpp"
#include "field/inversion.hpp"
#include "field/jacobi.hpp"

namespace starkcore {
namespace {

// For these moduli alone: as constants they make better code. What is large and doesn't depend on
// them is one function for both (gcd::next_batch_var), and each has one copy of the rest: what is
// fetched anew after other work counts for more than calls.
template <const gcd::Modulus& modulus>
STARKCORE_NOINLINE U256 cofactor(bool first, u64 f, const U256& d, u64 g, const U256& e, Mask negative) {
  return gcd::next_cofactor(first, f, d, g, e, negative, modulus);
}

template <const gcd::Modulus& modulus>
STARKCORE_INLINE U256 invert_var(const U256& a) {
#if STARKCORE_HAVE_ADX_ENGINE
  if ((cpu_in_use() & kCpuAdx) != 0) return gcd::invert_var<true>(a, modulus, cofactor<modulus>);
#endif
  return gcd::invert_var<false>(a, modulus, cofactor<modulus>);
}

}  // namespace

U256 invert_mod_p_var(const U256& a) { return invert_var<gcd::kModP>(a); }

U256 invert_mod_n_var(const U256& a) { return invert_var<gcd::kModN>(a); }

int jacobi_mod_p_var(const U256& a) { return gcd::jacobi_mod_p_var(a); }

}  // namespace starkcore
