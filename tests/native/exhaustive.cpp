// The formulas for points, scalar multiplication and ECDSA on groups of tiny order, where every
// case can be tried: the real code of one engine (-DSTARKCORE_ENGINE=…), with the headers of
// tests/native/tiny in place of those that say which curve it is. The model is libsecp256k1's
// tests_exhaustive.c. tests/core/tiny_groups.py builds this.
//
//   exhaustive formulas <points>                 every pair of points, for a group of any order
//   exhaustive scalars <points> <keys>           every scalar and every point
//   exhaustive sign <points> <keys> <nonces>     every private key, message hash and nonce
//   exhaustive verify <points> <keys> <s>        every r, s, message hash and key
//   exhaustive chosen <points> <keys> <count>    for each key, so many signatures whose scalars are
//                                                at exceptions or near them
//
// <keys>: only each so-many-th of the points or keys; <nonces>, <s>: of all combinations with one
// as well, only each so-many-th.
//
// A file of points has 1·G, 2·G, … up to −G, a line each, as x and y in hex: what i·G + j·G is can be looked up there.
#include "exhaustive/ecdsa.hpp"
#include "exhaustive/formulas.hpp"
#include "exhaustive/scalars.hpp"
#include "field/jacobi.hpp"

namespace starkcore {

StoredPoint kGeneratorTable[kGeneratorWindows * kGeneratorEntries];

// In place of ecdsa/blinding.cpp: a blind must not be 0 mod n, which 251 bits of a hash would often be here.
bool strict_in_use() { return STARKCORE_ENGINE::strict; }
void make_blind(U256& blind, const U256& value) { blind = u256(1 + (value.w[0] ^ value.w[3]) % (TINY_ORDER - 1)); }

// In place of field/inversion_var.cpp, whose inversion mod n is for a large one.
U256 invert_mod_p_var(const U256& a) { return gcd::invert_var<false>(a, gcd::kModP); }
U256 invert_mod_n_var(const U256& a) { return inverse(Fn{a}).v; }
int jacobi_mod_p_var(const U256& a) { return gcd::jacobi_mod_p_var(a); }

}  // namespace starkcore

namespace starkcore::STARKCORE_ENGINE {
namespace {

void formulas() {
  single_formulas();
  affine_formulas();
#if defined(STARKCORE_ENGINE_LANES)
  formulas_in_lanes();
#endif
}

int run(const std::string& part, const char* points, int key_step, int step) {
  read_points(points);
  if (part == "formulas") {
    formulas();
  } else {
    if (order != TINY_ORDER) return 2;
    fill_generator_table();
    if (part == "scalars") scalars(key_step);
    if (part == "sign") sign_all(key_step, step);
    if (part == "verify") verify_all(key_step, step);
    if (part == "chosen") verify_chosen(key_step, step);
  }
  std::printf("%lld tried, %lld wrong\n", tried, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace starkcore::STARKCORE_ENGINE

int main(int count, char** arguments) {
  if (count < 3) return 2;
  const auto number = [&](int at) { return at < count ? std::atoi(arguments[at]) : 1; };
  return starkcore::STARKCORE_ENGINE::run(arguments[1], arguments[2], number(3), number(4));
}
