#include "base/cpu.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>

#if defined(__x86_64__) && !defined(_MSC_VER)
#define STARKCORE_ASK_CPU 1
#include <cpuid.h>
#elif defined(_M_X64)
#define STARKCORE_ASK_CPU 1
#include <intrin.h>
#else
#define STARKCORE_ASK_CPU 0
#endif

#if STARKCORE_HAVE_SHA_ARM && defined(__linux__)
#include <sys/auxv.h>
#elif STARKCORE_HAVE_SHA_ARM && defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#endif

namespace starkcore {
namespace {

struct EngineName {
  const char* name;
  u32 features;
};

// Fastest first. Every set of features has the first engine of this list that needs no more as its
// fastest. CPUs that have AVX2 and not ADX (before 2014) take those without both.
constexpr EngineName kEngineNames[] = {
    {"x86_64-avx512ifma-sha", kAvx512IfmaEngine | kCpuShaX86},
    {"x86_64-avx512ifma", kAvx512IfmaEngine},
    {"x86_64-avx2-sha", kAvx2Engine | kCpuShaX86},
    {"x86_64-avx2", kAvx2Engine},
    {"x86_64-adx-sha", kAdxEngine | kCpuShaX86},
    {"x86_64-adx", kAdxEngine},
    {"x86_64-sha", kCpuShaX86},
    {"aarch64-sha", kAarch64Engine | kCpuShaArm},
    {"aarch64", kAarch64Engine},
    {"portable", 0},
};

// What was compiled in: MSVC has no inline assembly for the engines, and unoptimized code too few registers.
constexpr u32 kCompiled =
    (STARKCORE_HAVE_ADX_ENGINE ? u32{kCpuAdx} : 0u) | (STARKCORE_HAVE_AVX2_ENGINE ? u32{kCpuAvx2} : 0u) |
    (STARKCORE_HAVE_AVX512IFMA_ENGINE ? u32{kCpuAvx512Ifma} : 0u) | (STARKCORE_HAVE_SHA_X86 ? u32{kCpuShaX86} : 0u) |
    (STARKCORE_HAVE_AARCH64_ENGINE ? u32{kCpuAarch64} : 0u) | (STARKCORE_HAVE_SHA_ARM ? u32{kCpuShaArm} : 0u);

std::atomic<u32> cpu_word{0};

#if STARKCORE_ASK_CPU
struct CpuLeaf {
  u32 eax, ebx, ecx, edx;
};

CpuLeaf cpu_leaf(u32 leaf) {
#if defined(_MSC_VER)
  int word[4] = {0, 0, 0, 0};
  __cpuidex(word, static_cast<int>(leaf), 0);
  return {static_cast<u32>(word[0]), static_cast<u32>(word[1]), static_cast<u32>(word[2]), static_cast<u32>(word[3])};
#else
  CpuLeaf out{0, 0, 0, 0};
  __cpuid_count(leaf, 0, out.eax, out.ebx, out.ecx, out.edx);
  return out;
#endif
}

// XCR0: the registers that the operating system saves. Only where CPUID has OSXSAVE.
u32 saved_registers() {
#if defined(_MSC_VER)
  return static_cast<u32>(_xgetbv(0));
#else
  u32 low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
#endif
}
#endif

#if STARKCORE_HAVE_SHA_ARM
// Whether the CPU has Armv8's SHA-2 instructions, which don't say so themselves: their register is
// the operating system's to read. Elsewhere than on these systems the answer is no.
bool cpu_has_sha2() {
#if defined(__ARM_FEATURE_SHA2) || defined(__APPLE__)
  return true;  // the compiler was told so; every Apple machine with a 64-bit Arm has them
#elif defined(__linux__)
  return (getauxval(AT_HWCAP) >> 6 & 1) != 0;  // HWCAP_SHA2
#elif defined(_WIN32)
  return IsProcessorFeaturePresent(PF_ARM_V8_CRYPTO_INSTRUCTIONS_AVAILABLE) != 0;
#else
  return false;
#endif
}
#endif

const char* engine_from_environment() {
#if defined(_MSC_VER)
#pragma warning(suppress : 4996)  // the replacement that it advises allocates
#endif
  return std::getenv("STARKCORE_ENGINE");
}

u32 choose_features() {
  const u32 here = detect_cpu();
  const char* name = engine_from_environment();
  u32 wanted = 0;
  if (name != nullptr && engine_features(name, wanted) && (wanted & ~here) == 0) return wanted;
  return here;
}

}  // namespace

// Bits from Intel's Software Developer's Manual, volume 2, CPUID; volume 1, 14.3 for AVX and 15.2
// for AVX-512. ADX and the SHA extensions add no registers that the operating system would have to
// save.
u32 detect_cpu() {
#if STARKCORE_ASK_CPU
  if (cpu_leaf(0).eax < 7) return 0;
  const CpuLeaf basic = cpu_leaf(1), extended = cpu_leaf(7);
  const auto has = [](u32 word, int bit) { return ((word >> bit) & 1) != 0; };
  const bool ssse3 = has(basic.ecx, 9), sse41 = has(basic.ecx, 19);
  const bool bmi2 = has(extended.ebx, 8), adx = has(extended.ebx, 19), sha = has(extended.ebx, 29);
  const bool fma = has(basic.ecx, 12), avx = has(basic.ecx, 28), avx2 = has(extended.ebx, 5);
  const u32 saved = has(basic.ecx, 27) ? saved_registers() : 0;  // OSXSAVE
  const bool ymm = (saved & 0x06) == 0x06;                       // SSE and AVX state
  const bool zmm = (saved & 0xe6) == 0xe6;                       // and mask registers, upper halves, upper sixteen
  const bool avx512 = has(extended.ebx, 16) && has(extended.ebx, 17) && has(extended.ebx, 30) && has(extended.ebx, 31);
  const bool ifma = has(extended.ebx, 21);
  const u32 here = (adx && bmi2 ? u32{kCpuAdx} : 0u) | (sha && ssse3 && sse41 ? u32{kCpuShaX86} : 0u) |
                   (fma && avx && avx2 && ymm ? u32{kCpuAvx2} : 0u) |
                   (avx512 && ifma && zmm ? u32{kCpuAvx512Ifma} : 0u);
  return here & kCompiled;
#elif STARKCORE_HAVE_AARCH64_ENGINE
  return (u32{kCpuAarch64} | (cpu_has_sha2() ? u32{kCpuShaArm} : 0u)) & kCompiled;
#else
  return 0;
#endif
}

u32 cpu_in_use() {
  const u32 word = cpu_word.load(std::memory_order_relaxed);
  if (word != 0) return word & ~u32{kCpuKnown};
  // Two threads may both come here; the first to write decides, so that neither undoes a set_cpu_in_use().
  u32 expected = 0;
  const u32 chosen = choose_features() | kCpuKnown;
  if (cpu_word.compare_exchange_strong(expected, chosen, std::memory_order_relaxed)) expected = chosen;
  return expected & ~u32{kCpuKnown};
}

void set_cpu_in_use(u32 features) { cpu_word.store(features | kCpuKnown, std::memory_order_relaxed); }

const char* engine_name(u32 features) {
  for (const EngineName& engine : kEngineNames) {
    if ((engine.features & ~features) == 0) return engine.name;
  }
  return "portable";
}

bool engine_features(const char* name, u32& features) {
  for (const EngineName& engine : kEngineNames) {
    if (std::strcmp(engine.name, name) != 0) continue;
    features = engine.features;
    return true;
  }
  return false;
}

const char* engine_name_at(std::size_t i) {
  const u32 here = detect_cpu();
  for (const EngineName& engine : kEngineNames) {
    if ((engine.features & ~here) == 0 && i-- == 0) return engine.name;
  }
  return nullptr;
}

}  // namespace starkcore
