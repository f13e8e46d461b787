// Preloaded into the interpreter (tests/checks/allocations.py): the n-th allocation of a call fails, or
// all from the n-th on. glibc only.
//
// The wall clock stands still, so that what is made of the time is the same in each call.
//
// What asks for memory: malloc and its kin, hence operator new, and CPython's own under
// PYTHONMALLOC=malloc; mmap; a thread, whose stack it is.
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace {

bool armed = false, for_good = false;
long fails_at = 0, counted = 0;

// Whether this allocation, of whichever thread, is to fail.
bool fails() {
  if (!__atomic_load_n(&armed, __ATOMIC_ACQUIRE)) return false;
  const long number = __atomic_add_fetch(&counted, 1, __ATOMIC_RELAXED);
  if (number != fails_at && !(for_good && number > fails_at)) return false;
  errno = ENOMEM;
  return true;
}

void* mapped(void* at, std::size_t size, int protection, int flags, int file, off_t offset) {
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, size, protection, flags, file, offset));
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) { return fails() ? nullptr : __libc_malloc(size); }
void* calloc(std::size_t count, std::size_t size) { return fails() ? nullptr : __libc_calloc(count, size); }
void* realloc(void* memory, std::size_t size) { return fails() ? nullptr : __libc_realloc(memory, size); }
void* memalign(std::size_t alignment, std::size_t size) { return fails() ? nullptr : __libc_memalign(alignment, size); }
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return fails() ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  void* const memory = fails() ? nullptr : __libc_memalign(alignment, size);
  if (memory == nullptr) return ENOMEM;
  *out = memory;
  return 0;
}
void* mmap(void* at, std::size_t size, int protection, int flags, int file, off_t offset) {
  return fails() ? MAP_FAILED : mapped(at, size, protection, flags, file, offset);
}
void* mmap64(void* at, std::size_t size, int protection, int flags, int file, off_t offset) {
  return fails() ? MAP_FAILED : mapped(at, size, protection, flags, file, offset);
}
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*), void* argument) {
  static const auto create = next<decltype(&pthread_create)>("pthread_create");
  return fails() ? EAGAIN : create(thread, attributes, body, argument);
}

int clock_gettime(clockid_t clock, timespec* out) {
  if (clock != CLOCK_REALTIME) return static_cast<int>(syscall(SYS_clock_gettime, clock, out));
  *out = {1'800'000'000, 0};
  return 0;
}

// Calls the Python object with the n-th allocation failing (0: none), and returns what it returns, an
// exception set where that is NULL. *count: how many allocations there were.
void* failing_call(void* callable, long n, int all_later_ones, long* count) {
  using Call = void* (*)(void*);
  static const Call call = reinterpret_cast<Call>(dlsym(RTLD_DEFAULT, "PyObject_CallNoArgs"));
  fails_at = n, for_good = n > 0 && all_later_ones != 0, counted = 0;
  __atomic_store_n(&armed, true, __ATOMIC_RELEASE);
  void* const result = call(callable);
  __atomic_store_n(&armed, false, __ATOMIC_RELEASE);
  *count = counted;
  return result;
}

// Planted: what isn't looked at, and an exception where none may be thrown.
void failing_planted_null() { *static_cast<volatile char*>(malloc(64)) = 1; }
void failing_planted_throw() noexcept { ::operator delete(::operator new(64)); }
}
