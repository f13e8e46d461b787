// Orders in columns against the same orders as text.
#pragma once

#include <array>

#include "orders.hpp"

namespace starkcore::fuzz {

// A column of integers of some width in memory of just its size, forwards or backwards, with gaps or the same for all.
class Column {
 public:
  // Values: usual ones, such ones and some steps, or anything; or one step more in each row.
  Column(Input& in, std::size_t count, const std::vector<u64>& usual, u64 step) {
    const u8 shape = in.byte();
    width_ = 1u << (shape & 3);
    is_signed_ = (shape & 4) != 0;
    const bool one = (shape & 8) != 0, counts_up = (shape & 64) != 0;
    gap_ = (shape & 16) != 0 ? in.below(5) : 0;
    backwards_ = (shape & 32) != 0 && !one;
    bytes_.resize(one ? width_ : count * (width_ + gap_) - (count > 0 ? gap_ : 0));
    stride_ = one ? 0 : static_cast<std::ptrdiff_t>(width_ + gap_);
    for (std::size_t i = 0; i < (one ? 1 : count); ++i) {
      const u8 kind = counts_up ? 0 : in.byte();
      const u64 value = counts_up    ? usual[0] + step * i
                        : kind < 200 ? usual[kind % usual.size()] + (kind >= 150 ? step * in.byte() : 0)
                                     : in.word();
      std::memcpy(bytes_.data() + i * static_cast<std::size_t>(stride_), &value, width_);  // little-endian machines
    }
    last_ = count == 0 ? 0 : count - 1;
  }

  starkcore_column get() const {
    const u8* const start = bytes_.data() + (backwards_ ? static_cast<std::ptrdiff_t>(last_) * stride_ : 0);
    return {start, backwards_ ? -stride_ : stride_, width_, is_signed_ ? 1u : 0u};
  }

  // Item i as a number, by way of shifts alone; whether it is negative.
  bool negative(std::size_t i) const { return is_signed_ && (item(i) >> (8 * width_ - 1) & 1) != 0; }
  u64 item(std::size_t i) const {
    const std::size_t place = (backwards_ ? last_ - i : i) * static_cast<std::size_t>(stride_);
    u64 out = 0;
    for (std::size_t j = width_; j-- > 0;) out = out << 8 | bytes_[place + j];
    return out;
  }

 private:
  Bytes bytes_;
  u32 width_;
  bool is_signed_, backwards_;
  std::size_t gap_, last_;
  std::ptrdiff_t stride_;
};

struct Results {
  Bytes hashes, signatures;
  std::vector<u64> synthetic, collateral, fee;
  std::vector<u32> hours;
  std::vector<starkcore_status> statuses;

  explicit Results(std::size_t count)
      : hashes(32 * count, 7),
        signatures(64 * count, 7),
        synthetic(count, 7),
        collateral(count, 7),
        fee(count, 7),
        hours(count, 7),
        statuses(count, 7) {}

  starkcore_signed_table get() {
    return {hashes.data(), signatures.data(), synthetic.data(), collateral.data(),
            fee.data(),    hours.data(),      statuses.data()};
  }

  starkcore_signed_order at(std::size_t i, const starkcore_signed_order& rest) const {
    starkcore_signed_order out{};
    if (statuses[i] == STARKCORE_OK) out = rest;
    std::memcpy(out.hash, &hashes[32 * i], 32), std::memcpy(out.signature, &signatures[64 * i], 64);
    out.quantums_synthetic = synthetic[i], out.quantums_collateral = collateral[i], out.quantums_fee = fee[i];
    out.expiration_hours = hours[i];
    return out;
  }
};

inline std::string scaled(u64 integer, u32 decimals) {
  return std::to_string(integer) + "e-" + std::to_string(decimals);
}

// A table of orders, and what each of its rows says.
struct Table {
  std::vector<Ids> ids;
  std::vector<starkcore_market> markets;
  std::vector<starkcore_scaled_market> scaled_markets;
  std::vector<Column> columns;
  starkcore_order_table table{};
  std::size_t count;

  explicit Table(Input& in) : count(1 + in.below(in.byte() < 8 ? 70 : 6)) {
    const std::size_t market_count = in.below(3);
    markets.resize(market_count);
    for (starkcore_market& market : markets) {
      ids.emplace_back(in);
      if (!make_market(market, ids.back())) std::memset(&market, 0, sizeof market);
      const std::size_t most = in.byte() < 32 ? 38 : 7;
      scaled_markets.push_back({&market, static_cast<u32>(in.below(most)), static_cast<u32>(in.below(most))});
    }
    constexpr u64 kNow = 1700000000;
    const std::vector<u64> usual[] = {{0, 0, 0, 1},
                                      {0, 1},
                                      {1, 1000, 250000},
                                      {1, 35000067, 100},
                                      {0, 500, 125000},
                                      {1, 77},
                                      {kNow, kNow + 1, kNow + 3600 * 100, 1420070400, 16725225600}};
    for (const std::vector<u64>& values : usual)
      columns.emplace_back(in, count, values, &values == &usual[6] ? 3600 : 1);
    table.markets = scaled_markets.data(), table.market_count = market_count;
    starkcore_column* const places[] = {&table.market,    &table.side,  &table.size,      &table.price,
                                        &table.limit_fee, &table.nonce, &table.expiration};
    for (std::size_t i = 0; i < columns.size(); ++i) *places[i] = columns[i].get();
    table.position_id = in.word();
    table.now = in.byte() < 200 ? static_cast<i64>(kNow) : static_cast<i64>(in.word());
    table.buffer_hours = static_cast<u32>(in.word()), table.round_down = in.byte() & 1;
  }

  // What a row is refused for that text can't be: the first fault in the order of columns, but for
  // the expiry. OK for none.
  starkcore_status refusal(std::size_t i) const {
    constexpr starkcore_status kFaults[] = {
        STARKCORE_STATUS(STARKCORE_RULE_INDEX, STARKCORE_FIELD_MARKET),
        STARKCORE_STATUS(STARKCORE_RULE_FLAG, STARKCORE_FIELD_SIDE),
        STARKCORE_STATUS(STARKCORE_RULE_NEGATIVE, STARKCORE_FIELD_SIZE),
        STARKCORE_STATUS(STARKCORE_RULE_NEGATIVE, STARKCORE_FIELD_PRICE),
        STARKCORE_STATUS(STARKCORE_RULE_NEGATIVE, STARKCORE_FIELD_LIMIT_FEE),
        STARKCORE_STATUS(STARKCORE_RULE_NEGATIVE, STARKCORE_FIELD_NONCE),
    };
    const u64 bounds[] = {markets.size(), 2};
    for (std::size_t j = 0; j < 6; ++j) {
      if (columns[j].negative(i) || (j < 2 && columns[j].item(i) >= bounds[j])) return kFaults[j];
    }
    const bool wide = columns[5].item(i) >> 32 != 0;
    return wide ? STARKCORE_STATUS(STARKCORE_RULE_WIDTH, STARKCORE_FIELD_NONCE) : STARKCORE_OK;
  }
};

// A row of the table as text, unless it is refused for what only tables have.
inline void check_row(const Table& in, const Results& results, std::size_t i, const Bytes& d, Options& options) {
  const starkcore_status status = results.statuses[i];
  const starkcore_status refusal = in.refusal(i);
  if (refusal != STARKCORE_OK) {
    HOLDS(status == refusal);
    return;
  }
  if (STARKCORE_STATUS_FIELD(status) == STARKCORE_FIELD_EXPIRATION) return;
  HOLDS(!in.columns[6].negative(i));
  const u64 market = in.columns[0].item(i), side = in.columns[1].item(i), seconds = in.columns[6].item(i);
  const starkcore_scaled_market& scale = in.scaled_markets[market];
  const u32 hours = static_cast<u32>((seconds + (in.table.round_down != 0 ? 0 : 3599)) / 3600) + in.table.buffer_hours;
  starkcore_order_tail tail;
  starkcore_order_tail_init(&tail, in.table.position_id, hours);
  const Text text{scaled(in.columns[2].item(i), scale.size_decimals),
                  scaled(in.columns[3].item(i), scale.price_decimals),
                  scaled(in.columns[4].item(i), 6),
                  "",
                  false,
                  side == 1,
                  static_cast<u32>(in.columns[5].item(i))};
  const starkcore_human_order one = human(text, *scale.market, tail);
  starkcore_signed_order wanted;
  starkcore_status wanted_status = 99;
  starkcore_sign_orders(&wanted, &wanted_status, &one, 1, d.data(), options.get());
  HOLDS(wanted_status == status);
  HOLDS(same(results.at(i, wanted), wanted));
}

// starkcore_sign_order_table: whole, in parts, and by rows as text
inline void columns(Input& in) {
  const Table table(in);
  for (const Ids& ids : table.ids) {
    starkcore_market market;
    if (ids.make(market) != STARKCORE_OK) return;  // a table's markets are good ones
  }
  const Bytes d = be32(in.private_key());
  Options options(in);
  const std::size_t first = in.below(table.count + 1), size = in.below(table.count - first + 1);
  in_two_modes("columns", [&] {
    Results all(table.count), part(table.count);
    const starkcore_signed_table out_all = all.get(), out_part = part.get();
    Answer out;
    const starkcore_status status =
        starkcore_sign_order_table(&out_all, &table.table, 0, table.count, d.data(), options.get());
    out << status << starkcore_sign_order_table(&out_part, &table.table, first, size, d.data(), options.get());
    const int field = STARKCORE_STATUS_FIELD(status);
    const bool refused =
        std::all_of(all.statuses.begin(), all.statuses.end(), [&](starkcore_status one) { return one == status; }) &&
        (field == STARKCORE_FIELD_SEED || field == STARKCORE_FIELD_PRIVATE_KEY ||
         STARKCORE_STATUS_RULE(status) == STARKCORE_RULE_WIDTH);
    const Results untouched(table.count);
    const starkcore_signed_order rest{};
    for (std::size_t i = 0; i < table.count; ++i) {
      const bool inside = first <= i && i < first + size;
      HOLDS(part.statuses[i] == (inside ? all : untouched).statuses[i]);
      HOLDS(same(part.at(i, rest), (inside ? all : untouched).at(i, rest)));
      if (!refused) check_row(table, all, i, d, options);
    }
    return out << all.hashes << all.signatures;
  });
}

}  // namespace starkcore::fuzz
