// The C interface to orders in columns.
#include "interface/columns.hpp"
#include "interface/order_chunk.hpp"
#include "starkex/expiry.hpp"

using namespace starkcore;

namespace {

constexpr u32 kMostDecimals = 36;
constexpr int kFeeDecimals = 6;

// Where an expiry falls, in whole hours and the buffer. One that an i64 doesn't hold is out of range as well.
starkcore_status expiration_hours_var(u32& hours, const starkcore_order_table& orders, std::size_t i) {
  const Integer item_seconds = item(orders.expiration, i);
  const i64 seconds =
      item_seconds.negative || item_seconds.value >> 63 != 0 ? -1 : static_cast<i64>(item_seconds.value);
  const starkcore_status status =
      starkcore::expiration_hours_var(hours, seconds, orders.buffer_hours, orders.round_down != 0);
  if (STARKCORE_STATUS_RULE(status) != STARKCORE_RULE_SECONDS && seconds <= orders.now) {
    return STARKCORE_STATUS(STARKCORE_RULE_PAST, STARKCORE_FIELD_EXPIRATION);
  }
  return status;
}

// The last words of the hours that were met, as points: computed once while no more than a chunk's
// worth of hours is in use, and for the hours of a chunk together.
class Tails {
 public:
  explicit Tails(u64 position_id) : position_id_(position_id) {}

  // Makes the points of these hours; at_var() knows them until the next call. count <= kChunk
  void make_var(const u32* hours, std::size_t count, const Engine& with) {
    STARKCORE_CHECK(count <= kChunk);
    if (!remember_var(hours, count)) {
      known_ = made_ = 0;
      remember_var(hours, count);
    }
    U256 words[kChunk];
    for (std::size_t j = made_; j < known_; ++j) words[j - made_] = order_tail_word(position_id_, hours_[j]);
    with.pedersen_right_var(points_ + made_, words, known_ - made_);
    made_ = known_;
  }

  const StoredPoint& at_var(u32 hours) const { return points_[find_var(hours)]; }

 private:
  std::size_t find_var(u32 hours) const {
    std::size_t j = 0;
    while (j < known_ && hours_[j] != hours) ++j;
    return j;
  }

  bool remember_var(const u32* hours, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (find_var(hours[i]) < known_) continue;
      if (known_ == kChunk) return false;
      hours_[known_++] = hours[i];
    }
    return true;
  }

  u64 position_id_;
  std::size_t known_ = 0, made_ = 0;
  u32 hours_[kChunk];
  StoredPoint points_[kChunk];
};

// One order as it is read: everything but its points.
struct Row {
  const starkcore_scaled_market* market;
  bool buying;
  OrderQuantums quantums;
  u32 nonce, hours;
};

starkcore_status read_row_var(Row& row, const starkcore_order_table& orders, std::size_t i) {
  const Integer market = item(orders.market, i), side = item(orders.side, i), nonce = item(orders.nonce, i);
  const Integer size = item(orders.size, i), price = item(orders.price, i), fee = item(orders.limit_fee, i);
  if (market.negative || market.value >= orders.market_count) {
    return STARKCORE_STATUS(STARKCORE_RULE_INDEX, STARKCORE_FIELD_MARKET);
  }
  if (side.negative || side.value > 1) return STARKCORE_STATUS(STARKCORE_RULE_FLAG, STARKCORE_FIELD_SIDE);
  if (size.negative) return STARKCORE_STATUS(STARKCORE_RULE_NEGATIVE, STARKCORE_FIELD_SIZE);
  if (price.negative) return STARKCORE_STATUS(STARKCORE_RULE_NEGATIVE, STARKCORE_FIELD_PRICE);
  if (fee.negative) return STARKCORE_STATUS(STARKCORE_RULE_NEGATIVE, STARKCORE_FIELD_LIMIT_FEE);
  if (nonce.negative) return STARKCORE_STATUS(STARKCORE_RULE_NEGATIVE, STARKCORE_FIELD_NONCE);
  if (nonce.value >> 32 != 0) return STARKCORE_STATUS(STARKCORE_RULE_WIDTH, STARKCORE_FIELD_NONCE);
  const starkcore_status status = expiration_hours_var(row.hours, orders, i);
  if (status != STARKCORE_OK) return status;
  row.market = &orders.markets[market.value];
  row.buying = side.value == 1;
  row.nonce = static_cast<u32>(nonce.value);
  const OrderAmounts amounts{scaled_var(size.value, row.market->size_decimals),
                             scaled_var(price.value, row.market->price_decimals), scaled_var(fee.value, kFeeDecimals),
                             row.buying};
  const Market resolutions = load_market(*row.market->market);
  return order_quantums_var(row.quantums, amounts, resolutions.synthetic_resolution, resolutions.collateral_resolution);
}

// The results of orders that fail: zeros.
void clear(const starkcore_signed_table& out, std::size_t i, starkcore_status status) {
  std::memset(out.hashes + 32 * i, 0, 32);
  std::memset(out.signatures + 64 * i, 0, 64);
  out.quantums_synthetic[i] = out.quantums_collateral[i] = out.quantums_fee[i] = 0;
  out.expiration_hours[i] = 0;
  out.statuses[i] = status;
}

// Reads `count` rows from `first` on, and puts those that are good into the chunk.
STARKCORE_NOINLINE void read_rows_var(OrderChunk& chunk, const starkcore_signed_table& out,
                                      const starkcore_order_table& orders, std::size_t first, std::size_t count,
                                      Tails& tails, const Engine& with) {
  Row rows[kChunk];
  std::size_t places[kChunk], good = 0;
  u32 hours[kChunk];
  for (std::size_t i = first; i < first + count; ++i) {
    const starkcore_status status = read_row_var(rows[good], orders, i);
    clear(out, i, status);
    if (status != STARKCORE_OK) continue;
    hours[good] = rows[good].hours;
    places[good++] = i;
  }
  tails.make_var(hours, good, with);
  for (std::size_t j = 0; j < good; ++j) {
    const Row& row = rows[j];
    const std::size_t place = places[j];
    out.quantums_synthetic[place] = row.quantums.synthetic;
    out.quantums_collateral[place] = row.quantums.collateral;
    out.quantums_fee[place] = row.quantums.fee;
    out.expiration_hours[place] = row.hours;
    chunk.add(place, load_market(*row.market->market), tails.at_var(row.hours), row.quantums, row.buying, row.nonce);
  }
}

STARKCORE_NOINLINE void sign_rows(OrderChunk& chunk, const starkcore_signed_table& out, const Signer& signer,
                                  const Engine& with) {
  chunk.hash_var(with);
  chunk.drop_unsignable_var([&](std::size_t place) { clear(out, place, kUnsignableHash); });
  chunk.sign(
      signer, with,
      [&](std::size_t place, const U256& hash, const Signature& signature) {
        store_be256(out.hashes + 32 * place, hash);
        store_signature(out.signatures + 64 * place, signature);
      },
      [&](std::size_t place, starkcore_status status) { clear(out, place, status); });
}

}  // namespace

starkcore_status starkcore_sign_order_table(const starkcore_signed_table* out, const starkcore_order_table* orders,
                                            size_t first, size_t count, const uint8_t key[32],
                                            const starkcore_sign_options* options) {
  Signer signer;
  starkcore_status status = signer.load(key, options);
  for (size_t i = 0; i < orders->market_count && status == STARKCORE_OK; ++i) {
    const starkcore_scaled_market& market = orders->markets[i];
    if (market.size_decimals > kMostDecimals) status = STARKCORE_STATUS(STARKCORE_RULE_WIDTH, STARKCORE_FIELD_SIZE);
    if (market.price_decimals > kMostDecimals) status = STARKCORE_STATUS(STARKCORE_RULE_WIDTH, STARKCORE_FIELD_PRICE);
  }
  if (status != STARKCORE_OK) {
    for (size_t i = first; i < first + count; ++i) clear(*out, i, status);
    return status;
  }
  const Engine& with = engine();
  Tails tails(orders->position_id);
  for_chunks(count, [&](size_t start, size_t size) {
    OrderChunk chunk;
    read_rows_var(chunk, *out, *orders, first + start, size, tails, with);
    sign_rows(chunk, *out, signer, with);
  });
  return first_failure(out->statuses + first, count);
}
