// Orders in columns: any buffers of integers in, bytes out, and no Python object for an order.
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "batch.hpp"
#include "column.hpp"
#include "nonce.hpp"
#include "sizes.hpp"

namespace binding {

namespace {

// Orders that a thread takes at a time.
constexpr std::size_t kChunk = 512;

// The columns in the order of the native function's parameters.
struct Columns {
  explicit Columns(const py::tuple& values)
      : market(values[0], {"market"}),
        side(values[1], {"side"}),
        size(values[2], {"size"}),
        price(values[3], {"price"}),
        limit_fee(values[4], {"limit_fee"}),
        nonce(values[5], {"nonce"}),
        expiration(values[6], {"expiration"}) {}

  // How many orders there are, and which column said so first. All columns that have a length agree.
  struct Count {
    std::size_t orders;
    Field column;
  };
  Count count() const {
    constexpr const char* names[] = {"market", "side", "size", "price", "limit_fee", "nonce", "expiration"};
    const Column* const all[] = {&market, &side, &size, &price, &limit_fee, &nonce, &expiration};
    const Column* first = nullptr;
    const char* name = nullptr;
    for (std::size_t i = 0; i < std::size(all); ++i) {
      if (all[i]->is_same_for_all()) continue;
      if (first == nullptr) first = all[i], name = names[i];
      if (all[i]->size() != first->size()) raise_value({names[i]}, "must have as many items as the other columns");
    }
    if (first == nullptr) raise_value({"nonce"}, "must be a buffer: nothing else says how many orders there are");
    return {first->size(), {name}};
  }

  Column market, side, size, price, limit_fee, nonce, expiration;
};

// markets: tuples (PreparedMarket, size's decimals, price's decimals).
std::vector<starkcore_scaled_market> scaled_markets(const py::tuple& markets) {
  std::vector<starkcore_scaled_market> out;
  for (std::size_t i = 0; i < markets.size(); ++i) {
    const py::tuple parts = read_tuple(markets[i], {"market"}, 3);
    const auto decimals = [&](std::size_t part, const char* name) {
      const Field field{name, "must be in [0, 36]", static_cast<Py_ssize_t>(i)};
      std::uint8_t byte;
      read_int(&byte, 1, parts[part], field);
      if (byte > 36) raise_value(field, field.range);
      return byte;
    };
    out.push_back({&native_object<PreparedMarket>(parts[0], "market").native, decimals(1, "size_decimals"),
                   decimals(2, "price_decimals")});
  }
  return out;
}

// What starkcore_signed_table has of an order.
constexpr std::size_t kBytesAnOrder = 32 + 64 + 3 * 8 + 4 + sizeof(starkcore_status);

// Room for the results of one kind, `each` items an order.
template <class T>
T* column_of(py::object& bytes, const Columns::Count& count, std::size_t each = 1) {
  bytes = new_bytes(count.orders, each * sizeof(T), count.column);
  return reinterpret_cast<T*>(bytes_data(bytes));
}

// Returns hashes, signatures, quantums of synthetic, collateral and fee, hours of expiry, statuses:
// bytes, in the machine's byte order where they are integers.
py::object sign_order_table(py::handle secret, py::handle markets, py::handle columns, py::handle position_id,
                            py::handle now, py::handle buffer_hours, py::handle round_down, py::handle threads_value) {
  const auto& key = native_object<Secret>(secret, "private_key");
  const std::size_t threads = read_threads(threads_value);
  const Columns in(read_tuple(columns, {"columns"}, 7));
  const auto scaled = scaled_markets(read_tuple(markets, {"markets"}));
  const starkcore_order_table table{scaled.data(),
                                    scaled.size(),
                                    in.market.native(),
                                    in.side.native(),
                                    in.size.native(),
                                    in.price.native(),
                                    in.limit_fee.native(),
                                    in.nonce.native(),
                                    in.expiration.native(),
                                    read_u64(position_id, {"position_id"}),
                                    py::cast<std::int64_t>(now),
                                    read_u32(buffer_hours, {"order_buffer_hours"}),
                                    round_down.is(py::bool_(true))};
  const NonceOptions options(key);
  const Columns::Count count = in.count();
  (void)bytes_of(count.orders, kBytesAnOrder, count.column);  // of all results, before there is room for the first
  std::array<py::object, 7> parts;
  starkcore_signed_table out;
  out.hashes = column_of<std::uint8_t>(parts[0], count, 32);
  out.signatures = column_of<std::uint8_t>(parts[1], count, 64);
  out.quantums_synthetic = column_of<std::uint64_t>(parts[2], count);
  out.quantums_collateral = column_of<std::uint64_t>(parts[3], count);
  out.quantums_fee = column_of<std::uint64_t>(parts[4], count);
  out.expiration_hours = column_of<std::uint32_t>(parts[5], count);
  out.statuses = column_of<starkcore_status>(parts[6], count);
  run_batch(count.orders, kChunk, threads, [&](std::size_t first, std::size_t n) {
    starkcore_sign_order_table(&out, &table, first, n, key.data(), options.get());
    return Failure{};
  });
  return owned(PyTuple_Pack(7, parts[0].ptr(), parts[1].ptr(), parts[2].ptr(), parts[3].ptr(), parts[4].ptr(),
                            parts[5].ptr(), parts[6].ptr()));
}

// The exception for a status of one of the orders.
py::object order_error(py::handle status, py::handle index) {
  return exception_for(py::cast<int>(status), nullptr, py::cast<Py_ssize_t>(index));
}

}  // namespace

void bind_order_table(py::handle module) {
  static PyMethodDef table[] = {entry<sign_order_table>("sign_order_table"), entry<order_error>("order_error"), {}};
  add_functions(module, table);
}

}  // namespace binding
