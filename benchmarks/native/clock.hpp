// Timing: repeat an operation until its time can be told, and print the least and the median of many repetitions.
//
// Cycles are those of the time stamp counter (x86 only): it ticks at the CPU's nominal frequency
// whatever the core does, so they are comparable between runs on one machine, and not the core's
// own cycles when it runs faster or slower than that.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <vector>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace layers {

inline std::uint64_t cycles_now() {
#if defined(__x86_64__)
  unsigned processor;
  return __rdtscp(&processor);
#else
  return 0;
#endif
}

inline std::int64_t nanoseconds_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

// Makes the compiler believe that the value is read and changed here.
template <class T>
inline void keep(T& value) {
  __asm__ __volatile__("" : : "r"(&value) : "memory");
}

// How long each measurement goes on; set once by main.
inline std::int64_t budget_ns = 100'000'000;

// A number of repetitions that takes at least this long is timed as one: the clocks' own time vanishes in it.
inline constexpr std::int64_t kPassNs = 20'000;

template <class T>
inline T median(std::vector<T> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// body(n) does the operation n · items times. Prints one line of JSON.
template <class Body>
void measure(const char* engine, const char* layer, Body body, int items = 1) {
  int n = 1;
  for (;; n *= 2) {
    const std::int64_t start = nanoseconds_now();
    body(n);
    if (nanoseconds_now() - start >= kPassNs) break;
  }
  std::vector<double> ns, cycles;
  const double scale = 1.0 / (static_cast<double>(n) * items);
  const std::int64_t end = nanoseconds_now() + budget_ns;
  while (ns.size() < 5 || nanoseconds_now() < end) {
    const std::int64_t start = nanoseconds_now();
    const std::uint64_t first = cycles_now();
    body(n);
    const std::uint64_t last = cycles_now();
    ns.push_back(static_cast<double>(nanoseconds_now() - start) * scale);
    cycles.push_back(static_cast<double>(last - first) * scale);
  }
  std::printf("{\"engine\": \"%s\", \"layer\": \"%s\", \"min\": %.2f, \"median\": %.2f, \"cycles\": %.1f}\n", engine,
              layer, *std::min_element(ns.begin(), ns.end()), median(ns),
              *std::min_element(cycles.begin(), cycles.end()));
  std::fflush(stdout);
}

// The inner layers of one engine: compiled once for each, and run where the CPU has its features.
struct Suite {
  std::uint32_t features;
  void (*run)();
  Suite* next;
};
extern Suite* suites;

}  // namespace layers
