// Pedersen, Poseidon, Keccak-256, SHA-256: public inputs only.
#include <algorithm>
#include <vector>

#include "batch.hpp"
#include "sizes.hpp"

namespace binding {

namespace {

const Field kA{"a", "must be in [0, p)"};
const Field kB{"b", "must be in [0, p)"};
const Field kPairs{"pairs"};
const Field kElement{"element", "must be in [0, p)"};
const Field kLists{"lists"};

// Hashes that a thread takes at a time.
constexpr std::size_t kChunk = 1024;

template <starkcore_status (*hash)(std::uint8_t*, const std::uint8_t*, const std::uint8_t*)>
py::object hash_two(py::handle a, py::handle b) {
  Bytes32 left, right, out;
  read_number(left.data(), a, kA);
  read_number(right.data(), b, kB);
  check(hash(out.data(), left.data(), right.data()));
  return int_from_bytes(out.data(), out.size());
}

// A hash of two: one, and many of them.
using HashMany = starkcore_status (*)(std::uint8_t*, std::size_t*, const std::uint8_t*, const std::uint8_t*,
                                      std::size_t);

// n × 32 bytes on each side; a bad pair is a failure with its place.
template <HashMany hash_many>
Failure hash_batch(std::uint8_t* out, const std::uint8_t* a, const std::uint8_t* b, std::size_t total,
                   std::size_t threads) {
  return run_batch(total, kChunk, threads, [=](std::size_t start, std::size_t count) {
    std::size_t bad = count;
    const auto status = hash_many(out + 32 * start, &bad, a + 32 * start, b + 32 * start, count);
    return Failure{status, start + bad};
  });
}

void read_pair(std::uint8_t* a, std::uint8_t* b, py::handle pair, std::size_t index) {
  if (PyList_Check(pair.ptr())) {  // a snapshot: another thread may change it
    const auto items = py::reinterpret_steal<py::tuple>(PyList_AsTuple(pair.ptr()));
    if (!items) throw ErrorIsSet{};
    return read_pair(a, b, items, index);
  }
  if (!PyTuple_Check(pair.ptr())) raise_type(kPairs.at(index), "a pair of numbers", pair);
  if (PyTuple_GET_SIZE(pair.ptr()) != 2) raise_value(kPairs.at(index), "must be a pair: two numbers");
  read_number(a, PyTuple_GET_ITEM(pair.ptr(), 0), kA.at(index));
  read_number(b, PyTuple_GET_ITEM(pair.ptr(), 1), kB.at(index));
}

template <HashMany hash_many>
py::object hash_pairs(py::handle pairs, py::handle threads_value) {
  const std::size_t threads = read_threads(threads_value);
  const py::tuple items = read_items(pairs, kPairs);
  const py::object out = new_list();
  const std::size_t at_once = kChunk * threads, room = 32 * std::min(items.size(), at_once);
  std::vector<std::uint8_t> a(room), b(room), hashes(room);
  in_chunks(items.size(), at_once, [&](std::size_t start, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      read_pair(&a[32 * i], &b[32 * i], PyTuple_GET_ITEM(items.ptr(), static_cast<Py_ssize_t>(start + i)), start + i);
    }
    check(hash_batch<hash_many>(hashes.data(), a.data(), b.data(), n, threads), start);
    for (std::size_t i = 0; i < n; ++i) append(out, int_from_bytes(&hashes[32 * i], 32));
  });
  return out;
}

// Two buffers of n × 32 big-endian bytes to one of as many.
template <HashMany hash_many>
py::object hash_buffers(py::handle left, py::handle right, py::handle threads) {
  const Buffer a(left, kA), b(right, kB);
  if (a.size() % 32 != 0) raise_value(kA, "must be a whole number of 32-byte items");
  if (a.size() != b.size()) raise_value(kB, "must be as long as a");
  const py::object out = new_bytes(a.size(), 1, kA);
  check(hash_batch<hash_many>(bytes_data(out), a.data(), b.data(), a.size() / 32, read_threads(threads)));
  return out;
}

// One link of a chain: hash, in place, with element number i.
void chain_link(Bytes32& hash, py::handle element, std::size_t i) {
  const Field field = kElement.at(i);
  Bytes32 next;
  read_number(next.data(), element, field);
  const starkcore_status status = starkcore_pedersen(hash.data(), hash.data(), next.data());
  // A hash is always in range: when the left side isn't, it is the first element, as it was given.
  const bool left = STARKCORE_STATUS_FIELD(status) == STARKCORE_FIELD_A;
  check(status, field.name, left ? 0 : field.index);
}

// The chain of StarkEx's messages.
py::object pedersen_chain(py::handle elements) {
  const py::tuple items = read_items(elements, {"elements"});
  if (items.size() < 2) raise_value({"elements"}, "must be at least two");
  Bytes32 hash;
  read_number(hash.data(), items[0], kElement.at(0));
  in_chunks(items.size() - 1, kChunk, [&](std::size_t start, std::size_t n) {
    for (std::size_t i = 1 + start; i < 1 + start + n; ++i) chain_link(hash, items[i], i);
  });
  return int_from_bytes(hash.data(), hash.size());
}

py::object poseidon_single(py::handle a) {
  Bytes32 in, out;
  read_number(in.data(), a, kA);
  check(starkcore_poseidon_single(out.data(), in.data()));
  return int_from_bytes(out.data(), out.size());
}

// ---- Lists of elements: an iterable of ints, or a buffer of n × 32 big-endian bytes ----

// The elements of one list, appended to `out`. One that is no number is named by `element`, or,
// where that has no place, by its own. Where buffers are no lists they are iterated over, as
// anything else.
void read_elements(std::vector<std::uint8_t>& out, py::handle list, const Field& field, const Field& element,
                   bool buffers = true) {
  if (buffers && is_buffer(list)) {
    const Buffer buffer(list, field);
    if (buffer.size() % 32 != 0) raise_value(field, "must be a whole number of 32-byte items");
    out.insert(out.end(), buffer.data(), buffer.data() + buffer.size());
    return;
  }
  const py::tuple items = read_items(list, field);
  const std::size_t first = out.size();
  out.resize(first + 32 * items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    read_number(&out[first + 32 * i], items[i], element.index < 0 ? element.at(i) : element);
  }
}

// The hash of one list by a state that takes it in piece by piece. Other threads run meanwhile, and
// signals are heard every kChunk elements.
template <class State, auto init, auto absorb, auto finish, bool buffers>
py::object hash_elements(py::handle elements) {
  std::vector<std::uint8_t> data;
  read_elements(data, elements, {"elements"}, kElement, buffers);
  State state;
  init(&state);
  check(run_batch(data.size() / 32, kChunk, 1, [&](std::size_t start, std::size_t count) {
    std::size_t bad = count;
    const auto status = absorb(&state, &bad, &data[32 * start], count);
    return Failure{status, start + bad};
  }));
  Bytes32 out;
  check(finish(out.data(), &state));
  return int_from_bytes(out.data(), out.size());
}

template <bool buffers>
constexpr auto pedersen_elements = hash_elements<starkcore_pedersen_state, starkcore_pedersen_init,
                                                 starkcore_pedersen_absorb, starkcore_pedersen_finish, buffers>;
constexpr auto poseidon_many = hash_elements<starkcore_poseidon_state, starkcore_poseidon_init,
                                             starkcore_poseidon_absorb, starkcore_poseidon_finish, true>;

// Many lists of elements: all elements one after the other, and where each list is among them.
struct Lists {
  std::vector<std::uint8_t> elements;
  std::vector<std::size_t> sizes, firsts;

  // Lists first … first + count − 1 of a tuple.
  void append_all(const py::tuple& items, std::size_t first, std::size_t count) {
    for (std::size_t i = first; i < first + count; ++i) {
      firsts.push_back(elements.size() / 32);
      read_elements(elements, items[i], kLists.at(i), kElement.at(i));
      sizes.push_back(elements.size() / 32 - firsts.back());
    }
  }
};

using HashLists = starkcore_status (*)(std::uint8_t*, std::size_t*, const std::uint8_t*, const std::size_t*,
                                       std::size_t);

// Lists that a thread takes at a time.
constexpr std::size_t kListChunk = 64;

// The hashes of `count` lists; a bad element is a failure of its list. place(i) is where list i begins, in elements.
template <HashLists hash_lists, class Place>
Failure lists_batch(std::uint8_t* out, const std::uint8_t* elements, const std::size_t* sizes, std::size_t count,
                    std::size_t threads, const Place& place) {
  return run_batch(count, kListChunk, threads, [=](std::size_t start, std::size_t size) {
    std::size_t bad = 0, list = 0;
    const auto status = hash_lists(out + 32 * start, &bad, elements + 32 * place(start), sizes + start, size);
    if (status == STARKCORE_OK) return Failure{};
    while (list + 1 < size && place(start + list + 1) - place(start) <= bad) ++list;
    return Failure{status, start + list};
  });
}

template <HashLists hash_lists>
py::object hash_iterables(py::handle value, py::handle threads_value) {
  const std::size_t threads = read_threads(threads_value);
  const py::tuple items = read_items(value, kLists);
  const py::object out = new_list();
  in_chunks(items.size(), kChunk * threads, [&](std::size_t start, std::size_t n) {
    Lists lists;
    lists.append_all(items, start, n);
    std::vector<std::uint8_t> hashes(32 * n);
    check(lists_batch<hash_lists>(hashes.data(), lists.elements.data(), lists.sizes.data(), n, threads,
                                  [&](std::size_t i) { return lists.firsts[i]; }),
          start);
    for (std::size_t i = 0; i < n; ++i) append(out, int_from_bytes(&hashes[32 * i], 32));
  });
  return out;
}

// A buffer of lists of `size` elements each to one of their hashes.
template <HashLists hash_lists>
py::object hash_list_buffer(py::handle value, py::handle size_value, py::handle threads) {
  const Field size_field{"size", "must be in [1, 2^32)"};
  const std::size_t size = read_u32(size_value, size_field);
  if (size == 0) raise_value(size_field, size_field.range);
  const Buffer elements(value, kLists);
  if (elements.size() % (32 * size) != 0) raise_value(kLists, "must be a whole number of lists of size × 32 bytes");
  const std::size_t count = elements.size() / (32 * size);
  const std::vector<std::size_t> sizes(count, size);
  const py::object out = new_bytes(count, 32, kLists);
  check(lists_batch<hash_lists>(bytes_data(out), elements.data(), sizes.data(), count, read_threads(threads),
                                [=](std::size_t i) { return size * i; }));
  return out;
}

template <void (*Hash)(std::uint8_t[32], const std::uint8_t*, std::size_t)>
py::object hash_data(py::handle data) {
  const Buffer buffer(data, {"data"});
  Bytes32 out;
  Hash(out.data(), buffer.data(), buffer.size());
  return to_bytes(out.data(), out.size());
}

}  // namespace

void bind_hashes(py::handle module) {
  static PyMethodDef table[] = {entry<hash_two<starkcore_pedersen>>("pedersen"),
                                entry<hash_pairs<starkcore_pedersen_many>>("pedersen_pairs"),
                                entry<hash_buffers<starkcore_pedersen_many>>("pedersen_buffers"),
                                entry<pedersen_chain>("pedersen_chain"),
                                entry<pedersen_elements<false>>("pedersen_chain_counted"),
                                entry<pedersen_elements<true>>("pedersen_elements"),
                                entry<hash_iterables<starkcore_pedersen_lists>>("pedersen_lists"),
                                entry<hash_list_buffer<starkcore_pedersen_lists>>("pedersen_list_buffer"),
                                entry<hash_two<starkcore_poseidon>>("poseidon"),
                                entry<poseidon_single>("poseidon_single"),
                                entry<poseidon_many>("poseidon_many"),
                                entry<hash_pairs<starkcore_poseidon_pairs>>("poseidon_pairs"),
                                entry<hash_buffers<starkcore_poseidon_pairs>>("poseidon_buffers"),
                                entry<hash_iterables<starkcore_poseidon_lists>>("poseidon_lists"),
                                entry<hash_list_buffer<starkcore_poseidon_lists>>("poseidon_list_buffer"),
                                entry<hash_data<starkcore_keccak256>>("keccak256"),
                                entry<hash_data<starkcore_sha256>>("sha256"),
                                {}};
  add_functions(module, table);
}

}  // namespace binding
