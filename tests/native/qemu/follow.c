// A plugin for qemu's user mode: how many instructions an emulated program executes between two of
// its functions, or each of them with the memory that it addresses.
//
//   qemu-aarch64 -plugin ./follow.so,begin=0x…,end=0x…,output=FILE[,trace=on] PROGRAM
//
// begin and end are the functions' addresses. Each time that the program gets from the one to the
// other, FILE gets a 64-bit number: how many instructions there were, those of both functions not
// among them. With trace=on FILE gets pairs of them instead: an instruction's address and 0 as it
// begins, and its address and that of the memory for each access.
//
// Debian has no header of the interface, so what is used of it is declared here
// (qemu/docs/devel/tcg-plugins). PLUGIN_VERSION is the version of the interface that the emulator
// wants: 1 before qemu 9, else 2; between these, nothing that is used here has changed.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { NO_REGISTERS = 0, READ_AND_WRITE = 3 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, void (*f)(qemu_plugin_id_t, struct qemu_plugin_tb*));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb* tb, void (*f)(unsigned, void*), int flags, void* data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn* i, void (*f)(unsigned, void*), int flags, void*);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn* i, void (*f)(unsigned, uint32_t, uint64_t, void*),
                                      int flags, int which, void* data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb* tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb* tb);
struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb* tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn* i);

__attribute__((visibility("default"))) int qemu_plugin_version = PLUGIN_VERSION;

static uint64_t begin, end, count;
static bool inside, trace;
static FILE* output;

static void write_word(uint64_t word) {
  if (fwrite(&word, sizeof word, 1, output) != 1) abort();
}

// A function that is called begins a block of its own.
static void entered(unsigned cpu, void* data) {
  (void)cpu;
  const uint64_t at = (uint64_t)(uintptr_t)data;
  if (at == begin) count = 0;
  if (at == end && inside && !trace) write_word(count);
  if (at == end) fflush(output);
  inside = at == begin;
}

static void executed(unsigned cpu, void* instructions) {
  (void)cpu;
  count += (uint64_t)(uintptr_t)instructions;
}

static void began(unsigned cpu, void* at) {
  (void)cpu;
  if (inside) write_word((uint64_t)(uintptr_t)at), write_word(0);
}

static void accessed(unsigned cpu, uint32_t info, uint64_t address, void* at) {
  (void)cpu, (void)info;
  if (inside) write_word((uint64_t)(uintptr_t)at), write_word(address);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb* tb) {
  (void)id;
  const size_t instructions = qemu_plugin_tb_n_insns(tb);
  const uint64_t at = qemu_plugin_tb_vaddr(tb);
  if (at == begin || at == end) {
    qemu_plugin_register_vcpu_tb_exec_cb(tb, entered, NO_REGISTERS, (void*)(uintptr_t)at);
  } else if (!trace) {
    qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, NO_REGISTERS, (void*)(uintptr_t)instructions);
  } else {
    for (size_t i = 0; i < instructions; ++i) {
      struct qemu_plugin_insn* one = qemu_plugin_tb_get_insn(tb, i);
      void* const where = (void*)(uintptr_t)qemu_plugin_insn_vaddr(one);
      qemu_plugin_register_vcpu_insn_exec_cb(one, began, NO_REGISTERS, where);
      qemu_plugin_register_vcpu_mem_cb(one, accessed, NO_REGISTERS, READ_AND_WRITE, where);
    }
  }
}

// info describes the emulator; its layout is another in each version of the interface.
__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const void* info, int argc,
                                                               char** argv) {
  (void)info;
  for (int i = 0; i < argc; ++i) {
    const char* const value = strchr(argv[i], '=');
    if (value == NULL) return 1;
    if (strncmp(argv[i], "begin=", 6) == 0) begin = strtoull(value + 1, NULL, 0);
    if (strncmp(argv[i], "end=", 4) == 0) end = strtoull(value + 1, NULL, 0);
    if (strncmp(argv[i], "output=", 7) == 0) output = fopen(value + 1, "wb");
    if (strncmp(argv[i], "trace=", 6) == 0) trace = strcmp(value + 1, "on") == 0;
  }
  if (begin == 0 || end == 0 || output == NULL) return 1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  return 0;
}
