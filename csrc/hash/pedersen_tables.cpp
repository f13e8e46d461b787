#include "hash/pedersen_tables.hpp"

#include <atomic>
#include <cerrno>
#include <new>

#if !defined(_WIN32)
#include <sys/mman.h>
#endif

namespace starkcore {
namespace {

// A table, the memory that it lies in, and the next of those that were given up and are still to be freed.
struct Held {
  void* memory;
  StoredPoint* points;
  Held* next;
};

std::atomic<Held*> current{nullptr};
std::atomic<Held*> given_up{nullptr};
std::atomic<u32> users{0};

#if defined(_WIN32)

constexpr std::size_t kAlignment = 64;

bool allocate(Held& out) {
  out.memory = ::operator new (kLargeTableBytes, std::align_val_t{kAlignment}, std::nothrow);
  out.points = static_cast<StoredPoint*>(out.memory);
  return out.memory != nullptr;
}

void free_memory(void* memory) { ::operator delete (memory, std::align_val_t{kAlignment}); }

#else

// Pages of its own, which go back to the system and not into a heap. Where they can be large, five
// of them hold it all, and lookups don't miss their addresses.
constexpr std::size_t kAlignment = std::size_t{1} << 21;
constexpr std::size_t kMapped = kLargeTableBytes + kAlignment;

bool allocate(Held& out) {
  const int before = errno;
  out.memory = mmap(nullptr, kMapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const bool good = out.memory != MAP_FAILED;
  if (good) {
    const auto address = reinterpret_cast<std::uintptr_t>(out.memory);
    out.points = reinterpret_cast<StoredPoint*>((address + kAlignment - 1) & ~(kAlignment - 1));
#if defined(MADV_HUGEPAGE)
    (void)madvise(out.points, kLargeTableBytes, MADV_HUGEPAGE);
#endif
  }
  errno = before;
  return good;
}

void free_memory(void* memory) { (void)munmap(memory, kMapped); }

#endif

void release(Held* held) {
  free_memory(held->memory);
  delete held;
}

void give_up(Held* held) {
  Held* first = given_up.load();
  do held->next = first;
  while (!given_up.compare_exchange_weak(first, held));
}

// Free what was given up, if nobody uses any table. The list is taken before the users are counted:
// whoever uses one of its tables was counted before it was given up. Whoever ends the last use
// meanwhile sees an empty list, so after putting it back we look again.
void collect() {
  while (users.load() == 0) {
    Held* list = given_up.exchange(nullptr);
    if (list == nullptr) return;
    const bool unused = users.load() == 0;
    while (list != nullptr) {
      Held* next = list->next;
      unused ? release(list) : give_up(list);
      list = next;
    }
  }
}

}  // namespace

LargeTableUse::LargeTableUse() : points_(nullptr) {
  if (current.load(std::memory_order_relaxed) == nullptr) return;
  users.fetch_add(1);
  const Held* held = current.load();  // after being counted
  if (held != nullptr) {
    points_ = held->points;
  } else {
    users.fetch_sub(1);
    collect();
  }
}

LargeTableUse::~LargeTableUse() {
  if (points_ == nullptr) return;
  users.fetch_sub(1);
  if (given_up.load() != nullptr) collect();
}

bool make_large_table(void (*build)(StoredPoint* out)) {
  if (has_large_table()) return true;
  Held* made = new (std::nothrow) Held{};
  if (made == nullptr || !allocate(*made)) {
    delete made;
    return false;
  }
  build(made->points);
  Held* none = nullptr;
  if (!current.compare_exchange_strong(none, made)) release(made);  // another thread was faster
  return true;
}

void drop_large_table() {
  Held* held = current.exchange(nullptr);
  if (held == nullptr) return;
  give_up(held);
  collect();
}

bool has_large_table() { return current.load(std::memory_order_relaxed) != nullptr; }

}  // namespace starkcore
