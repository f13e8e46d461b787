// The engine for any 64-bit CPU.
#define STARKCORE_ENGINE portable
#include "engine/make_engine.hpp"

namespace starkcore {

constexpr Engine portable_engine = portable::make_engine("portable", 0);

}  // namespace starkcore
