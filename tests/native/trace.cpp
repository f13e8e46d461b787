// Runs an operation of an engine on a secret, instruction by instruction, and writes down where each one is and which memory it addresses.
//
// Usage: trace ENGINE OPERATION COUNT SECRET OPERANDS OUTPUT. OPERATION is public_key, sign, or pedersen, whose inputs are public; COUNT is how
// many items, SECRET the number that they are made of. OPERANDS is a table of (address of an instruction, base, index, scale, displacement), sorted;
// OUTPUT gets pairs (address of the instruction, address of its memory operand or 0). Without arguments: the names of engines.
//
// The processes that are compared are the same program with the same memory layout: link it statically at a fixed address, and turn address
// randomization off. Valgrind follows secrets, which is more, but knows no AVX-512.
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/cpu.hpp"
#include "ecdsa/blinding.hpp"
#include "engine/engine.hpp"
#include "field/constants.hpp"

namespace {

using namespace starkcore;

constexpr std::size_t kMost = 16;
constexpr u64 kNone = ~u64{0};

struct Operand {
  u64 at, base, index, scale, displacement;  // base and index as in registers(), or kNone
};

struct Work {
  U256 secrets[kMost], hashes[kMost], key;
  PlainPoint points[kMost];
  Signature signatures[kMost];
  U256 results[kMost];
  bool usable[kMost];
};
alignas(64) Work work;

extern "C" __attribute__((noinline)) void trace_begin() { __asm__ __volatile__("" : : : "memory"); }
extern "C" __attribute__((noinline)) void trace_end() { __asm__ __volatile__("nop" : : : "memory"); }

// Numbers in [1, 2^251) that all depend on the seed.
void fill(U256* out, std::size_t count, u64 seed) {
  for (std::size_t i = 0; i < count; ++i) {
    for (u64& word : out[i].w) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      word = seed ^ (seed >> 29);
    }
    out[i].w[3] &= ~u64{0} >> 5;
    out[i].w[0] |= 1;
  }
}

// The operation is known by its first two letters: comparing text is no part of what is followed.
void run(const Engine& with, const char* operation, std::size_t count) {
  if (operation[0] == 's') {
    with.sign(work.signatures, work.usable, work.hashes, work.secrets, work.key, count);
  } else if (operation[1] == 'u') {
    with.public_key(work.points, work.secrets, count);
  } else {
    with.pedersen(work.results, work.secrets, work.hashes, count);
  }
}

// A first run with another secret, so that nothing is left to be done once.
void child(const Engine& with, const char* operation, std::size_t count, u64 secret) {
  fill(work.hashes, kMost, 1), fill(work.secrets, kMost, 2), fill(&work.key, 1, 3);
  run(with, operation, count);
  fill(work.secrets, kMost, 1000 * secret), fill(&work.key, 1, 1000 * secret + 7);
  ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  std::raise(SIGSTOP);
  trace_begin();
  run(with, operation, count);
  trace_end();
  std::_Exit(0);
}

u64 register_value(const user_regs_struct& r, u64 which) {
  const u64 all[] = {r.rax, r.rcx, r.rdx, r.rbx, r.rsp, r.rbp, r.rsi, r.rdi,
                     r.r8,  r.r9,  r.r10, r.r11, r.r12, r.r13, r.r14, r.r15};
  return which == kNone ? 0 : all[which];
}

std::vector<Operand> read_operands(const char* path) {
  std::vector<Operand> out;
  Operand one;
  std::FILE* file = std::fopen(path, "rb");
  while (file != nullptr && std::fread(&one, sizeof one, 1, file) == 1) out.push_back(one);
  if (file != nullptr) std::fclose(file);
  return out;
}

bool follow(pid_t process, const std::vector<Operand>& operands, std::FILE* output) {
  const u64 begin = reinterpret_cast<u64>(&trace_begin), end = reinterpret_cast<u64>(&trace_end);
  bool inside = false;
  for (int status;;) {
    if (waitpid(process, &status, 0) < 0 || !WIFSTOPPED(status)) return false;
    user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, process, nullptr, &registers) != 0) return false;
    inside |= registers.rip == begin;
    if (registers.rip == end) break;
    if (inside) {
      const auto found = std::lower_bound(operands.begin(), operands.end(), registers.rip,
                                          [](const Operand& operand, u64 at) { return operand.at < at; });
      u64 line[2] = {registers.rip, 0};
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

}  // namespace

int main(int count, char** arguments) {
  if (count == 1) {
    for (std::size_t i = 0; engine_name_at(i) != nullptr; ++i) std::puts(engine_name_at(i));
    return 0;
  }
  if ((personality(0xffffffff) & ADDR_NO_RANDOMIZE) == 0) {
    personality(ADDR_NO_RANDOMIZE);
    execv("/proc/self/exe", arguments);
  }
  u32 features;
  if (count != 7 || !engine_features(arguments[1], features) || (features & ~detect_cpu()) != 0) return 2;
  set_cpu_in_use(features);
  use_strict(true);
  const std::size_t items = std::strtoul(arguments[3], nullptr, 10);
  const std::vector<Operand> operands = read_operands(arguments[5]);
  std::FILE* output = std::fopen(arguments[6], "wb");
  if (output == nullptr || operands.empty() || items > kMost) return 2;
  const pid_t process = fork();
  if (process == 0) child(engine(), arguments[2], items, std::strtoul(arguments[4], nullptr, 10));
  const bool good = follow(process, operands, output);
  std::fclose(output);
  return good ? 0 : 1;
}
