// Compiler facts, the engine's namespace, and the check build.
//
// Code that is compiled once for every engine lives in `namespace starkcore::STARKCORE_ENGINE`, where the
// translation unit under engine/ says which engine that is. Two engines thus never share an inline
// function, and the linker can't give one of them code that was made for the other's CPU.
#pragma once

#include <cstddef>
#include <cstdint>

// An engine with vector arithmetic says how many lanes it has, by STARKCORE_ENGINE_LANES.
#ifndef STARKCORE_ENGINE
#define STARKCORE_ENGINE portable
#endif

#if defined(__SIZEOF_INT128__)
#define STARKCORE_HAVE_INT128 1
#else
#define STARKCORE_HAVE_INT128 0
#endif

// The engine in x86-64 assembly needs GNU's inline assembler, which MSVC lacks, and more registers
// than unoptimized code leaves.
#if defined(__x86_64__) && !defined(_MSC_VER) && defined(__OPTIMIZE__)
#define STARKCORE_HAVE_ADX_ENGINE 1
#else
#define STARKCORE_HAVE_ADX_ENGINE 0
#endif

// The engines with AVX2 and AVX-512 are compiled by GNU's attributes and pragmas, so that no compiler flags are needed.
#define STARKCORE_HAVE_AVX2_ENGINE STARKCORE_HAVE_ADX_ENGINE
#define STARKCORE_HAVE_AVX512IFMA_ENGINE STARKCORE_HAVE_ADX_ENGINE

// The engine for 64-bit Arm, and SHA-256 with Arm's extensions, need GNU's inline assembler, which MSVC lacks.
#if defined(__aarch64__) && !defined(__AARCH64EB__) && (!defined(_MSC_VER) || defined(__clang__))
#define STARKCORE_HAVE_AARCH64_ENGINE 1
#else
#define STARKCORE_HAVE_AARCH64_ENGINE 0
#endif
#define STARKCORE_HAVE_SHA_ARM STARKCORE_HAVE_AARCH64_ENGINE

// SHA-256 with the x86 extensions is compiled by intrinsics, which every compiler for x86-64 has.
#if defined(__x86_64__) || defined(_M_X64)
#define STARKCORE_HAVE_SHA_X86 1
#else
#define STARKCORE_HAVE_SHA_X86 0
#endif

#if defined(_MSC_VER) && !defined(__clang__)
#define STARKCORE_INLINE __forceinline
#define STARKCORE_NOINLINE __declspec(noinline)
#else
#define STARKCORE_INLINE inline __attribute__((always_inline))
#define STARKCORE_NOINLINE __attribute__((noinline))
#endif

// How the field's kernels are compiled: in place, but for the check build, which would take three
// times as long to compile.
#if defined(STARKCORE_VERIFY)
#define STARKCORE_KERNEL STARKCORE_NOINLINE inline
#else
#define STARKCORE_KERNEL STARKCORE_INLINE
#endif

// Before a loop over limbs: gcc below -O3 would keep the loop, and every limb in memory.
#if defined(__clang__)
#define STARKCORE_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define STARKCORE_UNROLL _Pragma("GCC unroll 16")
#else
#define STARKCORE_UNROLL
#endif

// A statement of what must hold, checked in the STARKCORE_VERIFY build only. It may branch on secrets:
// that build is for tests.
#if defined(STARKCORE_VERIFY)
#include <cstdio>
#include <cstdlib>
#define STARKCORE_CHECK(condition)                                                           \
  do {                                                                                       \
    if (!(condition)) {                                                                      \
      std::fprintf(stderr, "%s:%d: invariant broken: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                          \
    }                                                                                        \
  } while (0)
#else
#define STARKCORE_CHECK(condition) \
  do {                             \
  } while (0)
#endif

// What lacks is told in a sentence; setup.py does so for other compilers, before it starts them.
#if defined(_MSVC_LANG) && _MSVC_LANG < 202002L
#error starkcore needs a compiler for C++20: Visual Studio 2019 16.11 or newer
#endif
