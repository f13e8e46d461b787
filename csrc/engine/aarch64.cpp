// The engine for 64-bit Arm.
#include "engine/engine.hpp"

#if STARKCORE_HAVE_AARCH64_ENGINE
#undef STARKCORE_ENGINE
#define STARKCORE_ENGINE aarch64
#define STARKCORE_ENGINE_AARCH64 1
#include "engine/make_engine.hpp"

namespace starkcore {

constinit const Engine aarch64_engine = aarch64::make_engine();

}  // namespace starkcore
#endif
