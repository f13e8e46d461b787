#include "engine/engine.hpp"

#include "base/cpu.hpp"

namespace starkcore {

const Engine& engine() {
  const u32 features = cpu_in_use();
  [[maybe_unused]] const auto serves = [features](u32 needed) { return (features & needed) == needed; };
#if STARKCORE_HAVE_AVX512IFMA_ENGINE
  if (serves(kAvx512IfmaEngine)) return avx512ifma_engine;
#endif
#if STARKCORE_HAVE_AVX2_ENGINE
  if (serves(kAvx2Engine)) return avx2_engine;
#endif
#if STARKCORE_HAVE_ADX_ENGINE
  if (serves(kAdxEngine)) return adx_engine;
#endif
#if STARKCORE_HAVE_AARCH64_ENGINE
  if (serves(kAarch64Engine)) return aarch64_engine;
#endif
  return portable_engine;
}

}  // namespace starkcore
