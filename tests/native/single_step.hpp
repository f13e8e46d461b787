// Following a process instruction by instruction: where each one is, and which memory it addresses. Linux on x86-64.
//
// What is compared or counted must lie at the same places in every run: link the program statically
// at a fixed address, and turn address randomization off.
#pragma once

#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace single_step {

constexpr std::uint64_t kNone = ~std::uint64_t{0};

struct Operand {
  std::uint64_t at, base, index, scale, displacement;  // base and index as in register_value(), or kNone
};

extern "C" __attribute__((noinline)) inline void trace_begin() { __asm__ __volatile__("" : : : "memory"); }
extern "C" __attribute__((noinline)) inline void trace_end() { __asm__ __volatile__("nop" : : : "memory"); }

// The same program again with the same memory layout, unless it has it already.
inline void without_randomization(char** arguments) {
  if ((personality(0xffffffff) & ADDR_NO_RANDOMIZE) != 0) return;
  personality(ADDR_NO_RANDOMIZE);
  execv("/proc/self/exe", arguments);
}

inline std::uint64_t register_value(const user_regs_struct& r, std::uint64_t which) {
  const std::uint64_t all[] = {r.rax, r.rcx, r.rdx, r.rbx, r.rsp, r.rbp, r.rsi, r.rdi,
                               r.r8,  r.r9,  r.r10, r.r11, r.r12, r.r13, r.r14, r.r15};
  return which == kNone ? 0 : all[which];
}

inline std::vector<Operand> read_operands(const char* path) {
  std::vector<Operand> out;
  Operand one;
  std::FILE* file = std::fopen(path, "rb");
  while (file != nullptr && std::fread(&one, sizeof one, 1, file) == 1) out.push_back(one);
  if (file != nullptr) std::fclose(file);
  return out;
}

// In the process that is followed, before work(): between trace_begin() and trace_end(). Doesn't return.
template <class Work>
[[noreturn]] void followed(Work work) {
  ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  std::raise(SIGSTOP);
  trace_begin();
  work();
  trace_end();
  std::_Exit(0);
}

// Writes pairs (address of the instruction, address of its memory operand or 0). False: following
// is not allowed here, or the process died.
inline bool follow(pid_t process, const std::vector<Operand>& operands, std::FILE* output) {
  const auto begin = reinterpret_cast<std::uint64_t>(&trace_begin), end = reinterpret_cast<std::uint64_t>(&trace_end);
  bool inside = false;
  for (int status;;) {
    if (waitpid(process, &status, 0) < 0 || !WIFSTOPPED(status)) return false;
    user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, process, nullptr, &registers) != 0) return false;
    inside |= registers.rip == begin;
    if (registers.rip == end) break;
    if (inside) {
      const auto found = std::lower_bound(operands.begin(), operands.end(), registers.rip,
                                          [](const Operand& operand, std::uint64_t at) { return operand.at < at; });
      std::uint64_t line[2] = {registers.rip, 0};
      if (found != operands.end() && found->at == registers.rip) {
        line[1] = register_value(registers, found->base) + register_value(registers, found->index) * found->scale +
                  found->displacement;
      }
      std::fwrite(line, sizeof line, 1, output);
    }
    if (ptrace(PTRACE_SINGLESTEP, process, nullptr, nullptr) != 0) return false;
  }
  kill(process, SIGKILL);
  waitpid(process, nullptr, 0);
  return inside;
}

}  // namespace single_step
