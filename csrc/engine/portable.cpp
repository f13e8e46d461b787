// The engine for any 64-bit CPU.

// gcc would move products between the additions of a chain, where they spoil the carry flag: a fifth slower.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-ter")
#endif

#define STARKCORE_ENGINE portable
#include "engine/make_engine.hpp"

namespace starkcore {

constinit const Engine portable_engine = portable::make_engine();

}  // namespace starkcore
