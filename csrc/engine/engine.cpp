#include "engine/engine.hpp"

#include "base/cpu.hpp"

namespace starkcore {

const Engine& engine() {
#if STARKCORE_HAVE_ADX_ENGINE
  if ((cpu_in_use() & kCpuAdx) != 0) return adx_engine;
#endif
  return portable_engine;
}

}  // namespace starkcore
