#include "engine/engine.hpp"

#include "base/cpu.hpp"

namespace starkcore {

const Engine& engine() {
#if STARKCORE_HAVE_AVX512IFMA_ENGINE
  constexpr u32 avx512ifma = kCpuAdx | kCpuAvx2 | kCpuAvx512Ifma;
  if ((cpu_in_use() & avx512ifma) == avx512ifma) return avx512ifma_engine;
#endif
#if STARKCORE_HAVE_AVX2_ENGINE
  constexpr u32 avx2 = kCpuAdx | kCpuAvx2;
  if ((cpu_in_use() & avx2) == avx2) return avx2_engine;
#endif
#if STARKCORE_HAVE_ADX_ENGINE
  if ((cpu_in_use() & kCpuAdx) != 0) return adx_engine;
#endif
#if STARKCORE_HAVE_AARCH64_ENGINE
  if ((cpu_in_use() & kCpuAarch64) != 0) return aarch64_engine;
#endif
  return portable_engine;
}

}  // namespace starkcore
