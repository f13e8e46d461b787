// How a batch is handed out to threads: every item once and in order, and nobody waits for more
// than the least chunk, whoever is slower or begins later. Time is counted in items, so that
// nothing here depends on the machine.
#include <algorithm>
#include <string>
#include <vector>

#include "../../bindings/chunks.hpp"
#include "check.hpp"

namespace starkcore::test {
namespace {

using binding::Chunks;

struct Worker {
  double begins, an_item;  // when it comes, and how long it takes for an item
};

struct Run {
  double ends, waits;  // when the last one is done, and how long the first one that was done had to wait for it
};

// The workers take chunks whenever they are free.
Run run(std::size_t total, std::size_t most, const std::vector<Worker>& workers, const std::string& what) {
  Chunks chunks(total, most, workers.size());
  std::vector<double> free_at;
  for (const Worker& worker : workers) free_at.push_back(worker.begins);
  std::size_t next = 0, start, count;
  for (;;) {
    const auto first = std::min_element(free_at.begin(), free_at.end());
    if (!chunks.take(start, count)) break;
    CHECK_CASE(start == next && count >= 1 && count <= most, what);
    CHECK_CASE(count % Chunks::kLeast == 0 || start + count == total, what);
    next = start + count;
    *first += static_cast<double>(count) * workers[static_cast<std::size_t>(first - free_at.begin())].an_item;
  }
  CHECK_CASE(next == total, what);
  const auto [first, last] = std::minmax_element(free_at.begin(), free_at.end());
  return {*last, *last - *first};
}

void check_two(std::size_t total, double late, double slow) {
  const std::string what = std::to_string(total) + " items, " + std::to_string(late) + ", " + std::to_string(slow);
  const Run two = run(total, 512, {{0, 1}, {late, slow}}, what);
  CHECK_CASE(two.waits <= Chunks::kLeast * slow + 1e-6, what);
  // What both could do at best, and half of what the last ones wait for.
  const double best = (static_cast<double>(total) * slow + late) / (1 + slow);
  CHECK_CASE(two.ends <= best + Chunks::kLeast * slow, what);
}

void check_one(std::size_t total) {
  Chunks chunks(total, 512, 1);
  std::size_t start, count, taken = 0;
  while (chunks.take(start, count)) {
    CHECK(count == std::min<std::size_t>(512, total - taken));
    taken += count;
  }
  CHECK(taken == total);
}

void check_stop() {
  Chunks chunks(1000, 512, 2);
  std::size_t start, count;
  CHECK(chunks.take(start, count));
  chunks.stop();
  CHECK(!chunks.take(start, count));
}

}  // namespace
}  // namespace starkcore::test

int main() {
  using namespace starkcore::test;
  for (const std::size_t total : {64, 65, 100, 1000, 1024, 4096, 100000}) {
    for (const double late : {0.0, 10.0, 60.0}) {
      for (const double slow : {1.0, 1.1, 1.5, 2.0, 3.0}) check_two(total, late, slow);
    }
  }
  for (const std::size_t total : {0, 1, 32, 512, 513, 5000}) check_one(total);
  for (const std::size_t threads : {3, 7, 256}) {
    run(100000, 1024, std::vector<Worker>(threads, {0, 1}), std::to_string(threads) + " threads");
  }
  check_stop();
  return summary();
}
