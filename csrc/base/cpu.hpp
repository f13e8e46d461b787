// What this CPU can do and this build has code for, and what of it is in use: one word, which is
// the state that engines share (strict mode and the large tables have theirs, each where it is
// described).
//
// An engine's name stands for a set of CPU features. The names are in one table, in cpu.cpp; the curve's engine and the
// versions of SHA-256 are chosen by the features in use. Nothing here is secret.
#pragma once

#include "base/word.hpp"

namespace starkcore {

// Bits of the CPU word.
enum CpuFeature : u32 {
  kCpuAdx = 1u << 0,     // x86-64 BMI2 and ADX: mulx, adcx, adox
  kCpuShaX86 = 1u << 1,  // x86-64 SHA extensions, with SSE4.1 and SSSE3
  kCpuAvx2 = 1u << 2,    // x86-64 AVX2 and FMA, and an operating system that saves their registers
  kCpuAvx512Ifma =
      1u << 3,            // x86-64 AVX-512 F, DQ, BW, VL and IFMA, and an operating system that saves their registers
  kCpuAarch64 = 1u << 4,  // any 64-bit Arm
  kCpuShaArm = 1u << 5,   // Armv8's SHA-2 instructions
  kCpuKnown = 1u << 31,   // the word has been filled in
};

// What the engines of the curve need of a CPU: said here alone.
inline constexpr u32 kAdxEngine = kCpuAdx, kAvx2Engine = kCpuAdx | kCpuAvx2;
inline constexpr u32 kAvx512IfmaEngine = kAvx2Engine | kCpuAvx512Ifma, kAarch64Engine = kCpuAarch64;

// What the CPU and the operating system support, as far as this build has code for it: asks the CPU, each time.
u32 detect_cpu();

// The features in use. At the first call they are chosen: those of the engine that the environment variable
// STARKCORE_ENGINE names, when this CPU can run it, and otherwise all that it has. Cheap: one relaxed load.
u32 cpu_in_use();

// Replace the features in use; a subset of detect_cpu().
void set_cpu_in_use(u32 features);

// The name of the engine that uses all it can of these features: "portable" for none. Static, never nullptr.
const char* engine_name(u32 features);

// The features of the engine of that name; false, and nothing written, when there is none of that name. It may need
// more than this CPU has: compare with detect_cpu().
bool engine_features(const char* name, u32& features);

// The i-th engine that this CPU can run, fastest first; nullptr after the last.
const char* engine_name_at(std::size_t i);

}  // namespace starkcore
