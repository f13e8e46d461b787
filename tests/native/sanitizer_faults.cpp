// One fault of each kind that the sanitizers must report: what shows that a build without reports
// would have had some. As a program, each by its name; as a shared library, called from the
// interpreter.
#include <cstdio>
#include <cstring>
#include <thread>

extern "C" {

// A byte from somewhere. In a function of its own, so that UBSan, which knows the arrays' sizes,
// leaves the finding to ASan.
__attribute__((noinline)) static int load(const volatile char* bytes, int at) { return bytes[at]; }

// One byte past an array on the heap.
int fault_heap(int at) {
  char* const bytes = new char[32]();
  const int found = load(bytes, 32 + at);
  delete[] bytes;
  return found;
}

// One byte past an array on the stack.
int fault_stack(int at) {
  char bytes[32] = {};
  return load(bytes, 32 + at);
}

// A shift by as many bits as the word has.
int fault_shift(int at) { return static_cast<int>(1U << (32 + at)); }

// Memory that nobody points to any more.
int fault_leak(int at) {
  char* volatile bytes = new char[1000];
  bytes[at] = 1;
  bytes = nullptr;
  return 0;
}

static int shared_word = 0;

// Two threads that write to one word, with nothing between them.
int fault_race(int at) {
  const auto write = [at] {
    for (int i = at; i < 1000; ++i) shared_word = shared_word + i;
  };
  std::thread other(write);
  write();
  other.join();
  return shared_word == -1;
}
}

int main(int count, char** words) {
  struct {
    const char* name;
    int (*run)(int);
  } const faults[] = {
      {"heap", fault_heap}, {"stack", fault_stack}, {"shift", fault_shift}, {"leak", fault_leak}, {"race", fault_race}};
  for (const auto& fault : faults) {
    // The argument is 0, which the compiler can't know.
    if (count == 2 && std::strcmp(words[1], fault.name) == 0) return fault.run(count - 2) < -1000;
  }
  std::fprintf(stderr, "give the name of a fault: heap, stack, shift, leak, race\n");
  return 2;
}
