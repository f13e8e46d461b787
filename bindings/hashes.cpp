// Pedersen, Keccak-256, SHA-256: public inputs only.
#include <algorithm>
#include <vector>

#include "batch.hpp"
#include "sizes.hpp"

namespace binding {

namespace {

const Field kA{"a", "must be in [0, p)"};
const Field kB{"b", "must be in [0, p)"};
const Field kPairs{"pairs"};

// Hashes that a thread takes at a time.
constexpr std::size_t kChunk = 1024;

py::object pedersen(py::handle a, py::handle b) {
  Bytes32 left, right, out;
  read_number(left.data(), a, kA);
  read_number(right.data(), b, kB);
  check(starkcore_pedersen(out.data(), left.data(), right.data()));
  return int_from_bytes(out.data(), out.size());
}

// n × 32 bytes on each side; a bad pair is a failure with its place.
Failure pedersen_batch(std::uint8_t* out, const std::uint8_t* a, const std::uint8_t* b, std::size_t total,
                       std::size_t threads) {
  return run_batch(total, kChunk, threads, [=](std::size_t start, std::size_t count) {
    std::size_t bad = count;
    const auto status = starkcore_pedersen_many(out + 32 * start, &bad, a + 32 * start, b + 32 * start, count);
    return Failure{status, start + bad};
  });
}

void read_pair(std::uint8_t* a, std::uint8_t* b, py::handle pair, std::size_t index) {
  if (PyList_Check(pair.ptr())) {  // a snapshot: another thread may change it
    const auto items = py::reinterpret_steal<py::tuple>(PyList_AsTuple(pair.ptr()));
    if (!items) throw py::error_already_set();
    return read_pair(a, b, items, index);
  }
  if (!PyTuple_Check(pair.ptr())) raise_type(kPairs.at(index), "a pair of numbers", pair);
  if (PyTuple_GET_SIZE(pair.ptr()) != 2) raise_value(kPairs.at(index), "must be a pair: two numbers");
  read_number(a, PyTuple_GET_ITEM(pair.ptr(), 0), kA.at(index));
  read_number(b, PyTuple_GET_ITEM(pair.ptr(), 1), kB.at(index));
}

py::object pedersen_pairs(py::handle pairs, py::handle threads_value) {
  const std::size_t threads = read_threads(threads_value);
  const py::tuple items = read_items(pairs, kPairs);
  py::list out;
  const std::size_t at_once = kChunk * threads, room = 32 * std::min(items.size(), at_once);
  std::vector<std::uint8_t> a(room), b(room), hashes(room);
  in_chunks(items.size(), at_once, [&](std::size_t start, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      read_pair(&a[32 * i], &b[32 * i], PyTuple_GET_ITEM(items.ptr(), static_cast<Py_ssize_t>(start + i)), start + i);
    }
    check(pedersen_batch(hashes.data(), a.data(), b.data(), n, threads), start);
    for (std::size_t i = 0; i < n; ++i) append(out, int_from_bytes(&hashes[32 * i], 32));
  });
  return out;
}

// Two buffers of n × 32 big-endian bytes to one of as many.
py::object pedersen_buffers(py::handle left, py::handle right, py::handle threads) {
  const Buffer a(left, kA), b(right, kB);
  if (a.size() % 32 != 0) raise_value(kA, "must be a whole number of 32-byte items");
  if (a.size() != b.size()) raise_value(kB, "must be as long as a");
  py::bytes out = new_bytes(a.size(), 1, kA);
  check(pedersen_batch(bytes_data(out), a.data(), b.data(), a.size() / 32, read_threads(threads)));
  return out;
}

// One link of a chain: hash, in place, with element number i.
void chain_link(Bytes32& hash, py::handle element, std::size_t i) {
  const Field field = Field{"element", "must be in [0, p)"}.at(i);
  Bytes32 next;
  read_number(next.data(), element, field);
  const starkcore_status status = starkcore_pedersen(hash.data(), hash.data(), next.data());
  // A hash is always in range: when the left side isn't, it is the first element, as it was given.
  const bool left = STARKCORE_STATUS_FIELD(status) == STARKCORE_FIELD_A;
  check(status, field.name, left ? 0 : field.index);
}

// The two chains. Starknet's starts from 0 and ends with the count; StarkEx's starts from the first element.
py::object pedersen_chain(py::handle elements, py::handle starknet) {
  const py::tuple items = read_items(elements, {"elements"});
  const bool counted = starknet.is(py::bool_(true));
  const std::size_t first = counted ? 0 : 1;
  if (!counted && items.size() < 2) raise_value({"elements"}, "must be at least two");
  Bytes32 hash{};
  if (!counted) read_number(hash.data(), items[0], Field{"element", "must be in [0, p)"}.at(0));
  in_chunks(items.size() - first, kChunk, [&](std::size_t start, std::size_t n) {
    for (std::size_t i = first + start; i < first + start + n; ++i) chain_link(hash, items[i], i);
  });
  if (counted) chain_link(hash, py::int_(items.size()), items.size());
  return int_from_bytes(hash.data(), hash.size());
}

template <void (*Hash)(std::uint8_t[32], const std::uint8_t*, std::size_t)>
py::object hash_data(py::handle data) {
  const Buffer buffer(data, {"data"});
  Bytes32 out;
  Hash(out.data(), buffer.data(), buffer.size());
  return to_bytes(out.data(), out.size());
}

}  // namespace

void bind_hashes(py::module_& module) {
  module.def("pedersen", &pedersen);
  module.def("pedersen_pairs", &pedersen_pairs);
  module.def("pedersen_buffers", &pedersen_buffers);
  module.def("pedersen_chain", &pedersen_chain);
  module.def("keccak256", &hash_data<starkcore_keccak256>);
  module.def("sha256", &hash_data<starkcore_sha256>);
}

}  // namespace binding
