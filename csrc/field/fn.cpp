#include "field/fn.hpp"

namespace starkcore {

// Word by word (CIOS). Every partial sum is below 2n·2^64, which fits five limbs since n < 2^252.
Fn operator*(const Fn& a, const Fn& b) {
  STARKCORE_CHECK(mask_if_less(a.v, kN) && mask_if_less(b.v, kN));
  u64 t[4] = {0, 0, 0, 0};
  STARKCORE_UNROLL
  for (int i = 0; i < 4; ++i) {
    u64 carry = 0;
    STARKCORE_UNROLL
    for (int j = 0; j < 4; ++j) t[j] = mul_add(a.v.w[i], b.v.w[j], t[j], carry);
    const u64 top = carry, quotient = t[0] * kMinusInverseN;
    carry = 0;
    mul_add(quotient, kN.w[0], t[0], carry);
    STARKCORE_UNROLL
    for (int j = 1; j < 4; ++j) t[j - 1] = mul_add(quotient, kN.w[j], t[j], carry);
    t[3] = top + carry;
  }
  return Fn{subtract_n_once(U256{{t[0], t[1], t[2], t[3]}})};
}

}  // namespace starkcore
