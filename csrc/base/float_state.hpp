// The floating-point state that arithmetic in doubles needs, for as long as a scope lasts.
#pragma once

#include <immintrin.h>

#include "base/word.hpp"

namespace starkcore {

// MXCSR in its default state: round to nearest, all exceptions masked, subnormals as they are. The
// caller's state, its sticky exception flags included, comes back at the end. About twenty cycles.
// In assembly that mentions memory: arithmetic whose operands come from memory and whose results go
// there can't be moved out of the scope.
class FloatState {
 public:
  STARKCORE_INLINE FloatState() {
    const u32 usual = 0x1f80;
    __asm__ __volatile__("stmxcsr %0" : "=m"(saved_) : : "memory");
    __asm__ __volatile__("ldmxcsr %0" : : "m"(usual) : "memory");
  }
  STARKCORE_INLINE ~FloatState() { __asm__ __volatile__("ldmxcsr %0" : : "m"(saved_) : "memory"); }
  FloatState(const FloatState&) = delete;
  FloatState& operator=(const FloatState&) = delete;

 private:
  u32 saved_;
};

// function, called within such a scope.
template <auto function>
struct WithFloatState;

template <class Result, class... Arguments, Result (*function)(Arguments...)>
struct WithFloatState<function> {
  static Result call(Arguments... arguments) {
    const FloatState state;
    return function(arguments...);
  }
};

}  // namespace starkcore
