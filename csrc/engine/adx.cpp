// The engine for x86-64 with BMI2 and ADX.
#include "engine/engine.hpp"

#if STARKCORE_HAVE_ADX_ENGINE
#undef STARKCORE_ENGINE
#define STARKCORE_ENGINE adx
#define STARKCORE_ENGINE_ADX 1
#include "engine/make_engine.hpp"

namespace starkcore {

constinit const Engine adx_engine = adx::make_engine();

}  // namespace starkcore
#endif
